"""What forecasts are worth without their markets is what runs of the same cells say."""

from pathlib import Path

import pytest

from scripts.forecast_study import figures
from sim.measures.table import measure, values_of
from sim.proofs.srs import load_srs
from sim.simulation.run import simulate
from sim.study.study_file import load_study
from tests.runs import QUIET
from tests.study.studies import SCENARIO, study_file

MEASURES = ("forecast_mae_wh", "forecast_bias_wh", "persistence_mae_wh", "saving", "savings_share")
SWEEP = '[market]\nstrategy = "truthful"\n[sweep]\n"time.start" = [2017-06-12]\n'


def test_figures_are_those_of_the_market_with_truthful_limits(tmp_path: Path) -> None:
    known: dict[bytes, int] = {}
    scenario = SCENARIO.replace('policy = "none"', 'policy = "none"\nstore = "off"')
    (cell,) = load_study(study_file(tmp_path, SWEEP, scenario)).cells
    found = figures(cell, known)
    of_run = values_of(simulate(cell.scenario, load_srs(), 1, QUIET), map(measure, MEASURES))
    assert {name: found[name] for name in MEASURES} == pytest.approx(of_run)
    assert (found["models"], found["rows"] > 0, figures(cell, known)) == (1, True, found)
    assert len(known) == 1
