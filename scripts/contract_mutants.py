"""Print after how many random sequences each mutant of the contract is noticed.

python -m scripts.contract_mutants [MOST]
"""

import sys

from tests.adversarial.test_contract_mutants import MUTANTS, sequences_until_found
from tests.adversarial.test_state_machine import SEQUENCES


def main(most: int) -> None:
    """Print a row for each mutant."""
    survivors = 0
    for mutant in MUTANTS:
        found = sequences_until_found(mutant, most)
        survivors += found is None
        print(f"| {mutant.what} | {'SURVIVES' if found is None else found} |", flush=True)
    print(f"{len(MUTANTS)} mutants, {survivors} survive {most} sequences")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SEQUENCES)
