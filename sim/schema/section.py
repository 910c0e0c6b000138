"""What every section of a scenario is made of."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo


class Section(BaseModel):
    """A frozen part of the scenario; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)


def field(default: Any, meaning: str, unit: str = "", **limits: Any) -> Any:
    """A field of a section with its meaning, unit and limits, which the reference is written from."""
    return Field(default, description=meaning, json_schema_extra={"unit": unit}, **limits)


def canonical(shares: Mapping[str, float]) -> dict[str, float]:
    """Shares in one order, without those of nobody: tables that mean the same are the same scenario."""
    return {name: shares[name] for name in sorted(shares) if shares[name]}


def unit(field: FieldInfo) -> str:
    """A field's unit, empty where it has none."""
    extra = field.json_schema_extra
    return str(extra.get("unit", "")) if isinstance(extra, dict) else ""
