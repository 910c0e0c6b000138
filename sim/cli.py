"""The zkpet command.

Exit codes: 0 done, 1 a check failed, 2 bad input, 3 a bundle verifies and is not proved, 130 interrupted.
"""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import sim
from sim.errors import InputError, SimulationError, plain, plain_page
from sim.imports.answers import OpenQuestionsError
from sim.plugins import plugged_in, read_plugins
from sim.runtime.cores import CORES
from sim.runtime.progress import Progress
from sim.schema.file import load_scenario
from sim.schema.scenario import Scenario
from sim.study.study_file import is_study, load_study
from sim.terminal.options import (
    FILE,
    OF_BUNDLES,
    OF_EXPORTS,
    OF_SCENARIOS,
    PLUGIN,
    QUIET,
    SRS,
    WHOLE_NUMBER,
    Option,
    answers_of,
    option,
)

RESULTS = Path("results")
DEMO = Path("scenarios/street.toml")
UNPROVED = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; bad input ends in one sentence."""
    options = _parser().parse_args(arguments)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # being told to end is like Ctrl-C
    try:
        with plugged_in(read_plugins(options.plugin)):
            return int(options.command(options))
    except InputError as error:
        return _end(2, str(error))
    except OSError as error:
        return _end(2, f"{error.filename or 'output'}: {error.strerror or error}")
    except SimulationError as error:
        return _end(1, str(error))
    except MemoryError:
        return _end(1, "not enough memory; run again, with fewer --jobs")
    except KeyboardInterrupt as interrupt:
        return _end(130, str(interrupt) or "interrupted; nothing was written")
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(code: int, sentence: str) -> int:
    print(f"zkpet: {plain(sentence)}", file=sys.stderr)
    return code


def _show(text: str) -> None:
    """All that a command prints: what it shows of files cannot move the cursor or hide a line."""
    print(plain_page(text), flush=True)


def _scenario(options: argparse.Namespace) -> Scenario:
    return load_scenario(options.scenario, options.settings, options.seed)


def _out(named: Path | None, name: str) -> Path:
    """Where to write: what the user named, through a link there; or among the results, through none.

    Raises InputError where the latter is a link, as whoever made the folder that one works in may leave one,
    and where the former is another user's, as whoever may write there can put one in a run's place.
    """
    if named and not named.is_symlink():
        return named
    if named:
        if named.lstat().st_uid not in (0, os.geteuid()):
            raise InputError(f"{named}: is a link of another user's; name the directory itself with --out")
        return Path(os.path.realpath(named))
    for path in (RESULTS, RESULTS / name):
        if path.is_symlink():
            raise InputError(f"{path}: is a link; to write through it, name it with --out")
    return RESULTS / name


def _run(options: argparse.Namespace) -> int:
    scenario = _scenario(options)
    out = _out(options.out, f"{scenario.name}-seed{scenario.seed}")
    run = sim.run(scenario, jobs=options.jobs, directory=out, quiet=options.quiet)
    if not options.quiet:
        from sim.terminal.run import report

        _show(report(run.summary, out, run.exact.get("attacks")))
    return 0


def _sweep(options: argparse.Namespace) -> int:
    design = load_study(options.scenario, options.settings, options.seed)
    out = _out(options.out, f"{design.name}-study")
    from sim.api.studies import swept

    study = swept(design, out, options.jobs, options.engine, Progress(options.quiet))
    if not options.quiet:
        from sim.terminal.run import study_report

        _show(study_report(study.facts, design.days, study.left_out, out))
    return 0


def _plot(options: argparse.Namespace) -> int:
    from sim.study.plot import plot, write_csv

    left_out = plot(options.directory)
    if options.csv:
        for table in sorted(options.directory.glob("*.parquet")):
            write_csv(table)
    beside = ", tables as CSV beside them" if options.csv else ""
    _show("\n".join([*left_out, f"figures in {options.directory / 'figures'}/{beside}"]))
    return 0


def _bench(options: argparse.Namespace) -> int:
    from sim.bench.bench import run_bench

    run_bench(options.quick, RESULTS / "bench", Progress(), _show, options.recurrent)
    return 0


def _bundle(options: argparse.Namespace) -> int:
    from sim.bundle.pack import pack
    from sim.terminal.bundle import packed

    jobs, progress = options.jobs or CORES, Progress(options.quiet)
    _show(packed(pack(options.directory, options.out, jobs, progress, options.srs), options.out))
    return 0


def _import(options: argparse.Namespace) -> int:
    from sim.imports.command import import_files
    from sim.terminal.imports import open_questions, record

    out, progress = options.out, Progress(options.quiet)
    try:
        done = import_files(options.sources, out, answers_of(options), options.overwrite, progress)
    except OpenQuestionsError as error:
        print(f"zkpet: {plain_page(open_questions(error))}", file=sys.stderr)
        return 2
    if not options.quiet:
        _show(record(done.homes, done.paths, done.remarks))
    return 0


def _verify(options: argparse.Namespace) -> int:
    from sim.bundle.verify import verify

    jobs, progress = options.jobs or CORES, Progress(options.quiet)
    verdict = verify(options.bundle, options.expect, options.srs, jobs, progress, options.require_proofs)
    _show(verdict.report())
    if verdict.holds and verdict.whole:
        return 0 if verdict.proved else UNPROVED
    return 1


def _replay(options: argparse.Namespace) -> int:
    from sim.bundle.replay import replay
    from sim.terminal.bundle import replayed

    jobs, progress = options.jobs or CORES, Progress(options.quiet)
    found = replay(options.bundle, options.data, options.retrain, jobs, progress)
    _show(replayed(found, options.bundle))
    return 0 if found.same else 1


def _replicate(options: argparse.Namespace) -> int:
    from sim.replicate.ledger import chosen, measured, told

    claims = chosen(options.names)
    if options.list:
        _show("\n".join(map(told, claims)))
    else:
        measured(claims, _show)
    return 0


def _report(options: argparse.Namespace) -> int:
    from sim.report.report import report_to_file

    _show(f"report in {report_to_file(options.directory, options.out)}")
    return 0


def _page(options: argparse.Namespace) -> int:
    from sim.page.launch import show_page

    show_page(options.path, options.port, not options.no_browser, options.jobs or CORES)
    return 0


def _explain(options: argparse.Namespace) -> int:
    jobs = options.jobs or CORES
    if is_study(options.scenario, options.settings):
        study = load_study(options.scenario, options.settings, options.seed)
        from sim.study.expected import study_explanation

        _show(study_explanation(study, jobs))
    else:
        scenario = _scenario(options)
        from sim.costs.explain import explanation
        from sim.data.source import slow_to_read

        if slow := slow_to_read(scenario.population.source):
            Progress().say(slow)
        _show(explanation(scenario, jobs))
    return 0


# What the commands take ---------------------------------------------------------------------------------

_COMMANDS: tuple[tuple[Callable[[argparse.Namespace], int], str, tuple[Option, ...]], ...] = (
    (
        _run,
        "simulate one scenario into a run directory",
        (
            *OF_SCENARIOS,
            option("--out", type=Path, metavar="DIR", help="run directory (default: results/NAME-seedN)"),
            QUIET,
        ),
    ),
    (
        _sweep,
        "run all cells of a study, or what is left",
        (
            *OF_SCENARIOS,
            option("--engine", choices=("local", "ray"), default="local", help="default: local processes"),
            option("--out", type=Path, metavar="DIR", help="study directory (default: results/NAME-study)"),
            QUIET,
        ),
    ),
    (
        _plot,
        "draw the figures of a run, cell or study again, from its tables",
        (
            option("directory", type=Path, metavar="DIR"),
            option("--csv", action="store_true", help="write every table as CSV too, beside the Parquet"),
        ),
    ),
    (
        _bench,
        "measure the stock flow beside ours, and what a run costs",
        (
            option("--quick", action="store_true", help="under three minutes: the main parts only"),
            option(
                "--recurrent", action="store_true", help="a GRU and an LSTM alone: minutes, 4 GB of memory"
            ),
        ),
    ),
    (
        _bundle,
        "pack a run so that a stranger can check it",
        (
            option("directory", type=Path, metavar="RUN_DIR"),
            option("-o", "--out", **FILE, required=True, help="the bundle to write"),
            SRS,
            *OF_BUNDLES,
        ),
    ),
    (
        _verify,
        "check a bundle, without its data",
        (
            option("bundle", **FILE),
            option("--expect", metavar="MARKET_DIGEST", help="the market digest that was published"),
            option(
                "--require-proofs", action="store_true", help="fail where not every accepted order is proved"
            ),
            SRS,
            *OF_BUNDLES,
        ),
    ),
    (
        _replay,
        "simulate a bundle's run again, and compare market digests",
        (
            option("bundle", **FILE),
            option(
                "--data",
                **FILE,
                help="the readings, of a run with a CSV file "
                "(default: the file of that name beside the bundle)",
            ),
            option("--retrain", action="store_true", help="train the models again, too"),
            *OF_BUNDLES,
        ),
    ),
    (
        _replicate,
        "measure published claims, each by a rule written before",
        (
            option("names", nargs="*", metavar="CLAIM", help="of these alone (default: all, a few minutes)"),
            option("--list", action="store_true", help="show claims, sources and rules, and measure nothing"),
        ),
    ),
    (
        _report,
        "a run or a study as one HTML file, to be mailed or printed",
        (
            option("directory", type=Path, metavar="RUN_OR_STUDY_DIR"),
            option("-o", "--out", **FILE, help="default: report.html in the directory"),
        ),
    ),
    (
        _page,
        "watch a market in the browser, slot by slot, and try to cheat it",
        (
            option(
                "path",
                type=Path,
                nargs="?",
                default=DEMO,
                metavar="SCENARIO.toml | RUN_DIR",
                help=f"what to show (default: {DEMO})",
            ),
            option("--port", type=int, default=8765, metavar="N", help="default: 8765"),
            option("--no-browser", action="store_true", help="serve it, and open no browser"),
            option("--jobs", **WHOLE_NUMBER, help="processes that prove (default: one per core)"),
        ),
    ),
    (
        _import,
        "read homes from a meter's export, in whatever layout it is",
        (*OF_EXPORTS, QUIET),
    ),
    (_explain, "show the resolved scenario and what it will cost", OF_SCENARIOS),
)
"""Of every command what it does, its line of help, and its options."""
_OF_VERIFY = {
    "description": "Check a bundle, without its data.",
    "epilog": "Exit codes: 0 verified, and every accepted order proved; 1 not verified, or in part alone; "
    f'2 no bundle; {UNPROVED} verified, but not proved: the run\'s proof policy is not "all".',
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="zkpet", description="Peer-to-peer energy markets with a proof behind every bid."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command, meaning, options in _COMMANDS:
        more: dict[str, Any] = _OF_VERIFY if command is _verify else {}
        each = commands.add_parser(command.__name__.strip("_"), help=meaning, **more)
        each.set_defaults(command=command)
        for names, how in (*options, PLUGIN):
            each.add_argument(*names, **how)
    return parser


if __name__ == "__main__":
    sys.exit(main())
