"""Print what random sequences of calls did, and what came of them.

python -m scripts.random_calls [SEQUENCES]
"""

import sys
from collections import Counter

from tests.adversarial.compared_market import ACCEPTED
from tests.adversarial.market_machine import FUNCTIONS, MarketMachine
from tests.adversarial.test_state_machine import ENTRIES, SEQUENCES, WITH_TRADE, drive


def main(sequences: int) -> None:
    """Print the calls by function and outcome."""
    tally = drive(MarketMachine, sequences)
    trades = tally.pop(("clear", WITH_TRADE))
    accepted = sum(count for (_, outcome), count in tally.items() if outcome == ACCEPTED)
    print("| function | what came of it | calls |\n|---|---|---|")
    for function in dict.fromkeys((*FUNCTIONS, *ENTRIES)):
        outcomes = Counter({outcome: count for (name, outcome), count in tally.items() if name == function})
        for outcome, count in outcomes.most_common():
            print(f"| `{function}` | {outcome} | {count:,} |")
    print(
        f"{len(MarketMachine.sequences):,} sequences, {tally.total():,} calls: {accepted:,} accepted, "
        f"{tally.total() - accepted:,} refused; {trades:,} slots with trade"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SEQUENCES)
