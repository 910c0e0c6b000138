"""Scratch folders: held by their maker while it lives, and removed by whoever comes next if it was killed.

A folder is held by a lock (flock), which ends with its process, however that ends: no pid can be mistaken for
another, and no folder of a living run is taken away. Where a file system has no locks, nothing is swept. Nor
is what somebody else made under such a name: a folder of ours holds a mark, from its first file to its last.
"""

import fcntl
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MARK = ".zkpet-held"
_RANDOM = 8
"""Characters that the system adds to a prefix."""


@contextmanager
def scratch_folder(label: str) -> Iterator[Path]:
    """A folder among the system's temporary files, gone after the block; sweeps what killed runs left."""
    place, prefix = Path(tempfile.gettempdir()), f"zkpet-{os.geteuid()}-{label}-"
    sweep(place, prefix)
    with held_folder(place, prefix) as folder:
        yield folder


@contextmanager
def held_folder(place: Path, prefix: str) -> Iterator[Path]:
    """A new folder in ``place``, its name the prefix and eight random characters; gone after the block."""
    folder, hold = _new(place, prefix)
    try:
        yield folder
    finally:
        _remove(folder)
        os.close(hold)


def unfinished(path: Path) -> str:
    """What the names of folders begin with in which a new file or folder is written that will be ``path``."""
    return f".{path.name}-unfinished-"


def replace_file(path: Path, content: bytes, mode: int) -> None:
    """Write a file in place of an older one, whole or not at all; sweeps what killed writers left.

    A link there is replaced, not followed. Raises OSError where that is no place to write to.
    """
    prefix = unfinished(path)
    sweep(path.parent, prefix)
    with held_folder(path.parent, prefix) as folder:
        part = folder / "new"
        with part.open("xb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)


def sweep(place: Path, prefix: str, rescue: Callable[[Path], object] = lambda _: None) -> None:
    """Remove what ``held_folder`` made with the prefix, for this user, and nobody holds any more.

    ``rescue`` is called with each before, to take out what should stay.
    """
    for path in _made(place, re.escape(prefix)):
        if (hold := _abandoned(path)) is not None:
            try:
                rescue(path)
                _remove(path)
            finally:
                os.close(hold)


def sweep_unfinished(place: Path) -> None:
    """Remove what killed writers left of any file or folder in ``place``."""
    for path in _made(place, r"\..+-unfinished-"):
        sweep(place, path.name[:-_RANDOM])


def _remove(folder: Path) -> None:
    """The mark last; what will not go is swept another time."""
    with suppress(OSError):
        for path in folder.iterdir():
            if path.name != MARK:
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        (folder / MARK).unlink(missing_ok=True)
        folder.rmdir()


def _made(place: Path, prefix: str) -> list[Path]:
    name = re.compile(f"{prefix}[a-z0-9_]{{{_RANDOM}}}")
    with suppress(OSError):
        return [path for path in place.iterdir() if name.fullmatch(path.name)]
    return []


def claimed(descriptor: int) -> bool:
    """Whether this process alone holds an open folder from now on; OSError where there are no locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _new(place: Path, prefix: str) -> tuple[Path, int]:
    """A new folder and what holds it; another try where a sweep came between the two."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
        try:
            hold = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:
            continue
        try:
            ours = claimed(hold) and folder.exists()
        except OSError:
            ours = True  # no locks here, so no sweeps
        if ours:
            (folder / MARK).touch(mode=0o600)
            return folder, hold
        os.close(hold)


def _abandoned(path: Path) -> int | None:
    """What holds the folder from now on; None where it is no folder of ours, or somebody holds it."""
    try:
        hold = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    with suppress(OSError):
        if os.fstat(hold).st_uid == os.geteuid() and _marked(hold) and claimed(hold):
            return hold
    os.close(hold)
    return None


def _marked(folder: int) -> bool:
    """Whether an open folder holds the mark, or, its maker killed before or after it, nothing at all."""
    try:
        return stat.S_ISREG(os.stat(MARK, dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return not os.listdir(folder)
