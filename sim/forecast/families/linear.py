"""One dense layer."""

from dataclasses import dataclass

from sim.forecast.families.base import families
from sim.forecast.families.dense import Dense
from sim.forecast.model import Shape


@families.register
@dataclass(frozen=True)
class Linear(Dense):
    """At full rank it gives its readings away."""

    name = "linear"
    meaning = "one dense layer: a linear regression for every slot"
    source = "ordinary linear regression"

    def widths(self, shape: Shape) -> tuple[int, ...]:
        """No hidden layers."""
        return (shape.inputs, shape.horizon)

    def described(self, _shape: Shape) -> str:
        """Nothing to add."""
        return "a linear model"
