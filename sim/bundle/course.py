"""Whether a chain holds a whole run: every call it has to, in a run's order, sealed as a run seals it.

The contract lets a home stay silent and a meter be late; a run does neither. Without cheats it sends exactly
these calls, in this order, and its blocks follow from how much gas they used. With cheats it sends more, but
no fewer; which attacks there were, nobody can know who does not make their proofs.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim.bundle.calls import call_of, opened
from sim.bundle.town import Town
from sim.chain.base import Block, Receipt
from sim.chain.blocks import BLOCK_S
from sim.chain.market_client import gate_times
from sim.errors import BundleError
from sim.venues.base import Sent
from sim.venues.on_chain import market_terms


class Step(NamedTuple):
    """A call by who makes it and what it is about: a gate, a slot, or a gate's tariff period."""

    sender: str
    function: str
    about: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.function} {', '.join(map(str, self.about))} by {self.sender}"


class Batch(NamedTuple):
    """Calls that are sent together at a moment; sorts as a run's agenda does."""

    timestamp: int
    order: int
    gate: int
    steps: tuple[Step, ...]


def check_course(town: Town, sent: Sequence[Sent]) -> None:
    """Raise BundleError where the transactions after set-up are not those of a whole run.

    sent: every transaction of the town's chain, set-up included, in order
    """
    batches = _batches(town)
    after = town.chain.blocks[len(town.set_up) :]
    taken = [step for block in after for step in _steps(town, block)]
    meant = [step for batch in batches for step in batch.steps]
    if town.prepared.scenario.adversaries.anybody:
        _check_nothing_missing(taken, meant)
        return
    for found, step in zip(taken, meant, strict=False):
        if found != step:
            raise BundleError(f"the chain has {found or 'some other call'}, where a run has {step}")
    if len(taken) != len(meant):
        raise BundleError(f"the chain has {len(taken)} calls after the set-up, where a run has {len(meant)}")
    _check_sealing(town, batches, [each.receipt for each in sent[len(town.sent) :]])


def _batches(town: Town) -> list[Batch]:
    """What an honest run sends, in its order."""
    prepared, terms = town.prepared, market_terms(town.prepared)
    homes = [home.name for home in prepared.population.homes]
    batches = []
    for gate in range(terms.gates):
        times, slots = gate_times(terms, gate), prepared.slots_of(gate)
        periods = np.unique(prepared.period_of_slot[slots]).tolist()
        of_gate = (
            (times.window_end, [Step("meter", "commit", (gate,))]),
            (times.opens, [Step(name, "submit", (gate,)) for name in homes]),
            (times.closes, [Step("auctioneer", "clear", (s,)) for s in range(slots.start, slots.stop)]),
            (times.settles, [Step("meter", "settle", (gate, period)) for period in periods]),
        )
        batches += [Batch(when, order, gate, tuple(steps)) for order, (when, steps) in enumerate(of_gate)]
    return sorted(batches)


def _steps(town: Town, block: Block) -> list[Step | None]:
    """A block's calls; None is something else."""
    names = {account.address: account.name for account in town.accounts}
    steps: list[Step | None] = []
    for signed in block.transactions:
        each = opened(signed)
        call = call_of(each.data) if each.to == town.market.address else None
        step = None
        if call:
            about = (call.arguments[name] for name in ("gate", "slot", "period") if name in call.arguments)
            step = Step(names[each.sender], call.function, tuple(about))
        steps.append(step)
    return steps


def _check_nothing_missing(taken: Sequence[Step | None], meant: Sequence[Step]) -> None:
    made = set(taken)
    voided = {step.about for step in made if step and step.function == "void"}
    for step in meant:
        if step not in made and not (step.function == "clear" and step.about in voided):
            raise BundleError(f"the chain has no {step}, which a run has, cheats or not")


def _check_sealing(town: Town, batches: Sequence[Batch], receipts: Sequence[Receipt]) -> None:
    """Blocks are filled and stamped as ``PackedBlocks`` does it."""
    blocks, waiting = town.chain.blocks, iter(receipts)
    limits = iter([opened(signed).gas_limit for b in blocks[len(town.set_up) :] for signed in b.transactions])
    target = town.prepared.scenario.chain.block_gas_limit // 2
    number, stamp, used = len(town.set_up), blocks[len(town.set_up) - 1].timestamp, 0
    for batch in batches:
        due, fresh = batch.timestamp, True
        for step in batch.steps:
            receipt, limit = next(waiting), next(limits)
            if fresh or used + limit > target:
                number, stamp, used, fresh = number + 1, max(due, stamp + 1), 0, False
                due = stamp + BLOCK_S
            used += receipt.gas_used
            if (receipt.block_number, blocks[receipt.block_number - 1].timestamp) != (number, stamp):
                raise BundleError(f"{step} is not in block {number}, stamped {stamp}, where a run seals it")
