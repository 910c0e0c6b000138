"""What the terminal shows."""

import pytest

from sim.bench.machine import cpu_model
from sim.bench.table import aligned, part_text, shown, verdicts_text
from sim.bench.targets import Target, Verdict
from tests.bench.parts import part


@pytest.mark.parametrize(
    ("cell", "text"),
    [(1_234.5, "1,234"), (123.6, "124"), (12.34, "12.3"), (0.056789, "0.0568"), (694_867, "694,867")],
)
def test_numbers_have_three_digits(cell: float, text: str) -> None:
    assert shown(cell) == text


def test_names_stay_and_nothing_is_a_dash() -> None:
    assert (shown("ours, revm"), shown(None)) == ("ours, revm", "-")


def test_the_first_column_stands_left_and_the_others_right() -> None:
    assert aligned(("what", "s"), [("a", 1.5), ("longer", 10.25)]) == [
        "  what       s",
        "  a        1.5",
        "  longer  10.2",
    ]


def test_a_part_shows_its_sentence_table_and_notes() -> None:
    assert part_text(part("flows")).splitlines() == [
        "This against that.",
        "",
        "  what        seconds",
        "  this          1,234",
        "  that thing   0.0568",
        "  neither           -",
        "A note.",
    ]


def test_a_missed_target_says_so() -> None:
    target = Target("scaling", "exponent", False, 1.1, "growth")
    _, missed, met = verdicts_text([Verdict(target, 1.3), Verdict(target, 0.9)]).splitlines()
    assert missed.split() == ["growth", "at", "most", "1.1", "1.3", "MISSED"]
    assert met.split() == ["growth", "at", "most", "1.1", "0.9", "met"]


def test_the_cpu_is_named_where_the_system_names_it() -> None:
    assert (
        cpu_model("processor\t: 0\nmodel name\t: Some CPU: 3 GHz\nmodel name\t: other\n") == "Some CPU: 3 GHz"
    )
    assert cpu_model("")
