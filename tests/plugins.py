"""Plug-ins for tests: what they register is forgotten again."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count

from sim.plugins import plugged_in, read_plugins
from sim.registry import forget, registering_from
from tests.runs import ROOT

_origins = count()


@contextmanager
def registered(load: Callable[[], None]) -> Iterator[None]:
    """With what a function registers."""
    origin = f"test {next(_origins)}"
    try:
        with registering_from(origin):
            load()
        yield
    finally:
        forget(origin)


def plugin(name: str) -> AbstractContextManager[None]:
    """With a file of docs/plugins."""
    return plugged_in(read_plugins([ROOT / "docs" / "plugins" / f"{name}.py"]))
