"""What a bundle names of plug-ins that are not here: its market is checked as far as that goes without them.

A mechanism or a strategy is stood in for by its name. Nothing that the chain did rests on a strategy; of a
mechanism it rests on what the contract checks, and the mechanism's own rule stays unchecked.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from agents.strategies import Strategy, strategies
from sim.bundle.contents import MOST_BYTES, NOT_CHECKED, PLUGINS, RULE, Bundle
from sim.errors import BundleError
from sim.market.book import OrderBook
from sim.market.clearing import Clearing
from sim.market.mechanisms import Mechanism, mechanisms
from sim.market.mechanisms.mechanism import GENERIC, RULES
from sim.outputs.run_directory import MANIFEST, SCENARIO
from sim.registry import NAME
from sim.runtime.untrusted import parsed_json, parsed_toml


@contextmanager
def stood_in(files: Mapping[str, bytes]) -> Iterator[None]:
    """Stand in, within the block, for mechanism and strategies that a bundle names and nobody has registered.

    Only where its manifest names plug-ins; whatever is wrong in the files is for others to say.
    """
    market, manifest = _read(files)
    rule = manifest.get(RULE)
    section = manifest.get(NOT_CHECKED)
    named = isinstance(section, dict) and section.get(PLUGINS)
    shares = market.get("strategy")
    with ExitStack() as stack:
        if named and _is_new(market.get("mechanism"), mechanisms) and rule in RULES:
            variant = _stand_in(_UnknownMechanism, market["mechanism"], rule=rule)
            stack.enter_context(mechanisms.standing_in(variant))
        for name in shares if named and isinstance(shares, dict) else ():
            if _is_new(name, strategies):
                stack.enter_context(strategies.standing_in(_stand_in(_UnknownStrategy, name)))
        yield


def unchecked_rule(bundle: Bundle) -> str | None:
    """The sentence that says why the mechanism's own rule is not checked; None where it is."""
    name = bundle.sources.scenario.market.mechanism
    if bundle.manifest.get(RULE) != GENERIC:
        return None  # the contract checks all of it
    origin, plugins = mechanisms.origin(name), bundle.manifest[NOT_CHECKED][PLUGINS]
    if (origin is None and not mechanisms.stands_in(name)) or origin in plugins.values():
        return None
    files = ", ".join(f"{file} (sha-256 {digest})" for file, digest in plugins.items())
    return (
        f'the rule of mechanism "{name}" itself: the contract checked limits, balance and surplus alone; '
        f"give the run's plug-in with --plugin, which is one of {files}"
    )


def _read(files: Mapping[str, bytes]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The market's section of the scenario, and the manifest; empty where they cannot be read."""
    try:
        if any(len(files[name]) > MOST_BYTES[name] for name in (SCENARIO, MANIFEST)):
            return {}, {}
        market = parsed_toml(files[SCENARIO].decode()).get("market")
        manifest = parsed_json(files[MANIFEST].decode())
    except (KeyError, ValueError, ArithmeticError, RecursionError):
        return {}, {}
    return (market, manifest) if isinstance(market, dict) and isinstance(manifest, dict) else ({}, {})


def _is_new(name: object, known: Any) -> bool:
    return isinstance(name, str) and NAME.fullmatch(name) is not None and name not in known


def _stand_in(base: type[Any], name: str, **said: str) -> type[Any]:
    return dataclass(frozen=True)(type(base.__name__, (base,), {"name": name, **said}))


@dataclass(frozen=True)
class _UnknownMechanism(Mechanism):
    meaning = "a mechanism of a plug-in that is not here"
    source = "unknown"

    def clear(self, book: OrderBook) -> Clearing:
        raise BundleError(f"slot {book.slot + 1}: nobody here knows how {self.name} clears")


@dataclass(frozen=True)
class _UnknownStrategy(Strategy):
    meaning = "as a plug-in that is not here has it"
    source = "unknown"

    def orders(self, *_: Any) -> Any:
        raise BundleError(f"nobody here knows how {self.name} orders")
