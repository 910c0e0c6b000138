"""Bundles that claim what does not follow from their transactions are refused by the claim."""

import json
from pathlib import Path

import pytest

from sim.bundle.archive import read_archive
from sim.errors import InputError
from tests.bundle.forgery import (
    UNPROVED,
    bundle_of_run,
    claiming,
    kinds,
    refused,
    replaced,
    rewritten,
    verdict,
)
from tests.runs import scenario

CLAIMS = {
    "table": (replaced("tables/trades.csv", ",buy,", ",sell,"), ["tables/trades.csv", "line"]),
    "figure": (replaced("summary.json", '"trades": ', '"trades": 1'), ["summary.json", "line"]),
    "figure without end": (
        replaced("summary.json", '"trades": ', '"more": NaN, "trades": '),
        ["summary.json"],
    ),
    "name": (replaced("scenario.toml", 'name = "tiny"', 'name = "huge"'), ["summary.json"]),
    "retail": (replaced("scenario.toml", "retail = 0.22", "retail = 0.23"), ["set-up"]),
    "feed-in": (replaced("scenario.toml", "feed_in = 0.06", "feed_in = 0.05"), ["set-up"]),
    "days": (
        replaced("scenario.toml", "days = 1", "days = 2"),
        ["4 homes and 48 slots has at least"],
    ),
    "seed": (replaced("scenario.toml", "seed = 7", "seed = 8"), ["homes are not those"]),
    "who has PV": (claiming(has_pv=[True] * 4), ["has_pv does not follow"]),
    "homes": (claiming(homes=["home-10", "home-09", "home-13", "home-03"]), ["homes are not those"]),
    "training": (replaced("scenario.toml", '"federated"', '"local"'), ["makes 4 models"]),
    "precision": (
        replaced("scenario.toml", 'policy = "none"', 'policy = "none"\nprecision = 9'),
        ["precision = 9"],
    ),
    "embedded data": (claiming(data_sha256="0" * 64), ["data_sha256"]),
    "genesis": (claiming(genesis={}), ["genesis"]),
    "SRS": (claiming(srs_sha256={"10": "0" * 64}), ["SRS"]),
    "SRS of another kind": (claiming(srs_sha256={"10": []}), ["SRS"]),
    "contract": (claiming(contracts={}), ["manifest.json", "contracts"]),
    "market digest": (claiming(market_digest="0" * 64), ["manifest.json", "market_digest"]),
    "something more": (claiming(checked_by="everybody"), ["manifest.json", "fields that no bundle has"]),
}


@kinds(CLAIMS)
def test_another_claim_is_refused(kind: str, honest: Path, forged: Path) -> None:
    change, words = CLAIMS[kind]
    refused(rewritten(honest, forged, change), *words)


def test_another_bundle_than_the_published_one_is_refused(honest, forged) -> None:
    """It is as honest; but it is another."""
    bundle_of_run(forged, scenario("tiny", *UNPROVED, "seed=8"))
    published = json.loads(read_archive(honest)["manifest.json"])["market_digest"]
    assert verdict(honest, published)[0]
    holds, report = verdict(forged, published)
    assert not holds
    assert f"not the expected {published}" in report.splitlines()[-1]


def test_a_digest_that_is_none_is_refused(honest) -> None:
    with pytest.raises(InputError, match="--expect 12ab: should be a market digest"):
        verdict(honest, "12ab")
