"""The key that a user's stores are signed with: 32 random bytes in the user's own folder of state.

Whoever can write into a store but not read the key can put nothing into it that counts.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from sim.errors import InputError
from sim.runtime.files import is_own_file, is_private, opened_folder

KEY_BYTES = 32
_NAME = "store.key"


def user_key() -> bytes:
    """The user's key, made on first use; of processes that make it at once, one wins.

    Raises InputError where it cannot be kept, is damaged, or is open to others.
    """
    folder = _state_folder()
    path = folder / _NAME
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with opened_folder(Path(os.path.realpath(folder))) as handle:
            key = _read(handle)
            if key is None:
                _make(handle)
                key = _read(handle)
    except OSError as error:
        raise InputError(
            f"{path}: cannot keep the store's key there ({error.strerror}); set XDG_STATE_HOME to a folder "
            'of yours, or proofs.store to "off"'
        ) from None
    if key is None or len(key) != KEY_BYTES:
        raise InputError(
            f"{path}: should be a file of {KEY_BYTES} bytes that is yours alone (mode 0600); remove it, and "
            "a new one is made: what was stored under the old one is then made again"
        )
    return key


def _state_folder() -> Path:
    state = Path(os.environ.get("XDG_STATE_HOME", ""))
    return (state if state.is_absolute() else Path("~/.local/state").expanduser()) / "zkpet"


def _read(folder: int) -> bytes | None:
    """What the file holds, nothing if it is not the user's alone; None where there is none."""
    try:
        handle = os.open(_NAME, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except FileNotFoundError:
        return None
    with os.fdopen(handle, "rb") as file:
        facts = os.fstat(handle)
        return file.read(KEY_BYTES + 1) if is_own_file(facts) and is_private(facts) else b""


def _make(folder: int) -> None:
    name = f".{_NAME}-{secrets.token_hex(8)}"
    handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(handle)
        with suppress(FileExistsError):
            os.link(name, _NAME, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    finally:
        os.unlink(name, dir_fd=folder)
