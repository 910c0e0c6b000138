"""Clusters in Python: scores, and where newcomers belong."""

import pandas as pd
import pytest

import sim
from tests.runs import ROOT
from tests.test_cli import homes_csv

TINY = sim.scenario(str(ROOT / "scenarios" / "tiny.toml"))


def test_scores_are_of_the_scenarios_homes_and_method() -> None:
    scores = sim.cluster_scores(TINY)
    assert list(scores.columns) == ["clusters", "silhouette", "inertia", "sizes"]
    assert scores.clusters.tolist() == [2, 3, 4]  # of four homes
    assert scores.sizes[2] == (1, 1, 1, 1)
    placebo = sim.cluster_scores(TINY.with_("forecast.clustering", "random"), [2])
    assert placebo.sizes[0] == (2, 2)
    assert placebo.inertia[0] >= scores.inertia[0]


def test_newcomers_have_the_cluster_of_their_likes(tmp_path) -> None:
    readings = pd.read_csv(homes_csv(tmp_path), index_col="time")
    mine = sim.scenario(
        name="mine",
        time={"start": "2020-01-25", "days": 1},
        population={"source": str(tmp_path / "homes.csv")},
        forecast={"training": "clustered", "clusters": 2},
        proofs={"policy": "none", "store": "off"},
        chain={"backend": "none"},
    )
    homes = sim.run(mine).homes.set_index("agent").cluster
    newcomers = readings.rename(columns=lambda name: f"new-{name}")[24 * 10 :] * 3
    joined = sim.assign_newcomers(mine, newcomers)
    assert joined.to_dict() == {f"new-{name}": cluster for name, cluster in homes.items()}
    with pytest.raises(sim.InputError, match=r'^forecast.training = "local": has no clusters'):
        sim.assign_newcomers(mine.with_("forecast.training", "local"), newcomers)
    with pytest.raises(sim.InputError, match=r"^newcomers: have 12 slots a day, should have 24"):
        sim.assign_newcomers(mine, newcomers[::2])
    with pytest.raises(sim.InputError, match=r"^time.start: clustering needs a day of history"):
        sim.assign_newcomers(mine, readings[24 * 24 :])
    with pytest.raises(sim.InputError, match=r"^readings.csv: new-a at .* should be within 12000 Wh"):
        sim.assign_newcomers(mine, newcomers * 30)
