# pragma version ==0.4.3
# pragma evm-version cancun
"""
@title EnergyMarket
@license MIT
@notice A day-ahead or intraday market for energy between homes, in which every order is backed by a
        zero-knowledge proof, every clearing is checked by a rule, and all money is a ledger that sums to zero.
@dev    Energy is in Wh, prices in nano-$ per Wh, money in nano-$. Ether pays for gas and nothing else.

        The modules: `community` has the roles and the homes, `timeline` when things happen, `entries` the
        windows committed to and who has submitted, `gates` what becomes of each gate, `registry` the models,
        `proofs` what their proofs say, `tariffs`, `balances` and `ledger` the money, `book` how orders are
        packed, `bounds` the numbers. This contract joins them. Which clearings it takes says a contract of its
        own, chosen at construction; see `rules`.

        A slot that is not cleared by its delivery is void: anybody may say so, which frees its reservations.
        What the sales of a gate hold reserved anybody may release if the meter has not settled it a week after
        its delivery. So nothing stays reserved for ever, whoever falls silent.

        What is fixed when: the rule at construction; limits, tariffs, credit and forecaster of a home before
        the first gate's windows begin; a forecaster's model for a gate before that gate's windows begin.

        What is trusted: the meter's readings, and the utility at set-up (who is a home, its limits, tariffs
        and credit, the models, the verifier, the rule). What is not: homes, the auctioneer, and the contracts
        that hold the models' verifying keys.
"""


from interfaces import IClearingRule
from modules import balances
from modules import book
from modules import bounds
from modules import community
from modules import entries
from modules import gates
from modules import ledger
from modules import proofs
from modules import registry
from modules import tariffs
from modules import timeline


initializes: community
initializes: timeline
initializes: entries[community := community, timeline := timeline]
initializes: gates[community := community, entries := entries, timeline := timeline]
initializes: tariffs
initializes: balances
initializes: ledger[balances := balances, tariffs := tariffs]
initializes: registry
initializes: proofs[
    community := community, entries := entries, registry := registry, timeline := timeline
]


exports: (
    community.__interface__,
    entries.commit,
    entries.commitment_of,
    gates.order_of,
    timeline.__interface__,
    entries.place_of_commitment,
    entries.committed,
    entries.submitted,
    gates.finished_slots,
    gates.settled_periods,
    ledger.BUYER_FEE,
    ledger.SELLER_FEE,
    tariffs.__interface__,
    balances.__interface__,
    ledger.exposure,
    proofs.register_model,
    registry.__interface__,
)


# @notice Logged when a home's orders are accepted.
# @param gate The gate
# @param home The home's number
# @param orders Its packed orders, four to a word
event OrdersSubmitted:
    gate: indexed(uint256)
    home: indexed(uint256)
    orders: DynArray[uint256, bounds.MAX_ORDER_WORDS]


# @notice Logged when a slot is cleared at one price.
# @param slot The slot
# @param price The price; 0 where nothing trades
# @param fills_wh What each home buys or sells
event SlotCleared:
    slot: indexed(uint256)
    price: uint256
    fills_wh: DynArray[uint256, bounds.MAX_HOMES]


# @notice Logged when a slot is cleared at a price for each home.
# @param slot The slot
# @param fills_wh What each home buys or sells
# @param payments What each buyer pays and each seller gets, fees aside
event SlotClearedAtOwnPrices:
    slot: indexed(uint256)
    fills_wh: DynArray[uint256, bounds.MAX_HOMES]
    payments: DynArray[uint256, bounds.MAX_HOMES]


# @notice Logged when a slot is declared void.
# @param slot The slot
event SlotVoided:
    slot: indexed(uint256)


# @notice Logged when a tariff period of a gate is settled.
# @param gate The gate
# @param period The tariff period
# @param short_wh Energy that each home was short of, as far as it counts
# @param beyond_wh Energy that each home had beyond its fills, as far as it counts
event GateSettled:
    gate: indexed(uint256)
    period: indexed(uint256)
    short_wh: DynArray[uint256, bounds.MAX_HOMES]
    beyond_wh: DynArray[uint256, bounds.MAX_HOMES]


# @notice Logged when what a gate's sales hold reserved is released unsettled.
# @param gate The gate
event GateReleased:
    gate: indexed(uint256)


# @notice The contract that says which clearings the market takes.
RULE: public(immutable(address))
# @notice Whether it clears at a price for each home.
AT_OWN_PRICES: public(immutable(bool))


@deploy
def __init__(
    verifier: address,
    rule: address,
    meter: address,
    auctioneer: address,
    first_delivery: uint256,
    slot_s: uint256,
    horizon: uint256,
    lead: uint256,
    lookback: uint256,
    gate_count: uint256,
    grid_fee: uint256,
    period_of_day_slot: DynArray[uint256, bounds.MAX_DAY_SLOTS],
):
    """
    @notice The deployer becomes the utility.
    @param verifier The contract that checks proofs
    @param rule The contract that says which clearings are taken, an IClearingRule
    @param meter Who commits to readings and posts deviations
    @param auctioneer Who proposes clearings
    @param first_delivery When slot 0 begins, in seconds; local time counted as if it were UTC
    @param slot_s Length of a slot in seconds
    @param horizon Slots per gate
    @param lead Slots between the end of a window and the first delivery
    @param lookback Slots of a window
    @param gate_count Gates of the run
    @param grid_fee nano-$ per traded Wh, half from each side, to the utility
    @param period_of_day_slot The tariff period of each slot of a day
    """
    community.__init__(meter, auctioneer)
    timeline.__init__(first_delivery, slot_s, horizon, lead, lookback, gate_count, period_of_day_slot)
    ledger.__init__(grid_fee)
    registry.__init__(verifier)
    RULE = rule
    AT_OWN_PRICES = staticcall IClearingRule(rule).AT_OWN_PRICES()


@external
def enrol(
    account: address,
    forecaster: uint256,
    import_limit_wh: uint256,
    export_limit_wh: uint256,
    credit_limit: uint256,
    retail: DynArray[uint256, bounds.MAX_PERIODS],
    feed_in: DynArray[uint256, bounds.MAX_PERIODS],
):
    """
    @notice Give a home its number, its forecaster, its limits, its tariffs and its credit: before the first
            gate's windows begin.
    @param account Who submits the home's orders
    @param forecaster The forecaster whose models its forecasts must come from
    @param import_limit_wh Most energy of one slot that the home can take from the grid, and so buy
    @param export_limit_wh Most that it can feed in, and so sell; 0 without a generator
    @param credit_limit How far the home's balance may fall, in nano-$
    @param retail Price of energy from the grid by period
    @param feed_in Price of energy into the grid by period
    """
    community._only_utility()
    assert block.timestamp < timeline._window_begin(0), "enrolment is over"
    home: uint256 = community._enrol(account, forecaster, import_limit_wh, export_limit_wh, credit_limit)
    tariffs._set_tariffs(home, timeline.PERIODS, retail, feed_in)


@external
def submit(
    gate: uint256,
    proof: Bytes[bounds.MAX_PROOF_BYTES],
    instances: DynArray[uint256, bounds.MAX_HORIZON],
    limits: DynArray[uint256, bounds.MAX_HORIZON],
):
    """
    @notice A home's orders for all slots of a gate, backed by one proof.
    @param gate The gate
    @param proof The proof; its first 64 bytes are the commitment to the window
    @param instances The model's public outputs, one per slot: the quantities
    @param limits Limit prices, one per slot
    """
    home: uint256 = community.home_of[msg.sender]
    assert home != 0, "only an enrolled home"
    entries._check_open(gate, home)
    facts: community.Home = community.homes[home]
    scale: uint256 = proofs._verify(gate, home, facts.forecaster, proof, instances)
    orders: DynArray[uint256, bounds.MAX_HORIZON] = proofs._orders_of(instances, scale, limits, facts)
    cost: uint256 = 0
    for i: uint256 in range(len(orders), bound=bounds.MAX_HORIZON):
        if orders[i] != 0:
            cost += ledger._worst_cost(home, timeline._period(gate * timeline.HORIZON + i), orders[i])
    balances._reserve(home, cost, facts.credit_limit)
    log OrdersSubmitted(gate=gate, home=home, orders=gates._store_orders(gate, home, orders))


@external
def clear(slot: uint256, price: uint256, fills_wh: DynArray[uint256, bounds.MAX_HOMES]):
    """
    @notice The auctioneer's clearing of one slot at one price, under a rule that knows one.
    @param slot The slot
    @param price The uniform price; 0 where nothing trades
    @param fills_wh What each home buys or sells, by home number from 1
    """
    self._clear(slot, fills_wh, [price], False)
    log SlotCleared(slot=slot, price=price, fills_wh=fills_wh)


@external
def clear_at_own_prices(
    slot: uint256,
    fills_wh: DynArray[uint256, bounds.MAX_HOMES],
    payments: DynArray[uint256, bounds.MAX_HOMES],
):
    """
    @notice The auctioneer's clearing of one slot at a price for each home, under a rule that knows many.
    @dev What buyers pay beyond what sellers get is the surplus; it goes to the utility.
    @param slot The slot
    @param fills_wh What each home buys or sells, by home number from 1
    @param payments What each buyer pays and each seller gets for its fill, in nano-$, fees aside
    """
    self._clear(slot, fills_wh, payments, True)
    log SlotClearedAtOwnPrices(slot=slot, fills_wh=fills_wh, payments=payments)


@internal
def _clear(
    slot: uint256,
    fills_wh: DynArray[uint256, bounds.MAX_HOMES],
    terms: DynArray[uint256, bounds.MAX_HOMES],
    at_own_prices: bool,
):
    """
    @notice Clear a slot as the rule says, or refuse to.
    @param slot The slot
    @param fills_wh What each home buys or sells
    @param terms The one price, or a payment for each home
    @param at_own_prices Which of them
    """
    community._only_auctioneer()
    assert at_own_prices == AT_OWN_PRICES, "market has the other rule"
    gate: uint256 = gates._finish_clearing(slot, len(fills_wh))
    orders: DynArray[uint256, bounds.MAX_HOMES] = gates._orders_of(slot)
    assert staticcall IClearingRule(RULE).takes(slot, orders, fills_wh, terms)
    period: uint256 = timeline._period(slot)
    paid: int256 = 0
    for i: uint256 in range(len(orders), bound=bounds.MAX_HOMES):
        order: uint256 = orders[i]
        if order != 0:
            fill_wh: uint256 = fills_wh[i]
            payment: uint256 = terms[i] if at_own_prices else terms[0] * fill_wh
            paid += ledger._book(gate, i + 1, period, order, fill_wh, payment)
    balances._collect(paid)


@external
def void(slot: uint256):
    """
    @notice Anybody may declare a slot void that was not cleared in time, which frees its reservations.
    @param slot The slot
    """
    gates._finish_void(slot)
    period: uint256 = timeline._period(slot)
    orders: DynArray[uint256, bounds.MAX_HOMES] = gates._orders_of(slot)
    for i: uint256 in range(len(orders), bound=bounds.MAX_HOMES):
        if orders[i] != 0:
            ledger._free(i + 1, period, orders[i])
    log SlotVoided(slot=slot)


@external
def settle(
    gate: uint256,
    period: uint256,
    short_wh: DynArray[uint256, bounds.MAX_HOMES],
    beyond_wh: DynArray[uint256, bounds.MAX_HOMES],
):
    """
    @notice After delivery the meter posts, per home, the energy short of and beyond the fills of one tariff
            period; the utility sells the one at retail and buys the other at the feed-in price. A total
            counts up to what a home's limits allow for: it cannot have drawn, fed in, bought or sold more.
            What is posted beyond that does not count, and hinders nobody else's settlement.
    @param gate The gate
    @param period The tariff period; each that occurs in the gate is settled once
    @param short_wh Energy each home drew beyond what it had bought, or sold and did not have
    @param beyond_wh Energy each home fed in beyond what it had sold, or bought and did not use
    """
    community._only_meter()
    is_last: bool = gates._settle_period(gate, period, len(short_wh), len(beyond_wh))
    counted_short_wh: DynArray[uint256, bounds.MAX_HOMES] = []
    counted_beyond_wh: DynArray[uint256, bounds.MAX_HOMES] = []
    paid: int256 = 0
    for i: uint256 in range(len(short_wh), bound=bounds.MAX_HOMES):
        home: uint256 = i + 1
        most_wh: uint256 = timeline.HORIZON * (
            community.homes[home].import_limit_wh + community.homes[home].export_limit_wh
        )
        counted_short_wh.append(min(short_wh[i], most_wh))
        counted_beyond_wh.append(min(beyond_wh[i], most_wh))
        paid += ledger._settle(home, period, counted_short_wh[i], counted_beyond_wh[i])
        if is_last:
            ledger._free_exposure(gate, home)
    balances._collect(paid)
    log GateSettled(gate=gate, period=period, short_wh=counted_short_wh, beyond_wh=counted_beyond_wh)


@external
def release(gate: uint256):
    """
    @notice Where the meter has not settled a gate in time, anybody may free what its sales hold reserved.
            Totals may still be posted, and are paid as ever: nobody gains by the meter's being late.
    @param gate The gate
    """
    assert timeline._delivered(gate) + bounds.SETTLEMENT_S <= block.timestamp, "too early to release"
    freed: uint256 = 0
    for i: uint256 in range(community.homes_enrolled, bound=bounds.MAX_HOMES):
        freed += ledger._free_exposure(gate, i + 1)
    assert freed != 0, "nothing to release"
    log GateReleased(gate=gate)
