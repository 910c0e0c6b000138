"""The one way to open files and folders that a stranger may have put in place, or that the user names."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from sim.errors import InputError

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


def read_file(path: Path, most_bytes: int, what: str, *, follow_links: bool, remedy: str = "") -> bytes:
    """All of what ``opened_file`` opens. Raises InputError as it does."""
    with opened_file(path, most_bytes, what, follow_links=follow_links, remedy=remedy) as file:
        return file.read(most_bytes)


@contextmanager
def opened_file(
    path: Path, most_bytes: int, what: str, *, follow_links: bool, remedy: str = ""
) -> Iterator[BufferedReader]:
    """A regular file of at most so many bytes, to be read: no pipe is waited for, no device read.

    Links are followed only where the user named the path, not where it lies in a directory of a stranger's.
    Raises InputError for whatever else is there, saying of what the file is (``what``) and how to do better.
    """
    handle, how = -1, os.O_RDONLY | os.O_NONBLOCK  # a pipe without a writer would wait for one
    try:
        handle = os.open(path, how if follow_links else how | os.O_NOFOLLOW)
        if reason := _unfit(os.fstat(handle), most_bytes):
            raise OSError(errno.EINVAL, reason)
        with os.fdopen(handle, "rb", closefd=False) as file:
            yield file
    except OSError as error:
        is_link = error.errno == errno.ELOOP and not follow_links
        reason = "it is a link, and should be a regular file" if is_link else error.strerror
        raise InputError(f"{path}: cannot read {what} ({reason}){remedy}") from None
    finally:
        if handle >= 0:
            os.close(handle)


def _unfit(facts: os.stat_result, most_bytes: int) -> str | None:
    """Why something is not read."""
    if stat.S_ISDIR(facts.st_mode):
        return "it is a directory"
    if not stat.S_ISREG(facts.st_mode):
        return "it is no regular file"
    if facts.st_size > most_bytes:
        return f"it has {facts.st_size:,} bytes, and should have at most {most_bytes:,}"
    return None
