"""Scratch folders: held by their maker while it lives, and removed by whoever comes next if it was killed.

A folder is held by a lock (flock), which ends with its process, however that ends: no pid can be mistaken for
another, and no folder of a living run is taken away. Where a file system has no locks, nothing is swept. Nor
is what somebody else made under such a name: a folder of ours holds a mark, from its first file to its last.

Whoever else may write beside a folder can put a link in its place at any time. So it is filled and removed by
its descriptor, and its path serves only to find it, and to remove it once it is empty.
"""

import errno
import fcntl
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

MARK = ".zkpet-held"
_PART = "new"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_NO_SUCH_FOLDER = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
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
    with _held(place, prefix) as (folder, _):
        yield folder


@contextmanager
def anchored_folder(place: Path, prefix: str) -> Iterator[Path]:
    """As ``held_folder``; the path leads this process into this very folder, whatever becomes of its name."""
    with _held(place, prefix) as (folder, hold):
        yield _anchored(folder, hold)


@contextmanager
def _held(place: Path, prefix: str) -> Iterator[tuple[Path, int]]:
    folder, hold = _new(place, prefix)
    try:
        yield folder, hold
    finally:
        _remove(folder, hold)
        os.close(hold)


def _anchored(folder: Path, hold: int) -> Path:
    """A path by the descriptor of an open folder; its own path where a system has none of these."""
    anchor = Path(f"/proc/self/fd/{hold}")
    return anchor if anchor.exists() else folder


def unfinished(path: Path) -> str:
    """What the names of folders begin with in which a new file or folder is written that will be ``path``."""
    return f".{path.name}-unfinished-"


def replace_file(path: Path, content: bytes | Callable[[BinaryIO], object], mode: int) -> None:
    """Write a file in place of an older one, whole or not at all; sweeps what killed writers left.

    The content is given whole, or as what writes it. A link there is replaced, not followed. Raises OSError
    where that is no place to write to.
    """
    prefix = unfinished(path)
    sweep(path.parent, prefix)
    with _held(path.parent, prefix) as (_, hold):
        part = os.open(_PART, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=hold)
        with os.fdopen(part, "wb") as file:
            os.fchmod(part, mode)
            file.write(content) if isinstance(content, bytes) else content(file)
            file.flush()
            os.fsync(part)
        os.replace(_PART, path, src_dir_fd=hold)


def sweep(place: Path, prefix: str, rescue: Callable[[Path], object] = lambda _: None) -> None:
    """Remove what ``held_folder`` made with the prefix, for this user, and nobody holds any more.

    ``rescue`` is called with each before, to take out what should stay.
    """
    for path in _made(place, re.escape(prefix)):
        if (hold := _abandoned(path)) is not None:
            try:
                rescue(_anchored(path, hold))
                _remove(path, hold)
            finally:
                os.close(hold)


def sweep_unfinished(place: Path) -> None:
    """Remove what killed writers left of any file or folder in ``place``."""
    for path in _made(place, r"\..+-unfinished-"):
        sweep(place, path.name[:-_RANDOM])


def _remove(folder: Path, hold: int) -> None:
    """The mark last; what will not go is swept another time."""
    with suppress(OSError):
        for name in os.listdir(hold):
            if name != MARK:
                is_folder = stat.S_ISDIR(os.stat(name, dir_fd=hold, follow_symlinks=False).st_mode)
                shutil.rmtree(name, dir_fd=hold) if is_folder else os.unlink(name, dir_fd=hold)
        with suppress(FileNotFoundError):
            os.unlink(MARK, dir_fd=hold)
        if _is_there(folder, hold):
            folder.rmdir()


def _is_there(folder: Path, hold: int) -> bool:
    """Whether a path still leads to the open folder, and through no link."""
    try:
        return os.path.samestat(folder.lstat(), os.fstat(hold))
    except FileNotFoundError:
        return False


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
    """A new folder and what holds it; another try where a sweep came between the two, or somebody else."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
        try:
            hold = os.open(folder, _FOLDER)
        except OSError as error:
            if error.errno not in _NO_SUCH_FOLDER:
                raise
            continue
        if _is_new(hold):
            try:
                ours = claimed(hold) and _is_there(folder, hold)
            except OSError:
                ours = True  # no locks here, so no sweeps
            if ours:
                os.close(os.open(MARK, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=hold))
                return folder, hold
        os.close(hold)


def _is_new(folder: int) -> bool:
    """Whether an open folder is this user's and empty, and so none that somebody else put in its place."""
    return os.fstat(folder).st_uid == os.geteuid() and not os.listdir(folder)


def _abandoned(path: Path) -> int | None:
    """What holds the folder from now on; None where it is no folder of ours, or somebody holds it."""
    try:
        hold = os.open(path, _FOLDER)
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
