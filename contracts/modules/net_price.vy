# pragma version ==0.4.3
"""
@title Net price
@license MIT
@notice What a slot's energy costs, by what the homes lack or have left in all.
@dev    Homes have common tariffs, which stand as those of home 0, and forecasts that no price changes. So at
        any price between feed-in and retail all that is offered is wanted: what is left over is traded with
        the utility at the same price, and decides which of both the price is.
"""


from . import bounds
from . import sealed_bounds
from . import tariffs
from . import timeline


uses: tariffs
uses: timeline


# @notice Where between feed-in and retail price the price is where nothing is left over, in millionths.
K_PPM: public(immutable(uint256))
# @notice The highest price of energy from the grid.
MOST_RETAIL: public(immutable(uint256))

# @notice Of a gate to which a home has submitted, the sum over its slots of the retail price.
retail_of_gate: public(HashMap[uint256, uint256])


@deploy
def __init__(
    k_ppm: uint256,
    retail: DynArray[uint256, bounds.MAX_PERIODS],
    feed_in: DynArray[uint256, bounds.MAX_PERIODS],
):
    """
    @notice Fix the tariffs and the rule.
    @param k_ppm Where between both prices the price of a balanced slot is, in millionths
    @param retail Price of energy from the grid by tariff period
    @param feed_in Price of energy into the grid by tariff period
    """
    assert k_ppm <= sealed_bounds.PPM, "k out of range"
    K_PPM = k_ppm
    tariffs._set_tariffs(0, timeline.PERIODS, retail, feed_in)
    most: uint256 = 0
    for price: uint256 in retail:
        most = max(most, price)
    MOST_RETAIL = most


@internal
@view
def _price(slot: uint256, total: int256) -> uint256:
    """
    @notice The price of a slot.
    @param slot The slot
    @param total What all homes want to buy, less what they want to sell
    @return nano-$ per Wh
    """
    period: uint256 = timeline._period(slot)
    retail: uint256 = tariffs.retail[0][period]
    if total > 0:
        return retail
    feed_in: uint256 = tariffs.feed_in[0][period]
    if total < 0:
        return feed_in
    return feed_in + (retail - feed_in) * K_PPM // sealed_bounds.PPM


@internal
def _retail_of_gate(gate: uint256) -> uint256:
    """
    @notice The sum over a gate's slots of the retail price; remembered, as every home of the gate needs it.
    @param gate The gate
    @return nano-$ per Wh
    """
    remembered: uint256 = self.retail_of_gate[gate]
    if remembered != 0:
        return remembered
    retail: uint256 = 0
    for i: uint256 in range(timeline.HORIZON, bound=bounds.MAX_HORIZON):
        retail += tariffs.retail[0][timeline._period(gate * timeline.HORIZON + i)]
    self.retail_of_gate[gate] = retail
    return retail
