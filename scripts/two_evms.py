"""Run scenarios on both EVMs and compare all that they leave: ``python -m scripts.two_evms SCENARIO ...``."""

import sys
import tempfile
from pathlib import Path

from sim.schema.file import load_scenario
from tests.chain.two_evms import compare


def main(paths: list[str]) -> None:
    """Print a row for each scenario."""
    columns = ("scenario", "receipts", "refused", "contracts", "py-evm s", "revm s", "market digest")
    print("".join(f"{column:<11}" for column in columns))
    for path in map(Path, paths):
        with tempfile.TemporaryDirectory() as store:
            slow, fast = compare(load_scenario(path), Path(store), jobs=2)
        refused = [sent.receipt.ok for sent in slow.outcome.sent].count(False)
        seconds = [f"{ran.outcome.timing.chain_s:.2f}" for ran in (slow, fast)]
        counts = (path.stem, len(slow.outcome.sent), refused, len(slow.storage_roots))
        digest = slow.outcome.market_digest[:16]
        print("".join(f"{cell:<11}" for cell in (*counts, *seconds, digest)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
