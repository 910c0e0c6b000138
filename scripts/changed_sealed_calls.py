"""Print what becomes of changed calls under sealed orders: ``python -m scripts.changed_sealed_calls``.

Three homes, 24 slots a gate. Submissions, a clearing, proofs of trades and settlements: each changed call is
tried on py-evm and revm, which must agree on it, in the state that the honest one would find. Exits with 1
where one is accepted that means anything else.
"""

import sys
from collections import Counter

from scripts.changed_submissions import table
from tests.adversarial.sealed_stages import OTHER, stages

HORIZON, NOISE = 24, 300


def main() -> int:
    """Print a row for each kind of change and what became of it."""
    counts: Counter[tuple[str, str]] = Counter()
    for stage in stages(HORIZON):
        counts += stage.fates(NOISE)
    print(table(counts))
    return int(any(fate == OTHER for _, fate in counts))


if __name__ == "__main__":
    sys.exit(main())
