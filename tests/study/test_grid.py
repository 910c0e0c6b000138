"""The order of points, and which axes are one dimension."""

from itertools import product
from typing import Any

import pytest

from sim.study.grid import Dimension, dimensions_of, ordered

MIX = "{{ truthful = 0.{0:02}, zic = 0.1 }}"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([10, 9, 100], [9, 10, 100]),
        ([0.5, 0.25], [0.25, 0.5]),
        (["[16, 16]", "[8]", "[16]"], ["[8]", "[16]", "[16, 16]"]),
        (["sample:0.1", "all", "none"], ["all", "none", "sample:0.1"]),
        (["2017-06-01", "2016-12-24", "2017-01-09"], ["2016-12-24", "2017-01-09", "2017-06-01"]),
        ([True, False], [False, True]),
        (["truthful", "zic"], ["truthful", "zic"]),
        (
            ["truthful", *(MIX.format(share) for share in (75, 5, 25, 50)), "zic"],
            ["zic", *(MIX.format(share) for share in (5, 25, 50, 75)), "truthful"],
        ),
    ],
)
def test_values_stand_in_the_order_people_expect(values: list[Any], expected: list[Any]) -> None:
    assert ordered([(value,) for value in values]) == [(value,) for value in expected]


def test_axes_of_a_grid_are_dimensions_of_their_own() -> None:
    points = list(product([1, 2], ["a", "b"], [5]))
    assert dimensions_of(points, ["x", "y", "z"]) == (
        Dimension(("x",), ((1,), (2,))),
        Dimension(("y",), (("a",), ("b",))),
        Dimension(("z",), ((5,),)),
    )


def test_axes_that_advance_together_are_one_dimension() -> None:
    zipped = [("linear", 8), ("mlp", 4), ("mlp", 16)]
    points = [(family, season, hidden) for season in ("June", "May") for family, hidden in zipped]
    found = dimensions_of(points, ["family", "season", "hidden"])
    assert found == (
        Dimension(("family", "hidden"), tuple(zipped)),
        Dimension(("season",), (("June",), ("May",))),
    )
