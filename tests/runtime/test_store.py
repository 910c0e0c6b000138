"""The store: whole entries or none, the first writer's, for their owner alone, and never too many."""

import errno
import hashlib
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.runtime.store import Store, open_store
from sim.runtime.store_key import user_key

ROOT = Path(__file__).parents[2]
KEY = {"agent": "anna", "window_wh": [1, -2]}


def entries(store: Store) -> list[Path]:
    return [path for shelf in ("models", "circuits", "proofs") for path in (store.root / shelf).iterdir()]


def unfinished(store: Store) -> list[Path]:
    return list((store.root / "unfinished").iterdir())


def test_what_is_put_is_got(store: Store) -> None:
    assert store.get("proofs", KEY) is None
    assert store.put("proofs", KEY, b"salts") is None
    assert store.get("proofs", dict(reversed(KEY.items()))) == b"salts"
    assert store.get("circuits", KEY) is None
    assert store.get("proofs", KEY | {"agent": "ben"}) is None
    assert pickle.loads(pickle.dumps(store)).get("proofs", KEY) == b"salts"


def test_the_first_writer_wins(store: Store) -> None:
    store.put("proofs", KEY, b"first")
    assert store.put("proofs", KEY, b"second") is None
    assert (store.get("proofs", KEY), unfinished(store)) == (b"first", [])


def resealed(path: Path) -> bytes:
    """As whoever can write into the store, and does not know the key, would make an entry."""
    return hashlib.sha256(path.name.encode() + b"forged").digest() + b"forged"


SPOILT: dict[str, Callable[[Path], bytes]] = {
    "a seal without the key": resealed,
    **{f"{n} bytes": lambda path, n=n: path.read_bytes()[:n] for n in (0, 10, 32, 36)},
    **{
        f"byte {n}": lambda path, n=n: bytes(b ^ (at == n) for at, b in enumerate(path.read_bytes()))
        for n in range(32 + 5)
    },
}


@pytest.mark.parametrize("kind", SPOILT)
def test_what_is_not_as_it_was_written_is_dropped(store: Store, kind: str) -> None:
    store.put("proofs", KEY, b"salts")
    (path,) = entries(store)
    path.write_bytes(SPOILT[kind](path))
    assert store.get("proofs", KEY) is None
    assert entries(store) == []


def test_an_entry_under_the_name_of_another_is_none(store: Store) -> None:
    store.put("proofs", KEY, b"salts")
    (path,) = entries(store)
    store.put("proofs", {"agent": "ben"}, b"other salts")
    next(each for each in entries(store) if each != path).replace(path)
    assert store.get("proofs", KEY) is None


def test_what_was_used_longest_ago_goes_first(store: Store) -> None:
    small = replace(store, bound_bytes=4_000)  # three quarters are 3,000
    for number in range(3):
        small.put("proofs", {"n": number}, bytes(900))
        (newest,) = (path for path in entries(small) if path.stat().st_mtime_ns > 10**15)
        os.utime(newest, ns=(number, number))
    assert small.get("proofs", {"n": 0})
    small.put("models", {"n": 3}, bytes(900))
    assert [number for number in range(3) if small.get("proofs", {"n": number})] == [0, 2]
    assert small.get("models", {"n": 3})


@pytest.mark.parametrize(("size", "count"), [(100, 2_000), (3_000, 200)])
def test_it_never_holds_more_than_its_bound(
    store: Store, size: int, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The small entries do not look at all the others each time they come."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    small, most = replace(store, bound_bytes=200_000), 0
    for number in range(count):
        small.put("proofs", {"n": number}, bytes(size))
        if number % 25 == 0:
            most = max(most, sum(path.stat().st_size for path in entries(small)))
    assert 100_000 < most <= 200_000
    assert small.get("proofs", {"n": count - 1})


def test_only_what_was_abandoned_is_cleared_away(store: Store) -> None:
    old, new, mine = f"part-{0:032x}", f"part-{1:032x}", "thesis.docx"
    for name, age_s in ((old, 7_200), (new, 0), (mine, 7_200)):
        path = store.root / "unfinished" / name
        path.touch()
        os.utime(path, (time.time() - age_s,) * 2)
    replace(store, bound_bytes=1_000).put("proofs", KEY, b"salts")
    assert {path.name for path in unfinished(store)} == {new, mine}


def test_a_full_disk_is_one_sentence_and_leaves_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    problem = store.put("proofs", KEY, b"salts")
    reason = "cannot keep more (No space left on device); the run goes on without keeping"
    assert problem == f"{store.root}: {reason}"
    assert entries(store) == unfinished(store) == []


def test_only_the_owner_may_look_inside(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = open_store(str(tmp_path / "store"))
        assert store
        store.put("proofs", KEY, b"salts")
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in entries(store)} == {0o600}
    folders = [store.root, *store.root.iterdir()]
    assert {path.stat().st_mode & 0o777 for path in folders} == {0o700}


@pytest.mark.parametrize("name", ["", "proofs"])
def test_a_store_that_others_could_read_is_refused(store: Store, name: str) -> None:
    (store.root / name).chmod(0o750)
    with pytest.raises(
        InputError, match=rf"{store.root / name}: holds salts, so it should be yours and closed to others"
    ):
        open_store(str(store.root))
    (store.root / name).chmod(0o700)
    assert open_store(str(store.root)) == store


def test_where_the_default_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for cache, root in (("", ".cache/zkpet"), ("relative", ".cache/zkpet"), (f"{tmp_path}/x", "x/zkpet")):
        monkeypatch.setenv("XDG_CACHE_HOME", cache)
        assert open_store("default") == Store(tmp_path / root, user_key())
    assert open_store("off") is None


# Folders that are not what they seem -----------------------------------------------------------------------


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """A folder of the user's, closed to others as a store is, with old files in it, two named like ours."""
    folder = tmp_path / "private"
    folder.mkdir(mode=0o700)
    for name in ("id_ed25519", f"part-{0:032x}", "0" * 64):
        (folder / name).write_text("secret")
        os.utime(folder / name, (0, 0))
    return folder


def untouched(folder: Path) -> bool:
    return [path.read_text() for path in folder.iterdir()] == ["secret"] * 3


@pytest.mark.parametrize("name", ["models", "circuits", "proofs", "unfinished"])
def test_a_store_with_a_link_in_it_is_refused(tmp_path: Path, private: Path, name: str) -> None:
    (tmp_path / "store").mkdir(mode=0o700)
    (tmp_path / "store" / name).symlink_to(private)
    with pytest.raises(InputError, match=f"{tmp_path}/store/{name}: is a link, which a store has none of"):
        open_store(str(tmp_path / "store"))
    assert [path.name for path in (tmp_path / "store").iterdir()] == [name]
    assert untouched(private)


@pytest.mark.parametrize("name", ["", "proofs", "unfinished"])
def test_a_folder_that_is_swapped_for_a_link_is_used_no_more(
    store: Store, private: Path, tmp_path: Path, name: str
) -> None:
    store.put("proofs", KEY, b"salts")
    (store.root / name).rename(tmp_path / "aside")
    (store.root / name).symlink_to(private)
    problem = replace(store, bound_bytes=1_000).put("proofs", {"agent": "ben"}, b"salts")
    assert problem == f"{store.root}: cannot keep more (Not a directory); the run goes on without keeping"
    assert store.get("proofs", KEY) == (b"salts" if name == "unfinished" else None)
    assert untouched(private)


@pytest.mark.parametrize("name", ["", "proofs"])
def test_a_folder_that_is_opened_to_others_is_used_no_more(store: Store, name: str) -> None:
    store.put("proofs", KEY, b"salts")
    (store.root / name).chmod(0o755)
    assert store.get("proofs", KEY) is None
    assert "it is not yours alone any more" in (store.put("proofs", {"n": 1}, b"") or "")
    (store.root / name).chmod(0o700)
    assert store.get("proofs", KEY) == b"salts"


def test_a_folder_of_something_else_is_no_store(private: Path) -> None:
    with pytest.raises(InputError, match=rf"private: holds '{'0' * 64}', so it is no store"):
        open_store(str(private))
    assert untouched(private)


# The user's key ---------------------------------------------------------------------------------------------


def test_what_was_written_under_another_key_counts_as_absent(store: Store) -> None:
    """Neither found nor removed: on two machines of one user, each keeps its own."""
    other = replace(store, key=bytes(32))
    other.put("proofs", KEY, b"forged")
    assert store.get("proofs", KEY) is None
    store.put("proofs", KEY, b"salts")
    assert (store.get("proofs", KEY), other.get("proofs", KEY)) == (b"salts", b"forged")
    assert len(entries(store)) == 2


def test_the_key_is_made_once_and_is_the_users_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    key, path = user_key(), tmp_path / "state" / "zkpet" / "store.key"
    assert user_key() == key == path.read_bytes()
    assert len(set(key)) > 8
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert repr(key) not in repr(open_store(str(tmp_path / "store")))
    path.unlink()
    assert user_key() != key


def linked(path: Path) -> None:
    path.symlink_to(path.rename(path.with_name("key")))


@pytest.mark.parametrize(
    "damage",
    [
        linked,
        lambda path: path.chmod(0o640),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(path.read_bytes() + b"1"),
    ],
    ids=["a link", "open to others", "short", "long"],
)
def test_a_key_that_is_open_or_damaged_is_refused(
    damage: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    user_key()
    damage(tmp_path / "zkpet" / "store.key")
    with pytest.raises(InputError, match=r"store\.key: (should be a file of 32 bytes|cannot keep)"):
        user_key()


def test_where_no_key_can_be_kept_there_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "state").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with pytest.raises(InputError, match=r"cannot keep the store's key there .*; set XDG_STATE"):
        open_store("default")


WRITER = """
import sys
from pathlib import Path
from dataclasses import replace
from sim.runtime.store import open_store
store, mine = replace(open_store(sys.argv[1]), bound_bytes=int(sys.argv[2])), int(sys.argv[3])
for turn in range(int(sys.argv[4])):
    key = {"n": (turn * 7 + mine) % 40}
    content = store.get("proofs", key)
    assert content is None or content == bytes([key["n"], content[1]]) * (len(content) // 2), "torn"
    problem = store.put("proofs", key, bytes([key["n"], mine]) * 100_000)
    assert problem is None, problem
    print(turn, flush=True)
"""


def writer(store: Store, bound_bytes: int, mine: int, turns: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WRITER, *[str(store.root), str(bound_bytes), str(mine), str(turns)]]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.slow
@pytest.mark.long
def test_processes_that_write_read_and_remove_at_once_never_see_a_torn_entry(store: Store) -> None:
    """Room for 15 of the 40 entries: each is written, removed and written again, by all."""
    writers = [writer(store, 4_000_000, mine, 150) for mine in range(4)]
    for each in writers:
        _, errors = each.communicate()
        assert (each.returncode, errors) == (0, "")
    assert 0 < len(entries(store)) <= 20
    assert unfinished(store) == []


KILLED_WRITERS = """
import os, random, signal, sys, time
from pathlib import Path
from sim.runtime.store import open_store
store, moments, turn = open_store(sys.argv[1]), random.Random(7), 0
while turn < int(sys.argv[2]) or len(list((store.root / "proofs").iterdir())) <= 10:  # on a busy machine
    turn += 1
    child = os.fork()
    while child == 0:
        store.put("proofs", {"n": len(list((store.root / "proofs").iterdir()))}, bytes(1_000_000))
    time.sleep(moments.random() * 0.03)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""


@pytest.mark.slow
@pytest.mark.long
def test_writers_killed_at_any_moment_leave_whole_entries_or_none(store: Store) -> None:
    subprocess.run([sys.executable, "-c", KILLED_WRITERS, str(store.root), "60"], cwd=ROOT, check=True)
    written = len(entries(store))
    assert written > 10
    assert [number for number in range(written) if store.get("proofs", {"n": number}) is None] == []
    assert unfinished(store)  # some were in the middle of it, and nobody after them was kept waiting
