"""Scratch folders: held by their maker while it lives, and removed by whoever comes next if it was killed.

A folder is held by a lock (flock), which ends with its process, however that ends: no pid can be mistaken for
another, and no folder of a living run is taken away. Where a file system has no locks, nothing is swept.
"""

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


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
        shutil.rmtree(folder, ignore_errors=True)  # what will not go is swept another time
        os.close(hold)


def sweep(place: Path, prefix: str, rescue: Callable[[Path], object] = lambda _: None) -> None:
    """Remove what ``held_folder`` made with the prefix, for this user, and nobody holds any more.

    ``rescue`` is called with each before, to take out what should stay.
    """
    for path in _made(place, prefix):
        if (hold := _abandoned(path)) is not None:
            try:
                rescue(path)
                shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(hold)


def _made(place: Path, prefix: str) -> list[Path]:
    name = re.compile(re.escape(prefix) + "[a-z0-9_]{8}")
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
            return folder, hold
        os.close(hold)


def _abandoned(path: Path) -> int | None:
    """What holds the folder from now on; None where it is no folder of this user, or somebody holds it."""
    try:
        hold = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    with suppress(OSError):
        if os.fstat(hold).st_uid == os.geteuid() and claimed(hold):
            return hold
    os.close(hold)
    return None
