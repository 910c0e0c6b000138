"""What differs between runs stays out of the digest of cells; everything else is in."""

import pytest

from sim.study.study_tables import digest_of

ROW = {
    "cell": "a",
    "forecast.clusters": 1,
    "seed": 7,
    "community": 0,
    "savings_share": 0.5,
    "mean_price": None,
    "prove_cpu_s": 1.0,
}


def test_order_of_rows_and_columns_does_not_matter() -> None:
    other = {**ROW, "seed": 8}
    backwards = dict(reversed(ROW.items()))
    assert digest_of([ROW, other]) == digest_of([other, backwards])


@pytest.mark.parametrize(
    ("changed", "matters"),
    [
        ({"prove_cpu_s": 2.0}, False),
        ({"cell": "b"}, False),
        ({"savings_share": 0.6}, True),
        ({"mean_price": 0}, True),
        ({"seed": 8}, True),
        ({"forecast.clusters": 2}, True),
    ],
)
def test_the_digest_is_of_results(changed: dict[str, object], matters: bool) -> None:
    assert (digest_of([{**ROW, **changed}]) != digest_of([ROW])) == matters
