"""Print after how many random sequences, or books, each mutant of the contracts is noticed.

python -m scripts.contract_mutants [MOST]
"""

import sys

from tests.adversarial.test_contract_mutants import MUTANTS, sequences_until_found
from tests.adversarial.test_rule_mutants import RULE_MUTANTS, books_until_found
from tests.adversarial.test_state_machine import SEQUENCES


def main(most: int) -> None:
    """Print a row for each mutant."""
    survivors = 0
    tries = [(sequences_until_found, mutant) for mutant in MUTANTS]
    tries += [(books_until_found, mutant) for mutant in RULE_MUTANTS]
    for until_found, mutant in tries:
        found = until_found(mutant, most)
        survivors += found is None
        print(f"| {mutant.what} | {'SURVIVES' if found is None else found} |", flush=True)
    print(f"{len(tries)} mutants, {survivors} survive {most} sequences or books")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SEQUENCES)
