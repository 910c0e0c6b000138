"""Why each of zkpet's own attacks is refused, in the contract's words; what is missing here is lawful."""

BY_VERIFIER = "reverted without a reason"
NOT_COMMITTED = "window not committed here"
OF_HOMES = {
    "phantom-seller": BY_VERIFIER,
    "replayed-proof": NOT_COMMITTED,
    "borrowed-proof": NOT_COMMITTED,
    "stale-window": NOT_COMMITTED,
    "home-made-model": BY_VERIFIER,
    "bit-flipper": BY_VERIFIER,
    "double-submitter": "orders already submitted",
    "late-bidder": "gate is closed",
    "front-runner": NOT_COMMITTED,
    "over-committer": "credit limit exceeded",
}
OF_OPERATORS = {
    "favours-a-friend": {
        "better bid passed over",
        "better ask passed over",
        "margin not rationed pro rata",
        "remainder out of order",
    },
    "skips-a-better-order": {"orders that accept each other left", "better bid passed over"},
    "clears-twice": {"slot already cleared or void"},
    "clears-as-a-stranger": {"only the auctioneer"},
    "commits-twice": {"home already committed"},
    "commits-late": {"commitments are closed"},
    "posts-twice": {"period already settled"},
}
REASONS = {**{name: {reason} for name, reason in OF_HOMES.items()}, **OF_OPERATORS}
