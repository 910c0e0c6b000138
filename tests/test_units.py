"""Units and seeds."""

import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.seeds import Streams
from sim.units import dollars, dollars_per_kwh, kwh, price_from_dollars_per_kwh, share

# Units ----------------------------------------------------------------------------------------------------


def test_prices_are_exact() -> None:
    assert price_from_dollars_per_kwh(Decimal("0.22")) == 220_000
    assert price_from_dollars_per_kwh(Decimal("0.000001")) == 1
    with pytest.raises(ValueError, match="more than six decimals"):
        price_from_dollars_per_kwh(Decimal("0.0000001"))


def test_what_people_see() -> None:
    assert dollars_per_kwh(220_000) == 0.22
    assert dollars(220_000 * 1_000) == 0.22  # one kWh at this price
    assert kwh(1_500) == 1.5


# Named random streams -------------------------------------------------------------------------------------


names = st.lists(st.text(max_size=5) | st.integers(0, 99), min_size=1, max_size=3)


@given(st.integers(0, 2**63 - 1), names)
def test_a_stream_is_its_seed_and_its_name(seed: int, name: list[str | int]) -> None:
    assert Streams(seed).integer(*name) == Streams(seed).integer(*name)
    assert Streams(seed).key(*name) == Streams(seed).key(*name)


def test_streams_do_not_disturb_each_other() -> None:
    alone = Streams(7).generator("strategy", "home-01", 3).random(4).tolist()
    streams = Streams(7)
    streams.generator("strategy", "home-02", 3).random(100)
    assert streams.generator("strategy", "home-01", 3).random(4).tolist() == alone
    assert streams.generator("strategy", "home-01", 4).random(4).tolist() != alone
    assert Streams(8).generator("strategy", "home-01", 3).random(4).tolist() != alone


def test_streams_do_not_depend_on_the_hash_seed() -> None:
    code = "from sim.seeds import Streams; print(Streams(7).integer('a', 1))"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert outputs == {f"{Streams(7).integer('a', 1)}\n"}


def test_a_share_needs_something_to_share():
    assert (share(3, 12), share(-3, 12)) == (0.25, -0.25)
    assert share(3, 0) is None
    assert share(-3, -12) is None
