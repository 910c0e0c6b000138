"""Files as a portal gives them, as text in UTF-8: unpacked and decoded, and bounded before that."""

import codecs
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from sim.data.csv_file import MAX_BYTES
from sim.errors import InputError, plain
from sim.imports.nem12 import as_table, is_nem12
from sim.runtime.files import opened_file

TEXT_ENDINGS = (".csv", ".txt", ".tsv", ".dat")
MOST_MEMBERS = 10_000
_PART = 2**20
_BINARY = {
    b"PAR1": "a Parquet file; read it with pandas and give the DataFrame to sim.read_homes",
    b"%PDF": "a PDF file; export the readings as CSV",
    b"\xd0\xcf\x11\xe0": "an Excel file; save it as CSV",
    b"BZh": "packed by bzip2; unpack it",
    b"\xfd7zXZ": "packed by xz; unpack it",
    b"7z\xbc\xaf": "packed by 7-Zip; unpack it",
}


@dataclass(frozen=True)
class Source:
    """One table of text.

    name:    the file, with the name inside an archive, for messages
    data:    its text in UTF-8, without byte order mark, lines ended by \\n or \\r\\n
    path:    the file; what lies beside it may belong to it
    remarks: how it was packed and encoded, where that is not plain
    """

    name: str
    data: bytes
    path: Path | None = None
    remarks: tuple[str, ...] = ()


def read_source(path: Path) -> tuple[Source, ...]:
    """The tables of a file: one, or all that a ZIP archive holds.

    Raises InputError where it is none, or is larger than ``MAX_BYTES``, packed or unpacked.
    """
    with opened_file(path, MAX_BYTES, "it", follow_links=True) as file:
        start = file.read(8)
        file.seek(0)
        if start.startswith(b"PK\x03\x04"):
            return tuple(_members(path, file))
        if start.startswith(b"\x1f\x8b"):
            with _refusing(path, "gzip"), gzip.GzipFile(fileobj=file) as packed:
                return (_source(str(path), _bounded(str(path), packed), path, ("unpacked by gzip",)),)
        return (_source(str(path), _bounded(str(path), file), path),)


def text_source(name: str, data: bytes) -> Source:
    """A table that is in memory."""
    return _source(name, data, None)


@contextmanager
def _refusing(path: Path, kind: str) -> Iterator[None]:
    """What damaged archives raise becomes a sentence."""
    try:
        yield
    except (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile, NotImplementedError) as error:
        raise InputError(f"{path}: cannot be unpacked by {kind} ({error})") from None
    except RuntimeError as error:
        if "password" not in str(error):
            raise
        raise InputError(f"{path}: is encrypted; unpack it") from None


def _members(path: Path, file: IO[bytes]) -> Iterator[Source]:
    with _refusing(path, "ZIP"), zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
        if any(info.filename.startswith("xl/") for info in infos):
            raise InputError(f"{path}: is an Excel file; save it as CSV")
        tables = [info for info in infos if _is_table(info.filename)]
        if not tables or len(infos) > MOST_MEMBERS:
            endings = ", ".join(TEXT_ENDINGS)
            raise InputError(
                f"{path}: holds {len(tables):,} files with {endings} among {len(infos):,}; should hold "
                f"from 1 to {MOST_MEMBERS:,}"
            )
        if (size := sum(info.file_size for info in tables)) > MAX_BYTES:
            raise InputError(f"{path}: holds {size:,} bytes, should be at most {MAX_BYTES:,}")
        left = MAX_BYTES
        for info in tables:
            name = f"{path}: {plain(info.filename)}"
            with archive.open(info) as member:
                data = _bounded(name, member, left)
            left -= len(data)
            yield _source(name, data, path, ("unpacked by ZIP",))


def _is_table(name: str) -> bool:
    """Whether a member of an archive is a table, and not what a Mac or an author put beside it."""
    path = PurePosixPath(name)
    shown = not path.name.startswith(".") and "__MACOSX" not in path.parts
    return shown and path.suffix.lower() in TEXT_ENDINGS and "readme" not in path.stem.lower()


def _bounded(name: str, file: IO[bytes] | gzip.GzipFile, most: int | None = None) -> bytes:
    """All of a file, read no further than the bound."""
    whole, bound = io.BytesIO(), MAX_BYTES if most is None else most
    while part := file.read(_PART):
        if whole.tell() + len(part) > bound:
            raise InputError(
                f"{name}: holds more than {MAX_BYTES:,} bytes, and should hold at most that many"
            )
        whole.write(part)
    return whole.getvalue()


def _source(name: str, data: bytes, path: Path | None, remarks: tuple[str, ...] = ()) -> Source:
    for start, what in _BINARY.items():
        if data.startswith(start):
            raise InputError(f"{name}: is {what}")
    text, encoding = _decoded(name, data)
    if 0 in text:
        raise InputError(f"{name}: is no text: byte {text.index(0) + 1} is 0")
    if b"\r" in text and b"\n" not in text:
        text = text.replace(b"\r", b"\n")
    table, records = as_table(name, text) if is_nem12(text) else (text, ())
    return Source(name, table, path, (*remarks, *encoding, *records))


def _decoded(name: str, data: bytes) -> tuple[bytes, tuple[str, ...]]:
    """A text in UTF-8, and how it was encoded, where it was otherwise."""
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            try:
                return data.decode(encoding).encode(), ("decoded from UTF-16",)
            except UnicodeError as error:
                raise InputError(f"{name}: is not in UTF-16, as its first bytes say ({error})") from None
    data = data.removeprefix(codecs.BOM_UTF8)
    if _is_utf8(data):
        return data, ()
    try:
        return data.decode("cp1252").encode(), ("decoded from Windows-1252, as it is not UTF-8",)
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name}: is in neither UTF-8, UTF-16 nor Windows-1252: byte {error.start + 1} is in none"
        ) from None


def _is_utf8(data: bytes) -> bool:
    """Decoded a part at a time, so that no second copy of the text is held."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(data)
    try:
        for start in range(0, len(view), _PART):
            decoder.decode(view[start : start + _PART])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
