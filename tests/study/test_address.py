"""Addresses change with what decides results, and only with that."""

from pathlib import Path

import pytest

from sim.errors import InputError
from sim.outputs import provenance
from sim.schema.file import load_scenario
from sim.schema.scenario import Scenario
from sim.study import address
from sim.study.address import address_of, proofs_and_models_of
from tests.test_cli import homes_csv

TINY = Path(__file__).parents[2] / "scenarios" / "tiny.toml"


def tiny(*settings: str, seed: int | None = None) -> Scenario:
    return load_scenario(TINY, settings, seed)


@pytest.mark.parametrize(
    "setting",
    [
        "name=other",
        "time.days=2",
        "population.agents=5",
        "forecast.clusters=1",
        "proofs.policy=none",
        "proofs.precision=8",
        "market.strategy=truthful",
        "market.retail=0.23",
        "chain.backend=revm",
        "chain.gas_price=21",
        "costs.charged=true",
    ],
)
def test_every_section_matters(setting: str) -> None:
    assert address_of(tiny(setting)) != address_of(tiny())


def test_the_seed_matters() -> None:
    assert address_of(tiny(seed=8)) != address_of(tiny(seed=7)) == address_of(tiny())


def test_where_things_are_kept_does_not_matter(tmp_path: Path) -> None:
    assert address_of(tiny("proofs.store=off")) == address_of(tiny(f"proofs.store={tmp_path}"))


def with_homes(csv: Path) -> Scenario:
    return tiny(f"population.source={csv}", "time.start=2020-01-25", "population.agents=3")


def test_a_csv_counts_by_what_it_holds(tmp_path: Path) -> None:
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
    one, two = homes_csv(tmp_path / "one"), homes_csv(tmp_path / "two")
    before = address_of(with_homes(one))
    assert address_of(with_homes(two)) == before
    two.write_text(two.read_text().replace(",400,", ",401,", 1))
    assert address_of(with_homes(two)) != before
    with pytest.raises(InputError, match=r"missing\.csv: cannot read"):
        address_of(with_homes(tmp_path / "missing.csv"))


def test_versions_and_source_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    before = address_of(tiny())
    with monkeypatch.context() as patch:
        patch.setattr(address, "versions", lambda: {**provenance.versions(), "ezkl": "0"})
        assert address_of(tiny()) != before
    with monkeypatch.context() as patch:
        patch.setattr(address, "source_sha256", lambda: "other")
        assert address_of(tiny()) != before
    assert address_of(tiny()) == before


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = (
        "sim/simulation/world.py",
        "agents/prosumer.py",
        "sim/study/sweep.py",
        "sim/cli.py",
        "sim/readme.md",
    )
    for name in (*files, "sim/outputs/figures/style.py", "contracts/compiled/market.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("before")
    monkeypatch.setattr(provenance, "_ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "decides"),
    [
        ("sim/simulation/world.py", True),
        ("agents/prosumer.py", True),
        ("contracts/compiled/market.json", True),
        ("sim/study/sweep.py", False),
        ("sim/cli.py", False),
        ("sim/outputs/figures/style.py", False),
        ("sim/readme.md", False),
    ],
)
def test_the_source_is_what_decides_results(name: str, decides: bool, checkout: Path) -> None:
    before = provenance._own_sha256.__wrapped__()
    (checkout / name).write_text("after")
    assert (provenance._own_sha256.__wrapped__() != before) == decides


def test_a_renamed_file_is_another_source(checkout: Path) -> None:
    before = provenance._own_sha256.__wrapped__()
    (checkout / "sim" / "simulation" / "world.py").rename(checkout / "sim" / "simulation" / "planet.py")
    assert provenance._own_sha256.__wrapped__() != before


@pytest.mark.parametrize(
    ("setting", "shared"),
    [
        ("market.strategy=truthful", True),
        ("market.feed_in=0.05", True),
        ("chain.gas_price=1", True),
        ("costs.charged=true", True),
        ("proofs.store=off", True),
        ("forecast.hidden=16", False),
        ("time.days=2", False),
        ("population.pv_share=1", False),
        ("proofs.policy=none", False),
        ("seed=8", False),
    ],
)
def test_models_and_proofs_are_shared_by_what_changes_only_the_market(setting: str, shared: bool) -> None:
    assert (proofs_and_models_of(tiny(setting)) == proofs_and_models_of(tiny())) == shared
