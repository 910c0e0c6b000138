"""Small scenarios for the page, written where a test wants them, and a market with a home taken over."""

from collections.abc import Callable
from pathlib import Path

from sim.forecast.forecasters import Forecasters
from sim.outputs.outcome import Outcome
from sim.page.taken_over import Answer, Asked, NamedLimits, TakenOver, taken_over
from sim.page.timeline import Timeline
from sim.page.worker import timeline_so_far
from sim.proofs.srs import load_srs
from sim.runtime.store import open_store
from sim.schema.scenario import Scenario
from sim.simulation.run import open_market
from tests.runs import QUIET, scenario

QUICK = ("forecast.rounds=2", "forecast.history_days=20", "chain.backend=revm")
"""Settings with which a run takes a second or two."""


def scene(folder: Path, *settings: str, proofs: str = "none") -> Path:
    """The tiny scenario with some fields changed, as a file."""
    file = folder / "scene.toml"
    file.write_text(scenario("tiny", f"proofs.policy={proofs}", *settings).to_toml(), encoding="utf-8")
    return file


def taking_over(
    scene: Scenario, answers: Callable[[Asked], Answer] | None, row: int, models: Forecasters | None = None
) -> tuple[Outcome, Timeline, TakenOver]:
    """A market held to its end, with a home (row) taken over if there are answers."""
    with open_market(scene, load_srs(), 1, QUIET, models, open_store(scene.proofs.store)) as market:
        named = NamedLimits(
            market.prepared,
            taken_over(market.prepared, market.world, row, market.bids),
            answers or (lambda asked: Answer(asked.gate, None)),
            lambda _: None,
        )
        if answers:
            market.world.participants.limits = named
        for _ in range(market.prepared.gates):
            market.step()
        return market.outcome(), timeline_so_far(market), named.state
