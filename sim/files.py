"""Files that a stranger may have put in place: no link is followed, nothing endless is read."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

_ON_THE_WAY = os.O_DIRECTORY | os.O_NOFOLLOW | getattr(os, "O_PATH", os.O_RDONLY)
_FOLDER = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_RDONLY


@contextmanager
def opened_folder(path: Path) -> Iterator[int]:
    """A descriptor of the folder at an absolute path, none of whose parts may be a link.

    What is done relative to the descriptor is done in this very folder, whatever becomes of its path. Raises
    OSError where a part is missing, no folder, or a link.
    """
    parts = path.parts  # "/", then names
    handle = os.open(parts[0], _ON_THE_WAY if parts[1:] else _FOLDER)
    try:
        for place, part in enumerate(parts[1:], 2):
            below = os.open(part, _ON_THE_WAY if place < len(parts) else _FOLDER, dir_fd=handle)
            os.close(handle)
            handle = below
        yield handle
    finally:
        os.close(handle)


@contextmanager
def folder_in(folder: int, name: str) -> Iterator[int]:
    """A descriptor of a folder in an open folder. Raises OSError where it is none, or a link."""
    handle = os.open(name, _FOLDER, dir_fd=folder)
    try:
        yield handle
    finally:
        os.close(handle)


def is_private(facts: os.stat_result) -> bool:
    """Whether a file or folder is this user's, and nobody else may look inside."""
    return facts.st_uid == os.geteuid() and not facts.st_mode & 0o077


def is_own_file(facts: os.stat_result) -> bool:
    """Whether it is a regular file of this user's."""
    return stat.S_ISREG(facts.st_mode) and facts.st_uid == os.geteuid()


def read_file(path: Path, most_bytes: int) -> bytes:
    """A regular file of at most so many bytes, through links.

    Raises OSError, with a reason in ``strerror``, for whatever else: pipes, devices, folders, larger files.
    """
    with opened_file(path, most_bytes) as file:
        return file.read(most_bytes)


@contextmanager
def opened_file(path: Path, most_bytes: int) -> Iterator[BufferedReader]:
    """A regular file of at most so many bytes, to be read. Raises OSError as ``read_file`` does."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe without a writer would wait for one
    with os.fdopen(handle, "rb") as file:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", str(path))
        if facts.st_size > most_bytes:
            raise OSError(errno.EFBIG, f"it has more than {most_bytes:,} bytes", str(path))
        yield file
