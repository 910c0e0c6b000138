"""What the market's transactions use of gas, as laws fitted to receipts.

The gas of a transaction depends on what it stores, and so on the book; the laws take the counts that matter.
They were fitted to 2,700 receipts of runs with 4 to 100 homes, horizons of 1 to 48 slots, flat and
time-of-use tariffs, all mechanisms, and 9 circuits, under Cancun, and what they say of slots to 800 more of
24, 48 and 96. Over the gates of a run all stages together are met within 2 %.
"""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Ints
from sim.chain.bounds import ORDERS_PER_WORD
from sim.market.clearing import Trades
from sim.market.mechanisms.mechanism import (
    AVERAGE_PRICE,
    GENERIC,
    HUANG,
    MCAFEE,
    MUDA_BALANCED,
    MUDA_LOTTERY,
    PAY_AS_BID,
    UNIFORM_PRICE,
)
from sim.market.tariffs import TariffTable

# Once, when the community is founded.
_MARKET = 4_311_000
STUB, VERIFIER = 127_500, 2_848_000
MARKET_PER_DAY_SLOT, MARKET_PER_LATER_SLOT = 2_540, 19_900  # the latter in any tariff period but the first
KEY, KEY_PER_WORD = 185_400, 6_791  # a contract that holds the key, and the model's registration
LATER_MODEL = 46_000  # which a forecaster gets in the place of another
VERIFIER_KEY, VERIFIER_KEY_PER_WORD = 39_800, 556  # the verifier told of it
_ENROLMENT, _ENROLMENT_OF_GENERATOR, _ENROLMENT_PER_FURTHER_PERIOD = 148_100, 19_900, 45_100

# At every gate.
COMMIT, COMMIT_PER_HOME = 51_900, 24_400
_SUBMIT, _SUBMIT_PER_SLOT, _SUBMIT_PER_ORDER_WORD, _SUBMIT_PER_PRICED_SLOT = 128_000, 215, 31_700, 2_500
_SUBMIT_PER_PROOF_BYTE, _SUBMIT_PER_KEY_WORD = 15, 165
_VERIFY, _VERIFY_PER_SLOT, _VERIFY_PER_PROOF_BYTE, _VERIFY_PER_KEY_WORD = 70_100, 917, 73, 1_505
_STUB_CALL = 37_200
_WARM_SLOT_SAVES = 2_000  # EIP-2929
_CLEAR, _CLEAR_PRICED = 63_200, 4_500
_SETTLE, _SETTLE_PER_PRICED_SLOT, _SETTLE_PER_HOME = 67_000, 2_000, 19_500


@dataclass(frozen=True)
class _Clearing:
    """Gas of a rule: to found it, and what clearing slots under it adds.

    per_seller: of a home that sells anything at a gate, once; per_payment: of an order that is paid for
    per_pair:   of two orders of a slot, each with itself too, where a rule compares them
    """

    founding: int
    per_order: int
    per_sale: int
    per_seller: int
    per_payment: int = 0
    per_pair: int = 0


_ONE_PRICE = _Clearing(750_900, per_order=9_450, per_sale=25_500, per_seller=8_200)
_CLEARINGS = {
    UNIFORM_PRICE: _ONE_PRICE,
    AVERAGE_PRICE: _ONE_PRICE,
    PAY_AS_BID: _Clearing(778_600, per_order=10_990, per_sale=6_620, per_seller=10_950, per_payment=6_830),
    MCAFEE: _Clearing(1_163_200, 12_690, per_sale=19_030, per_seller=14_670, per_payment=4_260, per_pair=52),
    HUANG: _Clearing(1_122_300, 12_700, per_sale=19_910, per_seller=15_770, per_payment=14_240, per_pair=49),
    MUDA_LOTTERY: _Clearing(1_192_200, 16_020, per_sale=0, per_seller=0, per_payment=2_690, per_pair=17),
    MUDA_BALANCED: _Clearing(1_539_100, 18_110, per_sale=0, per_seller=0, per_payment=2_480, per_pair=6),
    GENERIC: _Clearing(553_200, per_order=11_000, per_sale=8_200, per_seller=19_800, per_payment=4_350),
}


@dataclass(frozen=True)
class Proof:
    """What a submission carries: bytes of its proof, and 32-byte words of the key it is checked with."""

    proof_bytes: int
    key_words: int


PLACEHOLDER = Proof(64, 1)


@dataclass(frozen=True)
class GateBooks:
    """What the laws need of the books of some gates.

    horizon:      slots of a gate
    day_slots:    slots of a day
    periods:      tariff periods of a day; tariffs that change in the day are looked up slot by slot
    rule:         what clearings are checked by, one of ``RULES``
    settlements:  shape (gates,), tariff periods that occur in each gate
    order_words:  shape (homes, gates), words that a home's orders take: groups of four slots with any order
    orders:       shape (homes, gates)
    sales:        shape (homes, gates), orders that sold anything
    payments:     shape (homes, gates), orders that paid or were paid anything
    pairs:        shape (homes, gates), orders of all homes in the slots that the home has orders in
    """

    horizon: int
    day_slots: int
    periods: int
    rule: str
    settlements: Ints
    order_words: Ints
    orders: Ints
    sales: Ints
    payments: Ints
    pairs: Ints


def gate_books(
    quantity_wh: Ints, trades: Trades, horizon: int, tariffs: TariffTable, period_of_slot: Ints, rule: str
) -> GateBooks:
    """Count what is in the books.

    quantity_wh: the orders, shape (homes, slots); trades: what came of them; period_of_slot: shape (slots,)
    """
    by_gate = (len(quantity_wh), -1, horizon)
    ordered, sold, paid = (
        each.reshape(by_gate) for each in (quantity_wh != 0, trades.fill_wh < 0, trades.payment != 0)
    )
    words = np.logical_or.reduceat(ordered, range(0, horizon, ORDERS_PER_WORD), axis=2)
    settled = [len(np.unique(of_gate)) for of_gate in period_of_slot.reshape(-1, horizon)]
    return GateBooks(
        horizon=horizon,
        day_slots=len(tariffs.period_of_day_slot),
        periods=tariffs.periods,
        rule=rule,
        settlements=np.array(settled, dtype=np.int64),
        order_words=words.sum(axis=2),
        orders=ordered.sum(axis=2),
        sales=sold.sum(axis=2),
        payments=paid.sum(axis=2),
        pairs=(ordered * ordered.sum(axis=0)).sum(axis=2),
    )


def own_gas(books: GateBooks, proof_gas: Ints) -> Ints:
    """Gas that each home's bids cause, shape (homes, gates).

    That is its submission, and what its commitment, its orders and its totals add to the operators' calls.
    proof_gas: shape (homes, gates), see ``proof_gas``
    """
    priced = priced_gas(_SUBMIT_PER_PRICED_SLOT, books.horizon, books.day_slots, books.periods)
    submit = (
        _SUBMIT
        + _SUBMIT_PER_SLOT * books.horizon
        + priced
        + _SUBMIT_PER_ORDER_WORD * books.order_words
        + proof_gas
    )
    sellers = books.sales > 0
    law = _CLEARINGS[books.rule]
    clear = law.per_order * books.orders + law.per_sale * books.sales + law.per_seller * sellers
    clear = clear + law.per_payment * books.payments + law.per_pair * books.pairs
    gas: Ints = submit + clear + COMMIT_PER_HOME + _SETTLE_PER_HOME * books.settlements
    return gas


def priced_gas(per_slot: int, horizon: int, day_slots: int, periods: int) -> int:
    """Gas of looking up the tariff period of each slot of a gate, where there is more than one.

    per_slot: of a slot of the day that the call has not looked up before; it is cheaper the next time
    """
    if periods == 1:
        return 0
    return per_slot * horizon - _WARM_SLOT_SAVES * max(horizon - day_slots, 0)


def shared_gas(books: GateBooks) -> Ints:
    """Gas that the operators' calls use however many homes there are, shape (gates,)."""
    clear = (_CLEAR + (_CLEAR_PRICED if books.periods > 1 else 0)) * books.horizon
    priced = priced_gas(_SETTLE_PER_PRICED_SLOT, books.horizon, books.day_slots, books.periods)
    gas: Ints = COMMIT + clear + (_SETTLE + priced) * books.settlements
    return gas


def proof_gas(proof: Proof | None, horizon: int, placeholder: Proof = PLACEHOLDER) -> int:
    """What carrying and checking a proof adds to a submission; None is the stub with its placeholder.

    horizon: its public outputs
    """
    if proof is None:
        carried, checked = placeholder, _STUB_CALL
    else:
        carried = proof
        checked = _VERIFY + _VERIFY_PER_SLOT * horizon
        checked += _VERIFY_PER_PROOF_BYTE * proof.proof_bytes + _VERIFY_PER_KEY_WORD * proof.key_words
    return checked + _SUBMIT_PER_PROOF_BYTE * carried.proof_bytes + _SUBMIT_PER_KEY_WORD * carried.key_words


def day_gas(tariffs: TariffTable) -> int:
    """Gas of telling a market the tariff period of each slot of a day."""
    periods = np.asarray(tariffs.period_of_day_slot)
    return MARKET_PER_DAY_SLOT * len(periods) + MARKET_PER_LATER_SLOT * int(np.count_nonzero(periods))


def founding_gas(
    homes: int,
    generators: int,
    tariffs: TariffTable,
    models: int,
    proofs: list[Proof],
    rule: str,
    later_models: int = 0,
) -> int:
    """Gas spent once: contracts, the models' keys, the homes' enrolment. Without proofs a stub stands in.

    generators:   how many of the homes may sell
    proofs:       those of each model, in any order, or none at all
    rule:         see ``GateBooks``
    later_models: how many of the models a forecaster gets after its first
    """
    enrolment = _ENROLMENT_OF_GENERATOR * generators
    enrolment += homes * (_ENROLMENT + _ENROLMENT_PER_FURTHER_PERIOD * (tariffs.periods - 1))
    market = _MARKET + _CLEARINGS[rule].founding + LATER_MODEL * later_models
    market += day_gas(tariffs)
    if not proofs:
        return market + STUB + models * (KEY + KEY_PER_WORD) + enrolment
    words = sum(proof.key_words for proof in proofs)
    per_model = (KEY + VERIFIER_KEY) * len(proofs) + (KEY_PER_WORD + VERIFIER_KEY_PER_WORD) * words
    return market + VERIFIER + per_model + enrolment
