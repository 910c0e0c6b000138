"""The lesson on proofs says what one sees: what neighbours see, what is refused, and by which line."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from sim.page.attack_sandbox import AttackSandbox
from sim.page.attempt import Attempt
from sim.page.panels.cheat_panel import verdict
from sim.page.perspective import Perspective, Viewer
from sim.page.views.bills import bills
from sim.page.views.forecast_and_actual import forecast_and_actual
from sim.page.worker import cleared
from sim.privacy.leak import leak_of
from sim.proofs.srs import load_srs
from sim.runtime.store import open_store
from sim.runtime.wording import price
from sim.schema.scenario import Scenario
from sim.simulation.run import OpenMarket, open_market
from tests.page.lessons import (
    PROOFS,
    amounts,
    lesson_outcome,
    lesson_scenario,
    lesson_timeline,
    quoted,
    table,
    text,
    title,
)
from tests.runs import QUIET


def test_proofs_quote_what_the_figures_say() -> None:
    mlp, linear = lesson_timeline(3), lesson_timeline(3, family="linear")
    row = mlp.homes.index("home-10")
    neighbours, home = Perspective(Viewer.NEIGHBOURS, row), Perspective(Viewer.HOME, row)
    assert quoted(PROOFS) == {
        title(bills(mlp, 12, neighbours)),
        title(forecast_and_actual(mlp, 12, neighbours)),
        title(forecast_and_actual(mlp, 12, home)),
        title(forecast_and_actual(linear, 12, neighbours)),
    }


def test_a_linear_model_gives_all_away_and_the_default_less() -> None:
    shares = [
        leak_of(each.prepared, each.trades)
        for each in (lesson_outcome(3, family="linear"), lesson_outcome(3))
    ]
    named = [f"{leak.share:.2f}" for leak in shares if leak]
    assert f"{named[0]} for the linear model, and for the default mlp {named[1]} on this day" in text(PROOFS)
    percent = [f"{100 * leak.share:.0f} %" for leak in reversed(shares) if leak]
    assert re.findall(r"\d+ %", text(PROOFS)) == percent


def opened(scene: Scenario) -> AbstractContextManager[OpenMarket]:
    return open_market(scene, load_srs(), 1, QUIET, store=open_store(scene.proofs.store))


@pytest.fixture(scope="module")
def proving() -> Iterator[OpenMarket]:
    """The lesson's own market with its four proofs, cleared."""
    with opened(lesson_scenario(3)) as market:
        market.step()
        yield market


@pytest.fixture(scope="module")
def believing() -> Iterator[OpenMarket]:
    """The same with a stub in the verifier's place."""
    with opened(lesson_scenario(3, policy="none")) as market:
        market.step()
        yield market


def tried(market: OpenMarket, attack: str) -> Attempt:
    """By home-09, as the lesson has it."""
    return AttackSandbox(market).attempt(attack, lesson_timeline(3).homes.index("home-09"), 0)


def said(attempt: Attempt) -> str:
    """The heading under which the page says what came of an attempt."""
    found = re.search("<h3>(.*?)</h3>", verdict(attempt))
    assert found
    return found[1]


@pytest.mark.slow
def test_cheats_are_told_what_the_lesson_says(proving: OpenMarket) -> None:
    for name, comes, line in table(PROOFS):
        attempt = tried(proving, name.strip("*"))
        assert said(attempt) == comes
        refusing = [each.text.strip() for each in attempt.excerpt if each.refused]
        assert refusing == ([] if line == "none" else [line.strip("`")]), name


@pytest.mark.slow
def test_four_proofs_are_as_long_as_the_lesson_says(proving: OpenMarket) -> None:
    told = cleared(proving)
    made = told.tables["proofs"]
    assert (len(made), int(made["on_chain"].sum())) == (4, 4)
    assert f"4 proofs made, 4 verified on chain, {made['bytes'].max():,} bytes each" in text(PROOFS)


@pytest.mark.slow
def test_the_wash_trader_changes_nothing_but_prices(proving: OpenMarket) -> None:
    changes = tried(proving, "wash-trader").changes
    assert changes
    assert all(change.tried_wh == change.honest_wh for change in changes)
    (shown,) = [change for change in changes if change.slot == 12]
    homes = lesson_timeline(3).homes
    assert homes[homes.index("home-09") + 1] == "home-03"
    prices = (shown.tried_price, shown.honest_price)
    assert amounts(PROOFS) == {price(tried) for tried in prices}


@pytest.mark.slow
def test_a_stub_believes_the_phantom_and_not_the_borrowed_proof(believing: OpenMarket) -> None:
    phantom, borrowed = (tried(believing, attack) for attack in ("phantom-seller", "borrowed-proof"))
    assert (phantom.accepted, phantom.proves, phantom.lawful) == (True, False, False)
    assert not borrowed.accepted
    assert said(borrowed) == "REFUSED: window not committed here"
