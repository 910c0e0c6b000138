# pragma version ==0.4.3
"""
@title Ledger
@license MIT
@notice All money: balances, what is reserved of a home's credit, tariffs, fees and payments.
@dev    Energy is in Wh, prices in nano-$ per Wh, money in nano-$. Homes trade through the utility: what they
        pay is collected by it, so all balances together are always zero.
"""


from . import balances
from . import book
from . import bounds
from . import tariffs


uses: balances
uses: tariffs


# @notice What a buyer pays to the utility per Wh that it buys.
BUYER_FEE: public(immutable(uint256))
# @notice What a seller pays to the utility per Wh that it sells.
SELLER_FEE: public(immutable(uint256))

# @notice What a home's filled sales of a gate could still cost it; freed when it is settled or released.
exposure: public(HashMap[uint256, HashMap[uint256, uint256]])


@deploy
def __init__(grid_fee: uint256):
    """
    @notice Fix the fees.
    @param grid_fee nano-$ per traded Wh, half from each side, to the utility
    """
    assert grid_fee <= bounds.MAX_PRICE, "grid fee out of range"
    BUYER_FEE = grid_fee // 2
    SELLER_FEE = grid_fee - grid_fee // 2


@internal
@view
def _worst_price(home: uint256, period: uint256, order: uint256) -> uint256:
    """
    @notice Per Wh: a buyer at worst pays its limit; a seller at worst has nothing and pays retail.
    @param home The home's number
    @param period The tariff period
    @param order The packed order
    @return The price, fee included
    """
    if order & book.SELLS == 0:
        return (order & bounds.MAX_PRICE) + BUYER_FEE
    return tariffs.retail[home][period] + SELLER_FEE


@internal
@view
def _worst_cost(home: uint256, period: uint256, order: uint256) -> uint256:
    """
    @notice What an order could cost at worst.
    @param home The home's number
    @param period The tariff period
    @param order The packed order
    @return Money in nano-$
    """
    return self._worst_price(home, period, order) * book._quantity_wh(order)


@internal
def _free(home: uint256, period: uint256, order: uint256):
    """
    @notice Free what an order of a void slot reserves.
    @param home The home's number
    @param period The slot's tariff period
    @param order The packed order
    """
    balances.reserved[home] -= self._worst_cost(home, period, order)


@internal
def _book(gate: uint256, home: uint256, period: uint256, order: uint256, fill_wh: uint256, payment: uint256) -> int256:
    """
    @notice Pay for what is filled of an order, take the fee, and free reservations; a filled sale stays
            reserved until settlement.
    @param gate The slot's gate
    @param home The home's number
    @param period The slot's tariff period
    @param order The packed order
    @param fill_wh What the home buys or sells
    @param payment What it pays or gets for that, fees aside
    @return What it pays, fee included, for _collect
    """
    cost: int256 = 0
    worst_price: uint256 = self._worst_price(home, period, order)
    freed_wh: uint256 = book._quantity_wh(order)
    if fill_wh != 0 and order & book.SELLS == 0:
        cost = convert(payment + BUYER_FEE * fill_wh, int256)
        balances.balance_of[home] -= cost
    elif fill_wh != 0:
        freed_wh -= fill_wh
        self.exposure[gate][home] += worst_price * fill_wh
        cost = convert(SELLER_FEE * fill_wh, int256) - convert(payment, int256)
        balances.balance_of[home] -= cost
    if freed_wh != 0:
        balances.reserved[home] -= worst_price * freed_wh
    return cost


@internal
def _settle(home: uint256, period: uint256, short_wh: uint256, beyond_wh: uint256) -> int256:
    """
    @notice A home pays retail for what it was short of, and gets the feed-in price for what it had beyond.
    @param home The home's number
    @param period The tariff period
    @param short_wh Energy it drew beyond what it had bought, or sold and did not have
    @param beyond_wh Energy it fed in beyond what it had sold, or bought and did not use
    @return What it pays, for _collect
    """
    cost: int256 = convert(tariffs.retail[home][period] * short_wh, int256) - convert(
        tariffs.feed_in[home][period] * beyond_wh, int256
    )
    if cost != 0:
        balances.balance_of[home] -= cost
    return cost


@internal
def _free_exposure(gate: uint256, home: uint256) -> uint256:
    """
    @notice A filled sale stays reserved until its deviation is paid for, or has been waited for too long.
    @param gate The gate
    @param home The home's number
    @return What was freed
    """
    exposure: uint256 = self.exposure[gate][home]
    if exposure != 0:
        balances.reserved[home] -= exposure
        self.exposure[gate][home] = 0
    return exposure
