"""The scenario: what a run is. One schema validates files, holds the defaults and writes the documentation.

``sim.scenario_file`` reads scenarios; ``sim.scenario_docs`` writes the reference from this schema.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self

import tomli_w
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic.fields import FieldInfo

from agents.adversaries import home_attacks, operator_attacks
from agents.strategies import strategies
from sim.chain.backends import backends
from sim.forecast.clusterings import Clustering, clusterings
from sim.forecast.families import ModelFamily, families
from sim.forecast.model import Shape
from sim.forecast.regimes import Regime, regimes
from sim.market.mechanisms import Mechanism, mechanisms
from sim.market.tariffs import Tariff
from sim.registry import checked_parameters
from sim.scenario_values import MoneyField, PriceField, Real, Start, TariffField, exact
from sim.units import YEARS

EMBEDDED_SOURCE = "sierra-crest"
AGENTS = (2, 20_000)
"""Fewest and most homes of a run: a market needs two; a contract holds fewer."""
MOST_HORIZON, MOST_LOOKBACK = 48, 336
"""Slots. Every slot of a gate is a public output and an order, and a contract holds 48 of them; readings are
private inputs, of which a contract sees one commitment: 336 are a week of half-hourly data."""
SHIPPED_SRS = "shipped"
DEFAULT_STORE, NO_STORE = "default", "off"
MAX_HIDDEN_LAYERS, MAX_HIDDEN = 8, 1024
"""Bounds of a forecaster. Every layer costs the weights precision, and twelve of one neuron leave them a bit;
a layer of 1024 fits a circuit with one reading and one slot, and none with 24."""


def _canonical(shares: Mapping[str, float]) -> dict[str, float]:
    """Shares in one order, without those of nobody: tables that mean the same are the same scenario."""
    return {name: shares[name] for name in sorted(shares) if shares[name]}


def _is_width(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_HIDDEN


class Section(BaseModel):
    """A frozen part of the scenario; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)


def _field(default: Any, meaning: str, unit: str = "", **limits: Any) -> Any:
    return Field(default, description=meaning, json_schema_extra={"unit": unit}, **limits)


class Time(Section):
    """Which days are simulated, and how often the market's gate closes."""

    start: Start = _field(
        ..., "first delivered slot (a date means its midnight), in the data's local standard time"
    )
    days: int = _field(1, "length of the simulated period", "days", ge=1, le=366)
    horizon: int = _field(
        24,
        "slots traded per gate: with hourly data 24 is day-ahead, with half-hourly 48, 1 is intraday; a "
        "contract holds at most 48, so shorter slots cannot be traded a day ahead",
        "slots",
        ge=1,
        le=MOST_HORIZON,
    )
    lead: int = _field(1, "slots between the end of the window and the first delivery", "slots", ge=1, le=48)

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

    source: str = _field(
        EMBEDDED_SOURCE,
        f'"{EMBEDDED_SOURCE}" (15 real homes, embedded) or the path of a CSV file of homes: `time` is the '
        "start of each interval, in local standard time, without daylight saving; load is all that a home "
        "consumes in the interval and PV all that it generates, before one is set against the other (a net "
        "meter's import and export do as well: only their difference is traded)",
    )
    agents: int | None = _field(
        None,
        "number of homes; absent: all of the source; fewer: a random choice of them by the seed, so seeds "
        "differ in who takes part; a contract holds at most 256",
        "homes",
        ge=AGENTS[0],
        le=AGENTS[1],
    )
    pv_share: Real = _field(
        1.0, "share of homes that keep their PV, a seeded choice; 1 leaves the data as they are", ge=0, le=1
    )
    resampling: bool = _field(
        False, "whether homes are resampled from donors, so that there can be more than in the data"
    )
    load_scale: Real = _field(1.0, "factor on every load", ge=0, le=100)
    pv_scale: Real = _field(1.0, "factor on every PV generation", ge=0, le=100)
    connection_limit_kw: Real = _field(
        12.0,
        "what a home's connection can carry: the import limit of its orders, and, of a home with a "
        "generator, the export limit (else 0); readings beyond it are refused",
        "kW",
        gt=0,
        le=1000,
    )


class Forecast(Section):
    """How homes forecast their net load."""

    family: Annotated[str, AfterValidator(families.check)] = _field(
        "mlp",
        f"model family: one of {', '.join(families.names)}; linear at full rank gives its readings away",
    )
    lookback: int = _field(
        24,
        "readings a forecast is made from: 24 are a day of hourly data, 48 of half-hourly; more than slots "
        "can be traded, as the contract sees only one commitment to them",
        "slots",
        ge=1,
        le=MOST_LOOKBACK,
    )
    hidden: tuple[int, ...] = _field(
        (8,),
        f"widths of the hidden layers of an mlp, one number or a list: at most {MAX_HIDDEN_LAYERS} layers, "
        f"together {MAX_HIDDEN} neurons",
        "neurons",
    )
    training: Annotated[str, AfterValidator(regimes.check)] = _field(
        "clustered", f"who trains together: one of {', '.join(regimes.names)}"
    )
    clusters: int = _field(3, "number of clusters under clustered training", "clusters", ge=1, le=64)
    clustering: Annotated[str, AfterValidator(clusterings.check)] = _field(
        "k-means", f"how clusters are found: one of {', '.join(clusterings.names)}"
    )
    history_days: int | None = _field(
        None,
        "most days before the first gate that clustering and training look at; absent: all there are",
        "days",
        ge=8,
        le=3_660,
    )
    rounds: int = _field(60, "rounds of federated averaging", "rounds", ge=1, le=10_000)
    local_steps: int = _field(5, "gradient steps of each home per round", "steps", ge=1, le=10_000)
    loss: Literal["mae", "mse"] = _field("mae", "training loss: mean absolute or mean squared error")
    parameters: dict[str, dict[str, Real]] = _field(
        {}, "parameters of a family, a training regime or a clustering method, by its name", max_length=64
    )

    @field_validator("parameters")
    @classmethod
    def _known_parameters(cls, given: dict[str, dict[str, Real]]) -> dict[str, dict[str, Real]]:
        return checked_parameters(given, (families, regimes, clusterings))

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

    def models(self, homes: int) -> int:
        """How many models are trained for so many homes."""
        return self.regime.models(homes, self.clusters)

    def shape(self, horizon: int) -> Shape:
        """What a forecaster of so many slots takes and gives."""
        return Shape(self.lookback, horizon, self.hidden)

    @property
    def model_family(self) -> ModelFamily:
        """With its parameters."""
        return families.make(self.family, self.parameters.get(self.family))

    @property
    def regime(self) -> Regime:
        """With its parameters."""
        return regimes.make(self.training, self.parameters.get(self.training))

    @property
    def clustering_method(self) -> Clustering:
        """With its parameters."""
        return clusterings.make(self.clustering, self.parameters.get(self.clustering))


class CircuitSettings(Section):
    """Explicit EZKL settings in place of the tuned ones."""

    decomp_base: int = _field(..., "base of the range-check decomposition", ge=4, le=65_536)
    decomp_legs: int = _field(..., "digits of the decomposition", ge=2, le=16)
    num_inner_cols: int = _field(..., "inner columns of a block", ge=1, le=16)
    logrows: int = _field(..., "binary logarithm of the circuit's rows", ge=6, le=20)


class Proofs(Section):
    """What is proved, and how."""

    policy: str = _field(
        "all", 'share of bids with a real proof: "all", "none", or "sample:p" with 0 < p < 1'
    )
    precision: int | None = _field(
        None,
        "fractional bits of the model's weights; absent: the most that the circuit's range allows",
        "bits",
        ge=1,
        le=20,
    )
    settings: Literal["tuned"] | CircuitSettings = _field(
        "tuned", '"tuned" (chosen by the cost model) or a table of explicit EZKL settings'
    )
    srs: str = _field(
        SHIPPED_SRS,
        f'"{SHIPPED_SRS}" (generated locally, for simulation only) or the path of a ceremony file',
    )

    store: str = _field(
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


class HomeTariff(Section):
    """One home's own tariffs; what is absent stays common."""

    retail: TariffField | None = _field(None, "retail price of this home", "$/kWh")
    feed_in: TariffField | None = _field(None, "feed-in price of this home", "$/kWh")


class Market(Section):
    """Auction, strategies and tariffs."""

    mechanism: str = _field("double-auction", f"how a slot is cleared: one of {', '.join(mechanisms.names)}")
    strategy: dict[str, Real] = _field(
        {"zic": 1.0},
        f"how homes price their orders: one of {', '.join(strategies.names)}, or a table of shares that sum "
        "to 1, a seeded choice by name. Over seeds strategies and PV are independent; but both are even in "
        "every prefix of the homes, so that one seed's table of them varies more than in a free shuffle: "
        "take several seeds",
    )
    retail: TariffField = _field(
        Tariff.flat(220_000),
        'price of energy from the grid, flat or by start time, as { "00:00" = 0.18, "16:00" = 0.34 }',
        "$/kWh",
    )
    feed_in: TariffField = _field(Tariff.flat(60_000), "price of energy fed into the grid, likewise", "$/kWh")
    homes: dict[str, HomeTariff] = _field(
        {}, "tariffs of single homes, by the home's name", max_length=AGENTS[1]
    )
    grid_fee: PriceField = _field(0, "fee per traded energy, half paid by each side", "$/kWh")
    credit_limit: MoneyField | None = _field(
        None,
        "what the utility lets a home owe; absent: enough for the whole run at the connection limit",
        "$",
    )

    parameters: dict[str, dict[str, Real]] = _field(
        {}, "parameters of mechanism and strategies, a table by each one's name; absent: their defaults"
    )

    @field_validator("mechanism")
    @classmethod
    def _known_mechanism(cls, name: str) -> str:
        return mechanisms.check(name)

    @field_validator("parameters")
    @classmethod
    def _known_parameters(cls, given: dict[str, dict[str, Real]]) -> dict[str, dict[str, Real]]:
        return checked_parameters(given, (mechanisms, strategies))

    @property
    def the_mechanism(self) -> Mechanism:
        """The mechanism with its parameters."""
        return mechanisms.make(self.mechanism, self.parameters.get(self.mechanism))

    @field_validator("strategy", mode="before")
    @classmethod
    def _one_or_shares(cls, value: object) -> object:
        shares = {value: 1.0} if isinstance(value, str) else value
        for name in shares if isinstance(shares, Mapping) else ():
            strategies.check(name)
        return shares

    @field_validator("strategy")
    @classmethod
    def _sorted_strategy(cls, shares: dict[str, Real]) -> dict[str, Real]:
        return _canonical(shares)

    @field_validator("homes")
    @classmethod
    def _sorted_homes(cls, homes: dict[str, HomeTariff]) -> dict[str, HomeTariff]:
        return dict(sorted(homes.items()))

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if any(share < 0 for share in self.strategy.values()) or abs(sum(self.strategy.values()) - 1) > 1e-9:
            raise ValueError("strategy shares should be at least 0 and sum to 1")
        homes = [("retail", "feed_in", self.retail, self.feed_in)] + [
            (
                f"homes.{name}.retail",
                f"homes.{name}.feed_in",
                own.retail or self.retail,
                own.feed_in or self.feed_in,
            )
            for name, own in self.homes.items()
        ]
        for retail_name, feed_in_name, retail, feed_in in homes:
            starts = {minute for tariff in (retail, feed_in) for minute, _ in tariff.steps}
            if any(retail.at(minute) < feed_in.at(minute) + self.grid_fee for minute in starts):
                raise ValueError(
                    f"{retail_name} should be at least {feed_in_name} plus grid_fee at all times"
                )
        return self


_CHAINS = " or ".join(f'"{each.name}"' for each in backends if each.executes)


class Chain(Section):
    """The chain that the market runs on."""

    backend: str = _field(
        "py-evm",
        f"what executes the contracts: one of {', '.join(backends.names)}",
    )
    gas_price: int = _field(20, "price of gas", "nano-$ per gas", ge=0, le=10**9)
    block_gas_limit: int = _field(30_000_000, "gas that fits into a block", "gas", ge=30_000_000, le=10**9)

    @field_validator("backend")
    @classmethod
    def _known_backend(cls, name: str) -> str:
        return backends.check(name)

    @property
    def executes(self) -> bool:
        """Whether there is a chain at all."""
        return backends[self.backend].executes


class Costs(Section):
    """What proofs and gas cost the homes."""

    charged: bool = _field(
        False,
        "whether homes pay for proving and gas, by the deterministic model; if not, costs stand beside bills",
    )
    prover_power_w: Real = _field(15.0, "power a core draws while proving", "W", ge=0, le=1_000)


class Adversaries(Section):
    """Who cheats, and how; needs every bid proved, because nothing but the verifier refuses a false one."""

    homes: dict[str, Real] = _field(
        {},
        "share of the homes by attack, a seeded choice by name; attacks are " + ", ".join(home_attacks.names),
    )
    operators: tuple[str, ...] = _field(
        (), "what meter and auctioneer try; attacks are " + ", ".join(operator_attacks.names)
    )

    @field_validator("homes", mode="before")
    @classmethod
    def _known_homes(cls, value: object) -> object:
        for name in value if isinstance(value, Mapping) else ():
            home_attacks.check(name)
        return value

    @field_validator("homes")
    @classmethod
    def _sorted_homes(cls, shares: dict[str, Real]) -> dict[str, Real]:
        return _canonical(shares)

    @field_validator("operators", mode="before")
    @classmethod
    def _known_operators(cls, value: object) -> object:
        if not (isinstance(value, list | tuple) and all(isinstance(name, str) for name in value)):
            raise ValueError(f'should be a list of attacks, as ["{operator_attacks.names[0]}"]')
        for name in value:
            operator_attacks.check(name)
        if len(set(value)) != len(value):
            raise ValueError("should name each attack once")
        return tuple(name for name in operator_attacks.names if name in value)

    @model_validator(mode="after")
    def _shares(self) -> Self:
        shares = [exact(share) for share in self.homes.values()]
        if any(share < 0 for share in shares) or sum(shares) > 1:
            raise ValueError("shares of homes should be at least 0 and sum to at most 1")
        if both := sorted(set(self.homes).intersection(self.operators)):
            raise ValueError(f'"{both[0]}" should be an attack of homes or of operators, not both')
        return self

    @property
    def anybody(self) -> bool:
        """Whether anybody cheats."""
        return bool(self.operators) or any(self.homes.values())


class Scenario(Section):
    """A whole run."""

    name: str = _field(..., "what the run is called")
    seed: int = _field(7, "root of all randomness but the salts", ge=0, le=2**63 - 1)
    time: Time
    population: Population = Population()
    forecast: Forecast = Forecast()
    proofs: Proofs = Proofs()
    market: Market = Market()
    chain: Chain = Chain()
    costs: Costs = Costs()
    adversaries: Adversaries = Adversaries()

    @field_validator("name")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", name):
            raise ValueError("should be up to 64 of a-z, 0-9, - and _, beginning with a letter or digit")
        return name

    @model_validator(mode="after")
    def _proofs_need_a_chain(self) -> Self:
        if not self.chain.executes and self.proofs.policy != "none":
            raise ValueError(
                f'proofs.policy = "{self.proofs.policy}": without a chain nothing checks proofs; '
                f'set it to "none", or chain.backend to {_CHAINS}'
            )
        return self

    @model_validator(mode="after")
    def _proofs_fix_quantities(self) -> Self:
        free = [name for name in self.market.strategy if strategies[name].sets_quantities]
        if free and self.chain.executes:
            raise ValueError(
                f'market.strategy = "{free[0]}": it orders other quantities than the forecast, but on a '
                'chain quantities are outputs of the forecast\'s circuit; set chain.backend to "none"'
            )
        return self

    @model_validator(mode="after")
    def _generic_rule_knows_no_precedence(self) -> Self:
        unstopped = [name for name in self.adversaries.operators if operator_attacks[name].breaks_precedence]
        if unstopped and self.market.the_mechanism.generic:
            raise ValueError(
                f'adversaries.operators: "{unstopped[0]}" is stopped by no contract under mechanism '
                f'"{self.market.mechanism}": it checks limits, balance and surplus alone; leave it out'
            )
        return self

    @model_validator(mode="after")
    def _adversaries_need_proofs(self) -> Self:
        if self.adversaries.anybody and self.proofs.policy != "all":
            raise ValueError(
                f'adversaries: under proofs.policy = "{self.proofs.policy}" nothing refuses false orders; '
                f'set it to "all", and chain.backend to {_CHAINS}'
            )
        return self

    def to_toml(self) -> str:
        """The resolved scenario, with every default written out."""
        return tomli_w.dumps(self.model_dump(exclude_none=True))


def unit(field: FieldInfo) -> str:
    """A field's unit, empty where it has none."""
    extra = field.json_schema_extra
    return str(extra.get("unit", "")) if isinstance(extra, dict) else ""


def unit_of(section: str, name: str) -> str:
    """The unit of a section's field, empty where either is unknown."""
    model = Scenario.model_fields[section].annotation if section in Scenario.model_fields else None
    fields = model.model_fields if isinstance(model, type) and issubclass(model, BaseModel) else {}
    return unit(fields[name]) if name in fields else ""
