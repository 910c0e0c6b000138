"""The store: what was costly to make, kept on disk for all runs of a user.

An entry is one file on a shelf. Its name, and the seal that it begins with, are HMACs under the user's own
key, of what it is kept under, and of what it holds. So what anybody else wrote there counts as absent, as
does what is damaged. An entry appears whole or not at all, and is never changed afterwards; of two writers
the first one wins. A reader takes all of it into memory, so that it may be removed at any time. Nothing is
locked: a process killed at any instant leaves at most an unfinished file, which is removed later.

A scenario may come from a stranger, and with it the folder that it names as a store. So no link is followed,
every folder has to be the user's and closed to others whenever it is opened, and only files with names that a
store gives are removed. Proofs lie here with the salts that hide readings: only their owner may look inside.
"""

import hashlib
import hmac
import json
import os
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sim.errors import InputError
from sim.runtime.files import folder_in, is_own_file, is_private, opened_folder
from sim.runtime.store_key import user_key

DEFAULT_STORE, NO_STORE = "default", "off"
BOUND_BYTES = 4 * 2**30
"""What a store holds at most."""

Shelf = Literal["models", "circuits", "proofs"]
Key = Mapping[str, Any]
"""Everything an entry depends on, as JSON; private where it holds readings."""

_SHELVES: tuple[Shelf, ...] = ("models", "circuits", "proofs")
_UNFINISHED = "unfinished"
_FOLDERS = (*_SHELVES, _UNFINISHED)
_ENTRY = re.compile(r"[0-9a-f]{64}")
_PART = re.compile(r"part-[0-9a-f]{32}")
_SEAL_BYTES = 32
_ABANDONED_S = 60 * 60
_LARGE_SHARE = 1024


@dataclass(frozen=True)
class Store:
    """A store on disk, as ``open_store`` opens it; travels between processes.

    root:        its directory, an absolute path without links
    key:         the user's, that entries are named and sealed with
    bound_bytes: what it holds at most
    """

    root: Path
    key: bytes = field(repr=False)
    bound_bytes: int = BOUND_BYTES

    def get(self, shelf: Shelf, key: Key) -> bytes | None:
        """What is kept under the key; None where nothing is. What is damaged is dropped."""
        name = self._name(shelf, key)
        with suppress(OSError), self._folder(shelf) as folder:
            handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
            with os.fdopen(handle, "rb") as file:
                whole = is_own_file(os.fstat(handle))
                data = file.read(self.bound_bytes) if whole else b""
                content = data[_SEAL_BYTES:]
                if hmac.compare_digest(data[:_SEAL_BYTES], self._seal(name, content)):
                    os.utime(handle)  # used now, so among the last to be removed
                    return content
            _remove(folder, name)
        return None

    def put(self, shelf: Shelf, key: Key, content: bytes) -> str | None:
        """Keep an entry, unless there is one; says in one sentence what prevented it, if anything did."""
        name, size = self._name(shelf, key), _SEAL_BYTES + len(content)
        try:
            if size > self.bound_bytes // 4:
                return (
                    f"{self.root}: {size} bytes are too large to keep; the run goes on without keeping them"
                )
            self._write(shelf, name, content)
            # A look at everything takes its time, so one small entry in sixteen has one.
            if size > self.bound_bytes // _LARGE_SHARE or name.startswith("0"):
                self._make_room()
        except OSError as error:
            return f"{self.root}: cannot keep more ({error.strerror}); the run goes on without keeping"
        return None

    def drop(self, shelf: Shelf, key: Key) -> None:
        """Forget an entry."""
        with suppress(OSError), self._folder(shelf) as folder:
            _remove(folder, self._name(shelf, key))

    def _name(self, shelf: Shelf, key: Key) -> str:
        text = json.dumps([shelf, key], sort_keys=True, separators=(",", ":"))
        return hmac.digest(self.key, b"name\0" + text.encode(), "sha256").hex()

    def _seal(self, name: str, content: bytes) -> bytes:
        seal = hmac.new(self.key, b"seal\0" + name.encode(), hashlib.sha256)
        seal.update(content)
        return seal.digest()

    @contextmanager
    def _folder(self, name: str) -> Iterator[int]:
        """One of the store's folders. Raises OSError where it, or the store, is a link or open to others."""
        with opened_folder(self.root) as root, folder_in(root, name) as folder:
            if not (is_private(os.fstat(root)) and is_private(os.fstat(folder))):
                raise PermissionError(0, "it is not yours alone any more", str(self.root))
            yield folder

    def _write(self, shelf: Shelf, name: str, content: bytes) -> None:
        with self._folder(_UNFINISHED) as unfinished, self._folder(shelf) as folder:
            part, handle = _new_part(unfinished)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(self._seal(name, content))
                    file.write(content)
                    file.flush()
                    os.fsync(handle)
                with suppress(FileExistsError):
                    os.link(part, name, src_dir_fd=unfinished, dst_dir_fd=folder, follow_symlinks=False)
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(part, dir_fd=unfinished)

    def _make_room(self) -> None:
        """Remove what was used longest ago, down to three quarters: several writers fill the rest unseen."""
        with self._folder(_UNFINISHED) as unfinished:
            for part, facts in _own_files(unfinished, _PART):
                if facts.st_mtime < time.time() - _ABANDONED_S:
                    _remove(unfinished, part)
        with ExitStack() as stack:
            shelves = [stack.enter_context(self._folder(shelf)) for shelf in _SHELVES]
            entries = sorted(
                (facts.st_mtime_ns, shelf, name, facts.st_size)
                for shelf in shelves
                for name, facts in _own_files(shelf, _ENTRY)
            )
            excess = sum(size for *_, size in entries) - self.bound_bytes * 3 // 4
            for _, shelf, name, size in entries:
                if excess <= 0:
                    break
                _remove(shelf, name)
                excess -= size


def open_store(setting: str) -> Store | None:
    """The store a scenario names: "default" in the user's cache, a directory, or None for "off".

    Raises InputError where it cannot be written, holds a link or is something else than a store, or where
    others than its owner could look inside.
    """
    if setting == NO_STORE:
        return None
    root = Path(os.path.realpath(_default_root() if setting == DEFAULT_STORE else setting))
    with _refusals(root):
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        check_store(root)
        with opened_folder(root) as folder:
            for name in _FOLDERS:
                with suppress(FileExistsError):
                    os.mkdir(name, 0o700, dir_fd=folder)
            with folder_in(folder, _UNFINISHED) as unfinished:  # can anything be written there?
                part, handle = _new_part(unfinished)
                os.close(handle)
                os.unlink(part, dir_fd=unfinished)
    return Store(root, user_key())


def check_store(root: Path) -> None:
    """Raise InputError where something is there that is no store of the user's; nothing is made or changed.

    root: an absolute path without links
    """
    if not os.path.lexists(root):
        return
    with _refusals(root), opened_folder(root) as folder:
        _check_private(root, folder)
        with os.scandir(folder) as found:
            names = {entry.name for entry in found}
        strangers = sorted(names - set(_FOLDERS))
        if strangers and not names.issuperset(_FOLDERS):
            raise InputError(f"proofs.store: {root}: holds {strangers[0]!r}, so it is no store; {_OR_ELSE}")
        for name in sorted(names.intersection(_FOLDERS)):
            if (root / name).is_symlink():
                raise InputError(
                    f"proofs.store: {root / name}: is a link, which a store has none of; {_OR_ELSE}"
                )
            with folder_in(folder, name) as below:
                _check_private(root / name, below)


@contextmanager
def _refusals(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(
            f"proofs.store: {root}: cannot keep anything there ({error.strerror}); {_OR_ELSE}"
        ) from None


_OR_ELSE = f'name another directory, or "{NO_STORE}"'


def _default_root() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (cache if cache.is_absolute() else Path("~/.cache").expanduser()) / "zkpet"


def _check_private(path: Path, folder: int) -> None:
    if not is_private(os.fstat(folder)):
        raise InputError(
            f"proofs.store: {path}: holds salts, so it should be yours and closed to others (mode 0700); "
            f"{_OR_ELSE}"
        )


def _new_part(unfinished: int) -> tuple[str, int]:
    """A new file, for its owner alone: its name, which ``_PART`` matches, and its descriptor."""
    name = f"part-{secrets.token_hex(16)}"
    how = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    return name, os.open(name, how, 0o600, dir_fd=unfinished)


def _own_files(folder: int, name: re.Pattern[str]) -> Iterator[tuple[str, os.stat_result]]:
    """The user's own regular files with such a name."""
    for entry in os.listdir(folder):
        if name.fullmatch(entry):
            with suppress(FileNotFoundError):  # removed by somebody else meanwhile
                facts = os.stat(entry, dir_fd=folder, follow_symlinks=False)
                if is_own_file(facts):
                    yield entry, facts


def _remove(folder: int, name: str) -> None:
    """Remove a file of the user's own; whatever else bears the name stays."""
    with suppress(FileNotFoundError):
        if is_own_file(os.stat(name, dir_fd=folder, follow_symlinks=False)):
            os.unlink(name, dir_fd=folder)
