"""The scenario: what a run is. One schema validates files, holds the defaults and writes the documentation.

``sim.schema.file`` reads scenarios; ``sim.schema.reference`` writes the reference from this schema.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import tomli_w
from pydantic import BaseModel, ValidationError, field_validator, model_validator

from agents.adversaries import operator_attacks
from agents.strategies import strategies
from sim.errors import InputError
from sim.schema.document import located, sentence, with_field
from sim.schema.durations import in_slots
from sim.schema.forecasting import Forecast, Population, Proofs, Time
from sim.schema.section import Section, field, unit
from sim.schema.trading import CHAINS, Adversaries, Chain, Costs, Market


class Scenario(Section):
    """A whole run."""

    name: str = field(..., "what the run is called")
    seed: int = field(7, "root of all randomness but the salts", ge=0, le=2**63 - 1)
    time: Time
    population: Population = Population()
    forecast: Forecast = Forecast()
    proofs: Proofs = Proofs()
    market: Market = Market()
    chain: Chain = Chain()
    costs: Costs = Costs()
    adversaries: Adversaries = Adversaries()

    @model_validator(mode="before")
    @classmethod
    def _lengths_in_slots(cls, document: Any) -> Any:
        return in_slots(document) if isinstance(document, Mapping) else document

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
                f'set it to "none", or chain.backend to {CHAINS}'
            )
        return self

    @model_validator(mode="after")
    def _proofs_fix_quantities(self) -> Self:
        free = [name for name in self.market.strategy if strategies[name].sets_quantities]
        if free and (self.chain.executes or self.market.sealed):
            remedy = 'set market.orders to "open"' if self.market.sealed else 'set chain.backend to "none"'
            raise ValueError(
                f'market.strategy = "{free[0]}": it orders other quantities than the forecast, but on a '
                f"chain, and sealed, quantities are outputs of the forecast's circuit; {remedy}"
            )
        return self

    @model_validator(mode="after")
    def _rounds_need_no_chain(self) -> Self:
        if self.market.sealed:
            return self
        if self.market.the_mechanism.rule is None and self.chain.executes:
            raise ValueError(
                f'market.mechanism = "{self.market.mechanism}": no contract checks it; '
                'set chain.backend to "none", and proofs.policy to "none"'
            )
        if self.market.the_mechanism.rule is None and self.costs.charged:
            raise ValueError(
                f'costs.charged = true: no contract checks mechanism "{self.market.mechanism}", '
                "so that nothing is known of its gas; leave it false"
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
        if self.adversaries.anybody and self.market.sealed:
            raise ValueError(
                'adversaries: the attacks of a run are on open orders; set market.orders to "open" '
                "(what is tried on sealed ones: docs/threat-model.md)"
            )
        if self.adversaries.anybody and self.proofs.policy != "all":
            raise ValueError(
                f'adversaries: under proofs.policy = "{self.proofs.policy}" nothing refuses false orders; '
                f'set it to "all", and chain.backend to {CHAINS}'
            )
        return self

    @classmethod
    def of(cls, document: Mapping[str, Any], folder: Path | None = None) -> Self:
        """The scenario that a document describes; its paths are relative to a folder, or stay as they are.

        Raises InputError naming the field, the value and what would be right.
        """
        try:
            return cls.model_validate(located(document, folder))
        except ValidationError as error:
            raise InputError(sentence(error, cls)) from None

    def with_(self, change: str | Mapping[str, Any], value: Any = None) -> Self:
        """The scenario with another value of a field, or of several: ``{"market.strategy": "truthful"}``.

        Paths are relative to where one is. Raises InputError as ``of`` does.
        """
        changes = change if isinstance(change, Mapping) else {change: value}
        return type(self).of(self._document_with(changes), Path.cwd())

    def changed(self, changes: Mapping[str, Any]) -> Self:
        """The same, with paths as they are given."""
        return type(self).of(self._document_with(changes))

    def _document_with(self, changes: Mapping[str, Any]) -> Mapping[str, Any]:
        document: Mapping[str, Any] = self.document()
        for name, value in changes.items():
            document = with_field(document, name, value)
        return document

    def document(self) -> dict[str, Any]:
        """The resolved scenario as tables, with every default, as TOML can hold them."""
        return self.model_dump(exclude_none=True)

    def to_toml(self) -> str:
        """The resolved scenario, with every default written out."""
        return tomli_w.dumps(self.document())


def unit_of(section: str, name: str) -> str:
    """The unit of a section's field, empty where either is unknown."""
    model = Scenario.model_fields[section].annotation if section in Scenario.model_fields else None
    fields = model.model_fields if isinstance(model, type) and issubclass(model, BaseModel) else {}
    return unit(fields[name]) if name in fields else ""
