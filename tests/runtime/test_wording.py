"""Counts, money and prices as people read them."""

from sim.runtime.wording import counted, money, price

CENT = 10**7


def test_counts_agree_with_their_noun() -> None:
    counts = [counted(count, "home") for count in (0, 1, 2, 1_000)]
    assert counts == ["0 homes", "1 home", "2 homes", "1,000 homes"]


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
