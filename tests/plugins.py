"""Plug-ins for tests: what they register is forgotten again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest

from sim.plugins import plugged_in, read_plugins
from sim.registry import Registry, forget, registering_from
from tests.runs import PLUGINS

DOCUMENTED = read_plugins(sorted(PLUGINS.glob("*.py")))
"""Those of docs/plugins."""
_origins = count()


def every(registry: Registry[Any]) -> tuple[str, ...]:
    """The names of all variants of a kind, those of docs/plugins too."""
    with plugged_in(DOCUMENTED):
        return registry.names


@pytest.fixture(scope="module", autouse=True)
def plugged() -> Iterator[None]:
    """Those of docs/plugins are known for as long as the tests last of a module that imports this."""
    with plugged_in(DOCUMENTED):
        yield


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
