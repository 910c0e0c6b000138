"""A bundle's transactions executed once more, from the foundation on, on py-evm.

Nothing of a bundled transaction is taken over but who asks what of whom, and when: it is signed anew, with
the key that the seed gives its sender, and has to come out byte for byte. So nonces, prices, encodings and
signatures are all a run's, and each block has to have the bundled hash and state root.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from eth_utils.exceptions import ValidationError

from sim.bundle.calls import Call, Opened, call_of, opened_block
from sim.bundle.community import Community
from sim.bundle.foundation import block_difference
from sim.chain.base import Account, Block, Receipt, Transaction
from sim.chain.blocks import BLOCK_S
from sim.chain.market_client import RULES, gate_times
from sim.errors import BundleError
from sim.outputs.chain_record import Mined, receipts_digest
from sim.venues.base import Sent
from sim.venues.on_chain import market_terms

SET_UP, REFUSED = "set-up", "refused"
STAGES = {
    **{function: function for function in ("commit", "submit", "settle", "void")},
    **{rule.entry: "clear" for rule in RULES.values()},
}
"""What is called after the set-up, and the stage of a gate that it belongs to."""


@dataclass(frozen=True)
class OpenedBlock:
    """A recorded block, and what its transactions ask."""

    mined: Mined
    asked: tuple[Opened, ...]

    @property
    def number(self) -> int:
        """As recorded."""
        return self.mined.block.number


@dataclass(frozen=True)
class Accepted:
    """A call of the market that was accepted, the gate it is about, and what became of it."""

    call: Call
    gate: int
    receipt: Receipt

    @property
    def stage(self) -> str:
        """Of the gate."""
        return STAGES[self.call.function]


@dataclass(frozen=True)
class Executed:
    """A chain executed.

    sent:  every transaction, and what became of it
    calls: what the accepted ones after the set-up called
    """

    sent: tuple[Sent, ...]
    calls: tuple[Accepted, ...]


def opened_blocks(community: Community, record: Sequence[Mined]) -> Iterator[OpenedBlock]:
    """The blocks after the foundation's, opened one by one. Raises BundleError at what no run has."""
    for mined in record[len(community.set_up) :]:
        yield OpenedBlock(mined, tuple(opened_block(mined.block, community.names)))


def execute(
    community: Community, blocks: Sequence[OpenedBlock], advance: Callable[[int], object]
) -> Executed:
    """Execute these blocks on the community's chain, whose foundation has been checked, as have their calls.

    ``advance`` is told of each transaction. Raises BundleError where a block does not come out as bundled.
    """
    accounts = {account.address: account for account in community.accounts}
    moments = _moments(community)
    sent: list[Sent] = []
    calls: list[Accepted] = []
    for block in blocks:
        previous, mined, asked = community.chain.blocks[-1], block.mined, block.asked
        receipts = _mined(community, mined.block, [_unsigned(each, accounts) for each in asked])
        accepted = [_accepted(community, *pair) for pair in zip(asked, receipts, strict=True) if pair[1].ok]
        stages = {id(each.receipt): (each.stage, each.gate) for each in accepted}
        sent += [
            Sent(*stages.get(id(receipt), (REFUSED, -1)), accounts[each.sender].name, receipt)
            for each, receipt in zip(asked, receipts, strict=True)
        ]
        _check_block(mined, community.chain.blocks[-1], receipts)
        _check_time(mined.block, previous, accepted, moments)
        calls += accepted
        advance(len(receipts))
    return Executed((*community.sent, *sent), tuple(calls))


def _mined(community: Community, block: Block, transactions: Sequence[Transaction]) -> list[Receipt]:
    try:
        return community.chain.mine(block.timestamp, transactions)
    except ValidationError as error:  # what no block can hold
        raise BundleError(f"block {block.number}: a transaction that no block takes: {error}") from None


def _unsigned(each: Opened, accounts: Mapping[bytes, Account]) -> Transaction:
    return Transaction(accounts[each.sender], each.to, each.data, each.gas_limit)


def _check_block(mined: Mined, executed: Block, receipts: Sequence[Receipt]) -> None:
    problem = block_difference(mined.block, executed)
    if problem:
        raise BundleError(f"block {executed.number} {problem}")
    if mined.receipts != receipts_digest(receipts):
        raise BundleError(f"block {executed.number} has other receipts than its execution leaves")


def _accepted(community: Community, each: Opened, receipt: Receipt) -> Accepted:
    """What was accepted after the set-up."""
    call = call_of(each.data)
    if call is None:
        raise TypeError("only calls of the market are executed")
    horizon = community.prepared.scenario.time.horizon
    gate = call.arguments["gate"] if "gate" in call.arguments else call.arguments["slot"] // horizon
    return Accepted(call, int(gate), receipt)


# When runs seal blocks -------------------------------------------------------------------------------------


def _moments(community: Community) -> dict[str, list[int]]:
    """When each stage of each gate is due; "any" holds all moments at which something can be."""
    terms = market_terms(community.prepared)
    times = [gate_times(terms, gate) for gate in range(terms.gates)]
    due = {
        "commit": [each.window_end for each in times],
        "submit": [each.opens for each in times],
        "clear": [each.closes for each in times],
        "settle": [each.settles for each in times],
    }
    void = [each.delivery for each in times]
    return {**due, "any": sorted({moment for moments in (*due.values(), void) for moment in moments})}


def _check_time(
    block: Block, previous: Block, accepted: Sequence[Accepted], moments: Mapping[str, list[int]]
) -> None:
    """A block is sealed when its business is due, at once after the last block, or as the next of several."""
    due = moments["any"]
    if accepted and accepted[0].stage in moments:
        due = [moments[accepted[0].stage][accepted[0].gate]]
    allowed = {max(moment, previous.timestamp + 1) for moment in due} | {previous.timestamp + BLOCK_S}
    if block.timestamp not in allowed:
        raise BundleError(f"block {block.number} is stamped {block.timestamp}, when no run seals it")
