"""What every attack is, those of plug-ins too: it says what it is, never fails, and is refused or lawful."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.adversaries import (
    AttackContext,
    ClearingContext,
    HomeAttack,
    Moment,
    OperatorAttack,
    home_attacks,
    operator_attacks,
)
from agents.calls import Call
from sim.chain.submission import PRICE_BITS, Submission
from sim.market.book import OrderBook
from sim.proofs.bids import BackedBid
from sim.proofs.field import COMMITMENT_BYTES, MODULUS
from tests.adversarial.reference_clearing import Order, RefusedError, check_clearing
from tests.market.books import AVERAGE, books, clear
from tests.plugins import every, plugged  # noqa: F401
from tests.runs import persistence_models

HORIZON, SCALE, LIMIT_WH = 3, 7, 12_000
RETAIL, FEED_IN = 220_000, 60_000
GATE = 1


def outputs(draw: st.DrawFn, least: int = -LIMIT_WH) -> tuple[int, ...]:
    wh = draw(st.lists(st.integers(least, LIMIT_WH), min_size=HORIZON, max_size=HORIZON))
    return tuple((each << SCALE) % MODULUS for each in wh)


def proof(name: str) -> bytes:
    """Every name has a commitment of its own."""
    return name.ljust(COMMITMENT_BYTES).encode() + b"behind the commitment of " + name.encode()


_wh = st.lists(st.integers(-LIMIT_WH, LIMIT_WH), min_size=HORIZON, max_size=HORIZON)


@st.composite
def contexts(draw: st.DrawFn) -> AttackContext:
    def sent(name: str, gate: int = GATE) -> Submission:
        limits = draw(st.lists(st.integers(0, 2 * RETAIL), min_size=HORIZON, max_size=HORIZON))
        return Submission(gate, proof(name), outputs(draw), tuple(limits))

    honest = sent("honest")
    of_the_same_window = honest.proof[:COMMITMENT_BYTES] + b"of another model"
    counterfeit = draw(st.sampled_from([None, of_the_same_window, proof("another window")]))
    value = np.full(HORIZON, RETAIL)
    return AttackContext(
        honest=honest,
        earlier=draw(st.none() | st.just(sent("earlier", GATE - 1))),
        neighbour=sent("neighbour"),
        partner_wh=draw(st.none() | st.just(np.array(draw(_wh), dtype=np.int64))),
        counterfeit=counterfeit and BackedBid(counterfeit[:COMMITMENT_BYTES], counterfeit, outputs(draw)),
        output_scale=SCALE,
        import_wh=LIMIT_WH,
        export_wh=draw(st.sampled_from([0, LIMIT_WH])),
        buyer_value=value,
        seller_cost=np.full(HORIZON, FEED_IN),
        top_value=value + draw(st.integers(0, RETAIL)),
        funds=draw(st.integers(-(10**9), 10**18)),
        draws=np.random.default_rng(7),
    )


def refusal(attack: HomeAttack, context: AttackContext, sent: Submission) -> str | None:
    """Why a contract refuses a submission of a home that has one commitment and one proof; None: it does not.

    It believes the honest proof with its own instances and nothing else.
    """
    honest, quantity_wh = context.honest, context.quantities_wh(sent.instances)
    worst = np.where(quantity_wh > 0, sent.limits, RETAIL).tolist()
    cost = sum(abs(wh) * price for wh, price in zip(quantity_wh.tolist(), worst, strict=True))
    late = {Moment.LATE: "gate is closed", Moment.BEHIND: "orders already submitted"}
    if attack.moment in late:
        return late[attack.moment]
    if sent.proof[:COMMITMENT_BYTES] != honest.proof[:COMMITMENT_BYTES]:
        return "window not committed here"
    if (sent.proof, sent.instances) != (honest.proof, honest.instances):
        return "the verifier says no"
    return "credit limit exceeded" if cost > max(context.funds, 0) else None


@pytest.fixture(params=every(home_attacks))
def home_attack(request: Any) -> HomeAttack:
    return home_attacks.make(request.param)


class TestHomeAttack:
    def test_it_says_what_it_is(self, home_attack: HomeAttack) -> None:
        assert all((home_attack.name, home_attack.meaning, home_attack.source))
        assert not home_attack.nothing_to_try.endswith(".")

    def test_it_sends_what_fits_or_nothing_and_only_what_is_lawful_is_accepted(
        self, home_attack: HomeAttack
    ) -> None:
        @settings(max_examples=60, deadline=None, database=None)
        @given(contexts())
        def sends(context: AttackContext) -> None:
            rich = replace(context, funds=10**18)
            if (sent := home_attack.submission(context)) is None:
                return
            assert len(sent.instances) == len(sent.limits) == HORIZON
            assert all(0 <= each < MODULUS for each in sent.instances)
            assert all(0 <= limit < 1 << PRICE_BITS for limit in sent.limits)
            wish, orders = home_attack.wish(context, sent), context.orders(sent)
            times = 2 if home_attack.moment is Moment.BEHIND else 1  # beside its honest one
            assert (wish.quantity_wh == times * orders.quantity_wh).all()
            assert (wish.limit_price == orders.limit_price).all()
            if home_attack.lawful:
                assert refusal(home_attack, rich, sent) is None
            else:
                assert refusal(home_attack, context, sent) is not None

        sends()

    def test_what_it_has_proved_is_of_the_circuits_shape(self, home_attack: HomeAttack) -> None:
        model = persistence_models(1, 24, 24).models[0]
        windows_wh, other = np.arange(3 * 24).reshape(3, 24), home_attack.model_to_prove(model)
        assert other is None or (other.digest != model.digest and other.precision == model.precision)
        for gate in range(3):
            window_wh = home_attack.window_to_prove(windows_wh, gate)
            assert window_wh is None or window_wh.shape == (24,)
        forges = other is not None or home_attack.window_to_prove(windows_wh, 1) is not None
        assert home_attack.needs_proofs or not forges


class Pen:
    """A meter that writes down what it commits to."""

    def commit(self, gate: int, points: list[bytes]) -> Any:
        return gate, points


@pytest.mark.parametrize("name", every(operator_attacks))
class TestOperatorAttack:
    def test_it_says_what_it_is_and_does_one_thing(self, name: str) -> None:
        kind = operator_attacks[name]
        assert all((kind.name, kind.meaning, kind.source))
        hooks = ("skips", "proposal", "said")
        assert sum(getattr(kind, hook) is not getattr(OperatorAttack, hook) for hook in hooks) == 1
        assert kind.lawful == (kind.skips is not OperatorAttack.skips)  # no rule makes an auctioneer speak

    @settings(max_examples=60, deadline=None)
    @given(books())
    def test_what_it_proposes_is_refused(self, name: str, book: OrderBook) -> None:
        attack, lawful = operator_attacks.make(name), clear(book)
        at = ClearingContext(AVERAGE, book, lawful, range(len(book.quantity_wh)))
        if not (proposed := attack.proposal(at)):
            return
        assert proposed.fill_wh.shape == book.quantity_wh.shape
        if attack.behind or attack.stranger:
            return  # whatever it is, the slot is cleared, or the sender is no auctioneer
        orders = {
            home: Order(wh < 0, abs(wh), limit)
            for home, (wh, limit) in enumerate(
                zip(book.quantity_wh.tolist(), book.limit_price.tolist(), strict=True), start=1
            )
            if wh
        }
        fills = dict(enumerate(proposed.fill_wh.tolist(), start=1))
        with pytest.raises(RefusedError):
            check_clearing(book.slot, orders, proposed.price or 0, fills)

    def test_what_it_says_is_said_before_or_is_of_no_window(self, name: str) -> None:
        attack, points = operator_attacks.make(name), [bytes(64), b"x" * 64]
        honest: list[Call] = [Call("settle", object())]
        for stage in ("commit", "submit", "settle"):
            for call in attack.said(stage, Pen(), 1, points, honest):
                if call.stage == "commit":
                    gate, others = call.transaction
                    assert gate == 1
                    assert not set(others) & set(points)
                    assert [len(point) for point in others] == [64, 64]
                else:
                    assert call in honest
