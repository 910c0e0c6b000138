# pragma version ==0.4.3
"""
@title Community
@license MIT
@notice Who takes part: the utility, the meter, the auctioneer, and the homes with their limits and credit.
@dev    Homes are numbered from 1 in the order of their enrolment; 0 is the utility.
"""


from . import bounds


# @notice What the utility grants a home.
# @param forecaster Number of the forecaster whose models its forecasts must come from
# @param import_limit_wh Most energy of one slot that it can take from the grid, and so buy
# @param export_limit_wh Most that it can feed in, and so sell
# @param credit_limit How far its balance may fall, in nano-$
struct Home:
    forecaster: uint256
    import_limit_wh: uint256
    export_limit_wh: uint256
    credit_limit: uint256


# @notice Logged when a home is enrolled.
# @param home The home's number
# @param account Who submits its orders
# @param forecaster Number of its forecaster
# @param import_limit_wh Most it can buy in one slot
# @param export_limit_wh Most it can sell in one slot
# @param credit_limit How far its balance may fall, in nano-$
event HomeEnrolled:
    home: indexed(uint256)
    account: indexed(address)
    forecaster: uint256
    import_limit_wh: uint256
    export_limit_wh: uint256
    credit_limit: uint256


# @notice Who enrols homes and registers models: the deployer.
UTILITY: public(immutable(address))
# @notice Who commits to readings and posts deviations.
METER: public(immutable(address))
# @notice Who proposes clearings.
AUCTIONEER: public(immutable(address))

# @notice How many homes have enrolled.
homes_enrolled: public(uint256)
# @notice A home by number.
homes: public(HashMap[uint256, Home])
# @notice Number of the home whose orders an account submits; 0 for none.
home_of: public(HashMap[address, uint256])


@deploy
def __init__(meter: address, auctioneer: address):
    """
    @notice The deployer becomes the utility.
    @param meter Who commits to readings and posts deviations
    @param auctioneer Who proposes clearings
    """
    UTILITY = msg.sender
    METER = meter
    AUCTIONEER = auctioneer


@internal
@view
def _only_utility():
    """
    @notice Refuse everybody but the utility.
    """
    assert msg.sender == UTILITY, "only the utility"


@internal
@view
def _only_meter():
    """
    @notice Refuse everybody but the meter.
    """
    assert msg.sender == METER, "only the meter"


@internal
@view
def _only_auctioneer():
    """
    @notice Refuse everybody but the auctioneer.
    """
    assert msg.sender == AUCTIONEER, "only the auctioneer"


@internal
def _enrol(
    account: address,
    forecaster: uint256,
    import_limit_wh: uint256,
    export_limit_wh: uint256,
    credit_limit: uint256,
) -> uint256:
    """
    @notice Give an account the next home's number, with its forecaster, limits and credit.
    @param account Who submits the home's orders
    @param forecaster Number of its forecaster
    @param import_limit_wh Most it can buy in one slot
    @param export_limit_wh Most it can sell in one slot
    @param credit_limit How far its balance may fall, in nano-$
    @return The home's number
    """
    assert self.home_of[account] == 0 and account != empty(address), "account already enrolled"
    assert self.homes_enrolled < bounds.MAX_HOMES, "community is full"
    assert import_limit_wh <= bounds.MAX_QUANTITY_WH, "import limit out of range"
    assert export_limit_wh <= bounds.MAX_QUANTITY_WH, "export limit out of range"
    assert credit_limit <= bounds.MAX_CREDIT, "credit limit out of range"
    home: uint256 = self.homes_enrolled + 1
    self.homes_enrolled = home
    self.home_of[account] = home
    self.homes[home] = Home(
        forecaster=forecaster,
        import_limit_wh=import_limit_wh,
        export_limit_wh=export_limit_wh,
        credit_limit=credit_limit,
    )
    log HomeEnrolled(
        home=home,
        account=account,
        forecaster=forecaster,
        import_limit_wh=import_limit_wh,
        export_limit_wh=export_limit_wh,
        credit_limit=credit_limit,
    )
    return home
