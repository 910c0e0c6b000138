# pragma version ==0.4.3
"""
@title Tariffs
@license MIT
@notice What energy costs from the grid and brings into it, by home and tariff period, in nano-$ per Wh.
"""


from . import bounds


# @notice Price of energy from the grid, by home and tariff period.
retail: public(HashMap[uint256, HashMap[uint256, uint256]])
# @notice Price of energy into the grid, by home and tariff period.
feed_in: public(HashMap[uint256, HashMap[uint256, uint256]])


@internal
def _set_tariffs(
    home: uint256,
    periods: uint256,
    retail: DynArray[uint256, bounds.MAX_PERIODS],
    feed_in: DynArray[uint256, bounds.MAX_PERIODS],
):
    """
    @notice Give a home its tariffs.
    @param home The home's number
    @param periods Tariff periods of a day
    @param retail Price of energy from the grid by period
    @param feed_in Price of energy into the grid by period
    """
    assert len(retail) == periods and len(feed_in) == periods, "one price per period"
    for period: uint256 in range(periods, bound=bounds.MAX_PERIODS):
        assert feed_in[period] <= retail[period] and retail[period] <= bounds.MAX_PRICE, "tariffs out of range"
        self.retail[home][period] = retail[period]
        self.feed_in[home][period] = feed_in[period]
