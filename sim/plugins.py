"""Variants of a user's own, from the Python files that ``--plugin`` names; a scenario never executes code.

A plug-in registers its variants as zkpet's own files do (``sim.registry``). What it holds travels as bytes
with the work that is handed to other processes, so that every worker has the same code, wherever it runs.
"""

import hashlib
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import ModuleType

from sim.errors import InputError, SimulationError
from sim.registry import forget, registering_from
from sim.runtime.files import read_file

MOST_BYTES = 2**20
_loaded: list["Plugin"] = []


@dataclass(frozen=True)
class Plugin:
    """A plug-in's file: its name, and what it holds."""

    name: str
    source: bytes = field(repr=False)

    @cached_property
    def sha256(self) -> str:
        """In hex."""
        return hashlib.sha256(self.source).hexdigest()

    @property
    def module(self) -> str:
        """Under which name Python knows it; the same in every process."""
        return f"zkpet_plugin_{self.sha256[:16]}"


def read_plugins(paths: Iterable[Path]) -> tuple[Plugin, ...]:
    """The plug-ins at some paths, each once. Raises InputError where one cannot be read."""
    read = (Plugin(path.name, read_file(path, MOST_BYTES, "a plug-in", follow_links=True)) for path in paths)
    return tuple(dict.fromkeys(read))


def loaded_plugins() -> tuple[Plugin, ...]:
    """Those that this process has loaded, in order."""
    return tuple(_loaded)


@contextmanager
def plugged_in(plugins: Sequence[Plugin]) -> Iterator[None]:
    """Their variants are known within the block.

    Raises InputError where one cannot be loaded, and for what else goes wrong in one.
    """
    before = loaded_plugins()
    try:
        load(plugins)
        yield
    except (InputError, SimulationError):
        raise
    except (Exception, SystemExit) as error:
        if sentence := blamed(error):
            raise InputError(sentence) from error
        raise
    finally:
        for plugin in [each for each in _loaded if each not in before]:
            _unload(plugin)


def load(plugins: Sequence[Plugin]) -> None:
    """Load plug-ins for good, as a worker does. Raises InputError where one cannot be."""
    for plugin in plugins:
        if plugin not in _loaded:
            _loaded.append(plugin)
            _execute(plugin)


def blamed(error: BaseException) -> str | None:
    """The sentence for an error that arose in a plug-in; None where none has a part in it."""
    names = {plugin.name for plugin in _loaded}
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename in names:
            return f"--plugin {frame.filename}, line {frame.lineno}: {_told(error)}"
    return None


def _execute(plugin: Plugin) -> None:
    import sim.schema.scenario  # noqa: F401  so that zkpet's own variants are not taken for the plug-in's

    module = sys.modules[plugin.module] = ModuleType(plugin.module)
    try:
        with registering_from(plugin.sha256):
            exec(compile(plugin.source, plugin.name, "exec"), module.__dict__)  # the user named this file
    except (Exception, SystemExit) as error:
        line = f", line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        sentence = blamed(error) or f"--plugin {plugin.name}{line}: {_told(error)}"
        _unload(plugin)
        raise InputError(sentence) from None


def _unload(plugin: Plugin) -> None:
    _loaded.remove(plugin)
    sys.modules.pop(plugin.module, None)
    forget(plugin.sha256)


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split()) or 'failed'}"
