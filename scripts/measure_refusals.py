"""Print what it is worth to leave a home out of sealed orders: prices that turn, and what that gains another.

    zkpet run scenarios/sealed.toml --out DIR \\
        --set time.days=30 --set proofs.policy=none --set chain.backend=none
    python -m scripts.measure_refusals DIR

An auctioneer that declines to sign leaves a home out of a gate, and nobody can tell that from silence. The
home then deals with the utility alone, at retail and feed-in; the others trade at the prices of a total
without it. Of each gate that home is left out, and that other one favoured, of which the latter gains most.
"""

import argparse
from itertools import permutations
from pathlib import Path

import numpy as np

from sim.arrays import Floats, Ints
from sim.market.mechanisms.net_price import NetPrice
from sim.outputs.saved import read_tables
from sim.units import NANO


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path, help="directory of a run with sealed orders")
    tables = read_tables(parser.parse_args().run, ["quantities", "slots"])
    outputs = tables["quantities"].pivot(index="agent", columns="slot", values="output").to_numpy()
    of_slot = tables["slots"].sort_values("slot")
    retail, feed_in = (of_slot[f"{name}_low_nano_per_wh"].to_numpy() for name in ("retail", "feed_in"))
    gates, scale = of_slot["gate"].to_numpy(), int(tables["quantities"]["scale"].iloc[0])
    turned, costs = without_one(outputs, retail, feed_in)
    gains = most_gained(costs, gates) / 2**scale / NANO
    traded = np.abs(sums_by_gate(costs[-1], gates)).mean() / 2**scale / NANO
    of_gates = sums_by_gate(turned.any(axis=0), gates) > 0
    print(f"slots whose price one home's absence turns: {turned.any(axis=0).mean():.1%}")
    print(f"gates with such a slot: {of_gates.mean():.1%}")
    print(f"most that it gains another home in a gate: mean ${gains.mean():.2f}, largest ${gains.max():.2f}")
    print(f"what a home pays or gets for its trade in a gate: mean ${traded:.2f}")


def without_one(outputs: Ints, retail: Ints, feed_in: Ints) -> tuple[Ints, Ints]:
    """Where the absence of each home turns the price, shape (homes, slots); and what homes then pay.

    The latter has shape (homes + 1, homes, slots), the last entry with nobody absent; at the outputs' scale.
    """
    totals = outputs.sum(axis=0)
    prices = [NetPrice().prices(total, retail, feed_in) for total in (*(totals - outputs), totals)]
    return np.array(prices[:-1]) != prices[-1], np.array([price * outputs for price in prices])


def most_gained(costs: Ints, gates: Ints) -> Floats:
    """Of each gate, over all absent and all favoured homes, the latter not the former."""
    by_gate = sums_by_gate(costs, gates)
    pairs = permutations(range(len(costs) - 1), 2)
    saved = [by_gate[-1, favoured] - by_gate[absent, favoured] for absent, favoured in pairs]
    return np.max(saved, axis=0).astype(float)


def sums_by_gate(values: Ints, gates: Ints) -> Ints:
    """Over the slots of each gate, the last axis."""
    sums: Ints = np.add.reduceat(values, np.flatnonzero(np.diff(gates, prepend=-1)), axis=-1, dtype=np.int64)
    return sums


if __name__ == "__main__":
    main()
