"""EZKL settings: what is free to choose, which choices are admissible, and how precise a model may be."""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sim.chain.bounds import MAX_HORIZON
from sim.errors import InputError
from sim.forecast.model import IntegerModel, RealModel
from sim.proofs.field import MODULUS
from sim.proofs.native import attempt, ezkl

MAX_RANGE_BITS = 62  # keeps every intermediate inside int64
DEFAULT_RANGE_BITS = 36  # 512^4: the most that costs no more than 2^32
DEFAULT_PRECISION = 10
_FIELD_BITS = MODULUS.bit_length()
_MARGIN_BITS = 166  # testing one guessed window takes the square root of what is left: 2^83 point additions
_RESERVED_ROWS = 7
_ELEMENT_BITS = _FIELD_BITS - 1
"""Entropy of an element that is drawn uniformly, at least."""


@dataclass(frozen=True)
class EzklSettings:
    """How a circuit is laid out.

    decomp_base, decomp_legs: range checks decompose values into so many digits of the base
    num_inner_cols:           columns of a block; a circuit has as many blocks as its rows need
    logrows:                  binary logarithm of the circuit's length
    """

    decomp_base: int
    decomp_legs: int
    num_inner_cols: int
    logrows: int

    @property
    def range_limit(self) -> int:
        """Every checked value has a magnitude below this."""
        return int(self.decomp_base**self.decomp_legs)

    @property
    def range_bits(self) -> int:
        """Bits that always fit the range."""
        return self.range_limit.bit_length() - 1

    @property
    def usable_rows(self) -> int:
        """Rows of a column that hold values; the rest is blinding."""
        return int(2**self.logrows) - _RESERVED_ROWS

    @property
    def salt_bits(self) -> int:
        """Entropy of one salt."""
        return self.range_bits - 1

    @property
    def salts(self) -> int:
        """Salts per commitment: a published proof opens one equation, so 166 bits beyond the field's."""
        return _salts(1, self.salt_bits)


@dataclass(frozen=True)
class Form:
    """Whether a circuit shows its outputs or commits to them, as it does to its inputs in either form.

    A sealed circuit is affine and looks nothing up: how often the rows of a table are looked up would be
    committed to without salts. So it has no range checks either, and needs none: it states its equations in
    the field, where they hold for whatever the meter has committed to. And so its salts may be any elements
    of the field: one more than a column's proofs hides it perfectly but for the discrete logarithm of its
    point.

    output_proofs: proofs that a column of outputs may see in its life; 0 where outputs are public
    """

    output_proofs: int = 0

    @property
    def sealed(self) -> bool:
        """Whether outputs are committed to."""
        return self.output_proofs > 0

    @property
    def settled(self) -> bool:
        """Whether a settlement proof follows the forecast's."""
        return self.output_proofs > 1

    @property
    def output_salts(self) -> int:
        """Salts that follow the outputs in their column; they are among those of the window, at its end."""
        return _salts(self.output_proofs, _ELEMENT_BITS) if self.sealed else 0

    def salts(self, settings: EzklSettings) -> int:
        """Salts that follow the window in its column: its own, then those of the outputs."""
        return (_salts(1, _ELEMENT_BITS) if self.sealed else settings.salts) + self.output_salts


OPEN = Form()


def _salts(proofs: int, bits: int) -> int:
    """Salts of so many bits for a column that so many proofs open, each of which tells a field element."""
    return math.ceil((proofs * _FIELD_BITS + _MARGIN_BITS) / bits)


def check_admissible(
    model: IntegerModel,
    settings: EzklSettings,
    limit_wh: int,
    srs_logrows: tuple[int, ...],
    form: Form = OPEN,
) -> None:
    """Raise InputError for settings under which the model's circuit would be wrong or unsafe."""
    problem = problem_of(model, settings, limit_wh, model.largest_intermediate(limit_wh), srs_logrows, form)
    if problem:
        raise InputError(problem)


def problem_of(
    model: IntegerModel,
    settings: EzklSettings,
    limit_wh: int,
    largest: int,
    srs_logrows: tuple[int, ...],
    form: Form = OPEN,
) -> str | None:
    """What makes the settings inadmissible for the model, if anything does.

    largest: the model's largest intermediate for readings within ±limit_wh
    """
    shown = f"{settings.decomp_base}^{settings.decomp_legs}"
    salts = form.salts(settings)
    if form.sealed and not model.affine:
        return (
            f"the {model.family} model cannot be sealed: its circuit looks up what depends on readings, and "
            "should be one affine map, as that of a linear model or a ridge regression"
        )
    if model.horizon > MAX_HORIZON:
        return f"a circuit with {model.horizon} outputs; the contract takes at most {MAX_HORIZON}"
    if settings.logrows not in srs_logrows:
        sizes = ", ".join(map(str, srs_logrows))
        return f"proofs.settings.logrows = {settings.logrows}: the SRS serves {sizes}"
    if settings.range_bits > MAX_RANGE_BITS:
        return f"decomp_base^decomp_legs = {shown} should be below 2^{MAX_RANGE_BITS + 1}"
    if largest >= settings.range_limit:
        return (
            f"decomp_base^decomp_legs = {shown} should be above {largest}, the largest value that "
            f"readings within ±{limit_wh} Wh can give; raise decomp_legs or lower proofs.precision"
        )
    if settings.decomp_base > settings.usable_rows and not form.sealed:
        return (
            f"decomp_base = {settings.decomp_base} should be at most {settings.usable_rows}, "
            f"the usable rows at logrows {settings.logrows}"
        )
    if (
        model.lookups
        and (entries := model.lookup_range[1] - model.lookup_range[0] + 1) > settings.usable_rows
    ):
        return (
            f"the table of {entries:,} values that the model looks up should fit one column, which has "
            f"{settings.usable_rows:,} usable rows at logrows {settings.logrows}; lower proofs.precision"
        )
    if model.inputs + salts > settings.usable_rows:
        return (
            f"{model.inputs} numbers and {salts} salts should fit one column, which has "
            f"{settings.usable_rows} usable rows at logrows {settings.logrows}"
        )
    return None


def choose_precision(
    model: RealModel,
    limit_wh: int,
    precision: int | None = None,
    settings: EzklSettings | None = None,
) -> int:
    """Fractional bits of the weights: as given, or the most (up to 10) that the range holds.

    ``settings`` None means tuned, whose range is 36 bits, more only where a given precision asks for it.
    Raises InputError where the given precision, or even one bit, does not fit.
    """
    wide = DEFAULT_RANGE_BITS if precision is None else MAX_RANGE_BITS
    limit = settings.range_limit if settings else 2**wide
    most = min(DEFAULT_PRECISION, model.most_precision)
    tried = range(most, 0, -1) if precision is None else [precision]
    for bits in tried:
        if _largest(model, limit_wh, bits) < min(limit, 2**MAX_RANGE_BITS):
            return bits
    needed = _largest(model, limit_wh, tried[-1]).bit_length()
    if precision is None:
        asked, remedy = "at any precision", "use a model with fewer layers"
    else:
        asked, remedy = f"with proofs.precision = {precision}", "lower it or use a model with fewer layers"
    raise InputError(
        f"{asked} the {model.family} model needs values of {needed} bits for readings within ±{limit_wh} Wh, "
        f"and its circuit has {limit.bit_length() - 1}; {remedy}"
    )


def _largest(model: RealModel, limit_wh: int, precision: int) -> int:
    """The largest intermediate, or a lower bound of it that is beyond int64 already."""
    coarse = model.magnitude(precision)
    if coarse >= 2**MAX_RANGE_BITS:
        return int(coarse)
    return model.quantised(precision).largest_intermediate(limit_wh)


def onnx_of(model: IntegerModel, settings: EzklSettings, form: Form = OPEN) -> bytes:
    """What a circuit is compiled from. Raises InputError as the model's ``onnx_bytes`` does."""
    content = model.onnx_bytes(form.salts(settings))
    if not form.sealed:
        return content
    from sim.forecast.onnx_graph import with_last_inputs

    return with_last_inputs(content, form.output_salts)


def write_settings(
    model: IntegerModel, settings: EzklSettings, onnx_path: Path, path: Path, form: Form = OPEN
) -> dict[str, Any]:
    """EZKL's settings file for the model, and its content: whole Wh in, outputs as the form says."""
    return lay_out(
        onnx_path,
        path,
        settings,
        output_visibility="polycommit" if form.sealed else "public",
        param_scale=model.precision,
        scale_rebase_multiplier=model.rebase_multiplier,
        lookup_range=model.lookup_range,
        ignore_range_check_inputs_outputs=form.sealed,
    )


def lay_out(onnx_path: Path, path: Path, settings: EzklSettings, **choices: object) -> dict[str, Any]:
    """EZKL's settings file for a circuit of committed integers, in a canonical form, and its content.

    EZKL lists range checks and lookups in an order that varies from call to call, and their order decides the
    keys: sorted, the same model has the same keys everywhere.
    """
    meant = {
        "input_visibility": "polycommit",
        "param_visibility": "fixed",
        "input_scale": 0,
        "check_mode": "SAFE",
        **choices,
        **asdict(settings),
    }
    args = ezkl.PyRunArgs()
    for name, value in meant.items():
        setattr(args, name, value)
    with attempt("lay out the circuit"):
        ezkl.gen_settings(str(onnx_path), str(path), py_run_args=args)
    document: dict[str, Any] = json.loads(path.read_text())
    document["required_range_checks"].sort()
    document["required_lookups"].sort(key=json.dumps)
    document["timestamp"] = 0
    path.write_text(json.dumps(document))
    return document
