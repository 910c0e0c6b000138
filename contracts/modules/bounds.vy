# pragma version ==0.4.3
"""
@title Bounds
@license MIT
@notice What a market can hold, and how it packs an order. The contracts import these numbers, and the
        simulator reads them from this file: a number, or one less than a power of two.
"""


# A community and its days.
MAX_HOMES: constant(uint256) = 256
MAX_PERIODS: constant(uint256) = 24
MAX_DAY_SLOTS: constant(uint256) = 288
# A gate: its slots, the words that a home's orders of it take, and its phases, of which commitments and
# submissions have one each, and clearing two.
MAX_HORIZON: constant(uint256) = 96
MAX_ORDER_WORDS: constant(uint256) = 24
LEAD_PHASES: constant(uint256) = 4
MIN_LEAD_S: constant(uint256) = 60
# How long after delivery the meter's totals are waited for before anybody may release reservations.
SETTLEMENT_S: constant(uint256) = 604_800
# A proof, and the verifying key that it is checked with: as many words as a contract's code can hold.
MAX_PROOF_BYTES: constant(uint256) = 16_384
MAX_KEY_WORDS: constant(uint256) = 760
MAX_KEY_BYTES: constant(uint256) = 24_576
MAX_OUTPUT_SCALE: constant(uint256) = 127
# An order is 64 bits: whether it sells (1), quantity in Wh (23), limit price (40); four make a word.
ORDERS_PER_WORD: constant(uint256) = 4
ORDER_BITS: constant(uint256) = 64
PRICE_BITS: constant(uint256) = 40
ORDER_MASK: constant(uint256) = 2**64 - 1
MAX_QUANTITY_WH: constant(uint256) = 2**23 - 1
MAX_PRICE: constant(uint256) = 2**40 - 1
# Money, in nano-$: far from the end of int256, so that no sum can overflow and block a clearing.
MAX_CREDIT: constant(uint256) = 2**128 - 1
MAX_PAYMENT: constant(uint256) = 2**128 - 1
