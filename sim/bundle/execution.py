"""A bundle's transactions executed once more, from the foundation on, on py-evm.

Nothing of a bundled transaction is taken over but who asks what of whom, and when: it is signed anew, with
the key that the seed gives its sender, and has to come out byte for byte. So nonces, prices, encodings and
signatures are all a run's, and each block has to have the bundled hash and state root.

What calls there are is looked at before any of them is executed: nothing but calls of the market, from those
who make them in a run, each as often as a run can make it and with the gas that a run gives it. So executing
a bundle takes no longer than executing a run of what it claims.
The contract lets a home stay silent and a meter be late; a run does neither. Without cheats it sends exactly
these calls, in this order, and its blocks follow from how much gas they used. With cheats it sends more, but
what is accepted is the same, but for the slots that the scenario's auctioneer leaves out; which refused
attempts there were, nobody can know who does not make their proofs. An honest call is refused for one reason
only: the home's credit.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

from eth_utils.exceptions import ValidationError

from agents.adversaries.operator_attacks import skipped_by
from sim.bundle.calls import Opened, opened_block
from sim.bundle.community import Community
from sim.bundle.foundation import block_difference
from sim.bundle.markets.base import Accepted, Batch, Executed, Step
from sim.chain.base import Block, Receipt, Transaction
from sim.chain.blocks import BLOCK_S
from sim.chain.market_client import gate_times
from sim.errors import BundleError
from sim.outputs.chain_record import Mined, receipts_digest
from sim.outputs.run_directory import MODELS
from sim.venues.base import Sent
from sim.venues.chain_venue import market_terms

SET_UP, REFUSED, REGISTER = "set-up", "refused", "register"
NO_CREDIT = "credit limit exceeded"
"""Why the contract refuses an honest home."""


Asked = tuple[Mined, list[Opened]]
"""A recorded block, and what its transactions ask."""


def execute(community: Community, blocks: Sequence[Asked], advance: Callable[[int], object]) -> Executed:
    """Execute these blocks on the community's chain, whose foundation has been checked, as have their calls.

    ``advance`` is told of each transaction. Raises BundleError where a block does not come out as bundled.
    """
    accounts = {account.address: account for account in community.accounts}
    moments, registering = _moments(community), _registering(community)
    sent: list[Sent] = []
    calls: list[Accepted] = []
    for mined, asked in blocks:
        previous = community.chain.blocks[-1]
        unsigned = [Transaction(accounts[e.sender], e.to, e.data, e.gas_limit) for e in asked]
        receipts = _mined(community, mined.block, unsigned)
        pairs = list(zip(asked, receipts, strict=True))
        stages = [_stage(community, registering, *pair) for pair in pairs]
        sent += [
            Sent(*stage, accounts[each.sender].name, receipt)
            for stage, (each, receipt) in zip(stages, pairs, strict=True)
        ]
        _check_block(mined, community.chain.blocks[-1], receipts)
        _check_time(mined.block, previous, stages, moments)
        for stage, (each, receipt) in zip(stages, pairs, strict=True):
            if stage[0] not in (REFUSED, REGISTER) and (call := community.call_of(each.data)):
                calls.append(Accepted(call, *stage, receipt))
        advance(len(receipts))
    return Executed((*community.sent, *sent), tuple(calls))


def _mined(community: Community, block: Block, transactions: Sequence[Transaction]) -> list[Receipt]:
    try:
        return community.chain.mine(block.timestamp, transactions)
    except ValidationError as error:  # what no block can hold
        raise BundleError(f"block {block.number}: a transaction that no block takes: {error}") from None


def _check_block(mined: Mined, executed: Block, receipts: Sequence[Receipt]) -> None:
    problem = block_difference(mined.block, executed)
    if problem:
        raise BundleError(f"block {executed.number} {problem}")
    if mined.receipts != receipts_digest(receipts):
        raise BundleError(f"block {executed.number} has other receipts than its execution leaves")


Registering = Mapping[tuple[bytes | None, bytes], "tuple[Step, int]"]
"""What registers models, by contract and data: the step, and the gas that it carries."""


def _stage(community: Community, registering: Registering, each: Opened, receipt: Receipt) -> tuple[str, int]:
    """The stage and the gate of a transaction after the set-up."""
    if not receipt.ok:
        return REFUSED, -1
    if (each.to, each.data) in registering:
        return REGISTER, registering[each.to, each.data][0].about[0]
    call = community.call_of(each.data)
    if call is None:
        raise TypeError("only calls of the market are executed")
    return community.kind.stages[call.function], community.kind.gate_of(community.prepared, call)


def _registering(community: Community) -> Registering:
    """All that registers models after the set-up; it follows from the models and the utility's nonce."""
    utility, found = community.accounts[0], {}
    prepared, nonce = community.prepared, community.utility_nonce
    for training in prepared.forecasters.trainings[1:]:
        models = [each for each in community.registrations if each.from_gate == training.from_gate]
        sent = community.kind.registrations(prepared, community.market, utility, nonce, models)
        nonce += len(sent)
        for place, each in enumerate(sent):
            step = Step(utility.name, REGISTER, (training.from_gate, place), ("gate", "transaction"))
            found[each.to, each.data] = step, each.gas_limit
    return found


# When runs seal blocks -------------------------------------------------------------------------------------


def _moments(community: Community) -> dict[str, list[int]]:
    """When each stage of each gate is due; "any" holds all moments at which something can be."""
    terms = market_terms(community.prepared)
    times = [gate_times(terms, gate) for gate in range(terms.gates)]
    due = {
        REGISTER: [each.registers for each in times],
        "commit": [each.window_end for each in times],
        "submit": [each.opens for each in times],
        "clear": [each.closes for each in times],
        "prove": [each.settles for each in times],
        "settle": [each.settles for each in times],
    }
    void = [each.delivery for each in times]
    return {**due, "any": sorted({moment for moments in (*due.values(), void) for moment in moments})}


def _check_time(
    block: Block, previous: Block, stages: Sequence[tuple[str, int]], moments: Mapping[str, list[int]]
) -> None:
    """A block is sealed when its business is due, at once after the last block, or as the next of several."""
    due = moments["any"]
    stage, gate = next((each for each in stages if each[0] != REFUSED), (REFUSED, -1))
    if stage in moments:
        due = [moments[stage][gate]]
    allowed = {max(moment, previous.timestamp + 1) for moment in due} | {previous.timestamp + BLOCK_S}
    if block.timestamp not in allowed:
        raise BundleError(f"block {block.number} is stamped {block.timestamp}, when no run seals it")


def execute_whole_run(
    community: Community, record: Sequence[Mined], advance: Callable[[int], object]
) -> Executed:
    """Execute what a bundle's chain holds after the set-up, once it is a whole run's by what it asks.

    ``advance`` is told of each transaction. Raises BundleError where it is no run's, or comes out as another.
    """
    after = record[len(community.set_up) :]
    batches = _batches(community, community.kind.void_gates(after))
    meant = [step for batch in batches for step in batch.steps]
    blocks, taken = _checked_calls(community, after, meant)
    executed = execute(community, blocks, advance)
    receipts = [sent.receipt for sent in executed.sent[len(community.sent) :]]
    _check_accepted(community, list(zip(taken, receipts, strict=True)), meant)
    community.kind.check_finished(executed.calls)
    if not community.prepared.scenario.adversaries.anybody:
        limits = [each.gas_limit for _, asked in blocks for each in asked]
        _check_sealing(community, batches, list(zip(receipts, limits, strict=True)))
    return executed


def _checked_calls(
    community: Community, record: Sequence[Mined], meant: Sequence[Step]
) -> tuple[list[Asked], list[Step]]:
    """All blocks, and what they call; ends at the first call that no run makes, before the next is opened."""
    left = _as_often_as_a_run_can(community, meant)
    in_order, registering = not community.prepared.scenario.adversaries.anybody, _registering(community)
    checked: list[Asked] = []
    taken: list[Step] = []
    for mined in record:
        number, asked = mined.block.number, opened_block(mined.block, community.names)
        for each in asked:
            step = _step(community, registering, number, each)
            place = len(taken)
            if in_order and place < len(meant) and step != meant[place]:
                raise BundleError(f"the chain has {step}, where a run has {meant[place]}")
            about = (step.stage, step.about)
            if not left[about]:
                often = " so often" if about in left else ""
                raise BundleError(f"block {number}: {step}, which no run calls{often}")
            left[about] -= 1
            taken.append(step)
        checked.append((mined, asked))
    if in_order and len(taken) != len(meant):
        raise BundleError(f"the chain has {len(taken)} calls after the set-up, where a run has {len(meant)}")
    return checked, taken


def _as_often_as_a_run_can(
    community: Community, meant: Sequence[Step]
) -> Counter[tuple[str, tuple[int, ...]]]:
    """How many calls there can be of what is asked about: an honest run's, and what cheats add to them."""
    adversaries = community.prepared.scenario.adversaries
    honest = Counter((step.stage, step.about) for step in meant)
    by_homes, by_operators = 1 + any(adversaries.homes.values()), 1 + len(adversaries.operators)
    most = Counter(
        {
            (stage, about): count * (by_homes if stage == "submit" else by_operators)
            for (stage, about), count in honest.items()
        }
    )
    return most + Counter(("void", step.about) for step in meant if _is_skipped(community, step))


def _is_skipped(community: Community, step: Step) -> bool:
    """Whether it is a clearing that the scenario's auctioneer leaves out."""
    operators = community.prepared.scenario.adversaries.operators
    return step.stage == "clear" and skipped_by(operators, step.about[0]) is not None


def _batches(community: Community, void: Collection[int]) -> list[Batch]:
    """What an honest run sends, in its order, that leaves these gates to be void."""
    prepared, terms = community.prepared, market_terms(community.prepared)
    homes = [home.name for home in prepared.population.homes]
    registering: dict[int, list[Step]] = {}
    for step, _ in _registering(community).values():
        registering.setdefault(step.about[0], []).append(step)
    batches = []
    for gate in range(terms.gates):
        times = gate_times(terms, gate)
        of_gate = (
            (times.registers, registering.get(gate, [])),
            (times.window_end, [Step("meter", "commit", (gate,))]),
            (times.opens, [Step(name, "submit", (gate,)) for name in homes]),
            *community.kind.due(prepared, gate, times, gate in void),
        )
        batches += [
            Batch(when, order, gate, tuple(steps)) for order, (when, steps) in enumerate(of_gate) if steps
        ]
    return sorted(batches)


def _step(community: Community, registering: Registering, number: int, each: Opened) -> Step:
    """A transaction as a call. Raises BundleError where it is none of the market's daily business."""
    if (each.to, each.data) in registering:
        step, gas = registering[each.to, each.data]
        step = step._replace(sender=community.names[each.sender])
        return _with_gas(step, number, each, gas)
    kind, call = community.kind, community.call_of(each.data) if each.to == community.market.address else None
    stage = kind.stage_of(community.market, call) if call else None
    if call is None or stage is None:
        what = f"a call of {call.function}" if call else "a transaction that is no call of the market"
        if call and call.function == "register_model":
            raise BundleError(f"block {number}: registers another model than follows from {MODELS}")
        raise BundleError(f"block {number}: {what} after the set-up, which no run sends")
    step = Step(community.names[each.sender], stage, *kind.about(call))
    return _with_gas(step, number, each, kind.gas_of(community.prepared, call))


def _with_gas(step: Step, number: int, each: Opened, gas: int) -> Step:
    if each.gas_limit != gas:
        raise BundleError(f"block {number}: {step} carries {each.gas_limit} gas, where a run gives {gas}")
    return step


def _check_accepted(
    community: Community, taken: Sequence[tuple[Step, Receipt]], meant: Sequence[Step]
) -> None:
    """What the contract took is what a run has it take, whoever tried what besides."""
    anybody = community.prepared.population.homes[0].name
    lawful = [
        step._replace(sender=anybody, stage="void") if _is_skipped(community, step) else step
        for step in meant
    ]
    known, accepted = set(lawful), {step for step, receipt in taken if receipt.ok}
    poor = {step for step, receipt in taken if receipt.revert_reason == NO_CREDIT}
    for step, receipt in taken:
        if receipt.ok and step not in known:
            raise BundleError(f"the chain has {step} accepted, which no run has")
    for step in lawful:
        if step not in accepted and not (step.stage == "submit" and step in poor):
            raise BundleError(f"the chain has no {step} that was accepted, which a run has, cheats or not")


def _check_sealing(
    community: Community, batches: Sequence[Batch], taken: Sequence[tuple[Receipt, int]]
) -> None:
    """Blocks are filled and stamped as ``PackedBlocks`` does it, by receipts and gas limits."""
    blocks, waiting = community.chain.blocks, iter(taken)
    target = community.prepared.scenario.chain.block_gas_limit // 2
    number, stamp, used = len(community.set_up), blocks[len(community.set_up) - 1].timestamp, 0
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
