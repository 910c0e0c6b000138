"""The excerpt shows the line of the contract that refuses, whatever the reason."""

import re

import pytest

from sim.page.attempt import Attempt, contract_source, lines_with
from tests.runs import ROOT

SOURCE = (ROOT / "contracts" / "EnergyMarket.vy").read_text(encoding="utf-8").splitlines()
REASONS = sorted({words for line in SOURCE for words in re.findall(r'assert .*, "([^"]+)"', line)})


def attempt(reason: str | None = None, **facts: object) -> Attempt:
    return Attempt("bit-flipper", "flips a bit", False, "ahead", "home-01", 0, reason=reason, **facts)


def test_the_contract_has_reasons() -> None:
    assert len(REASONS) > 50
    assert contract_source() == tuple(SOURCE)


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_of_the_contract_has_its_line(reason) -> None:
    excerpt = attempt(reason).excerpt
    marked = [line for line in excerpt if line.refused]
    assert marked
    for line in excerpt:
        assert SOURCE[line.number - 1] == line.text
        assert line.refused == (f', "{reason}"' in line.text)
        assert "assert" in line.text or not line.refused
    every = [number for number, text in enumerate(SOURCE, start=1) if f', "{reason}"' in text]
    assert [line.number for line in marked] == every
    numbers = [line.number for line in excerpt]
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    assert numbers[0] < every[0]
    assert numbers[-1] > every[-1]


def test_a_refusal_of_the_verifier_points_to_its_call() -> None:
    excerpt = attempt("reverted without a reason", by_verifier=True).excerpt
    assert len([line for line in excerpt if line.refused]) == 1
    (call,) = (line for line in excerpt if line.refused)
    assert "staticcall Verifier(" in call.text
    assert "verify" in call.text.lower()


@pytest.mark.parametrize("reason", [None, "words of nobody", "", "reverted without a reason"])
def test_what_no_line_says_has_no_excerpt(reason) -> None:
    assert attempt(reason, accepted=reason is None).excerpt == ()


def test_lines_at_the_ends_have_the_neighbours_that_there_are() -> None:
    first, last = SOURCE[0], next(line for line in reversed(SOURCE) if line.strip())
    assert lines_with(first)[0].number == 1
    assert lines_with(last)[-1].number == len(SOURCE)
