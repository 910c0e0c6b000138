"""The contracts' own numbers, read from their files: what a market can hold, and how it packs an order."""

import re
from pathlib import Path

_MODULES = Path(__file__).resolve().parents[2] / "contracts" / "modules"
_LINE = re.compile(r"^(\w+): constant\(u?int256\) = (\d[\d_]*)(?:\*\*(\d+) - 1)?$", re.MULTILINE)


def read_bounds(source: str) -> dict[str, int]:
    """The constants of a file of bounds by name: numbers, or one less than a power."""
    return {
        name: int(base) ** int(power) - 1 if power else int(base)
        for name, base, power in _LINE.findall(source)
    }


_BOUNDS, _SEALED = (
    read_bounds((_MODULES / name).read_text(encoding="utf-8")) for name in ("bounds.vy", "sealed_bounds.vy")
)

MAX_HOMES = _BOUNDS["MAX_HOMES"]
MAX_PERIODS = _BOUNDS["MAX_PERIODS"]
MAX_DAY_SLOTS = _BOUNDS["MAX_DAY_SLOTS"]
MAX_HORIZON = _BOUNDS["MAX_HORIZON"]
LEAD_PHASES = _BOUNDS["LEAD_PHASES"]
MAX_PROOF_BYTES = _BOUNDS["MAX_PROOF_BYTES"]
MAX_KEY_WORDS = _BOUNDS["MAX_KEY_WORDS"]
ORDERS_PER_WORD = _BOUNDS["ORDERS_PER_WORD"]
ORDER_BITS = _BOUNDS["ORDER_BITS"]
PRICE_BITS = _BOUNDS["PRICE_BITS"]
MAX_QUANTITY_WH = _BOUNDS["MAX_QUANTITY_WH"]
MAX_PRICE = _BOUNDS["MAX_PRICE"]
MAX_LARGEST_OUTPUT = _SEALED["MAX_LARGEST_OUTPUT"]
MAX_TOTAL = _SEALED["MAX_TOTAL"]
SIGNATURE_BYTES = _SEALED["SIGNATURE_BYTES"]
