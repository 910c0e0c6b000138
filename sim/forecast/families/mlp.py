"""A perceptron of several layers."""

from dataclasses import dataclass

from sim.forecast.families.base import families
from sim.forecast.families.dense import Dense
from sim.forecast.model import Shape


@families.register
@dataclass(frozen=True)
class Mlp(Dense):
    """A bottleneck of few hidden neurons lets few numbers of the window through."""

    name = "mlp"
    meaning = "dense layers with a ReLU between them, as wide as forecast.hidden says"
    source = "Rumelhart, Hinton & Williams, Nature 323, 1986"
    reads_hidden = True

    def widths(self, shape: Shape) -> tuple[int, ...]:
        """With the hidden layers."""
        return (shape.inputs, *shape.hidden, shape.horizon)

    def described(self, shape: Shape) -> str:
        """With the widths of its hidden layers."""
        return f"an mlp with {', '.join(map(str, shape.hidden))} hidden neurons"
