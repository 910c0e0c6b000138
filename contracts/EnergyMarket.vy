# pragma version ==0.4.3
# pragma evm-version cancun
"""
@title EnergyMarket
@license MIT
@notice A day-ahead or intraday market for energy between homes, in which every order is backed by a
        zero-knowledge proof, every clearing is recomputed, and all money is a ledger that sums to zero.
@dev    Energy is in Wh, prices in nano-$ per Wh, money in nano-$. Ether pays for gas and nothing else.
        Slots count from 0 at FIRST_DELIVERY; gate g trades the slots [g x HORIZON, (g + 1) x HORIZON).
        Homes are numbered from 1 in the order of their enrolment; 0 is the utility.

        Time line of a gate, by block time:
            window ends <= commit < opens <= submit < closes <= clear < delivery starts ... ends <= settle
        The lead between the end of the window and delivery is divided 1/4 commit, 1/4 submit, 1/2 clear.
        A slot that is not cleared by then is void: anybody may say so, which frees its reservations. What
        the sales of a gate hold reserved anybody may release if the meter has not settled it a week after
        its delivery. So nothing stays reserved for ever, whoever falls silent.

        What is fixed when: limits, tariffs, credit and model of a home before the slot begins that the
        first gate's windows end with; a model before the slot begins that the windows of its first gate
        end with. So no model is chosen with a whole window of readings at hand, and all but the last
        reading of its first window may be.

        Which clearings it takes is fixed at construction. Under the uniform-price rule `clear` takes the one
        that the rule determines and no other: the whole mechanism is checked here. Under the generic rule
        `clear_at_own_prices` takes whatever breaks no limit, sells what is bought and makes no money; that it
        is what the market's mechanism makes of the orders is checked off chain, from the events alone.

        A commitment is posted under this chain and this contract: it, and a proof that opens with it, mean
        nothing in another market.

        What is trusted: the meter's readings, and the utility at set-up (who is a home, its limits, tariffs
        and credit, the models). What is not: homes, the auctioneer, and the contracts that hold the models'
        verifying keys.
"""


interface Verifier:
    def verifyProof(
        proof: Bytes[MAX_PROOF_BYTES],
        instances: DynArray[uint256, MAX_HORIZON],
        key: DynArray[bytes32, MAX_KEY_WORDS],
    ) -> (bool, bytes32): view


struct Home:
    model: uint256
    import_limit_wh: uint256
    export_limit_wh: uint256
    credit_limit: uint256


struct Model:
    key_contract: address
    key_digest: bytes32
    output_scale: uint256
    proof_bytes: uint256
    from_gate: uint256


# What one side of a slot looks like once it is filled.
struct Side:
    filled_wh: uint256
    worst_filled: uint256
    best_left: uint256
    has_left: bool


event HomeEnrolled:
    home: indexed(uint256)
    account: indexed(address)
    model: uint256
    import_limit_wh: uint256
    export_limit_wh: uint256
    credit_limit: uint256


event ModelRegistered:
    model: indexed(uint256)
    key_digest: indexed(bytes32)
    key_contract: address


event WindowsCommitted:
    gate: indexed(uint256)
    homes: DynArray[uint256, MAX_HOMES]
    commitments: DynArray[bytes32, MAX_HOMES]


event OrdersSubmitted:
    gate: indexed(uint256)
    home: indexed(uint256)
    orders: DynArray[uint256, MAX_ORDER_WORDS]


event SlotCleared:
    slot: indexed(uint256)
    price: uint256
    fills_wh: DynArray[uint256, MAX_HOMES]


event SlotClearedAtOwnPrices:
    slot: indexed(uint256)
    fills_wh: DynArray[uint256, MAX_HOMES]
    payments: DynArray[uint256, MAX_HOMES]


event SlotVoided:
    slot: indexed(uint256)


event GateSettled:
    gate: indexed(uint256)
    period: indexed(uint256)
    short_wh: DynArray[uint256, MAX_HOMES]
    beyond_wh: DynArray[uint256, MAX_HOMES]


event GateReleased:
    gate: indexed(uint256)


MAX_HOMES: constant(uint256) = 256
MAX_HORIZON: constant(uint256) = 48
MAX_PERIODS: constant(uint256) = 24
MAX_DAY_SLOTS: constant(uint256) = 288
MAX_PROOF_BYTES: constant(uint256) = 16_384
MAX_KEY_WORDS: constant(uint256) = 760
MAX_KEY_BYTES: constant(uint256) = 24_576
MAX_ORDER_WORDS: constant(uint256) = 12
# How long after delivery the meter's totals are waited for before anybody may release reservations.
SETTLEMENT_S: constant(uint256) = 7 * 86_400
# Far from the end of int256, so that no sum of money can overflow and block a clearing.
MAX_CREDIT: constant(uint256) = 2**128 - 1
MAX_PAYMENT: constant(uint256) = 2**128 - 1

# Scalar field of BN254: public outputs are its elements, the upper half negative.
FIELD: constant(uint256) = 21888242871839275222246405745257275088548364400416034343698204186575808495617

# An order is 64 bits: sells (1), quantity in Wh (23), limit price (40); four stand in a storage word.
ORDERS_PER_WORD: constant(uint256) = 4
ORDER_BITS: constant(uint256) = 64
ORDER_MASK: constant(uint256) = 2**64 - 1
QUANTITY_MASK: constant(uint256) = 2**23 - 1
PRICE_BITS: constant(uint256) = 40
PRICE_MASK: constant(uint256) = 2**40 - 1
SELLS: constant(uint256) = 2**63

VERIFIER: public(immutable(address))
UTILITY: public(immutable(address))
METER: public(immutable(address))
AUCTIONEER: public(immutable(address))
FIRST_DELIVERY: public(immutable(uint256))
SLOT_S: public(immutable(uint256))
HORIZON: public(immutable(uint256))
LEAD_S: public(immutable(uint256))
GATES: public(immutable(uint256))
BUYER_FEE: public(immutable(uint256))
SELLER_FEE: public(immutable(uint256))
PERIODS: public(immutable(uint256))
GENERIC_RULE: public(immutable(bool))

homes_enrolled: public(uint256)
homes: public(HashMap[uint256, Home])
home_of: public(HashMap[address, uint256])
models: public(HashMap[uint256, Model])
period_of_day_slot: public(DynArray[uint256, MAX_DAY_SLOTS])
retail: public(HashMap[uint256, HashMap[uint256, uint256]])
feed_in: public(HashMap[uint256, HashMap[uint256, uint256]])

# balance[0] is the utility's; all balances together are always zero.
balance_of: public(HashMap[uint256, int256])
reserved: public(HashMap[uint256, uint256])
# What a home's filled sales of a gate could still cost it; freed when the gate is settled or released.
exposure: public(HashMap[uint256, HashMap[uint256, uint256]])

# A commitment as posted, see commitment_of -> the one gate and home it was posted for, as _place().
place_of_commitment: public(HashMap[bytes32, uint256])
# Bit (home - 1) of a gate's word.
committed: public(HashMap[uint256, uint256])
submitted: public(HashMap[uint256, uint256])
# _place() x MAX_ORDER_WORDS + word -> four orders.
order_words: HashMap[uint256, uint256]
# Bit (slot - gate x HORIZON) of a gate's word: cleared or void.
finished_slots: public(HashMap[uint256, uint256])
# Bit (period) of a gate's word.
settled_periods: public(HashMap[uint256, uint256])


@deploy
def __init__(
    verifier: address,
    meter: address,
    auctioneer: address,
    first_delivery: uint256,
    slot_s: uint256,
    horizon: uint256,
    lead: uint256,
    gates: uint256,
    grid_fee: uint256,
    period_of_day_slot: DynArray[uint256, MAX_DAY_SLOTS],
    generic_rule: bool,
):
    """
    @notice The deployer becomes the utility.
    @param verifier The contract that checks proofs
    @param meter Who commits to readings and posts deviations
    @param auctioneer Who proposes clearings
    @param first_delivery When slot 0 begins, in seconds; local time counted as if it were UTC
    @param slot_s Length of a slot in seconds
    @param horizon Slots per gate
    @param lead Slots between the end of a window and the first delivery
    @param gates Gates of the run
    @param grid_fee nano-$ per traded Wh, half from each side, to the utility
    @param period_of_day_slot The tariff period of each slot of a day
    @param generic_rule Whether slots are cleared by clear_at_own_prices, rather than by clear
    """
    assert 0 < horizon and horizon <= MAX_HORIZON, "horizon out of range"
    assert slot_s * lead >= 60, "lead too short"
    assert grid_fee <= PRICE_MASK, "grid fee out of range"
    VERIFIER = verifier
    UTILITY = msg.sender
    METER = meter
    AUCTIONEER = auctioneer
    FIRST_DELIVERY = first_delivery
    SLOT_S = slot_s
    HORIZON = horizon
    LEAD_S = slot_s * lead
    GATES = gates
    BUYER_FEE = grid_fee // 2
    SELLER_FEE = grid_fee - grid_fee // 2
    self.period_of_day_slot = period_of_day_slot
    periods: uint256 = 0
    for period: uint256 in period_of_day_slot:
        periods = max(periods, period + 1)
    assert 0 < periods and periods <= MAX_PERIODS, "periods out of range"
    PERIODS = periods
    GENERIC_RULE = generic_rule


# ---------------------------------------------------------------------------------------------------------
# Set-up, by the utility
# ---------------------------------------------------------------------------------------------------------


@external
def register_model(
    model: uint256,
    key_contract: address,
    key_digest: bytes32,
    instance_count: uint256,
    output_scale: uint256,
    proof_bytes: uint256,
    from_gate: uint256,
):
    """
    @notice Fix, once and for all, what a proof of this model is.
    @param model The model's number
    @param key_contract A contract whose runtime returns the ABI-encoded words of the verifying key
    @param key_digest keccak256 of these words; the contract above is not trusted to return them
    @param instance_count Public outputs, one per slot of a gate
    @param output_scale Binary logarithm of the outputs' scale
    @param proof_bytes Exact length of a proof, so that nothing can trail it
    @param from_gate First gate that may use the model: it is fixed before the slot begins that this gate's
           windows end with, so that nobody can know a whole window when choosing it
    """
    assert msg.sender == UTILITY, "only the utility"
    assert self.models[model].key_digest == empty(bytes32), "model already registered"
    assert key_digest != empty(bytes32), "empty key digest"
    assert instance_count == HORIZON, "model forecasts another horizon"
    assert output_scale < 128, "output scale out of range"
    assert 64 <= proof_bytes and proof_bytes <= MAX_PROOF_BYTES, "proof length out of range"
    assert block.timestamp < self._window_end(from_gate) - SLOT_S, "model too late for its first window"
    self.models[model] = Model(
        key_contract=key_contract,
        key_digest=key_digest,
        output_scale=output_scale,
        proof_bytes=proof_bytes,
        from_gate=from_gate,
    )
    log ModelRegistered(model=model, key_digest=key_digest, key_contract=key_contract)


@external
def enrol(
    account: address,
    model: uint256,
    import_limit_wh: uint256,
    export_limit_wh: uint256,
    credit_limit: uint256,
    retail: DynArray[uint256, MAX_PERIODS],
    feed_in: DynArray[uint256, MAX_PERIODS],
):
    """
    @notice Give a home its number, its model, its limits, its tariffs and its credit: before the slot begins
            that the first gate's windows end with.
    @param account Who submits the home's orders
    @param model The model its forecasts must come from
    @param import_limit_wh Most energy of one slot that the home can take from the grid, and so buy
    @param export_limit_wh Most that it can feed in, and so sell; 0 without a generator
    @param credit_limit How far the home's balance may fall, in nano-$
    @param retail Price of energy from the grid by period
    @param feed_in Price of energy into the grid by period
    """
    assert msg.sender == UTILITY, "only the utility"
    assert block.timestamp < self._window_end(0) - SLOT_S, "enrolment is over"
    assert self.home_of[account] == 0 and account != empty(address), "account already enrolled"
    assert self.homes_enrolled < MAX_HOMES, "community is full"
    assert import_limit_wh <= QUANTITY_MASK, "import limit out of range"
    assert export_limit_wh <= QUANTITY_MASK, "export limit out of range"
    assert credit_limit <= MAX_CREDIT, "credit limit out of range"
    assert len(retail) == PERIODS and len(feed_in) == PERIODS, "one price per period"
    home: uint256 = self.homes_enrolled + 1
    self.homes_enrolled = home
    self.home_of[account] = home
    self.homes[home] = Home(
        model=model,
        import_limit_wh=import_limit_wh,
        export_limit_wh=export_limit_wh,
        credit_limit=credit_limit,
    )
    for period: uint256 in range(PERIODS, bound=MAX_PERIODS):
        assert feed_in[period] <= retail[period] and retail[period] <= PRICE_MASK, "tariffs out of range"
        self.retail[home][period] = retail[period]
        self.feed_in[home][period] = feed_in[period]
    log HomeEnrolled(
        home=home,
        account=account,
        model=model,
        import_limit_wh=import_limit_wh,
        export_limit_wh=export_limit_wh,
        credit_limit=credit_limit,
    )


# ---------------------------------------------------------------------------------------------------------
# A gate
# ---------------------------------------------------------------------------------------------------------


@external
def commit(
    gate: uint256, homes: DynArray[uint256, MAX_HOMES], commitments: DynArray[bytes32, MAX_HOMES]
):
    """
    @notice The meter binds each home's window of readings, salted, to this gate.
    @param gate The gate
    @param homes The homes' numbers
    @param commitments Each home's commitment as commitment_of gives it: to a window, for this market
    """
    assert msg.sender == METER, "only the meter"
    opens: uint256 = self._window_end(gate) + LEAD_S // 4
    assert self._window_end(gate) <= block.timestamp, "window has not ended"
    assert block.timestamp < opens, "commitments are closed"
    assert len(homes) == len(commitments), "one commitment per home"
    done: uint256 = self.committed[gate]
    for i: uint256 in range(len(homes), bound=MAX_HOMES):
        home: uint256 = homes[i]
        assert 0 < home and home <= self.homes_enrolled, "no such home"
        assert done & self._bit(home) == 0, "home already committed"
        assert commitments[i] != empty(bytes32), "empty commitment"
        assert self.place_of_commitment[commitments[i]] == 0, "commitment reused"
        self.place_of_commitment[commitments[i]] = self._place(gate, home)
        done |= self._bit(home)
    self.committed[gate] = done
    log WindowsCommitted(gate=gate, homes=homes, commitments=commitments)


@external
def submit(
    gate: uint256,
    proof: Bytes[MAX_PROOF_BYTES],
    instances: DynArray[uint256, MAX_HORIZON],
    limits: DynArray[uint256, MAX_HORIZON],
):
    """
    @notice A home's orders for all slots of a gate, backed by one proof.
    @param gate The gate
    @param proof The proof; its first 64 bytes are the commitment to the window
    @param instances The model's public outputs, one per slot: the quantities
    @param limits Limit prices, one per slot
    """
    home: uint256 = self.home_of[msg.sender]
    assert home != 0, "only an enrolled home"
    opens: uint256 = self._window_end(gate) + LEAD_S // 4
    assert opens <= block.timestamp, "gate is not open"
    assert block.timestamp < opens + LEAD_S // 4, "gate is closed"
    assert self.submitted[gate] & self._bit(home) == 0, "orders already submitted"
    facts: Home = self.homes[home]
    scale: uint256 = self._verify(gate, home, facts.model, proof, instances)
    assert len(limits) == HORIZON, "one limit price per slot"

    words: DynArray[uint256, MAX_ORDER_WORDS] = []
    reservation: uint256 = 0
    word: uint256 = 0
    for i: uint256 in range(HORIZON, bound=MAX_HORIZON):
        assert limits[i] <= PRICE_MASK, "limit price out of range"
        sells: bool = instances[i] > FIELD // 2
        limit_wh: uint256 = facts.export_limit_wh if sells else facts.import_limit_wh
        quantity_wh: uint256 = self._quantity_wh(instances[i], scale, limit_wh)
        if quantity_wh != 0:
            order: uint256 = (quantity_wh << PRICE_BITS) | limits[i]
            if sells:
                order |= SELLS
            word |= order << (ORDER_BITS * (i % ORDERS_PER_WORD))
            reservation += self._worst_price(home, self._period(gate * HORIZON + i), order) * quantity_wh
        if i % ORDERS_PER_WORD == ORDERS_PER_WORD - 1 or i == HORIZON - 1:
            self.order_words[self._place(gate, home) * MAX_ORDER_WORDS + len(words)] = word
            words.append(word)
            word = 0

    reserved: uint256 = self.reserved[home] + reservation
    funds: int256 = self.balance_of[home] + convert(facts.credit_limit, int256)
    assert convert(reserved, int256) <= funds, "credit limit exceeded"
    self.reserved[home] = reserved
    self.submitted[gate] |= self._bit(home)
    log OrdersSubmitted(gate=gate, home=home, orders=words)


@external
def clear(slot: uint256, price: uint256, fills_wh: DynArray[uint256, MAX_HOMES]):
    """
    @notice The auctioneer's clearing of one slot; accepted only if it is the one that the rules determine.
    @dev Uniform price, k = 1/2; largest volume; nobody passed over; margins rationed pro rata.
    @param slot The slot
    @param price The uniform price; 0 where nothing trades
    @param fills_wh What each home buys or sells, by home number from 1
    """
    gate: uint256 = self._begin_clearing(slot, len(fills_wh), False)
    orders: DynArray[uint256, MAX_HOMES] = self._orders_of(gate, slot)
    bids: Side = self._side(orders, fills_wh, 0)
    asks: Side = self._side(orders, fills_wh, SELLS)
    assert bids.filled_wh == asks.filled_wh, "bought and sold differ"
    if bids.has_left and asks.has_left:
        assert bids.best_left < asks.best_left, "orders that accept each other left"
    if bids.filled_wh == 0:
        assert price == 0, "price without trade"
    else:
        assert asks.worst_filled <= bids.worst_filled, "filled against a limit"
        assert price == (bids.worst_filled + asks.worst_filled) // 2, "price off the rule"
        if bids.has_left:
            assert bids.best_left <= bids.worst_filled, "better bid passed over"
            self._check_rationing(slot, orders, fills_wh, 0, bids.worst_filled)
        if asks.has_left:
            assert asks.best_left >= asks.worst_filled, "better ask passed over"
            self._check_rationing(slot, orders, fills_wh, SELLS, asks.worst_filled)

    self._book(gate, slot, price, orders, fills_wh)
    log SlotCleared(slot=slot, price=price, fills_wh=fills_wh)


@external
def clear_at_own_prices(
    slot: uint256, fills_wh: DynArray[uint256, MAX_HOMES], payments: DynArray[uint256, MAX_HOMES]
):
    """
    @notice The auctioneer's clearing of one slot at a price for each home, by any mechanism; accepted if it
            breaks no limit, sells what is bought, and pays sellers no more than buyers pay.
    @dev What buyers pay beyond that is the surplus; it goes to the utility, so balances still sum to zero.
         _book at price 0 takes the fees and frees reservations.
    @param slot The slot
    @param fills_wh What each home buys or sells, by home number from 1
    @param payments What each buyer pays and each seller gets for its fill, in nano-$, fees aside
    """
    gate: uint256 = self._begin_clearing(slot, len(fills_wh), True)
    assert len(payments) == len(fills_wh), "payments must cover every home"
    orders: DynArray[uint256, MAX_HOMES] = self._orders_of(gate, slot)
    bids: Side = self._side(orders, fills_wh, 0)
    asks: Side = self._side(orders, fills_wh, SELLS)
    assert bids.filled_wh == asks.filled_wh, "bought and sold differ"

    self._book(gate, slot, 0, orders, fills_wh)
    paid: uint256 = 0
    received: uint256 = 0
    for i: uint256 in range(len(orders), bound=MAX_HOMES):
        payment: uint256 = payments[i]
        assert payment <= MAX_PAYMENT, "payment out of range"
        if fills_wh[i] == 0:
            assert payment == 0, "payment without a fill"
            continue
        at_limit: uint256 = (orders[i] & PRICE_MASK) * fills_wh[i]
        if orders[i] & SELLS == 0:
            assert payment <= at_limit, "buyer pays above its limit"
            self.balance_of[i + 1] -= convert(payment, int256)
            paid += payment
        else:
            assert at_limit <= payment, "seller gets below its limit"
            self.balance_of[i + 1] += convert(payment, int256)
            received += payment
    assert received <= paid, "sellers get more than buyers pay"
    if received != paid:
        self.balance_of[0] += convert(paid - received, int256)
    log SlotClearedAtOwnPrices(slot=slot, fills_wh=fills_wh, payments=payments)


@external
def void(slot: uint256):
    """
    @notice Anybody may declare a slot void that was not cleared in time, which frees its reservations.
    @param slot The slot
    """
    gate: uint256 = slot // HORIZON
    assert self._window_end(gate) + LEAD_S <= block.timestamp, "clearing is not over"
    self._finish(gate, slot)
    orders: DynArray[uint256, MAX_HOMES] = self._orders_of(gate, slot)
    period: uint256 = self._period(slot)
    for i: uint256 in range(len(orders), bound=MAX_HOMES):
        if orders[i] != 0:
            self.reserved[i + 1] -= self._worst_price(i + 1, period, orders[i]) * self._ordered_wh(orders[i])
    log SlotVoided(slot=slot)


@external
def settle(
    gate: uint256,
    period: uint256,
    short_wh: DynArray[uint256, MAX_HOMES],
    beyond_wh: DynArray[uint256, MAX_HOMES],
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
    assert msg.sender == METER, "only the meter"
    assert self._delivered(gate) <= block.timestamp, "delivery has not ended"
    assert self.finished_slots[gate] == (1 << HORIZON) - 1, "slots neither cleared nor void"
    count: uint256 = self.homes_enrolled
    assert len(short_wh) == count and len(beyond_wh) == count, "totals must cover every home"
    in_gate: uint256 = self._periods_of(gate)
    settled: uint256 = self.settled_periods[gate]
    assert in_gate & (1 << period) != 0, "no such period in the gate"
    assert settled & (1 << period) == 0, "period already settled"
    settled |= 1 << period
    self.settled_periods[gate] = settled

    counted_short_wh: DynArray[uint256, MAX_HOMES] = []
    counted_beyond_wh: DynArray[uint256, MAX_HOMES] = []
    to_utility: int256 = 0
    for i: uint256 in range(count, bound=MAX_HOMES):
        home: uint256 = i + 1
        most: uint256 = HORIZON * (self.homes[home].import_limit_wh + self.homes[home].export_limit_wh)
        short: uint256 = min(short_wh[i], most)
        beyond: uint256 = min(beyond_wh[i], most)
        counted_short_wh.append(short)
        counted_beyond_wh.append(beyond)
        cost: int256 = convert(self.retail[home][period] * short, int256) - convert(
            self.feed_in[home][period] * beyond, int256
        )
        if cost != 0:
            self.balance_of[home] -= cost
            to_utility += cost
        if settled == in_gate:
            self._free_exposure(gate, home)
    self.balance_of[0] += to_utility
    log GateSettled(gate=gate, period=period, short_wh=counted_short_wh, beyond_wh=counted_beyond_wh)


@external
def release(gate: uint256):
    """
    @notice Where the meter has not settled a gate in time, anybody may free what its sales hold reserved.
            Totals may still be posted, and are paid as ever: nobody gains by the meter's being late.
    @param gate The gate
    """
    assert self._delivered(gate) + SETTLEMENT_S <= block.timestamp, "too early to release"
    freed: uint256 = 0
    for i: uint256 in range(self.homes_enrolled, bound=MAX_HOMES):
        freed += self._free_exposure(gate, i + 1)
    assert freed != 0, "nothing to release"
    log GateReleased(gate=gate)


# ---------------------------------------------------------------------------------------------------------
# Views
# ---------------------------------------------------------------------------------------------------------


@external
@view
def order_of(slot: uint256, home: uint256) -> (bool, uint256, uint256):
    """
    @notice A home's order for a slot.
    @param slot The slot
    @param home The home's number
    @return Whether it sells, its quantity in Wh (0 without an order), its limit price
    """
    column: uint256 = slot % HORIZON
    place: uint256 = self._place(slot // HORIZON, home)
    word: uint256 = self.order_words[place * MAX_ORDER_WORDS + column // ORDERS_PER_WORD]
    order: uint256 = (word >> (ORDER_BITS * (column % ORDERS_PER_WORD))) & ORDER_MASK
    return order & SELLS != 0, self._ordered_wh(order), order & PRICE_MASK


@external
@view
def commitment_of(point: Bytes[64]) -> bytes32:
    """
    @notice What the meter posts of a commitment to a window: it binds it to this chain and this contract.
    @param point The commitment (x and y, 32 bytes each), with which every proof over that window begins
    @return The commitment as posted
    """
    return self._commitment_of(point)


# ---------------------------------------------------------------------------------------------------------
# Proofs
# ---------------------------------------------------------------------------------------------------------


@internal
@view
def _commitment_of(point: Bytes[64]) -> bytes32:
    """
    @dev Neither gate nor home is part of it, so that a point posted again anywhere here is found out.
    """
    return keccak256(concat(point, convert(chain.id, bytes32), convert(self, bytes32)))


@internal
@view
def _verify(
    gate: uint256,
    home: uint256,
    number: uint256,
    proof: Bytes[MAX_PROOF_BYTES],
    instances: DynArray[uint256, MAX_HORIZON],
) -> uint256:
    """
    @dev Refuses all but a proof of the home's registered model over the window committed for this gate.
    @return The scale of the outputs
    """
    model: Model = self.models[number]
    assert model.key_digest != empty(bytes32), "model not registered"
    assert model.from_gate <= gate, "model not active yet"
    assert len(proof) == model.proof_bytes, "proof of wrong length"
    assert len(instances) == HORIZON, "one output per slot"
    commitment: bytes32 = self._commitment_of(slice(proof, 0, 64))
    assert self.place_of_commitment[commitment] == self._place(gate, home), "window not committed here"
    key: DynArray[bytes32, MAX_KEY_WORDS] = abi_decode(
        raw_call(model.key_contract, b"", max_outsize=MAX_KEY_BYTES, is_static_call=True),
        DynArray[bytes32, MAX_KEY_WORDS],
    )
    verified: bool = False
    digest: bytes32 = empty(bytes32)
    verified, digest = staticcall Verifier(VERIFIER).verifyProof(proof, instances, key)
    assert verified, "proof does not verify"
    assert digest == model.key_digest, "another key"
    return model.output_scale


@internal
@pure
def _quantity_wh(output: uint256, scale: uint256, limit_wh: uint256) -> uint256:
    """
    @dev floor((|o| + 2^(s-1)) / 2^s), no more than the home can take or feed in.
    """
    assert output < FIELD, "output is not a field element"
    magnitude: uint256 = output
    if output > FIELD // 2:
        magnitude = FIELD - output
    if scale != 0:
        magnitude = (magnitude + (1 << (scale - 1))) >> scale
    return min(magnitude, limit_wh)


# ---------------------------------------------------------------------------------------------------------
# Clearing
# ---------------------------------------------------------------------------------------------------------


@internal
def _begin_clearing(slot: uint256, fills: uint256, generic: bool) -> uint256:
    """
    @dev What holds of every clearing, whatever the rule: who, when, of all homes, and once.
    @return The slot's gate
    """
    assert msg.sender == AUCTIONEER, "only the auctioneer"
    assert generic == GENERIC_RULE, "market has the other rule"
    gate: uint256 = slot // HORIZON
    assert self._window_end(gate) + 2 * (LEAD_S // 4) <= block.timestamp, "gate is not closed"
    assert block.timestamp < self._window_end(gate) + LEAD_S, "clearing is over"
    assert fills == self.homes_enrolled, "fills must cover every home"
    self._finish(gate, slot)
    return gate


@internal
def _finish(gate: uint256, slot: uint256):
    """
    @dev A slot is cleared or void once.
    """
    bit: uint256 = 1 << (slot - gate * HORIZON)
    assert self.finished_slots[gate] & bit == 0, "slot already cleared or void"
    self.finished_slots[gate] |= bit


@internal
@pure
def _ordered_wh(order: uint256) -> uint256:
    """
    @dev The quantity of a packed order.
    """
    return (order >> PRICE_BITS) & QUANTITY_MASK


@internal
@view
def _orders_of(gate: uint256, slot: uint256) -> DynArray[uint256, MAX_HOMES]:
    """
    @dev The packed orders of a slot, by home; 0 without an order.
    """
    orders: DynArray[uint256, MAX_HOMES] = []
    column: uint256 = slot % HORIZON
    offset: uint256 = ORDER_BITS * (column % ORDERS_PER_WORD)
    place: uint256 = self._place(gate, 1) * MAX_ORDER_WORDS + column // ORDERS_PER_WORD
    for i: uint256 in range(self.homes_enrolled, bound=MAX_HOMES):
        orders.append((self.order_words[place] >> offset) & ORDER_MASK)
        place += MAX_ORDER_WORDS
    return orders


@internal
@pure
def _side(
    orders: DynArray[uint256, MAX_HOMES], fills_wh: DynArray[uint256, MAX_HOMES], sells: uint256
) -> Side:
    """
    @dev Sums up one side. "Worst" and "best" are by price: for bids low is worst, for asks high.
    """
    side: Side = empty(Side)
    for i: uint256 in range(len(orders), bound=MAX_HOMES):
        order: uint256 = orders[i]
        if order == 0:
            assert fills_wh[i] == 0, "fill without an order"
            continue
        if order & SELLS != sells:
            continue
        quantity_wh: uint256 = self._ordered_wh(order)
        limit: uint256 = order & PRICE_MASK
        assert fills_wh[i] <= quantity_wh, "fill above the order"
        if fills_wh[i] != 0:
            worse: bool = limit > side.worst_filled if sells != 0 else limit < side.worst_filled
            if worse or side.filled_wh == 0:
                side.worst_filled = limit
            side.filled_wh += fills_wh[i]
        if fills_wh[i] != quantity_wh:
            better: bool = limit < side.best_left if sells != 0 else limit > side.best_left
            if better or not side.has_left:
                side.best_left = limit
            side.has_left = True
    return side


@internal
@pure
def _check_rationing(
    slot: uint256,
    orders: DynArray[uint256, MAX_HOMES],
    fills_wh: DynArray[uint256, MAX_HOMES],
    sells: uint256,
    margin: uint256,
):
    """
    @dev Orders at the margin get floor(F x q / Q) each, and the remaining Wh go one each to the first of
         them by sha256(slot, index): an order nobody can choose, and that favours nobody over time.
    """
    at_margin: uint256 = sells | margin
    quantity_wh: uint256 = 0
    filled_wh: uint256 = 0
    for i: uint256 in range(len(orders), bound=MAX_HOMES):
        if orders[i] != 0 and orders[i] & (SELLS | PRICE_MASK) == at_margin:
            quantity_wh += self._ordered_wh(orders[i])
            filled_wh += fills_wh[i]
    if filled_wh == quantity_wh:
        return

    last_with: uint256 = 0
    first_without: uint256 = max_value(uint256)
    for i: uint256 in range(len(orders), bound=MAX_HOMES):
        if orders[i] == 0 or orders[i] & (SELLS | PRICE_MASK) != at_margin:
            continue
        share_wh: uint256 = filled_wh * self._ordered_wh(orders[i]) // quantity_wh
        priority: uint256 = convert(sha256(concat(convert(slot, bytes32), convert(i, bytes32))), uint256)
        if fills_wh[i] == share_wh + 1:
            last_with = max(last_with, priority)
        else:
            assert fills_wh[i] == share_wh, "margin not rationed pro rata"
            first_without = min(first_without, priority)
    assert last_with < first_without, "remainder out of order"


@internal
def _book(
    gate: uint256,
    slot: uint256,
    price: uint256,
    orders: DynArray[uint256, MAX_HOMES],
    fills_wh: DynArray[uint256, MAX_HOMES],
):
    """
    @dev Moves the money of a slot at one price, takes the fees, and frees reservations; a filled sale stays reserved until settlement.
    """
    fees: uint256 = 0
    period: uint256 = self._period(slot)
    for i: uint256 in range(len(orders), bound=MAX_HOMES):
        order: uint256 = orders[i]
        if order == 0:
            continue
        home: uint256 = i + 1
        fill_wh: uint256 = fills_wh[i]
        worst_price: uint256 = self._worst_price(home, period, order)
        freed_wh: uint256 = self._ordered_wh(order)
        if fill_wh != 0 and order & SELLS == 0:
            self.balance_of[home] -= convert((price + BUYER_FEE) * fill_wh, int256)
            fees += BUYER_FEE * fill_wh
        elif fill_wh != 0:
            freed_wh -= fill_wh
            self.exposure[gate][home] += worst_price * fill_wh
            self.balance_of[home] += convert(price * fill_wh, int256) - convert(SELLER_FEE * fill_wh, int256)
            fees += SELLER_FEE * fill_wh
        if freed_wh != 0:
            self.reserved[home] -= worst_price * freed_wh
    if fees != 0:
        self.balance_of[0] += convert(fees, int256)


@internal
def _free_exposure(gate: uint256, home: uint256) -> uint256:
    """
    @dev A filled sale stays reserved until its deviation is paid for, or has been waited for too long.
    @return What was freed
    """
    exposure: uint256 = self.exposure[gate][home]
    if exposure != 0:
        self.reserved[home] -= exposure
        self.exposure[gate][home] = 0
    return exposure


@internal
@view
def _worst_price(home: uint256, period: uint256, order: uint256) -> uint256:
    """
    @dev Per Wh: a buyer at worst pays its limit; a seller at worst has nothing and pays retail.
    """
    if order & SELLS == 0:
        return (order & PRICE_MASK) + BUYER_FEE
    return self.retail[home][period] + SELLER_FEE


# ---------------------------------------------------------------------------------------------------------
# Time and places
# ---------------------------------------------------------------------------------------------------------


@internal
@view
def _window_end(gate: uint256) -> uint256:
    """
    @dev When the last reading of a gate's window has been taken; refuses gates that there are not.
    """
    assert gate < GATES, "no such gate"
    return FIRST_DELIVERY + gate * HORIZON * SLOT_S - LEAD_S


@internal
@view
def _delivered(gate: uint256) -> uint256:
    """
    @dev When the last slot of a gate has been delivered.
    """
    return self._window_end(gate) + LEAD_S + HORIZON * SLOT_S


@internal
@view
def _period(slot: uint256) -> uint256:
    """
    @dev The tariff period of a slot, by its time of day.
    """
    if PERIODS == 1:
        return 0
    return self.period_of_day_slot[(FIRST_DELIVERY // SLOT_S + slot) % len(self.period_of_day_slot)]


@internal
@view
def _periods_of(gate: uint256) -> uint256:
    """
    @dev Bit (period) of every tariff period that occurs in a gate.
    """
    found: uint256 = 0
    for i: uint256 in range(HORIZON, bound=MAX_HORIZON):
        found |= 1 << self._period(gate * HORIZON + i)
    return found


@internal
@pure
def _place(gate: uint256, home: uint256) -> uint256:
    """
    @dev One number for a gate and a home, never 0.
    """
    return gate * (MAX_HOMES + 1) + home


@internal
@pure
def _bit(home: uint256) -> uint256:
    """
    @dev A home's bit in a gate's word.
    """
    return 1 << (home - 1)
