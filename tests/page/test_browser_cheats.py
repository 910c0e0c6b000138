"""The page in a browser: what a cheat tries, and what the contract says."""

from collections.abc import Iterator

import pytest

from tests.page.browser import Browser
from tests.page.conftest import Serve
from tests.page.scenes import scene

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["all", "none"])
def policy(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def page(
    policy: str, browser: Browser, serve: Serve, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    server = serve(scene(tmp_path_factory.mktemp("scene"), proofs=policy))
    browser.open(server.address)
    browser.cleared()
    browser.press("try to cheat", ".v-tab")
    browser.find("label", "attack")
    yield browser
    assert browser.complaints() == []


def tries(page: Browser, attack: str, home: int) -> str:
    """Have a home (row) try an attack; gives what the page says of it."""
    name = page.choices("home")[home]
    page.choose("attack", attack)
    page.choose("home", name)
    page.press("try it")
    page.wait_for(".zk-card", name)
    return page.text(".zk-verdict-ok, .zk-verdict-no") or page.text(".zk-card")


def test_the_verifier_refuses_a_doctored_submission_and_a_stub_does_not(page: Browser, policy: str) -> None:
    said = tries(page, "phantom-seller", 0)
    if policy == "none":
        assert said.startswith("ACCEPTED")
        assert "a stub stands in the verifier's place" in said
        assert not page.texts(".zk-refusing")
    else:
        assert said.startswith("REFUSED: the verifier says no")
        assert "staticcall Verifier(VERIFIER).verifyProof" in page.text(".zk-refusing")
    sent = page.text(".zk-card table.zk")
    assert "submit, gate 1" in sent
    assert "what it tried" in sent
    assert "sell" in sent


def test_a_rule_of_the_contract_refuses_under_every_policy(page: Browser) -> None:
    said = tries(page, "double-submitter", 1)
    assert said.startswith("REFUSED: ")
    assert f'"{said.removeprefix("REFUSED: ").split("Nothing changed")[0]}"' in page.text(".zk-refusing")


def test_what_cannot_be_tried_is_said_and_why(page: Browser, policy: str) -> None:
    said = tries(page, "stale-window", 2)
    assert "cannot try “stale-window” at gate 1: " in said
    assert ('choose proof policy "all"' in said) == (policy == "none")
