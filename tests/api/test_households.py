"""Many households in the layout of the LTSF benchmarks, made up: from their file to their market."""

import numpy as np
import pandas as pd
import pytest

import sim
from tests.forecast.homes import rhythmic_homes

HOMES = 321


@pytest.mark.long
@pytest.mark.parametrize("family", ["ridge", "dlinear"])
def test_321_households_are_loaded_clustered_and_trained(tmp_path, family):
    """A column per household in kWh, the last one called OT; what is below zero is PV."""
    kwh = pd.DataFrame(rhythmic_homes(HOMES, days=90).T / 1_000, columns=[*map(str, range(HOMES - 1)), "OT"])
    kwh.index = pd.date_range("2016-07-01", periods=len(kwh), freq="h", name="date")
    kwh.to_csv(tmp_path / "electricity.csv")
    read = pd.read_csv(tmp_path / "electricity.csv", index_col="date")
    load, pv = read.clip(lower=0), (-read).clip(lower=0)
    frame = pd.concat([load.add_suffix("_load_kwh"), pv.add_suffix("_pv_kwh")], axis=1)
    scenario = sim.scenario(
        {
            "name": "households",
            "time": {"start": "2016-09-24", "days": 3},
            "forecast": {"family": family, "training": "clustered", "clusters": 3, "rounds": 20},
            "population": {"connection_limit_kw": 100},
            "proofs": {"policy": "none", "store": "off"},
            "chain": {"backend": "none"},
        }
    )
    run = sim.run(scenario, readings=frame)
    assert sorted(run.clusters.homes) == [HOMES // 3] * 3
    assert run.summary["agents"] == HOMES
    assert run.summary["forecast_mae_wh"] < run.summary["persistence_mae_wh"]
    assert np.isfinite(run.summary["forecast_mase"])
