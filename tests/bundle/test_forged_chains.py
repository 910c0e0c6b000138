"""Bundles of chains that no run leaves are refused by the first thing that no run does; a run's passes."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from eth.vm.forks.cancun import CancunVM

from sim.bundle.community import Community
from sim.chain.accounts import account
from sim.chain.base import Transaction
from sim.chain.blocks import BLOCK_S, CHAIN_ID
from sim.chain.market_client import Enrolment
from sim.data.readings import DAY_S
from sim.data.sierra_crest import SLOT_S
from sim.seeds import Streams
from tests.bundle.forgery import (
    ELSEWHERE,
    Chain,
    Files,
    Sealed,
    bundle_of_chain,
    kinds,
    refused,
    rewritten,
    verdict,
)

# Chains executed ------------------------------------------------------------------------------------------


def first(chain: Chain, sender: str) -> int:
    """The first block of what homes, meter or auctioneer do."""
    return next(n for n, sealed in enumerate(chain) if sealed.transactions[0].sender.name.startswith(sender))


def changed(chain: Chain, stage: str, change: Callable[[tuple[Transaction, ...]], Any]) -> Chain:
    """Other transactions in that block."""
    number = first(chain, stage)
    sealed = replace(chain[number], transactions=tuple(change(chain[number].transactions)))
    return [*chain[:number], sealed, *chain[number + 1 :]]


def removed(_: Community, chain: Chain) -> Chain:
    """One home's orders are gone."""
    return changed(chain, "home", lambda transactions: transactions[1:])


def unsettled(_: Community, chain: Chain) -> Chain:
    """The meter's totals are gone: nobody pays for what it did not deliver."""
    assert [transaction.sender.name for transaction in chain[-1].transactions] == ["meter"]
    return chain[:-1]


def released(community: Community, chain: Chain) -> Chain:
    """The meter falls silent; a week later a home frees what sales hold reserved, as the contract allows."""
    release = community.market.transaction(community.accounts[-1], "release", 0, gas_limit=1_000_000)
    return [*chain[:-1], Sealed(chain[-1].timestamp + 7 * DAY_S, (release,))]


def spoiled(stage: str, spoil: Callable[[dict[str, Any]], object]) -> Callable[[Community, Chain], Chain]:
    """The first call of a stage is there, and with other arguments, so that the contract refuses it."""

    def change(community: Community, chain: Chain) -> Chain:
        def spoilt(transactions: tuple[Transaction, ...]) -> list[Transaction]:
            call = community.call_of(transactions[0].data)
            assert call
            arguments = dict(call.arguments)
            spoil(arguments)
            data = community.market.artifact.encode(call.function, *arguments.values())
            return [replace(transactions[0], data=data), *transactions[1:]]

        return changed(chain, stage, spoilt)

    return change


def starved(_: Community, chain: Chain) -> Chain:
    """The meter's totals run out of gas."""
    return changed(chain, "meter", lambda sent: [replace(each, gas_limit=100_000) for each in sent])


def repeated(_: Community, chain: Chain) -> Chain:
    """A home submits twice; the second time is refused, and costs gas."""
    return changed(chain, "home", lambda transactions: (*transactions, transactions[0]))


def before(chain: Chain, transaction: Transaction) -> Chain:
    """One more block, a minute before the last reading of the first window, when the set-up has to end."""
    return [Sealed(chain[0].timestamp - SLOT_S - 60, (transaction,)), *chain]


def enrolled_late(community: Community, chain: Chain) -> Chain:
    """Another home that no bundle names."""
    tariffs, (utility, _, auctioneer) = community.prepared.tariffs, community.accounts[:3]
    prices = tuple(tariffs.retail[0].tolist()), tuple(tariffs.feed_in[0].tolist())
    newcomer = Enrolment(auctioneer.address, 0, 12_000, 0, 10**12, *prices)
    return before(chain, community.market.enrol(utility, newcomer))


def ether_sent(community: Community, chain: Chain) -> Chain:
    return before(chain, Transaction(community.accounts[0], community.accounts[1].address, b"", 21_000))


def later(_: Community, chain: Chain) -> Chain:
    """The meter commits a minute late, which the contract allows."""
    return [replace(chain[0], timestamp=chain[0].timestamp + 60), *chain[1:]]


def spread(_: Community, chain: Chain) -> Chain:
    """The homes' submissions in two blocks, where a run seals one."""
    number = first(chain, "home")
    timestamp, transactions = chain[number].timestamp, chain[number].transactions
    two = [Sealed(timestamp, transactions[:1]), Sealed(timestamp + BLOCK_S, transactions[1:])]
    return [*chain[:number], *two, *chain[number + 1 :]]


CHAINS = {
    "orders removed": (removed, ["a run has submit of gate 1 by home-10"]),
    "settlement removed": (unsettled, ["29 calls after the set-up"]),
    "reservations released": (released, ["release after the set-up"]),
    "clearing refused": (
        spoiled("auctioneer", lambda call: call.update(price=call["price"] + 1)),
        ["no clear of slot 1 by auctioneer that was accepted"],
    ),
    "orders refused": (
        spoiled("home", lambda call: call.update(limits=(2**255, *call["limits"][1:]))),
        ["no submit of gate 1 by home-10 that was accepted"],
    ),
    "commitments refused": (
        starved,
        ["commit of gate 1 by meter carries 100000 gas, where a run gives 2240000"],
    ),
    "submission repeated": (repeated, ["a run has clear of slot 1 by auctioneer"]),
    "home enrolled late": (enrolled_late, ["enrol after the set-up"]),
    "ether sent": (ether_sent, ["no call of the market"]),
    "committed a minute late": (later, ["is stamped", "no run seals"]),
    "submissions spread": (spread, ["not in block", "where a run seals it"]),
}


@kinds(CHAINS, "orders removed", "settlement removed", "clearing refused", "home enrolled late", "ether sent")
def test_another_chain_is_refused(kind: str, honest: Path, forged: Path) -> None:
    change, words = CHAINS[kind]
    refused(bundle_of_chain(honest, forged, change), *words)


def test_a_chain_packed_again_unchanged_is_the_same_bundle(honest, forged) -> None:
    """So what the forger's chains are refused for is what was changed in them."""
    assert bundle_of_chain(honest, forged, lambda _, chain: chain).read_bytes() == honest.read_bytes()
    assert verdict(honest)[0]


# Records of what was never executed -----------------------------------------------------------------------


def with_blocks(change: Callable[[list[dict[str, Any]]], object]) -> Callable[[Files, dict[str, Any]], None]:
    """The recorded blocks changed without executing anything."""

    def edit(files: Files, _: dict[str, Any]) -> None:
        blocks = json.loads(files["chain.json"])["blocks"]
        change(blocks)
        lines = (json.dumps(block, sort_keys=True, separators=(",", ":")) for block in blocks)
        files["chain.json"] = ('{"blocks":[\n' + ",\n".join(lines) + "\n]}\n").encode()

    return edit


def signed(community_account: Any, **fields: Any) -> str:
    """A transaction with any fields, in hex."""
    usual = {"nonce": 0, "gas_price": 10**9, "gas": 10**6, "to": b"\x11" * 20, "value": 0, "data": b""}
    unsigned = CancunVM.get_transaction_builder().create_unsigned_transaction(**usual | fields)
    return str(unsigned.as_signed_transaction(community_account.key, chain_id=CHAIN_ID).encode().hex())


METER = account(Streams(7), "meter")
RECORDS = {
    "block fabricated": (
        lambda blocks: blocks[-1].update(timestamp=blocks[-1]["timestamp"] + 1),
        ["hash"],
    ),
    "block without hash": (lambda blocks: blocks[-1].update(hash="", state_root=""), ["no number, hash"]),
    "other state root": (lambda blocks: blocks[-1].update(state_root="00" * 32), ["state root"]),
    "other receipts": (lambda blocks: blocks[-1].update(receipts="00" * 32), ["receipts"]),
    "block doubled": (lambda blocks: blocks.append(blocks[-1]), ["number"]),
    "no blocks": (lambda blocks: blocks.clear(), ["the chain holds 0 transactions", "has at least 32"]),
    "empty block": (lambda blocks: blocks[-1].update(transactions=[]), ["empty"]),
    "no transaction": (lambda blocks: blocks[-1].update(transactions=["c0"]), ["not a signed transaction"]),
    "typed transaction": (
        lambda blocks: blocks[-1].update(transactions=["02c0"]),
        ["not a signed transaction"],
    ),
    "signed by a stranger": (
        lambda blocks: blocks[-1].update(transactions=[signed(account(ELSEWHERE, "meter"))]),
        ["signed by 0x", "no run of this seed"],
    ),
    "no call of the market": (
        lambda blocks: blocks[-1].update(transactions=[signed(METER)]),
        ["a transaction that is no call of the market"],
    ),
}


@kinds(RECORDS)
def test_a_fabricated_record_is_refused(kind: str, honest: Path, forged: Path) -> None:
    change, words = RECORDS[kind]
    refused(rewritten(honest, forged, with_blocks(change)), *words)
