"""The sections of a scenario: whose homes, when, how they forecast, and what is proved."""

import re
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, field_validator, model_validator

from sim.forecast.clusterings import Clustering, clusterings
from sim.forecast.families import ModelFamily, families
from sim.forecast.gate_inputs import GateInputs
from sim.forecast.inputs import Clock
from sim.forecast.inputs import inputs as all_inputs
from sim.forecast.model import Shape
from sim.forecast.regimes import Regime, regimes
from sim.registry import checked_parameters
from sim.runtime.store import DEFAULT_STORE, NO_STORE
from sim.schema.section import Section, field
from sim.schema.values import Real, Start
from sim.units import YEARS

EMBEDDED_SOURCE = "sierra-crest"
SOUTHERN, IRRADIANCE = f"{EMBEDDED_SOURCE}-south", "irradiance"
AGENTS = (2, 20_000)
"""Fewest and most homes of a run: a market needs two; a contract holds fewer."""
MOST_HORIZON, MOST_LEAD, MOST_LOOKBACK = 96, 96, 672
"""Slots. Every slot of a gate is a public output and an order, and a contract holds 96 of them, a day of
quarter-hourly data; readings are private inputs, of which a contract sees one commitment: 672 are a week."""
MOST_SLOT_MINUTES = 1_440
ADDED_PV_KW = 4.0
MOST_FILLED = 7 * 24 * 60
"""Slots: a week of minutes."""
SHIPPED_SRS = "shipped"
MAX_HIDDEN_LAYERS, MAX_HIDDEN = 8, 1024
"""Bounds of a forecaster. Every layer costs the weights precision, and twelve of one neuron leave them a bit;
a layer of 1024 fits a circuit with one reading and one slot, and none with 24."""


def _is_width(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_HIDDEN


class Time(Section):
    """Which days are simulated, and how often the market's gate closes."""

    start: Start = field(
        ..., "first delivered slot (a date means its midnight), in the data's local standard time"
    )
    days: int = field(1, "length of the simulated period", "days", ge=1, le=366)
    slot_minutes: int | None = field(
        None,
        "length of a slot, which is the data's step and has to agree with it; where it is given, horizon, "
        'lead and forecast.lookback may be lengths as well: "24 h", "90 min"',
        "min",
        ge=1,
        le=MOST_SLOT_MINUTES,
    )
    horizon: int = field(
        24,
        "slots traded per gate: a day ahead is 24 with hourly data, 48 with half-hourly, 96 with "
        "quarter-hourly, which is the most that a contract holds; 1 is intraday",
        "slots",
        ge=1,
        le=MOST_HORIZON,
    )
    lead: int = field(
        1, "slots between the end of the window and the first delivery", "slots", ge=1, le=MOST_LEAD
    )

    @field_validator("start")
    @classmethod
    def _is_local(cls, start: datetime) -> datetime:
        if start.tzinfo is not None:
            raise ValueError("should be local time without a zone")
        if start.year not in YEARS:
            raise ValueError(f"should be in the years {YEARS[0]} to {YEARS[-1]}")
        return start


class Population(Section):
    """Whose homes trade, and what was changed about them."""

    source: str = field(
        EMBEDDED_SOURCE,
        f'"{EMBEDDED_SOURCE}" (15 real homes, embedded) or the path of a CSV file of homes: `time` is the '
        "start of each interval, in local standard time, without daylight saving; load is all that a home "
        "consumes in the interval and PV all that it generates, before one is set against the other (a net "
        "meter's import and export do as well: only their difference is traded)",
    )
    agents: int | None = field(
        None,
        "number of homes; absent: all of the source; fewer: a random choice of them by the seed, so seeds "
        "differ in who takes part; a contract holds at most 256",
        "homes",
        ge=AGENTS[0],
        le=AGENTS[1],
    )
    pv_share: Real = field(
        1.0, "share of homes that keep their PV, a seeded choice; 1 leaves the data as they are", ge=0, le=1
    )
    added_pv: Real | None = field(
        None,
        "share of homes without PV that are given synthetic PV, a seeded choice; their notes say so; absent: "
        "nobody is",
        ge=0,
        le=1,
    )
    added_pv_kw: Real | None = field(
        None, f"what each added PV gives at its best; absent: {ADDED_PV_KW:g}", "kW", gt=0, le=1000
    )
    added_pv_from: Literal["irradiance", "sierra-crest", "sierra-crest-south"] | None = field(
        None,
        f'what added PV is made from: "{IRRADIANCE}", the column irradiance_w_m2 of the data; '
        f'"{EMBEDDED_SOURCE}", the embedded homes\' PV on the same day of the year; "{SOUTHERN}", half '
        "a year later; absent: irradiance where the data have it",
    )
    fill: Literal["none", "week-before", "linear"] | None = field(
        None,
        'how missing readings are filled: "week-before" takes the same slots of the week before, where those '
        'are measured, "linear" goes straight from neighbour to neighbour; absent or "none": none is filled',
    )
    fill_slots: int | None = field(None, "longest gap that is filled", "slots", ge=1, le=MOST_FILLED)
    gaps: Literal["refuse", "drop-homes", "shorten"] | None = field(
        None,
        'what becomes of readings still missing that the run uses: absent or "refuse": it is refused; '
        '"drop-homes": homes that lack any take no part, before homes are drawn; "shorten": the history '
        "begins after the last gap before the period, the period ends with the last whole day before the "
        "first gap in it",
    )
    resampling: bool = field(
        False, "whether homes are resampled from donors, so that there can be more than in the data"
    )
    load_scale: Real = field(1.0, "factor on every load", ge=0, le=100)
    pv_scale: Real = field(1.0, "factor on every PV generation", ge=0, le=100)
    connection_limit_kw: Real = field(
        12.0,
        "what a home's connection can carry: the import limit of its orders, and, of a home with a "
        "generator, the export limit (else 0); readings beyond it are refused",
        "kW",
        gt=0,
        le=1000,
    )

    @model_validator(mode="after")
    def _fill_has_a_length(self) -> Self:
        fills = self.fill not in (None, "none")
        if fills and self.fill_slots is None:
            raise ValueError(
                f'population.fill = "{self.fill}": population.fill_slots should say the longest gap filled'
            )
        if not fills and self.fill_slots is not None:
            raise ValueError(
                f"population.fill_slots = {self.fill_slots}: fills nothing without population.fill, "
                'which should be "week-before" or "linear"'
            )
        return self


class Forecast(Section):
    """How homes forecast their net load."""

    family: Annotated[str, AfterValidator(families.check)] = field(
        "ridge",
        f"model family: one of {', '.join(families.names)}; linear ones of full rank give readings away",
    )
    model: str | None = field(
        None,
        "path of an ONNX file, the model of the family onnx; all homes have it as it is, untrained",
    )
    lookback: int = field(
        24,
        "readings a forecast is made from: a day is 24 with hourly data, 48 with half-hourly, 96 with "
        "quarter-hourly; more than slots can be traded, as the contract sees only one commitment to them",
        "slots",
        ge=1,
        le=MOST_LOOKBACK,
    )
    inputs: tuple[Annotated[str, AfterValidator(all_inputs.check)], ...] = field(
        ("fortnight-mean",),
        "what a forecast is made from beside the readings; the meter computes it and commits to it too: "
        f"a list of {', '.join(all_inputs.names)}",
        max_length=len(all_inputs.names),
    )
    hidden: tuple[int, ...] = field(
        (8,),
        "widths of the hidden layers of an mlp, one number or a list; of a ridge its rank: how many "
        f"combinations of the window it lets through; at most {MAX_HIDDEN_LAYERS} layers, together "
        f"{MAX_HIDDEN} neurons",
        "neurons",
    )
    training: Annotated[str, AfterValidator(regimes.check)] = field(
        "federated", f"who trains together: one of {', '.join(regimes.names)}"
    )
    clusters: int = field(3, "number of clusters under clustered training", "clusters", ge=1, le=64)
    clustering: Annotated[str, AfterValidator(clusterings.check)] = field(
        "k-means", f"how clusters are found: one of {', '.join(clusterings.names)}"
    )
    history_days: int | None = field(
        None,
        "most days before the first gate that clustering and training look at; absent: all there are",
        "days",
        ge=8,
        le=3_660,
    )
    retraining_days: int | None = field(
        None,
        "how often the models are trained anew within the run, on what is known by then, and registered; "
        "homes stay in the groups found first; absent: trained once, before the first gate",
        "days",
        ge=1,
        le=366,
    )
    rounds: int = field(60, "rounds of federated averaging", "rounds", ge=1, le=10_000)
    local_steps: int = field(5, "gradient steps of each home per round", "steps", ge=1, le=10_000)
    learning_rate: Real = field(0.02, "of the first round; falls to zero along a half cosine", gt=0, le=10)
    weight_decay: Real = field(0.5, "of AdamW; keeps the largest value in the circuit small", ge=0, le=100)
    proximal: Real = field(
        0.0, "weight of FedProx's term, which holds each home's steps near the common model", ge=0, le=1000
    )
    loss: Literal["mae", "mse"] = field("mae", "training loss: mean absolute or mean squared error")
    parameters: dict[str, dict[str, Real]] = field(
        {}, "parameters of a family, a training regime or a clustering method, by its name", max_length=64
    )

    @field_validator("parameters")
    @classmethod
    def _known_parameters(cls, given: dict[str, dict[str, Real]]) -> dict[str, dict[str, Real]]:
        return checked_parameters(given, (families, regimes, clusterings))

    @field_validator("inputs", mode="before")
    @classmethod
    def _each_once(cls, given: object) -> object:
        many = (given,) if isinstance(given, str) else given
        if isinstance(many, list | tuple) and len(set(map(str, many))) < len(many):
            raise ValueError("should name each input once")
        return tuple(many) if isinstance(many, list | tuple) else many

    @field_validator("hidden", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        many = [value] if isinstance(value, int) else value
        if not (isinstance(many, list | tuple) and many and all(_is_width(width) for width in many)):
            raise ValueError(f"should be a width between 1 and {MAX_HIDDEN}, or a list of such widths")
        if len(many) > MAX_HIDDEN_LAYERS or sum(many) > MAX_HIDDEN:
            raise ValueError(
                f"should be at most {MAX_HIDDEN_LAYERS} layers of together at most {MAX_HIDDEN} neurons"
            )
        return tuple(many)

    @model_validator(mode="after")
    def _files_are_not_trained(self) -> Self:
        if self.retraining_days is not None and families[self.family].reads_file:
            raise ValueError(
                f'retraining_days = {self.retraining_days}: the model of family "{self.family}" comes from a '
                "file and is not trained; leave it out"
            )
        return self

    def models(self, homes: int) -> int:
        """How many models there are for so many homes."""
        return self.regime.models(homes, self.clusters)

    def shape(self, horizon: int) -> Shape:
        """What a forecaster of so many slots takes and gives."""
        extra = sum(all_inputs.make(name).size(horizon) for name in self.inputs)
        return Shape(self.lookback, horizon, self.hidden, extra, self.model or "")

    def gate_inputs(self, clock: Clock) -> GateInputs:
        """What forecasts are made from."""
        return GateInputs(self.lookback, clock, tuple(map(all_inputs.make, self.inputs)))

    @property
    def training_rounds(self) -> int:
        """How many there are: one where parameters are solved for."""
        return 1 if self.model_family.solves else self.rounds

    @property
    def model_family(self) -> ModelFamily:
        """With its parameters."""
        return families.make(self.family, self.parameters.get(self.family))

    @property
    def regime(self) -> Regime:
        """With its parameters; where nothing is trained, one model for all."""
        if families[self.family].reads_file:
            return regimes.make("centralised")
        return regimes.make(self.training, self.parameters.get(self.training))

    @property
    def clustering_method(self) -> Clustering:
        """With its parameters."""
        return clusterings.make(self.clustering, self.parameters.get(self.clustering))


class CircuitSettings(Section):
    """Explicit EZKL settings in place of the tuned ones."""

    decomp_base: int = field(..., "base of the range-check decomposition", ge=4, le=65_536)
    decomp_legs: int = field(..., "digits of the decomposition", ge=2, le=16)
    num_inner_cols: int = field(..., "inner columns of a block", ge=1, le=16)
    logrows: int = field(..., "binary logarithm of the circuit's rows", ge=6, le=20)


class Proofs(Section):
    """What is proved, and how."""

    policy: str = field("all", 'share of bids with a real proof: "all", "none", or "sample:p" with 0 < p < 1')
    precision: int | None = field(
        None,
        "fractional bits of the model's weights; absent: the most that the circuit's range allows",
        "bits",
        ge=1,
        le=20,
    )
    settings: Literal["tuned"] | CircuitSettings = field(
        "tuned", '"tuned" (chosen by the cost model) or a table of explicit EZKL settings'
    )
    srs: str = field(
        SHIPPED_SRS,
        f'"{SHIPPED_SRS}" (generated locally, for simulation only) or the path of a ceremony file',
    )

    store: str = field(
        DEFAULT_STORE,
        f'where models, circuits and proofs are kept for re-use: "{DEFAULT_STORE}" (in the user\'s cache), '
        f'a directory, or "{NO_STORE}"',
    )

    @field_validator("policy")
    @classmethod
    def _known_policy(cls, policy: str) -> str:
        sampled = re.fullmatch(r"sample:(0?\.\d+)", policy)
        if policy not in ("all", "none") and not (sampled and float(sampled[1]) > 0):
            raise ValueError('should be "all", "none" or "sample:p" with 0 < p < 1, as in "sample:0.1"')
        return policy

    @property
    def sample_share(self) -> float:
        """Share of bids that get a real proof."""
        if self.policy in ("all", "none"):
            return float(self.policy == "all")
        return float(self.policy.removeprefix("sample:"))
