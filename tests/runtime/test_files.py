"""Files are opened in one way, which bounds them; links only where the user named the path."""

import ast
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.runtime.files import read_file

ROOT = Path(__file__).parents[2]
OWN = {
    "sim/bench": "what its own child processes wrote",
    "sim/chain/contracts.py": "this checkout's",
    "sim/data/sierra_crest.py": "this checkout's",
    "sim/runtime/files.py": "the one way",
    "sim/outputs/own_files.py": "figures drawn a moment ago into a folder of its own",
    "sim/outputs/run_directory.py": "a run being written",
    "sim/page/attempt.py": "this checkout's",
    "sim/page/launch.py": "a browser",
    "sim/proofs/prover.py": "what EZKL wrote into a folder of its own",
    "sim/proofs/settings.py": "likewise",
    "sim/proofs/setup.py": "likewise",
    "sim/outputs/provenance.py": "this checkout's",
    "sim/runtime/scratch.py": "folders of its own",
    "sim/runtime/store.py": "entries under an open folder that is the user's alone",
    "sim/runtime/store_key.py": "likewise",
    "sim/study/study_directory.py": "its log, and the folder that it holds",
}
"""Who opens anything without ``sim.runtime.files``, and what it is."""


def linked(path: Path) -> None:
    path.with_name("target").write_bytes(b"1234")
    path.symlink_to("target")


@pytest.mark.parametrize("follow_links", [True, False])
@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (os.mkfifo, "it is no regular file"),
        (os.mkdir, "it is a directory"),
        (lambda path: path.symlink_to("/dev/zero"), "it is (no regular file|a link, and should be)"),
        (lambda path: path.write_bytes(b"12345"), "it has 5 bytes, and should have at most 4"),
        (lambda _: None, "No such file or directory"),
    ],
)
def test_what_is_no_bounded_file_is_refused_in_one_sentence(
    tmp_path: Path, make: Callable[[Path], object], reason: str, follow_links: bool
) -> None:
    make(tmp_path / "x")
    with pytest.raises(InputError, match=rf"/x: cannot read the thing \({reason}.*\); name another$"):
        read_file(tmp_path / "x", 4, "the thing", follow_links=follow_links, remedy="; name another")


def test_links_are_followed_only_where_the_user_names_the_path(tmp_path: Path) -> None:
    linked(tmp_path / "x")
    assert read_file(tmp_path / "x", 4, "it", follow_links=True) == b"1234"
    with pytest.raises(InputError, match=r"\(it is a link, and should be a regular file\)$"):
        read_file(tmp_path / "x", 4, "it", follow_links=False)
    assert read_file(tmp_path / "target", 4, "it", follow_links=False) == b"1234"


def test_nobody_else_opens_files_that_others_may_have_made() -> None:
    opening = {
        path.relative_to(ROOT).as_posix()
        for package in ("sim", "agents")
        for path in (ROOT / package).rglob("*.py")
        if any(map(opens, ast.walk(ast.parse(path.read_text()))))
    }
    assert opening
    assert {path for path in opening if not {path, str(Path(path).parent)} & OWN.keys()} == set()


def opens(node: ast.AST) -> bool:
    """Whether it calls for a file by its path."""
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Attribute):
        return node.func.attr in {"open", "read_text", "read_bytes"}
    return isinstance(node.func, ast.Name) and node.func.id == "open"
