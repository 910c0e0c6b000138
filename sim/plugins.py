"""Variants of a user's own, from plug-ins or from the script that runs; a scenario never executes code.

A plug-in is a Python file that registers its variants as zkpet's own files do (``sim.registry``). What it
holds travels as bytes with the work that is handed to other processes, so that every worker has the same
code, wherever it runs. Of a script or notebook that registers variants itself only these classes travel: it
is never executed a second time.
"""

import hashlib
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from sim.errors import InputError, SimulationError
from sim.registry import forget, registering_from, registries
from sim.runtime.files import read_file

MOST_BYTES = 2**20
NOTEBOOK = "notebook"
"""What stands for the file of variants that were typed in."""
_OWN = ("sim", "agents")
_loaded: list["Plugin"] = []


@dataclass(frozen=True)
class Plugin:
    """A plug-in's file: its name, and what it holds.

    classes: of a script that runs, the variants that it has registered, pickled by value; else empty
    """

    name: str
    source: bytes = field(repr=False)
    classes: bytes = field(default=b"", repr=False)

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


def plugin(path: str | Path) -> None:
    """Load a plug-in for good: its variants are known here, and in all processes that work for this one.

    The file is executed. Raises InputError where it cannot be read or loaded.
    """
    load(read_plugins([Path(path)]))


def loaded_plugins() -> tuple[Plugin, ...]:
    """Those that this process has loaded, in order, and what scripts that run in it have registered."""
    by_module: dict[str, list[tuple[str, type[Any]]]] = {}
    for registry in registries():
        for variant in registry:
            if registry.origin(variant.name) is None and variant.__module__.partition(".")[0] not in _OWN:
                by_module.setdefault(variant.__module__, []).append((registry.kind, variant))
    return (*_loaded, *(_registered_by(module, tuple(variants)) for module, variants in by_module.items()))


@lru_cache
def _registered_by(name: str, variants: tuple[tuple[str, type[Any]], ...]) -> Plugin:
    """Variants of a module that is no plug-in, with its file, if it has one, as their source."""
    import cloudpickle

    module = sys.modules.get(name)
    by_value = module is not None and name != "__main__"
    try:
        if by_value:
            cloudpickle.register_pickle_by_value(module)
        classes: bytes = cloudpickle.dumps(variants)
    except Exception as error:
        raise InputError(f"{name}: its variants cannot be sent to other processes: {_told(error)}") from error
    finally:
        if by_value:
            cloudpickle.unregister_pickle_by_value(module)
    file = Path(getattr(module, "__file__", None) or NOTEBOOK)
    if not file.is_file():
        return Plugin(NOTEBOOK, classes, classes)
    return Plugin(file.name, read_file(file, MOST_BYTES, "a script", follow_links=True), classes)


@contextmanager
def plugged_in(plugins: Sequence[Plugin]) -> Iterator[None]:
    """Their variants are known within the block.

    Raises InputError where one cannot be loaded, and for what else goes wrong in one.
    """
    before = tuple(_loaded)
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
        if plugin not in loaded_plugins():
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

    if plugin.classes:
        _register_again(plugin)
        return
    module = sys.modules[plugin.module] = ModuleType(plugin.module)
    try:
        with registering_from(plugin.sha256):
            exec(compile(plugin.source, plugin.name, "exec"), module.__dict__)  # the user named this file
    except (Exception, SystemExit) as error:
        line = f", line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        sentence = blamed(error) or f"--plugin {plugin.name}{line}: {_told(error)}"
        _unload(plugin)
        raise InputError(sentence) from None


def _register_again(plugin: Plugin) -> None:
    """In another process, what a script has registered in its own."""
    import cloudpickle

    by_kind = {registry.kind: registry for registry in registries()}
    with registering_from(plugin.sha256):
        for kind, variant in cloudpickle.loads(plugin.classes):
            by_kind[kind].register(variant)


def _unload(plugin: Plugin) -> None:
    _loaded.remove(plugin)
    sys.modules.pop(plugin.module, None)
    forget(plugin.sha256)


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split()) or 'failed'}"
