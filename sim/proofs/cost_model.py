"""What a circuit will cost, from its rows alone, and the choice of settings that costs least.

Nothing is timed, so the same model gets the same settings everywhere, and modelled CPU seconds may enter
bills. A circuit lays its rows over ceil(rows / usable rows) blocks; proof and key grow linearly with blocks;
proving and set-up grow with 2^logrows x proof bytes, because each column costs transforms and a commitment of
its whole length, and leaves its mark in the proof.

    prove_cpu_s = 0.090 + 8.5e-8 x 2^logrows x proof_bytes    R2 0.98, median error 4 %, 90 % within 8 %
    setup_cpu_s = 0.11  + 1.9e-7 x 2^logrows x proof_bytes    R2 0.93, median error 7 %, 90 % within 17 %

A table that values are looked up in adds proof bytes to every block, and half as many seconds again; that is
read off eight circuits of one and two tables. A sealed circuit, which looks nothing up, has shorter proofs
(sizes read off 45 circuits of 1 to 3 inner columns) and follows the same laws.

scripts/fit_cost_model.py fitted them to 64 circuits (linear and mlp, lookback 24 to 168, 1 to 3 inner
columns, logrows 9 to 12) on one 2-core machine; another machine's seconds differ by a factor.
"""

import math
from dataclasses import dataclass
from itertools import product

from sim.chain.bounds import MAX_KEY_WORDS, MAX_PROOF_BYTES
from sim.errors import InputError
from sim.forecast.model import IntegerModel
from sim.proofs.layout import rows_of
from sim.proofs.settings import MAX_RANGE_BITS, OPEN, EzklSettings, Form, problem_of

CHAIN_S_PER_PROOF_BYTE = 50e-6
"""Weight of a proof byte beside proving CPU. Checking it takes py-evm 20 us and 150 gas; it weighs more
because the chain is serial, where proofs are made on all cores."""

_BASES = (128, 256, 512, 1024)
_INNER_COLUMNS = (1, 2, 3)  # as far as the laws are fitted
_PROVE_LAW = (0.090, 8.5e-8)
_SETUP_LAW = (0.11, 1.9e-7)
_WITH_TABLES = 1.5


@dataclass(frozen=True)
class Cost:
    """What a circuit costs: a prediction.

    rows:        rows of one column, all blocks laid end to end
    blocks:      column blocks the rows are laid over
    proof_bytes: length of a proof
    key_words:   32-byte words of the verifying key on chain
    prove_cpu_s: CPU seconds of one proof, witness included
    setup_cpu_s: CPU seconds from model to checked keys
    """

    rows: int
    blocks: int
    proof_bytes: int
    key_words: int
    prove_cpu_s: float
    setup_cpu_s: float

    @property
    def fits_contract(self) -> bool:
        """Whether the market contract takes such a proof and key."""
        return self.proof_bytes <= MAX_PROOF_BYTES and self.key_words <= MAX_KEY_WORDS

    @property
    def weighed_s(self) -> float:
        """What the choice of settings minimises."""
        return self.prove_cpu_s + CHAIN_S_PER_PROOF_BYTE * self.proof_bytes


def cost_of(rows: int, settings: EzklSettings, tables: int = 0, form: Form = OPEN) -> Cost:
    """The cost of a circuit of so many rows; bytes and words are exact to about 1 % up to 3 inner columns."""
    columns = settings.num_inner_cols
    blocks = math.ceil(rows / settings.usable_rows)
    if form.sealed:
        proof_bytes = (1340 if columns == 1 else 1090) + blocks * (720 + 376 * columns)
        key_words = round(79 + blocks * (25 + 14.7 * columns))
    else:
        proof_bytes = 900 + blocks * (64 + 1120 * columns)
        key_words = round(83.4 + blocks * (14.5 + 30.4 * columns))
    if tables:
        proof_bytes += 412 + blocks * (224 + 1024 * tables)
        key_words += 20 + blocks * (7 + 31 * tables)
    slower = _WITH_TABLES if tables else 1.0
    return Cost(
        rows=rows,
        blocks=blocks,
        proof_bytes=proof_bytes,
        key_words=key_words,
        prove_cpu_s=slower * _law(_PROVE_LAW, settings, proof_bytes),
        setup_cpu_s=slower * _law(_SETUP_LAW, settings, proof_bytes),
    )


def _law(law: tuple[float, float], settings: EzklSettings, proof_bytes: int) -> float:
    constant, per_row_byte = law
    return constant + per_row_byte * 2.0**settings.logrows * proof_bytes


def predict_cost(model: IntegerModel, settings: EzklSettings, form: Form = OPEN) -> Cost:
    """The cost of the model's circuit under the settings: laid out (milliseconds), without a key.

    Of a circuit that the contract could never hold it is a lower bound, for which nothing is laid out.
    Raises InputError where a weight or bias has more bits than a circuit takes.
    """
    least = _least_cost(model, settings, form)
    if not least.fits_contract:
        return least
    return cost_of(rows_of(model.layout, settings, form), settings, len(model.lookups), form)


def _least_cost(model: IntegerModel, settings: EzklSettings, form: Form) -> Cost:
    """A row multiplies as many weights as there are inner columns, and no more."""
    rows = math.ceil(model.least_products / settings.num_inner_cols)
    return cost_of(rows, settings, len(model.lookups), form)


def tuned_settings(
    model: IntegerModel, limit_wh: int, srs_logrows: tuple[int, ...], form: Form = OPEN
) -> EzklSettings:
    """The cheapest admissible settings for the model, for readings within ±limit_wh.

    Raises InputError where none is admissible, or where no circuit would fit the contract.
    """
    largest = model.largest_intermediate(limit_wh)
    candidates = _candidates(largest, srs_logrows, _BASES[:1] if form.sealed else _BASES)
    problems = [problem_of(model, settings, limit_wh, largest, srs_logrows, form) for settings in candidates]
    admissible = [settings for settings, problem in zip(candidates, problems, strict=True) if problem is None]
    if not admissible:
        too_wide = (
            f"the model's values reach {largest.bit_length()} bits, where a circuit holds {MAX_RANGE_BITS}"
        )
        raise InputError(next(filter(None, problems), f"{too_wide}; lower proofs.precision"))
    costs = [predict_cost(model, settings, form) for settings in admissible]
    fitting = [pair for pair in zip(costs, admissible, strict=True) if pair[0].fits_contract]
    if not fitting:
        raise InputError(
            too_large(min(cost.proof_bytes for cost in costs), min(cost.key_words for cost in costs))
        )
    return min(fitting, key=lambda pair: pair[0].weighed_s)[1]


def too_large(proof_bytes: int, key_words: int) -> str:
    """The sentence for a circuit beyond the contract's bounds."""
    return (
        f"the circuit is too large for the contract: proofs of {proof_bytes} bytes and a key of {key_words} "
        f"words or more, where {MAX_PROOF_BYTES} and {MAX_KEY_WORDS} fit; "
        "lower forecast.lookback or forecast.hidden, or name fewer of forecast.inputs"
    )


def _candidates(largest: int, srs_logrows: tuple[int, ...], bases: tuple[int, ...]) -> list[EzklSettings]:
    """For every base the fewest digits that hold the largest value, at every width and size."""
    return [
        EzklSettings(base, legs, columns, logrows)
        for base, columns, logrows in product(bases, _INNER_COLUMNS, srs_logrows)
        if (legs := _digits(largest, base)) * math.log2(base) <= MAX_RANGE_BITS
    ]


def _digits(value: int, base: int) -> int:
    """Digits of a positive integer in a base: the least n with value < base^n."""
    digits = 1
    while base**digits <= value:
        digits += 1
    return digits
