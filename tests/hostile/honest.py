"""The honest run that hostile inputs are made from."""

from pathlib import Path

from sim.bundle.pack import pack
from sim.outputs.figures import write_figures
from sim.outputs.run_directory import contents_of, write_run
from sim.proofs.srs import load_srs
from sim.simulation.run import simulate
from tests.bundle.forgery import UNPROVED
from tests.hostile.case import Honest
from tests.runs import QUIET, persistence_models, scenario


def honest_in(folder: Path) -> Honest:
    """A finished run of the tiny scenario, on a chain and without proofs, with its bundle."""
    run = folder / "run"
    run.mkdir(parents=True)
    settings, srs = scenario("tiny", *UNPROVED), load_srs()
    contents = contents_of(simulate(settings, srs, 1, QUIET, persistence_models(4)), srs)
    write_run(run, contents)
    write_figures(run, contents.tables, contents.summary)
    pack(run, folder / "tiny.zkpet", 1, QUIET)
    return Honest(run, folder / "tiny.zkpet")
