"""The store: what was costly to make, kept on disk for all runs of a user.

An entry is one file on a shelf, named by the sha-256 of its key, and begins with a checksum of name and
content. It appears whole or not at all, and is never changed afterwards; of two writers the first one wins. A
reader takes all of it into memory, so that it may be removed at any time. What is damaged counts as absent.
Nothing is locked: a process killed at any instant leaves at most an unfinished file, which is removed later.

Proofs lie here with the salts that hide readings, so only their owner may look inside.
"""

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sim.errors import InputError
from sim.scenario import DEFAULT_STORE, NO_STORE

BOUND_BYTES = 4 * 2**30
"""What a store holds at most."""

Shelf = Literal["models", "circuits", "proofs"]
Key = Mapping[str, Any]
"""Everything an entry depends on, as JSON; private where it holds readings."""

_SHELVES: tuple[Shelf, ...] = ("models", "circuits", "proofs")
_UNFINISHED = "unfinished"
_CHECKSUM_BYTES = 32
_ABANDONED_S = 60 * 60
_LARGE_SHARE = 1024


@dataclass(frozen=True)
class Store:
    """A store on disk, as ``open_store`` opens it; travels between processes.

    root:        its directory
    bound_bytes: what it holds at most
    """

    root: Path
    bound_bytes: int = BOUND_BYTES

    def get(self, shelf: Shelf, key: Key) -> bytes | None:
        """What is kept under the key; None where nothing is. What is damaged is dropped."""
        path = self._path(shelf, key)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError:
            data = b""
        content = data[_CHECKSUM_BYTES:]
        if data[:_CHECKSUM_BYTES] == _checksum(path.name, content):
            with suppress(OSError):
                os.utime(path)  # used now, so among the last to be removed
            return content
        self.drop(shelf, key)
        return None

    def put(self, shelf: Shelf, key: Key, content: bytes) -> str | None:
        """Keep an entry, unless there is one; says in one sentence what prevented it, if anything did."""
        path, size = self._path(shelf, key), _CHECKSUM_BYTES + len(content)
        try:
            if size > self.bound_bytes // 4:
                return (
                    f"{self.root}: {size} bytes are too large to keep; the run goes on without keeping them"
                )
            self._write(path, content)
            # A look at everything takes its time, so one small entry in sixteen has one.
            if size > self.bound_bytes // _LARGE_SHARE or path.name.startswith("0"):
                self._make_room()
        except OSError as error:
            return f"{self.root}: cannot keep more ({error.strerror}); the run goes on without keeping"
        return None

    def drop(self, shelf: Shelf, key: Key) -> None:
        """Forget an entry."""
        with suppress(OSError):
            self._path(shelf, key).unlink()

    def _path(self, shelf: Shelf, key: Key) -> Path:
        text = json.dumps([shelf, key], sort_keys=True, separators=(",", ":"))
        return self.root / shelf / hashlib.sha256(text.encode()).hexdigest()

    def _write(self, path: Path, content: bytes) -> None:
        handle, name = tempfile.mkstemp(dir=self.root / _UNFINISHED)  # for its owner alone
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_checksum(path.name, content))
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(name, path)
        finally:
            Path(name).unlink(missing_ok=True)

    def _make_room(self) -> None:
        """Remove what was used longest ago, down to three quarters: several writers fill the rest unseen."""
        for path in (self.root / _UNFINISHED).iterdir():
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < time.time() - _ABANDONED_S:
                    path.unlink()
        entries = sorted(entry for shelf in _SHELVES for entry in _entries(self.root / shelf))
        excess = sum(size for _, _, size in entries) - self.bound_bytes * 3 // 4
        for _, path, size in entries:
            if excess <= 0:
                break
            path.unlink(missing_ok=True)
            excess -= size


def open_store(setting: str) -> Store | None:
    """The store a scenario names: "default" in the user's cache, a directory, or None for "off".

    Raises InputError where it cannot be written, or where others than its owner could look inside.
    """
    if setting == NO_STORE:
        return None
    root = _default_root() if setting == DEFAULT_STORE else Path(setting)
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in (*_SHELVES, _UNFINISHED):
            (root / name).mkdir(mode=0o700, exist_ok=True)
            _check_private(root / name)
        with tempfile.TemporaryFile(dir=root / _UNFINISHED):
            pass
    except OSError as error:
        raise InputError(
            f"proofs.store: {root}: cannot keep anything there ({error.strerror}); "
            f'name another directory, or "{NO_STORE}"'
        ) from None
    return Store(root)


def _default_root() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (cache if cache.is_absolute() else Path("~/.cache").expanduser()) / "zkpet"


def _check_private(folder: Path) -> None:
    facts = folder.stat()
    if facts.st_uid != os.geteuid() or facts.st_mode & 0o077:
        raise InputError(
            f"proofs.store: {folder}: holds salts, so it should be yours and closed to others (mode 0700); "
            f'name another directory, or "{NO_STORE}"'
        )


def _entries(shelf: Path) -> list[tuple[int, Path, int]]:
    """Last use in ns, path and size in bytes of each entry."""
    found = []
    for path in shelf.iterdir():
        with suppress(FileNotFoundError):  # removed by somebody else meanwhile
            facts = path.stat()
            found.append((facts.st_mtime_ns, path, facts.st_size))
    return found


def _checksum(name: str, content: bytes) -> bytes:
    digest = hashlib.sha256(name.encode())
    digest.update(content)
    return digest.digest()
