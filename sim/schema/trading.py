"""The sections of a scenario: the market, the chain, costs, and who cheats."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import field_validator, model_validator

from agents.adversaries import home_attacks, operator_attacks
from agents.strategies import strategies
from sim.chain.backends import backends
from sim.market.mechanisms import Mechanism, mechanisms
from sim.market.mechanisms.net_price import NetPrice
from sim.market.tariffs import Tariff
from sim.registry import checked_parameters
from sim.schema.forecasting import AGENTS
from sim.schema.section import Section, canonical, field
from sim.schema.values import MoneyField, PriceField, Real, TariffField, exact

MOST_DAYS = 366
"""Of a settlement period, as of a run."""
EARLIER_NAMES = {"double-auction": "uniform"}
"""Of mechanisms: what was once the only double auction is now the market-clearing one."""


class HomeTariff(Section):
    """One home's own tariffs; what is absent stays common."""

    retail: TariffField | None = field(None, "retail price of this home", "$/kWh")
    feed_in: TariffField | None = field(None, "feed-in price of this home", "$/kWh")


class Market(Section):
    """Auction, strategies and tariffs."""

    orders: Literal["open", "sealed"] = field(
        "open",
        "whether quantities are public; sealed ones stay committed, and the contract clears on their sum "
        "alone, under mechanism " + ", ".join(each.name for each in mechanisms if each.sealable),
    )
    settlement_days: int | Literal["run"] = field(
        28,
        "of sealed orders, how many days a bill is about: the more, the less it tells of the home; the last "
        'period may be shorter, and "run" is one bill',
        "days",
    )
    settlement: Literal["metered", "proved"] = field(
        "metered",
        "of sealed orders, whether what trades cost each home is the meter's word, held against the "
        "community's totals, or proved from what was committed, a period at once; proofs are made where "
        'proofs.policy = "all"',
    )
    mechanism: str = field("uniform", f"how a slot is cleared: one of {', '.join(mechanisms.names)}")
    strategy: dict[str, Real] = field(
        {"zic": 1.0},
        f"how homes price their orders: one of {', '.join(strategies.names)}, or a table of shares that sum "
        "to 1, a seeded choice by name. Over seeds strategies and PV are independent; but both are even in "
        "every prefix of the homes, so that one seed's table of them varies more than in a free shuffle: "
        "take several seeds",
    )
    retail: TariffField = field(
        Tariff.flat(220_000),
        'price of energy from the grid, flat or by start time, as { "00:00" = 0.18, "16:00" = 0.34 }',
        "$/kWh",
    )
    feed_in: TariffField = field(Tariff.flat(60_000), "price of energy fed into the grid, likewise", "$/kWh")
    homes: dict[str, HomeTariff] = field(
        {}, "tariffs of single homes, by the home's name", max_length=AGENTS[1]
    )
    grid_fee: PriceField = field(0, "fee per traded energy, half paid by each side", "$/kWh")
    credit_limit: MoneyField | None = field(
        None,
        "what the utility lets a home owe; absent: enough for the whole run at the connection limit, and "
        "where "
        "orders are sealed at the most that a model can give, which homes reserve until they are billed",
        "$",
    )

    parameters: dict[str, dict[str, Real]] = field(
        {}, "parameters of mechanism and strategies, a table by each one's name; absent: their defaults"
    )

    @field_validator("settlement_days", mode="before")
    @classmethod
    def _days_or_run(cls, days: object) -> object:
        if days != "run" and not (type(days) is int and 1 <= days <= MOST_DAYS):
            raise ValueError(f'should be a number of days from 1 to {MOST_DAYS}, or "run"')
        return days

    @field_validator("mechanism")
    @classmethod
    def _known_mechanism(cls, name: str) -> str:
        return mechanisms.check(EARLIER_NAMES.get(name, name))

    @field_validator("parameters")
    @classmethod
    def _known_parameters(cls, given: dict[str, dict[str, Real]]) -> dict[str, dict[str, Real]]:
        return checked_parameters(given, (mechanisms, strategies))

    @property
    def the_mechanism(self) -> Mechanism:
        """The mechanism with its parameters."""
        return mechanisms.make(self.mechanism, self.parameters.get(self.mechanism))

    @property
    def sealed(self) -> bool:
        """Whether quantities stay committed."""
        return self.orders == "sealed"

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
        return canonical(shares)

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
        if self.the_mechanism.utility_trades and (self.homes or self.grid_fee):
            raise ValueError(
                f'{"homes" if self.homes else "grid_fee"}: mechanism "{self.mechanism}" needs tariffs common '
                "to all homes and no grid fee; leave it out"
            )
        if self.orders == "sealed" and not isinstance(self.the_mechanism, NetPrice):
            sealable = ", ".join(each.name for each in mechanisms if each.sealable)
            raise ValueError(
                f'orders = "sealed": mechanism "{self.mechanism}" depends on more than the sum of orders; '
                f"set mechanism to {sealable}"
            )
        for retail_name, feed_in_name, retail, feed_in in homes:
            starts = {minute for tariff in (retail, feed_in) for minute, _ in tariff.steps}
            if any(retail.at(minute) < feed_in.at(minute) + self.grid_fee for minute in starts):
                raise ValueError(
                    f"{retail_name} should be at least {feed_in_name} plus grid_fee at all times"
                )
        return self


CHAINS = " or ".join(f'"{each.name}"' for each in backends if each.executes)


class Chain(Section):
    """The chain that the market runs on."""

    backend: str = field(
        "py-evm",
        f"what executes the contracts: one of {', '.join(backends.names)}",
    )
    gas_price: int = field(20, "price of gas", "nano-$ per gas", ge=0, le=10**9)
    block_gas_limit: int = field(30_000_000, "gas that fits into a block", "gas", ge=30_000_000, le=10**9)

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

    charged: bool = field(
        False,
        "whether homes pay for proving and gas, by the deterministic model; if not, costs stand beside bills",
    )
    prover_power_w: Real = field(15.0, "power a core draws while proving", "W", ge=0, le=1_000)


class Adversaries(Section):
    """Who cheats, and how; needs every bid proved, because nothing but the verifier refuses a false one."""

    homes: dict[str, Real] = field(
        {},
        "share of the homes by attack, a seeded choice by name; attacks are " + ", ".join(home_attacks.names),
    )
    operators: tuple[str, ...] = field(
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
        return canonical(shares)

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
