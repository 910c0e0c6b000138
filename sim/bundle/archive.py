"""The container of a bundle: a zip file that its contents determine, byte for byte.

Nothing is compressed: how far a compressor goes differs between versions of zlib, and every byte here follows
from the contents. Reading writes the contents again and compares, so no byte of a bundle is free, and
whatever a zip file may hold beside its members (comments, gaps, links, other times) makes it none.
"""

import io
import os
import re
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

from sim.errors import InputError
from sim.runtime.files import read_file
from sim.runtime.scratch import replace_file

MAX_BYTES = 2**27
"""Of a whole bundle: some 6,000 proofs. Reading one takes up to five times as much memory."""
MAX_FILES = 64
_NAME = re.compile(r"[a-z0-9_]+(/[a-z0-9_]+)*\.[a-z]+")
_TIME = (1980, 1, 1, 0, 0, 0)
_END, _END_64 = struct.Struct("<4s4H2LH"), 20
"""A zip file's last record, without a comment; and the length of the one before it beyond 4 GiB."""
_DIRECTORY_BYTES = 512 * MAX_FILES


def write_archive(path: Path, files: Mapping[str, bytes]) -> None:
    """Write files by name into a bundle at ``path``, whole or not at all; sweeps what killed writers left.

    Raises InputError where that is no place to write to, or where something else than a bundle is there.
    """
    check_replaceable(path)
    try:
        replace_file(path, _archive(files), 0o644)
    except OSError as error:
        raise InputError(f"{path}: cannot write the bundle ({error.strerror})") from None


def check_replaceable(path: Path) -> None:
    """Raise InputError where there is something else than a bundle, which is nobody's to replace."""
    if os.path.lexists(path) and not path.is_dir():
        try:
            read_archive(path)
        except InputError:
            raise InputError(f"{path}: is there, and is no bundle; name another file with --out") from None


def read_archive(path: Path) -> dict[str, bytes]:
    """The files of a bundle by name.

    Raises InputError for anything but, byte for byte, what ``write_archive`` writes of these files.
    """
    data = read_file(path, MAX_BYTES, "the bundle", follow_links=True)
    try:
        files = _members(data)
    except ValueError as problem:
        raise InputError(f"{path}: not a bundle, or damaged ({problem})") from None
    if _archive(files) != data:
        raise InputError(f"{path}: not a bundle, or damaged (its bytes are not those its files make)")
    return files


def _archive(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            member = zipfile.ZipInfo(name, _TIME)
            member.create_system, member.external_attr = 3, 0o644 << 16  # whichever system this is
            archive.writestr(member, files[name])
    return buffer.getvalue()


def _members(data: bytes) -> dict[str, bytes]:
    """What a zip file holds. Raises ValueError, in a few words, where no bundle could hold it."""
    _check_end(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            _check(members, len(data))
            return {member.filename: archive.read(member) for member in members}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, OverflowError) as error:
        raise ValueError(str(error)[:100] or "no zip file") from None


def _check_end(data: bytes) -> None:
    """Before the directory is read: it holds an entry for each file that the last record counts."""
    if len(data) < _END.size:
        raise ValueError("no zip file")
    signature, _, _, _, entries, directory_bytes, _, comment = _END.unpack(data[-_END.size :])
    if signature != b"PK\x05\x06" or comment or data[-_END.size - _END_64 :].startswith(b"PK\x06\x07"):
        raise ValueError("it does not end as a zip file without a comment")
    if entries > MAX_FILES or directory_bytes > _DIRECTORY_BYTES:
        raise ValueError(f"{entries} files, where a bundle has at most {MAX_FILES}")


def _check(members: list[zipfile.ZipInfo], size: int) -> None:
    """Before anything is unpacked."""
    if len(members) > MAX_FILES:
        raise ValueError(f"{len(members)} files, where a bundle has at most {MAX_FILES}")
    if len({member.filename for member in members}) != len(members):
        raise ValueError("two files of one name")
    for member in members:
        if not _NAME.fullmatch(member.filename):
            raise ValueError(f"a file called {member.filename[:40]!r}")
        if member.compress_type != zipfile.ZIP_STORED:
            raise ValueError(f"{member.filename} is compressed")
    if sum(member.file_size for member in members) > size:
        raise ValueError("files that overlap")
