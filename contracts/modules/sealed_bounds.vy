# pragma version ==0.4.3
"""
@title Sealed bounds
@license MIT
@notice What a market with sealed orders can hold, beside `bounds`; the simulator reads these numbers, too.
@dev    Outputs are at the community's scale s: a Wh is 2^s. 256 homes of the largest outputs make totals far
        below MAX_TOTAL, and money far below the end of int256.
"""


# Magnitude of an output of a model, and of a slot's total.
MAX_LARGEST_OUTPUT: constant(uint256) = 2**63 - 1
MAX_TOTAL: constant(int256) = 2**80 - 1
# Gates of a settlement period whose trades are proved: a proof begins with two points of 64 bytes for each.
MAX_PROVED_GATES: constant(uint256) = 128
# Parts that the interval between feed-in and retail price is divided into.
PPM: constant(uint256) = 1_000_000
# Rows of a column, as binary logarithm.
MAX_LOGROWS: constant(uint256) = 28
# The auctioneer's signature: r, s, v.
SIGNATURE_BYTES: constant(uint256) = 65
