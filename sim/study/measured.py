"""Which figures differ from one run of a cell to the next, and the digest of all the others.

Clocks differ, proofs are random and their gas with them, and whether a proof was made or re-used depends on
what the store held.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

MEASURED = frozenset(
    {
        "prove_cpu_s",
        "prove_cpu_s_per_proof",
        "setup_s",
        "setup_cpu_s",
        "chain_s",
        "wall_s",
        "verify_gas",
        "gas_total",
        "gas_per_order",
        "state_root",
        "proofs_made",
        "proofs_cached",
    }
)
"""Columns of the tables of cells and circuits, and measures of the tables of points and differences."""
STATISTICS = ("_mean", "_se", "_low", "_high")


def is_measured(column: str) -> bool:
    """Whether a column, or the measure that it is a statistic of, differs between runs."""
    for suffix in STATISTICS:
        column = column.removesuffix(suffix)
    return column in MEASURED


def digest_of(rows: Iterable[Mapping[str, Any]]) -> str:
    """sha-256 over rows without what is measured; their order does not matter."""
    lines = sorted(
        json.dumps(
            {column: value for column, value in row.items() if not is_measured(column)}, sort_keys=True
        )
        for row in rows
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
