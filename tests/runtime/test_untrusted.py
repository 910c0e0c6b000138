"""What strangers wrote is bounded before it is read, and escaped before it is shown."""

import ast
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sim.errors import BundleError, InputError, SimulationError, plain, plain_page
from sim.runtime.files import read_file
from sim.runtime.progress import Progress
from sim.runtime.untrusted import parsed_toml
from sim.runtime.wording import money, price

# Files are opened in one way, which bounds them; links only where the user named the path -----------------


ROOT = Path(__file__).parents[2]
OWN = {
    "sim/bench": "what its own child processes wrote",
    "sim/chain/bounds.py": "this checkout's",
    "sim/chain/contracts.py": "this checkout's",
    "sim/data/sierra_crest.py": "this checkout's",
    "sim/runtime/files.py": "the one way",
    "sim/outputs/own_files.py": "figures drawn a moment ago into a folder of its own",
    "sim/outputs/run_directory.py": "a run being written",
    "sim/imports/source.py": "members of an archive, which the one way opened",
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


# What a file of a stranger can do to the terminal, and to the parser --------------------------------------


PAINT = "\x1b[2J\x1b[HVERIFIED\x1b[8m\r\x07\u202e\u2028\x9b1m"


@pytest.mark.parametrize("kind", [InputError, SimulationError, BundleError])
def test_no_error_paints_the_screen(kind: type[Exception]) -> None:
    sentence = str(kind(f"a field called {PAINT} of €5\nVERIFIED"))
    assert sentence.isprintable()
    assert "\\x1b[2J" in sentence
    assert "€5\\nVERIFIED" in sentence


def test_neither_does_a_line_of_progress_or_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    Progress().say(f"{PAINT}\nVERIFIED")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].isprintable()
    page = plain_page(f"a table\n  of {PAINT}\n\n" + "x" * 5_000)
    assert page.count("\n") == 3
    assert page.replace("\n", "").isprintable()
    assert page.endswith("x" * 5_000)


def test_the_middle_of_what_fills_a_screen_is_left_out() -> None:
    assert (plain("x" * 10_000), plain("x" * 800)) == (f"{'x' * 400} ... {'x' * 400}", "x" * 800)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (".".join("a" * 17) + " = 1", "a name of more than 16 parts"),
        ("[" + " . ".join(['"a"', "'b'"] * 9) + "]", "a name of more than 16 parts"),
        (".".join(['"\\"a"'] * 17) + " = 1", "a name of more than 16 parts"),
        ("a = " + "[" * 5_000, "nested too deeply"),
        (f"a = [{{ b = 0x1{'0' * 128} }}]", "a number is too long"),
        ("a = 1" + "0" * 5_000, "a number is too long"),
        ("#" * (2**20 + 1), "longer than 1,048,576 bytes"),
        ("a = ", "Invalid value"),
    ],
)
def test_toml_is_bounded(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parsed_toml(text)


def test_toml_that_a_scenario_can_be_is_read() -> None:
    rates = "[" + ", ".join(f"0.{n}" for n in range(100)) + "]"
    assert len(parsed_toml(f'a.b = 1\nsource = "../x.y/z.csv"\nrates = {rates}\n')["rates"]) == 100


# Counts, money and prices as people read them -------------------------------------------------------------


CENT = 10**7


def test_money_has_its_sign_before_the_currency_and_zero_has_none() -> None:
    assert [money(cents * CENT) for cents in (717, -40, 123_456)] == ["$7.17", "-$0.40", "$1,234.56"]
    assert {money(nano) for nano in (0, -CENT // 3, CENT // 3)} == {"$0.00"}
    assert [money(nano, signed=True) for nano in (CENT, -CENT, -1, 1)] == [
        "+$0.01",
        "-$0.01",
        "$0.00",
        "$0.00",
    ]
    assert money(1_234_567, digits=4) == "$0.0012"


def test_prices_are_per_kwh() -> None:
    assert [price(nano) for nano in (134_000, 220_000.4)] == ["$0.134/kWh", "$0.220/kWh"]
    assert {price(nano) for nano in (0, -1)} == {"$0.000/kWh"}
