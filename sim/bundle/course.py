"""Whether a chain holds a whole run: every call it has to, in a run's order, sealed as a run seals it.

The contract lets a home stay silent and a meter be late; a run does neither. Without cheats it sends exactly
these calls, in this order, and its blocks follow from how much gas they used. With cheats it sends more, but
what is accepted is the same, but for the slots of an auctioneer that the scenario makes silent; which refused
attempts there were, nobody can know who does not make their proofs. An honest call is refused for one reason
only: the home's credit.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from agents.adversaries.operator_attacks import is_silent
from sim.bundle.calls import Opened, call_of
from sim.bundle.execution import Executed
from sim.bundle.town import Town
from sim.chain.base import Receipt
from sim.chain.blocks import BLOCK_S
from sim.chain.market_client import gate_times
from sim.errors import BundleError
from sim.venues.on_chain import market_terms

NO_CREDIT = "credit limit exceeded"
"""Why the contract refuses an honest home."""


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


def check_course(town: Town, executed: Executed) -> None:
    """Raise BundleError where the transactions after set-up are not those of a whole run."""
    batches = _batches(town)
    receipts = [sent.receipt for sent in executed.sent[len(town.sent) :]]
    taken = _steps(town, executed.asked)
    meant = [step for batch in batches for step in batch.steps]
    cheats = town.prepared.scenario.adversaries.anybody
    if not cheats:
        _check_order(taken, meant)
    _check_accepted(town, list(zip(taken, receipts, strict=True)), meant)
    if not cheats:
        limits = [each.gas_limit for each in executed.asked]
        _check_sealing(town, batches, list(zip(receipts, limits, strict=True)))


def _check_order(taken: Sequence[Step | None], meant: Sequence[Step]) -> None:
    for found, step in zip(taken, meant, strict=False):
        if found != step:
            raise BundleError(f"the chain has {found or 'some other call'}, where a run has {step}")
    if len(taken) != len(meant):
        raise BundleError(f"the chain has {len(taken)} calls after the set-up, where a run has {len(meant)}")


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


def _steps(town: Town, asked: Sequence[Opened]) -> list[Step | None]:
    """Transactions as calls; None is something else."""
    names = {account.address: account.name for account in town.accounts}
    steps: list[Step | None] = []
    for each in asked:
        call = call_of(each.data) if each.to == town.market.address else None
        step = None
        if call:
            about = (call.arguments[name] for name in ("gate", "slot", "period") if name in call.arguments)
            step = Step(names[each.sender], call.function, tuple(about))
        steps.append(step)
    return steps


def _check_accepted(town: Town, taken: Sequence[tuple[Step | None, Receipt]], meant: Sequence[Step]) -> None:
    """What the contract took is what a run has it take, whoever tried what besides."""
    operators = town.prepared.scenario.adversaries.operators
    silent = [s.about[0] for s in meant if s.function == "clear" and is_silent(operators, s.about[0])]
    anybody = town.prepared.population.homes[0].name
    lawful = [step for step in meant if not (step.function == "clear" and step.about[0] in silent)]
    lawful += [Step(anybody, "void", (slot,)) for slot in silent]
    known, accepted = set(lawful), {step for step, receipt in taken if receipt.ok}
    poor = {step for step, receipt in taken if receipt.revert_reason == NO_CREDIT}
    for step, receipt in taken:
        if receipt.ok and step not in known:
            raise BundleError(f"the chain has {step or 'some other call'} accepted, which no run has")
    for step in lawful:
        if step not in accepted and not (step.function == "submit" and step in poor):
            raise BundleError(f"the chain has no {step} that was accepted, which a run has, cheats or not")


def _check_sealing(town: Town, batches: Sequence[Batch], taken: Sequence[tuple[Receipt, int]]) -> None:
    """Blocks are filled and stamped as ``PackedBlocks`` does it, by receipts and gas limits."""
    blocks, waiting = town.chain.blocks, iter(taken)
    target = town.prepared.scenario.chain.block_gas_limit // 2
    number, stamp, used = len(town.set_up), blocks[len(town.set_up) - 1].timestamp, 0
    for batch in batches:
        due, fresh = batch.timestamp, True
        for step in batch.steps:
            receipt, limit = next(waiting)
            if fresh or used + limit > target:
                number, stamp, used, fresh = number + 1, max(due, stamp + 1), 0, False
                due = stamp + BLOCK_S
            used += receipt.gas_used
            if (receipt.block_number, blocks[receipt.block_number - 1].timestamp) != (number, stamp):
                raise BundleError(f"{step} is not in block {number}, stamped {stamp}, where a run seals it")
