"""Which model a home uses at a gate, and what of its training can be checked."""

from dataclasses import replace

import pytest

from sim.forecast.forecasters import Forecasters, TrainedModels, training_gates
from sim.forecast.merkle import EMPTY_ROOT, merkle_root
from tests.runs import persistence_models

# Of Certificate Transparency, whose trees these are.
LEAVES = [bytes.fromhex(leaf) for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
}


@pytest.mark.parametrize("leaves", ROOTS)
def test_roots_are_those_of_the_published_examples(leaves: int) -> None:
    assert merkle_root(LEAVES[:leaves]).hex() == ROOTS[leaves]


def test_no_rounds_have_an_empty_root() -> None:
    assert merkle_root([]) == EMPTY_ROOT == persistence_models(2).trainings[0].root(0)


@pytest.mark.parametrize(
    ("days", "gates", "horizon", "begin"),
    [
        (None, 400, 24, [0]),
        (30, 90, 24, [0, 30, 60]),
        (30, 91, 24, [0, 30, 60, 90]),
        (1, 6, 12, [0, 2, 4]),
        (1, 4, 48, [0, 1, 2, 3]),
        (3, 4, 48, [0, 2, 3]),
        (2, 1, 48, [0]),
    ],
)
def test_a_period_begins_with_its_first_whole_gate(days, gates, horizon, begin) -> None:
    """With horizons of a day, half and two of 24 slots."""
    assert training_gates(days, gates, horizon, 24) == begin


@pytest.fixture
def retrained() -> Forecasters:
    """Two clusters, three trainings."""
    first, second = (replace(persistence_models(1, 4, 2).models[0], precision=bits) for bits in (3, 4))
    trainings = [
        TrainedModels(gate, (first, second), ((f"{gate:064x}", "ab" * 32), ("cd" * 32,)))
        for gate in (0, 2, 5)
    ]
    return Forecasters((0, 1, 0), tuple(trainings))


def test_a_gate_uses_the_latest_training_that_has_begun(retrained: Forecasters) -> None:
    used = [retrained.training_at(gate) for gate in range(7)]
    assert used == [0, 0, 1, 1, 1, 2, 2]
    assert [retrained.gates_of(place) for place in range(3)] == [slice(0, 2), slice(2, 5), slice(5, None)]
    assert retrained.numbers(7).tolist() == [[2 * each + home % 2 for each in used] for home in range(3)]
    assert retrained.model_of(1, 4) is retrained.trainings[1].models[1]


def test_they_are_read_as_written(retrained: Forecasters) -> None:
    again = Forecasters.from_json(retrained.to_json())
    assert (again.to_json(), again.digest) == (retrained.to_json(), retrained.digest)
    assert again.trainings[1].root(0) == retrained.trainings[1].root(0) != retrained.trainings[0].root(0)


def test_digests_of_rounds_are_no_part_of_what_the_market_follows_from(retrained: Forecasters) -> None:
    without = replace(retrained, trainings=tuple(replace(each, rounds=()) for each in retrained.trainings))
    assert without.digest == retrained.digest
    assert without.to_json() != retrained.to_json()
