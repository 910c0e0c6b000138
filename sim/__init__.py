"""zkpet: peer-to-peer energy markets in which every bid is backed by a zero-knowledge proof.

    import sim

    street = sim.scenario("scenarios/street.toml")
    run = sim.run(street.with_("market.strategy", "truthful"))
    run.measures, run.slots, run.figure("prices_and_volumes")

Names are loaded when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # what follows, for type checkers and editors
    from agents.adversaries import HomeAttack, OperatorAttack, home_attacks, operator_attacks
    from agents.strategies import Strategy, strategies
    from sim.api.clusters import assign_newcomers, cluster_scores
    from sim.api.homes import read_homes
    from sim.api.runs import Run, run
    from sim.api.scenarios import load, scenario
    from sim.api.studies import Study, sweep
    from sim.chain.backends import Backend, backends
    from sim.errors import InputError, SimulationError
    from sim.forecast.clusterings import Clustering, clusterings
    from sim.forecast.families import ModelFamily, families
    from sim.forecast.regimes import Regime, regimes
    from sim.market.mechanisms import Mechanism, mechanisms
    from sim.plugins import plugin
    from sim.registry import parameter
    from sim.schema.scenario import Scenario

__all__ = [
    "Backend",
    "Clustering",
    "HomeAttack",
    "InputError",
    "Mechanism",
    "ModelFamily",
    "OperatorAttack",
    "Regime",
    "Run",
    "Scenario",
    "SimulationError",
    "Strategy",
    "Study",
    "assign_newcomers",
    "backends",
    "cluster_scores",
    "clusterings",
    "families",
    "home_attacks",
    "load",
    "mechanisms",
    "operator_attacks",
    "parameter",
    "plugin",
    "read_homes",
    "regimes",
    "run",
    "scenario",
    "strategies",
    "sweep",
]
_WHERE = {
    "agents.adversaries": (
        "HomeAttack",
        "OperatorAttack",
        "home_attacks",
        "operator_attacks",
    ),
    "agents.strategies": (
        "Strategy",
        "strategies",
    ),
    "sim.api.clusters": (
        "assign_newcomers",
        "cluster_scores",
    ),
    "sim.api.homes": ("read_homes",),
    "sim.api.runs": (
        "Run",
        "run",
    ),
    "sim.api.scenarios": (
        "load",
        "scenario",
    ),
    "sim.api.studies": (
        "Study",
        "sweep",
    ),
    "sim.chain.backends": (
        "Backend",
        "backends",
    ),
    "sim.errors": (
        "InputError",
        "SimulationError",
    ),
    "sim.forecast.clusterings": (
        "Clustering",
        "clusterings",
    ),
    "sim.forecast.families": (
        "ModelFamily",
        "families",
    ),
    "sim.forecast.regimes": (
        "Regime",
        "regimes",
    ),
    "sim.market.mechanisms": (
        "Mechanism",
        "mechanisms",
    ),
    "sim.plugins": ("plugin",),
    "sim.registry": ("parameter",),
    "sim.schema.scenario": ("Scenario",),
}


def __getattr__(name: str) -> Any:
    for module, names in _WHERE.items():
        if name in names:
            globals()[name] = found = getattr(import_module(module), name)
            return found
    raise AttributeError(f'sim has no "{name}"; it has {", ".join(__all__)}')


def __dir__() -> list[str]:
    return __all__
