"""Print every hostile input and what became of it: ``python -m scripts.hostile_inputs [WORD ...]``."""

import sys
import tempfile
from pathlib import Path

from tests.hostile.case import BOUND_S, Case, Honest, attempted
from tests.hostile.honest import honest_in
from tests.hostile.test_hostile_inputs import CASES


def main(words: list[str]) -> int:
    """Print a row for each case whose name holds all of the words; exit code 1 where one has a fault."""
    with tempfile.TemporaryDirectory() as place:
        honest = honest_in(Path(place) / "honest")
        faulty = 0
        for number, (name, case) in enumerate(sorted(CASES.items())):
            if all(word in name for word in words):
                faulty += _row(name, case, honest, Path(place) / str(number))
        return min(faulty, 1)


def _row(name: str, case: Case, honest: Honest, folder: Path) -> bool:
    folder.mkdir()
    outcome, faults = attempted(case, honest, folder)
    if outcome.seconds > BOUND_S:
        faults.append(f"more than {BOUND_S} s")
    last = ([line for line in outcome.printed.splitlines() if line] or [""])[-1]
    print(
        f"{name} | {outcome.code} | {outcome.seconds:.1f} s | {outcome.peak_kb // 1000} MB | {last[:220]!a}"
    )
    for fault in faults:
        print(f"    FAULT: {fault}", flush=True)
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
