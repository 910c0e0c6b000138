"""The ledger of published claims: its rows are whole, its page is theirs, and what is quick to measure is."""

import re

import pytest

from sim.cli import main
from sim.replicate.claim import Claim
from sim.replicate.ledger import LEDGER, page
from tests.runs import ROOT

PAGE = (ROOT / "docs" / "replication.md").read_text(encoding="utf-8")
LONG = {
    *("constrained-traders-one-call", "constrained-traders-many-calls", "one-call-closed-form"),
    *(
        "constrained-traders-many-quotes",
        "constrained-traders-by-shouts",
        "constrained-traders-prices",
        "zip-traders",
        "zip-traders-later",
    ),
    *("gd-traders", "roth-erev-traders"),
    *("repeated-calls", "continuous-quotes", "continuous-quotes-cancelled"),
    *("misreporting-uniform", "misreporting-average"),
    *("sharing-is-foresight", "forecast-errors-cost", "forecast-errors-surpass-savings"),
    *("savings-by-supply", "errors-by-supply"),
}
FAILS = {
    name
    for name, verdict in re.findall(r"^\| \[([\w-]+)\]\(#[\w-]+\) \| (\w+) \|$", PAGE, re.MULTILINE)
    if verdict == "fails"
}


@pytest.mark.parametrize("claim", LEDGER.values(), ids=list(LEDGER))
class TestEveryClaim:
    def test_it_is_whole_and_stands_on_the_page(self, claim: Claim) -> None:
        assert re.fullmatch(r"[a-z0-9-]+", claim.name)
        for said in (claim.claim, claim.rule):
            assert said.endswith((".", ".)"))
        known = r"\bread\b|at second hand|by hand|no source|independent computations"
        assert re.search(known, claim.source), "how it is known"
        section = PAGE.split(f"## {claim.name}\n")[1].split("\n## ")[0]
        parts = [claim.claim, f"- Source: {claim.source}", f"- Rule: {claim.rule}", "- Measured: "]
        assert [part for part in parts if part not in section] == []
        assert ("**Fails**" in section) == (claim.name in FAILS)


@pytest.mark.parametrize("name", [name for name in LEDGER if name not in LONG])
def test_what_is_quick_is_decided_as_the_page_says(name: str) -> None:
    found = LEDGER[name].measure()
    assert found.holds == (name not in FAILS)
    assert f"- Measured: {found.measured}\n" in PAGE


def test_the_page_has_no_other_claims() -> None:
    assert re.findall(r"^## (.*)$", PAGE, re.MULTILINE) == list(LEDGER)


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_the_page_is_what_the_ledger_measures() -> None:
    assert page([(claim, claim.measure()) for claim in LEDGER.values()]) == PAGE


def test_the_command_measures_what_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """A claim that fails is a result; an unknown one is bad input."""
    assert main(["replicate", "smith-1962", "pymarket-price"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("1/2 smith-1962\n  source:   Smith, ")
    assert "  measured: 6 at 200\n  verdict:  holds\n" in said
    assert said.endswith("2 of 2 hold\n")
    assert main(["replicate", "--list"]) == 0
    listed = capsys.readouterr().out
    assert "measured:" not in listed
    assert all(f"{name}\n" in listed for name in LEDGER)
    assert main(["replicate", "smith-1963"]) == 2
    assert 'no claim is called "smith-1963": should be one of pymarket-price, ' in capsys.readouterr().err


def test_a_claim_that_fails_ends_as_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from sim.replicate.books import decided, trade

    wrong = Claim(
        "wrong", "by hand", "1 at 2.", "1 at 2.", lambda: decided((1, 2), trade(((1, 9),), ((1, 3),)))
    )
    monkeypatch.setitem(LEDGER, "wrong", wrong)
    assert main(["replicate", "wrong"]) == 0
    assert capsys.readouterr().out.endswith(
        "  measured: 1 at 6\n  verdict:  fails\n\n0 of 1 hold; not wrong\n"
    )
