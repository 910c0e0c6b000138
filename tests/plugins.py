"""Plug-ins for tests: what they register is forgotten again."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest

from sim.plugins import Plugin, plugged_in, read_plugins
from sim.registry import Registry, forget, registering_from
from tests.runs import PLUGINS, ROOT

EXTENDING = (ROOT / "docs" / "extending.md").read_text()


def blocks(language: str, text: str = EXTENDING) -> list[str]:
    """The code blocks of a language in docs/extending.md, or a part of it."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


EXAMPLES = tuple(Plugin(f"example_{at}.py", text.encode()) for at, text in enumerate(blocks("python")))
DOCUMENTED = (*read_plugins(sorted(PLUGINS.glob("*.py"))), *EXAMPLES)
"""The files of docs/plugins, and the examples of docs/extending.md."""
_origins = count()


def every(registry: Registry[Any]) -> tuple[str, ...]:
    """The names of all variants of a kind, those that the documentation shows too."""
    with plugged_in(DOCUMENTED):
        return registry.names


@pytest.fixture(scope="module", autouse=True)
def plugged() -> Iterator[None]:
    """What the documentation shows is known for as long as the tests last of a module that imports this."""
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
