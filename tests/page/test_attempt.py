"""The excerpt shows the line of the contract that refuses, whatever the reason."""

import re

import pytest

from sim.page.attempt import Attempt, contract_sources, lines_with

REASONS = [
    words
    for source in contract_sources().values()
    for line in source
    for words in re.findall(r'assert .*, "([^"]+)"', line)
]


def attempt(reason: str | None = None, **facts: object) -> Attempt:
    return Attempt("bit-flipper", "flips a bit", False, "ahead", "home-01", 0, reason=reason, **facts)


def test_each_reason_stands_in_one_line() -> None:
    assert len(REASONS) > 50
    assert len(set(REASONS)) == len(REASONS)


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_of_the_contract_has_its_line(reason) -> None:
    excerpt = attempt(reason).excerpt
    (marked,) = (line for line in excerpt if line.refused)
    assert f', "{reason}"' in marked.text
    assert "assert" in marked.text
    assert all(contract_sources()[line.file][line.number - 1] == line.text for line in excerpt)
    numbers = [line.number for line in excerpt]
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    assert numbers[0] < marked.number <= numbers[-1]


def test_a_refusal_of_the_verifier_points_to_its_call() -> None:
    (call,) = (
        line for line in attempt("reverted without a reason", by_verifier=True).excerpt if line.refused
    )
    assert "staticcall IVerifier(" in call.text
    assert "verify" in call.text.lower()


@pytest.mark.parametrize("reason", [None, "words of nobody", "", "reverted without a reason"])
def test_what_no_line_says_has_no_excerpt(reason) -> None:
    assert attempt(reason, accepted=reason is None).excerpt == ()


def test_lines_at_the_ends_have_the_neighbours_that_there_are() -> None:
    source = contract_sources()["EnergyMarket.vy"]
    assert lines_with(source[3])[0].number == 1
    assert lines_with(source[-1])[-1].number == len(source)
