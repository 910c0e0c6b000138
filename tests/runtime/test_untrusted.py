"""What a file of a stranger can do to the terminal, and to the parser."""

import pytest

from sim.errors import BundleError, InputError, SimulationError, plain, plain_page
from sim.runtime.progress import Progress
from sim.runtime.untrusted import parsed_toml

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
    assert plain("x" * 10_000) == f"{'x' * 400} ... {'x' * 400}"
    assert plain("x" * 800) == "x" * 800


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
