# pragma version ==0.4.3
# pragma evm-version cancun
# pragma optimize codesize
"""
@title SealedMarket
@license MIT
@notice A day-ahead or intraday market for energy between homes in which no home's quantity is ever public:
        an order is a commitment, backed by a zero-knowledge proof that it is what the home's model
        forecasts, and a gate is cleared on the sums of commitments.
@dev    Outputs y are integers at the scale 2^s of a Wh, positive to buy; prices are in nano-$ per Wh, money
        in nano-$, and sums of price times output are at the scale 2^s of a nano-$. Ether pays for gas and
        nothing else.

        A gate: the meter commits to windows; homes submit proofs, each with the auctioneer's signature that
        it holds the home's column; the auctioneer clears all slots at once, by what the homes lack or have
        left in all, N(t) = sum of y(t), which it opens row by row from the sum of the commitments. The
        contract gives each slot its price: retail where N > 0, feed-in where N < 0, between both where N =
        0. Whoever submits trades all of its order at that price; what is left over is traded with the
        utility, at the same price. A gate of fewer homes than LEAST_HOMES is not cleared: its totals would
        say too much of each.

        A settlement period, of several gates: each home's trade, the sum of price times output, and what its
        readings deviate from its orders, at retail and feed-in prices, are paid in one sum, rounded down.
        The utility gets what the homes pay, so that all balances sum to zero, and bears less than a nano-$ a
        home and period. A home's trade is posted by the meter, or, where PROVED, proved from its commitment
        and the commitment to the gate's prices. All homes' trades add up to the sum of price times total.

        The modules: `community` has the roles and the homes, `timeline` when things happen, `entries` the
        windows committed to and who has submitted, `sealed_proofs` the models and what their proofs say,
        `sums` the commitments and what they open to, `openings` how that is checked, `net_price` prices,
        `coefficients` the commitments to them, `settlement` the periods, `balances` the money.

        A gate that is not cleared by its delivery is void: anybody may say so, which frees its reservations.
        What a settlement period holds reserved anybody may release if it has not been settled a week after
        its last delivery. So nothing stays reserved for ever, whoever falls silent.

        What is fixed when: scale, SRS, tariffs, rule and settlement circuit at construction; limits, credit
        and forecaster of a home before the first gate's windows begin; a forecaster's model for a gate
        before that gate's windows begin.

        What is trusted: the meter's readings, and, unless PROVED, its word on who has traded how much of
        what all have traded; the utility at set-up (who is a home, its limits and credit, the tariffs, the
        models and how large their outputs can be, the SRS, the verifier). The auctioneer knows the homes'
        quantities, and may decline to sign an order, which nobody can tell from a home that is silent; it is
        not trusted with totals or prices.
"""


from modules import balances
from modules import bn254
from modules import bounds
from modules import coefficients
from modules import community
from modules import entries
from modules import net_price
from modules import openings
from modules import registry
from modules import sealed_bounds
from modules import sealed_proofs
from modules import settlement
from modules import sums
from modules import tariffs
from modules import timeline


initializes: community
initializes: timeline
initializes: entries[community := community, timeline := timeline]
initializes: tariffs
initializes: balances
initializes: registry
initializes: openings
initializes: sealed_proofs[
    community := community,
    openings := openings,
    registry := registry,
    timeline := timeline,
]
initializes: sums[community := community, entries := entries, openings := openings, timeline := timeline]
initializes: net_price[tariffs := tariffs, timeline := timeline]
initializes: coefficients[timeline := timeline]
initializes: settlement[balances := balances, community := community, timeline := timeline]


exports: (
    community.__interface__,
    timeline.__interface__,
    entries.__interface__,
    tariffs.__interface__,
    balances.__interface__,
    registry.__interface__,
    openings.__interface__,
    sealed_proofs.__interface__,
    sums.__interface__,
    net_price.__interface__,
    coefficients.__interface__,
    settlement.__interface__,
)


# @notice What trades are proved with.
# @param key_contract The contract that returns the verifying key's words of the settlement circuit
# @param key_digest keccak256 of these words
# @param proof_bytes Exact length of a proof
# @param lagrange The contract that returns the Lagrange points, see coefficients
# @param lagrange_digest keccak256 of what it returns
struct Proving:
    key_contract: address
    key_digest: bytes32
    proof_bytes: uint256
    lagrange: address
    lagrange_digest: bytes32


# @notice Logged when a home's sealed orders are accepted.
# @param gate The gate
# @param home The home's number
# @param point The commitment to its outputs
event OrdersSealed:
    gate: indexed(uint256)
    home: indexed(uint256)
    point: uint256[2]


# @notice Logged when a gate is cleared.
# @param gate The gate
# @param homes How many homes have submitted
# @param totals What they want to buy less what they want to sell, by slot, at the outputs' scale
# @param prices The price of each slot
event GateCleared:
    gate: indexed(uint256)
    homes: uint256
    totals: DynArray[int256, bounds.MAX_HORIZON]
    prices: DynArray[uint256, bounds.MAX_HORIZON]


# @notice Logged when a gate is declared void.
# @param gate The gate
event GateVoided:
    gate: indexed(uint256)


# @notice Logged when a home's trade of a settlement period is proved.
# @param period The settlement period
# @param home The home's number
# @param trade_sum Sum over slots of price times output, at the outputs' scale
event TradeProved:
    period: indexed(uint256)
    home: indexed(uint256)
    trade_sum: int256


# @notice Logged when a settlement period is settled.
# @param period The settlement period
# @param trade_sums By home, sum over slots of price times output, at the outputs' scale
# @param deviation_sums By home, what its readings deviate from its orders at retail and feed-in prices
event PeriodSettled:
    period: indexed(uint256)
    trade_sums: DynArray[int256, bounds.MAX_HOMES]
    deviation_sums: DynArray[int256, bounds.MAX_HOMES]


# @notice Logged when what a settlement period holds reserved is released unsettled.
# @param period The settlement period
event PeriodReleased:
    period: indexed(uint256)


# @notice Fewest homes that a gate is cleared of.
LEAST_HOMES: public(immutable(uint256))

# @notice keccak256 of the commitment to a home's outputs of a gate, by gate and home, where trades are
#         proved.
commitment_to_outputs: public(HashMap[uint256, HashMap[uint256, bytes32]])


@deploy
def __init__(
    verifier: address,
    meter: address,
    auctioneer: address,
    first_delivery: uint256,
    slot_s: uint256,
    horizon: uint256,
    lead: uint256,
    lookback: uint256,
    gate_count: uint256,
    period_of_day_slot: DynArray[uint256, bounds.MAX_DAY_SLOTS],
    retail: DynArray[uint256, bounds.MAX_PERIODS],
    feed_in: DynArray[uint256, bounds.MAX_PERIODS],
    k_ppm: uint256,
    least_homes: uint256,
    output_scale: uint256,
    settlement_gates: uint256,
    srs: openings.Srs,
    proving: Proving,
):
    """
    @notice The deployer becomes the utility.
    @param verifier The contract that checks proofs
    @param meter Who commits to readings and settles
    @param auctioneer Who signs orders and clears
    @param first_delivery When slot 0 begins, in seconds; local time counted as if it were UTC
    @param slot_s Length of a slot in seconds
    @param horizon Slots per gate
    @param lead Slots between the end of a window and the first delivery
    @param lookback Slots of a window
    @param gate_count Gates of the run
    @param period_of_day_slot The tariff period of each slot of a day
    @param retail Price of energy from the grid by tariff period, to all homes
    @param feed_in Price of energy into the grid by tariff period, from all homes
    @param k_ppm Where between both prices the price of a balanced slot is, in millionths
    @param least_homes Fewest homes that a gate is cleared of
    @param output_scale Binary logarithm s of the scale of all models' outputs
    @param settlement_gates Gates that are settled together
    @param srs What of the SRS is needed that all keys and commitments are of
    @param proving What trades are proved with, all empty where the meter posts them
    """
    community.__init__(meter, auctioneer)
    timeline.__init__(first_delivery, slot_s, horizon, lead, lookback, gate_count, period_of_day_slot)
    registry.__init__(verifier)
    openings.__init__(srs)
    assert horizon <= 1 << srs.logrows, "more slots than rows"
    sealed_proofs.__init__(output_scale, proving.key_contract, proving.key_digest, proving.proof_bytes)
    net_price.__init__(k_ppm, retail, feed_in)
    coefficients.__init__(proving.key_digest != empty(bytes32), proving.lagrange, proving.lagrange_digest)
    settlement.__init__(settlement_gates)
    if coefficients.PROVED:
        points: uint256 = proving.proof_bytes // coefficients.POINT_BYTES
        assert 2 * settlement_gates <= points, "more gates than a proof has points"
    assert 0 < least_homes and least_homes <= bounds.MAX_HOMES, "least homes out of range"
    LEAST_HOMES = least_homes


@external
def enrol(
    account: address,
    forecaster: uint256,
    import_limit_wh: uint256,
    export_limit_wh: uint256,
    credit_limit: uint256,
):
    """
    @notice Give a home its number, its forecaster, its limits and its credit: before the first gate's windows
            begin. Tariffs are common to all.
    @param account Who submits the home's orders
    @param forecaster The forecaster whose models its forecasts must come from
    @param import_limit_wh Most energy of one slot that the home can take from the grid
    @param export_limit_wh Most that it can feed in; 0 without a generator
    @param credit_limit How far the home's balance may fall, in nano-$
    """
    community._only_utility()
    assert block.timestamp < timeline._window_begin(0), "enrolment is over"
    community._enrol(account, forecaster, import_limit_wh, export_limit_wh, credit_limit)


@external
def submit(
    gate: uint256,
    proof: Bytes[bounds.MAX_PROOF_BYTES],
    signature: Bytes[sealed_bounds.SIGNATURE_BYTES],
):
    """
    @notice A home's sealed orders for all slots of a gate. They reserve what they could cost at worst: a
            buyer at worst pays retail, a seller at worst has nothing and pays retail for what it sold.
    @param gate The gate
    @param proof The proof; it begins with the commitments to the window and to the outputs
    @param signature The auctioneer's, of receipt_of(gate, home, commitment to the outputs): r, s, v
    """
    home: uint256 = community.home_of[msg.sender]
    assert home != 0, "only an enrolled home"
    entries._check_open(gate, home)
    forecaster: uint256 = community.homes[home].forecaster
    model: registry.Model = registry._model_at(forecaster, gate)
    entries._check_committed(gate, home, slice(proof, 0, 64))
    sealed_proofs._verify(model, proof, [])
    point: uint256[2] = [
        extract32(proof, 64, output_type=uint256), extract32(proof, 96, output_type=uint256)
    ]
    sums._check_signed(gate, home, point, signature)
    sums._add(gate, home, point)
    if coefficients.PROVED:
        self.commitment_to_outputs[gate][home] = keccak256(abi_encode(point))
    cost: uint256 = self._worst_cost(gate, sealed_proofs.largest_output[forecaster][model.from_gate])
    settlement._expose(gate, home, cost, community.homes[home].credit_limit)
    log OrdersSealed(gate=gate, home=home, point=point)


@external
def clear(
    gate: uint256,
    totals: DynArray[int256, bounds.MAX_HORIZON],
    opened: DynArray[uint256[2], bounds.MAX_HORIZON],
):
    """
    @notice The auctioneer opens a gate's totals, from which follow its prices.
    @param gate The gate
    @param totals What all homes want to buy less what they want to sell, by slot, at the outputs' scale
    @param opened The openings of these rows of the sum of the commitments
    """
    community._only_auctioneer()
    settlement._check_clearing(gate)
    homes: uint256 = sums._homes_in(gate)
    assert LEAST_HOMES <= homes, "too few homes"
    sums._check_totals(gate, homes, totals, opened)
    prices: DynArray[uint256, bounds.MAX_HORIZON] = []
    traded: int256 = 0
    for i: uint256 in range(len(totals), bound=bounds.MAX_HORIZON):
        prices.append(net_price._price(gate * timeline.HORIZON + i, totals[i]))
        traded += convert(prices[i], int256) * totals[i]
    settlement._finish_clearing(gate, traded)
    if coefficients.PROVED:
        coefficients._commit_to_prices(gate, prices)
    log GateCleared(gate=gate, homes=homes, totals=totals, prices=prices)


@external
def void(gate: uint256):
    """
    @notice Anybody may declare a gate void that was not cleared in time, which frees its reservations.
    @param gate The gate
    """
    settlement._finish_void(gate)
    submitted: uint256 = entries.submitted[gate]
    for i: uint256 in range(community.homes_enrolled, bound=bounds.MAX_HOMES):
        home: uint256 = i + 1
        if submitted & timeline._bit(home) != 0:
            largest_output: uint256 = sealed_proofs._largest_output(community.homes[home].forecaster, gate)
            settlement._unexpose(gate, home, self._worst_cost(gate, largest_output))
    log GateVoided(gate=gate)


@external
def prove_trade(period: uint256, home: uint256, proof: Bytes[bounds.MAX_PROOF_BYTES], trade_sum: int256):
    """
    @notice Anybody may prove what a home has traded in a settlement period whose gates are all cleared or void,
            once, where trades are proved. Only who knows its columns can. What it has traded in a single gate
            stays hidden.
    @dev    The proof begins with the commitments to the home's outputs, gate by gate, then with those to the
            gates' prices; where a home has no order, a gate no prices, or the period fewer gates than others,
            stands that to a column without values. A second proof over a column would say more of it than its
            salts cover.
    @param period The settlement period
    @param home The home's number
    @param proof The proof
    @param trade_sum Sum over slots of price times output, at the outputs' scale
    """
    assert coefficients.PROVED, "trades are not proved here"
    settlement._check_finished(period)
    assert settlement.proved[period] & timeline._bit(home) == 0, "trade already proved"
    assert self._is_within(trade_sum, settlement.exposure[period][home]), "trade out of range"
    gates: uint256 = settlement.SETTLEMENT_GATES
    for i: uint256 in range(gates, bound=sealed_bounds.MAX_PROVED_GATES):
        gate: uint256 = period * gates + i
        outputs: bytes32 = self.commitment_to_outputs[gate][home]
        assert coefficients._begins(proof, i, outputs), "outputs not committed here"
        prices: bytes32 = coefficients.commitment_to_prices[gate]
        assert coefficients._begins(proof, gates + i, prices), "not the gate's prices"
    sealed_proofs._verify(sealed_proofs.settlement_key, proof, [bn254._element(trade_sum)])
    settlement.proved[period] |= timeline._bit(home)
    settlement.proved_sum[period][home] = trade_sum
    log TradeProved(period=period, home=home, trade_sum=trade_sum)


@external
def settle(
    period: uint256,
    trade_sums: DynArray[int256, bounds.MAX_HOMES],
    deviation_sums: DynArray[int256, bounds.MAX_HOMES],
):
    """
    @notice After a settlement period's last delivery the meter posts, per home, what it has traded and what
            its readings deviate from its orders, in money at the outputs' scale; homes pay both in one sum.
    @dev    With retail R, feed-in F, reading n and order y (0 without one) a deviation is, per slot,
            R max(n 2^s - y, 0) - F max(y - n 2^s, 0).
    @param period The settlement period; each is settled once, when all its gates are cleared or void
    @param trade_sums By home, sum over slots of price times output; empty where trades are proved
    @param deviation_sums By home, sum over slots of deviations
    """
    community._only_meter()
    trades: DynArray[int256, bounds.MAX_HOMES] = trade_sums
    if coefficients.PROVED:
        assert len(trade_sums) == 0, "trades are proved here"
        for i: uint256 in range(community.homes_enrolled, bound=bounds.MAX_HOMES):
            trades.append(settlement.proved_sum[period][i + 1])
    settlement._finish_settlement(period, len(trades), len(deviation_sums))
    retail: uint256 = net_price.MOST_RETAIL * timeline.HORIZON * settlement._gates_of(period)
    traded: int256 = 0
    paid: int256 = 0
    for i: uint256 in range(len(trades), bound=bounds.MAX_HOMES):
        home: uint256 = i + 1
        most_trade: uint256 = settlement.exposure[period][home]
        if coefficients.PROVED and most_trade != 0:
            assert settlement.proved[period] & timeline._bit(home) != 0, "trade not proved yet"
        most_deviation: uint256 = most_trade + retail * max(
            community.homes[home].import_limit_wh, community.homes[home].export_limit_wh
        )
        assert self._is_within(trades[i], most_trade), "trade out of range"
        assert self._is_within(deviation_sums[i], most_deviation), "deviation out of range"
        traded += trades[i]
        paid += settlement._pay(home, trades[i] + deviation_sums[i], sealed_proofs.OUTPUT_SCALE)
    assert traded == settlement.traded[period], "trades do not add up to the totals"
    balances._collect(paid)
    settlement._free(period)
    log PeriodSettled(period=period, trade_sums=trades, deviation_sums=deviation_sums)


@external
def release(period: uint256):
    """
    @notice Where a settlement period has not been settled in time, anybody may free what it holds reserved.
            It may still be settled, and is paid as ever: nobody gains by the meter's being late.
    @param period The settlement period
    """
    assert settlement._delivered(period) + bounds.SETTLEMENT_S <= block.timestamp, "too early to release"
    assert settlement._free(period) != 0, "nothing to release"
    log PeriodReleased(period=period)


@internal
def _worst_cost(gate: uint256, largest_output: uint256) -> uint256:
    """
    @notice What a home's orders of a gate could cost at worst: retail for the largest outputs, rounded up.
    @param gate The gate
    @param largest_output Largest magnitude of an output of the home's model
    @return Money in nano-$
    """
    scaled: uint256 = largest_output * net_price._retail_of_gate(gate)
    return (scaled + (1 << sealed_proofs.OUTPUT_SCALE) - 1) >> sealed_proofs.OUTPUT_SCALE


@internal
@view
def _is_within(scaled: int256, most: uint256) -> bool:
    """
    @notice Whether a sum of money at the outputs' scale is no larger than an amount.
    @param scaled The sum
    @param most The amount, in nano-$
    @return Whether it is
    """
    bound: int256 = convert(most << sealed_proofs.OUTPUT_SCALE, int256)
    return -bound <= scaled and scaled <= bound
