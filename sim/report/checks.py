"""What a run does not show, and how a reader checks what it does."""

import re
from shlex import quote

from sim.outputs.figures.style import counted
from sim.report.document import Block, Items, Listing, Notice, Section, Table, Text
from sim.report.numbers import from_one, listed
from sim.report.saved_run import SavedRun
from sim.schema.forecasting import EMBEDDED_SOURCE, SHIPPED_SRS

ALWAYS = (
    "Load is inelastic and there are no batteries: the market moves money, not energy, and what homes save "
    "on energy the utility loses.",
    "No lines, losses or voltages, and no limits but each home's connection.",
    "Homes learn only where their strategy does, and random limits leave gains on the table.",
    "The chain is one process, without peers, reorganisations or fees that react to demand.",
    "One seed and one period: other seeds and seasons give other figures, and no interval says by how much. "
    "A study does.",
)


def what_it_does_not_show(run: SavedRun) -> Section:
    """The run's limits, as far as its scenario has them."""
    sentences = [*_of_proofs(run), *_of_homes(run), *ALWAYS]
    if not run.scenario.costs.charged:
        sentences.append("Bills do not hold what proofs and gas cost.")
    return Section("What it does not show", (Items(tuple(sentences)),))


def _of_proofs(run: SavedRun) -> list[str]:
    if not run.proved:
        return [
            "Nothing about proofs: quantities were computed in the integers that a circuit would prove, and "
            "nobody proved them on chain."
        ]
    sentences = [
        "A proof shows that a bid's quantities are what the registered model forecasts from the window that "
        "the meter committed to. It does not show the price, nor that the meter is honest: the meter is "
        "trusted.",
        "Quantities and models are public, so proofs hide readings only as far as these do not determine "
        "them. The leak is measured with the attacks that we know; a better one may learn more.",
    ]
    if run.scenario.proofs.srs == SHIPPED_SRS:
        sentences.append(
            "Proofs rest on a reference string made for simulation: whoever made it could forge proofs."
        )
    return sentences


def _of_homes(run: SavedRun) -> list[str]:
    notes = run.tables["agents"]["note"]
    changed = int((notes != "as measured").sum())
    if not changed:
        return []
    return [
        f"Not every home is as it was measured: the readings of {counted(changed, 'home')} were changed, as "
        "the table of homes says home by home."
    ]


def how_to_check_it(run: SavedRun) -> Section:
    """Commands, digests and versions."""
    return Section("How to check it", (*_commands(run), _digests(run), _versions(run)))


def _readings(run: SavedRun) -> str:
    """What one needs to run it again."""
    source = run.scenario.population.source
    if source == EMBEDDED_SOURCE:
        return "With the embedded readings, which come with zkpet,"
    return (
        f"With the readings, {source} of sha-256 {run.manifest['data_sha256']}, in the folder of the "
        "scenario file, which names them,"
    )


def _commands(run: SavedRun) -> list[Block]:
    digest = str(run.summary["market_digest"])
    if not re.fullmatch("[0-9a-f]{64}", digest):  # it stands in a command
        raise ValueError(f"market_digest = {digest[:80]} should be 64 digits of hex")
    source = run.scenario.population.source
    data = "" if source == EMBEDDED_SOURCE else f" --data {quote(source)}"
    again: list[Block] = [
        Text(
            f"{_readings(run)} the run's own scenario file gives the same market digest, on any machine and "
            "with any number of processes, as long as training gives the same models."
        ),
        Listing(("zkpet run RUN_DIR/scenario.toml --out again",)),
    ]
    if not run.has_chain:
        return [
            Notice("The run directory holds no record of a chain, so no bundle can be made of it."),
            *again,
        ]
    bundle = f"{run.scenario.name}-seed{run.scenario.seed}.zkpet"
    proofs = "checks every proof" if run.proved else "finds no proof to check"
    return [
        Text(
            "Without the readings: a bundle holds the public part of the run. Whoever verifies it executes "
            f"all transactions again, recomputes every public table and {proofs}. RUN_DIR is the run's "
            "directory."
        ),
        Listing(
            (
                f"zkpet bundle RUN_DIR -o {bundle}",
                f"zkpet verify {bundle} --expect {digest}",
                f"zkpet replay {bundle}{data}",
            )
        ),
        *again,
    ]


def _digests(run: SavedRun) -> Table:
    s, m = run.summary, run.manifest
    rows = [
        ("market", s["market_digest"], "all orders, fills, prices and balances"),
        ("models", s["models_digest"], "the models in integers"),
        ("state root", s["state_root"], "of the last block"),
        ("readings", m["data_sha256"], "the data, or the file, that homes come from"),
        ("verifier", m["verifier_code_hash"], "code of the contract in the verifier's place"),
        ("market contract", m["market_code_hash"], "its code"),
    ]
    circuits = run.tables["circuits"]
    rows += [
        (f"circuit {from_one(cluster)}", digest, f"verifying key of cluster {from_one(cluster)}")
        for cluster, digest in zip(circuits["cluster"], circuits["circuit"], strict=True)
    ]
    if len(circuits):
        used = set(circuits["logrows"].astype(str))
        rows += [
            (f"SRS 2^{logrows}", digest, "reference string that proofs rest on")
            for logrows, digest in m["srs_sha256"].items()
            if logrows in used
        ]
    shown = tuple((name, str(digest), meaning) for name, digest, meaning in rows if digest)
    return Table("Digests", "lml", ("of", "hash", "what it names"), shown)


def _versions(run: SavedRun) -> Text:
    m = run.manifest
    python = f"Python {m['python']}"
    made_with = [f"{name} {version}" for name, version in m["versions"].items()]
    return Text(f"Made with {listed([*made_with, python])}, on {m['platform']}.")
