"""A bundle's first blocks against those of a run of its scenario: which role, contract or tariff differs."""

from collections.abc import Mapping, Sequence
from typing import Any

from sim.bundle.calls import STRANGER, Opened, call_of, construction_of, opened
from sim.bundle.community import Community
from sim.chain.base import Block
from sim.chain.contracts import SHA256, STUB, VERIFIER, compiled
from sim.errors import BundleError
from sim.outputs.chain_record import Mined, mined

_SIGNED = "has another nonce, gas limit, gas price, value or chain id than a run gives it"


def check_foundation(community: Community, record: Sequence[Mined]) -> None:
    """Raise BundleError, naming what differs, where the first blocks are not the foundation's."""
    first = record[: len(community.set_up)]
    found = [signed for each in first for signed in each.block.transactions]
    meant = [signed for block in community.set_up for signed in block.transactions]
    differing = [
        (place, _difference(community, given, expected))
        for place, (given, expected) in enumerate(zip(found, meant, strict=False), start=1)
        if given != expected
    ]
    if differing:  # one fact that differs changes the chain's id, and with it all other signatures
        place, difference = next((each for each in differing if each[1] != _SIGNED), differing[0])
        raise BundleError(f"transaction {place} of the set-up: {difference}")
    if len(found) != len(meant):
        raise BundleError(f"the set-up has {len(found)} transactions, where a run's has {len(meant)}")
    executed = mined(community.set_up, [sent.receipt for sent in community.sent])
    for given_block, block in zip(first, executed, strict=True):
        if problem := block_difference(given_block.block, block.block):
            raise BundleError(f"block {block.block.number}, of the set-up, {problem}")
        if given_block.receipts != block.receipts:
            raise BundleError(f"block {block.block.number}, of the set-up, has other receipts than it leaves")


def block_difference(given: Block, executed: Block) -> str | None:
    """The first fact in which a block differs from the one that its transactions make, None where none does.

    A run on revm knows neither hash nor state root; what is empty is not compared.
    """
    if given.transactions != executed.transactions:
        return "has transactions that are not signed and sealed as a run does it"
    for fact in ("number", "timestamp", "gas_used", "state_root", "hash"):
        theirs, ours = getattr(given, fact), getattr(executed, fact)
        if theirs not in (ours, b""):
            name = fact.replace("_", " ")
            return f"has {name} {_shown(theirs)}, where execution gives {_shown(ours)}"
    return None


def _difference(community: Community, given: bytes, expected: bytes) -> str:
    try:
        theirs = opened(given)
    except BundleError as error:
        return str(error)
    ours = opened(expected)
    names = community.names
    if theirs.sender != ours.sender:
        signer = names.get(theirs.sender, f"0x{theirs.sender.hex()}, {STRANGER},")
        return f"signed by {signer}, where {names[ours.sender]} signs"
    if theirs.to != ours.to:
        return "sent to another contract than a run sends it to"
    if theirs.data == ours.data:
        return _SIGNED
    if ours.to is None:
        return _deployment_difference(theirs, ours)
    return _call_difference(community, theirs, ours)


def _deployment_difference(theirs: Opened, ours: Opened) -> str:
    for name in SHA256:
        artifact = compiled(name)
        meant = construction_of(ours.data, artifact)
        if meant is None:
            continue
        given = construction_of(theirs.data, artifact)
        if given is not None:
            return f"constructs {name} with {_argument_difference(given, meant)}"
        if name == VERIFIER and construction_of(theirs.data, compiled(STUB)) is not None:
            return f"deploys a stub that accepts everything for {name}, though proofs are claimed for all"
        return f"deploys code that is not this checkout's {name}"
    return "stores another verifying key than the bundled model has"


def _call_difference(community: Community, theirs: Opened, ours: Opened) -> str:
    artifact = community.market.artifact if ours.to == community.market.address else compiled(VERIFIER)
    given, meant = call_of(theirs.data, artifact), call_of(ours.data, artifact)
    if given is None or meant is None or given.function != meant.function:
        return f"calls something else than {meant.function if meant else 'a run calls'}"
    if meant.function == "registerVka":
        return "registers another verifying key than the bundled model has"
    whose = community.names.get(bytes.fromhex(str(meant.arguments.get("account", ""))[2:]), "")
    subject = f"{meant.function} {whose}".rstrip()
    return f"calls {subject} with {_argument_difference(given.arguments, meant.arguments)}"


def _argument_difference(given: Mapping[str, Any], meant: Mapping[str, Any]) -> str:
    for name, value in meant.items():
        if given[name] != value:
            return f"{name} = {_shown(given[name])}, where it follows to be {_shown(value)}"
    return "its arguments encoded in another way"


def _shown(value: object) -> str:
    text = value.hex() if isinstance(value, bytes) else str(value)
    return text if len(text) <= 70 else f"{text[:67]}..."
