# pragma version ==0.4.3
"""
@title Balances
@license MIT
@notice Where all money is: balances, and what is reserved of a home's credit, in nano-$.
@dev    Homes trade through the utility: what they pay is collected by it, so all balances together are
        always zero.
"""


# @notice Balance by home's number; balance_of[0] is the utility's.
balance_of: public(HashMap[uint256, int256])
# @notice What a home's open orders and unsettled sales could still cost it.
reserved: public(HashMap[uint256, uint256])


@internal
def _reserve(home: uint256, cost: uint256, credit_limit: uint256):
    """
    @notice Reserve what orders could cost at worst; refuses what the home's balance and credit do not cover.
    @param home The home's number
    @param cost What to reserve
    @param credit_limit How far the home's balance may fall
    """
    reserved: uint256 = self.reserved[home] + cost
    funds: int256 = self.balance_of[home] + convert(credit_limit, int256)
    assert convert(reserved, int256) <= funds, "credit limit exceeded"
    self.reserved[home] = reserved


@internal
def _collect(amount: int256):
    """
    @notice The utility gets what homes have paid and pays what they have got: fees, deviations, a surplus.
    @param amount The sum over homes of what _book or _settle returned
    """
    if amount != 0:
        self.balance_of[0] += amount
