"""What the bench has to show, as data, and whether it does."""

from collections.abc import Iterable
from dataclasses import dataclass

from sim.bench.part import Part


@dataclass(frozen=True)
class Target:
    """A limit on a figure of a part; ``at_least`` says which side of it is good."""

    part: str
    figure: str
    at_least: bool
    limit: float
    meaning: str


@dataclass(frozen=True)
class Verdict:
    """A target with what was measured."""

    target: Target
    value: float

    @property
    def met(self) -> bool:
        """Whether the value is on the good side of the limit, or on it."""
        if self.target.at_least:
            return self.value >= self.target.limit
        return self.value <= self.target.limit


TARGETS = (
    Target("flows", "py_evm_gain", True, 250, "CPU-s per order, stock flow over ours on py-evm"),
    Target("flows", "revm_gain", True, 400, "CPU-s per order, stock flow over ours on revm"),
    Target("verification", "gain", True, 8, "verification, stock py-evm over ours"),
    Target("overlap", "wall_over_bound", False, 1.2, "wall time of the market over its lower bound"),
    Target("overlap", "chain_over_prove", False, 0.6, "chain_s over prove_cpu_s on py-evm"),
    Target("scaling", "exponent", False, 1.1, "growth of seconds per slot with homes: exponent"),
    Target("scaling", "slot_s_at_10000", False, 0.25, "seconds per slot at 10,000 homes"),
    Target("scaling", "peak_gb_at_10000", False, 2.0, "peak memory at 10,000 homes in GB"),
    Target("reuse", "proofs_made_again", False, 0, "proofs that the sweep made more than once"),
)


def judge(parts: Iterable[Part]) -> list[Verdict]:
    """Verdicts on the targets whose figures were measured, in the order of TARGETS."""
    figures = {(part.name, name): value for part in parts for name, value in part.figures.items()}
    return [
        Verdict(target, figures[target.part, target.figure])
        for target in TARGETS
        if (target.part, target.figure) in figures
    ]
