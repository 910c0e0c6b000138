"""Readings that no home has are doubted, each in its way; real homes are not."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from sim.data import sierra_crest
from sim.data.plausibility import doubts, factories
from sim.data.readings import Readings

HOMES = sierra_crest.load()
Change = Callable[[Readings], Readings]


def kinds(readings: Readings) -> dict[str, tuple[str, ...]]:
    return {doubt.kind: doubt.homes for doubt in doubts(readings)}


def one_load(change: Callable[[np.ndarray], np.ndarray]) -> Readings:
    load_wh = HOMES.load_wh.copy()
    load_wh[3] = change(load_wh[3])
    return replace(HOMES, load_wh=load_wh)


def halves(readings: Readings, load_per_hour: int = 1) -> Readings:
    """Half-hourly, each half with half of the hour's energy, or more."""
    split = {
        name: np.repeat(getattr(readings, name), 2, axis=1) * factor // 2
        for name, factor in (("load_wh", load_per_hour), ("pv_wh", 1))
    }
    return replace(readings, slot_s=1_800, **split)


@pytest.mark.parametrize("readings", [HOMES, halves(HOMES)], ids=["hours", "half hours"])
def test_real_homes_are_not_doubted(readings: Readings) -> None:
    assert doubts(readings) == []
    assert factories(readings) == ()


def stuck(load_wh: np.ndarray) -> np.ndarray:
    changed = load_wh.copy()
    changed[100:200] = 70
    return changed


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("factory", lambda load_wh: load_wh * 20),
        ("unit", lambda load_wh: load_wh * 1_000),
        ("unit", lambda load_wh: load_wh // 1_000 + 1),
        ("counter", np.cumsum),
        ("zero", np.zeros_like),
        ("stuck", stuck),
        ("load is PV", lambda _: HOMES.pv_wh[3]),
        ("duplicate", lambda _: HOMES.load_wh[4]),
    ],
)
def test_one_home_unlike_the_others_is_named(kind: str, change: Callable[[np.ndarray], np.ndarray]) -> None:
    assert kinds(one_load(change))[kind] == ("home-04",)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("unit", lambda homes: replace(homes, load_wh=homes.load_wh * 1_000)),
        ("unit", lambda homes: replace(homes, load_wh=homes.load_wh // 100)),
        ("power", lambda homes: halves(homes, load_per_hour=4)),
        ("PV at night", lambda homes: replace(homes, pv_wh=np.roll(homes.pv_wh, 8, axis=1))),
        ("PV at night", lambda homes: replace(homes, pv_wh=np.roll(homes.pv_wh, -4, axis=1))),
    ],
    ids=["W for kW", "a hundredth", "power for energy", "eight hours late", "four hours early"],
)
def test_a_whole_file_read_wrongly_is_doubted(kind: str, change: Change) -> None:
    assert len(kinds(change(HOMES))[kind]) > 5
