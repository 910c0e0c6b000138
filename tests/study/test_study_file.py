"""Study files: which cells they ask for, and the address of each."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from sim.errors import InputError
from sim.outputs import provenance
from sim.schema.file import load_scenario
from sim.schema.scenario import Scenario
from sim.study import address
from sim.study.address import address_of, proofs_and_models_of
from sim.study.grid import Dimension, dimensions_of, ordered
from sim.study.study_file import is_study, load_study
from tests.study.studies import SCENARIO, study, study_file
from tests.test_cli import homes_csv

# The order of points, and which axes are one dimension ----------------------------------------------------


MIX = "{{ truthful = 0.{0:02}, zic = 0.1 }}"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([10, 9, 100], [9, 10, 100]),
        ([0.5, 0.25], [0.25, 0.5]),
        (["[16, 16]", "[8]", "[16]"], ["[8]", "[16]", "[16, 16]"]),
        (["sample:0.1", "all", "none"], ["all", "none", "sample:0.1"]),
        (["2017-06-01", "2016-12-24", "2017-01-09"], ["2016-12-24", "2017-01-09", "2017-06-01"]),
        ([True, False], [False, True]),
        (["truthful", "zic"], ["truthful", "zic"]),
        (
            ["truthful", *(MIX.format(share) for share in (75, 5, 25, 50)), "zic"],
            ["zic", *(MIX.format(share) for share in (5, 25, 50, 75)), "truthful"],
        ),
    ],
)
def test_values_stand_in_the_order_people_expect(values: list[Any], expected: list[Any]) -> None:
    assert ordered([(value,) for value in values]) == [(value,) for value in expected]


def test_axes_of_a_grid_are_dimensions_of_their_own() -> None:
    points = list(product([1, 2], ["a", "b"], [5]))
    assert dimensions_of(points, ["x", "y", "z"]) == (
        Dimension(("x",), ((1,), (2,))),
        Dimension(("y",), (("a",), ("b",))),
        Dimension(("z",), ((5,),)),
    )


def test_axes_that_advance_together_are_one_dimension() -> None:
    zipped = [("linear", 8), ("mlp", 4), ("mlp", 16)]
    points = [(family, season, hidden) for season in ("June", "May") for family, hidden in zipped]
    found = dimensions_of(points, ["family", "season", "hidden"])
    assert found == (
        Dimension(("family", "hidden"), tuple(zipped)),
        Dimension(("season",), (("June",), ("May",))),
    )


# Study files: how axes and seeds become cells, and what is refused, in which words ------------------------


ROOT = Path(__file__).parents[2]
STUDIES = [path for path in sorted((ROOT / "scenarios").glob("*.toml")) if is_study(path)]


def test_a_grid_has_every_combination_the_last_axis_fastest(tmp_path: Path) -> None:
    grid = study(tmp_path, '[sweep]\n"forecast.clusters" = [1, 2, 3]\n"time.days" = [1, 2]')
    assert grid.axes == ("forecast.clusters", "time.days")
    assert [cell.values for cell in grid.cells] == [(1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (3, 2)]
    assert [cell.scenario.forecast.clusters for cell in grid.cells] == [1, 1, 2, 2, 3, 3]
    assert {cell.scenario.population.agents for cell in grid.cells} == {4}


def test_zipped_lists_advance_together_and_are_one_more_axis(tmp_path: Path) -> None:
    zipped = '[sweep.zipped]\n"forecast.family" = ["linear", "mlp"]\n"forecast.hidden" = [8, 16]'
    both = study(tmp_path, f'[sweep]\n"time.days" = [1, 2]\n{zipped}')
    assert both.axes == ("time.days", "forecast.family", "forecast.hidden")
    values = [(1, "linear", 8), (1, "mlp", 16), (2, "linear", 8), (2, "mlp", 16)]
    assert [cell.values for cell in both.cells] == values


def test_each_point_is_run_with_the_seeds_from_the_scenarios_on(tmp_path: Path) -> None:
    three = '[sweep]\nseeds = 3\n"time.days" = [1, 2]'
    assert [cell.seed for cell in study(tmp_path, three).cells] == [7, 8, 9, 7, 8, 9]
    assert [cell.seed for cell in study(tmp_path, three, seed=100).cells] == [100, 101, 102] * 2
    assert study(tmp_path, three, "sweep.seeds=1").seeds == 1


def test_settings_apply_to_where_the_axes_start_from(tmp_path: Path) -> None:
    changed = study(tmp_path, '[sweep]\n"time.days" = [1, 2]', "market.strategy=truthful")
    assert {str(cell.scenario.market.strategy) for cell in changed.cells} == {"{'truthful': 1.0}"}


def test_a_cell_is_the_scenario_that_the_fields_alone_would_make(tmp_path: Path) -> None:
    path = study_file(tmp_path, '[sweep]\n"market.retail" = [0.3, { "00:00" = 0.2, "16:00" = 0.4 }]')
    flat, steps = load_study(path).cells
    (tmp_path / "plain.toml").write_text(SCENARIO)
    assert flat.scenario == load_scenario(tmp_path / "plain.toml", ["market.retail=0.3"])
    tariff = 'market.retail={ "00:00" = 0.2, "16:00" = 0.4 }'
    assert steps.scenario == load_scenario(tmp_path / "plain.toml", [tariff])


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ('"forecast.hidden" = [4, [8, 8]]', ["4", "[8, 8]"]),
        ('"population.pv_share" = [0, 0.5]', [0.0, 0.5]),
        ('"time.start" = [2017-06-12, 2017-01-09]', ["2017-06-12", "2017-01-09"]),
        ('"costs.charged" = [false, true]', [False, True]),
        ("forecast.clusters = [1, 2]", [1, 2]),
        ('"time.horizon" = ["6 h", "24 h"]\n"time.slot_minutes" = [15]', ["6 h", "24 h"]),
        ('"market.strategy" = ["zic", "truthful"]', ["zic", "truthful"]),
        (
            '"market.strategy" = ["zic", { zic = 0.5, truthful = 0.5 }]',
            ["zic", '{ "truthful" = 0.5, "zic" = 0.5 }'],
        ),
    ],
)
def test_tables_show_values_of_one_type(values: str, shown: list[object], tmp_path: Path) -> None:
    cells = study(tmp_path, f"[sweep]\n{values}").cells
    assert [cell.values[0] for cell in cells] == shown
    assert [type(cell.values[0]) for cell in cells] == [type(value) for value in shown]


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_shipped_studies_load_and_tell_their_timeline(path: Path) -> None:
    assert load_study(path).name == path.stem
    assert path.read_text().startswith("#")


@pytest.mark.parametrize(
    ("sweep", "words"),
    [
        ('"forecast.clusters" = [1, 0]', "[sweep] forecast.clusters = 0: should be greater than or equal"),
        ('"forecast.bogus" = [1]', '[sweep] forecast.bogus = 1: unknown key "bogus" in [forecast]'),
        ('"bogus.field" = [1]', '[sweep] bogus.field = 1: unknown key "bogus" in the top level'),
        ('"forecast.clusters" = []', "[sweep] forecast.clusters = []: should be a list of at least one"),
        ('"forecast.clusters" = 3', "[sweep] forecast.clusters = 3: should be a list of at least one"),
        ("seeds = 0", "[sweep] seeds = 0: should be a whole number from 1"),
        ("seeds = true", "[sweep] seeds = true: should be a whole number from 1"),
        ("seeds = 3", "[sweep]: has no axis; name a field"),
        ('"seed" = [1, 2]', '[sweep] "seed": should be a field of a section, as section.field; replic'),
        ('"name" = ["a", "b"]', '[sweep] "name": should be a field of a section'),
        ('"time.days" = [1, 1]', "[sweep] time.days = 1: is the same run as time.days = 1; leave one"),
        ('"forecast.hidden" = [8, [8]]', "forecast.hidden = [8]: is the same run as forecast.hidden = 8"),
        (
            '"market.strategy" = [{ zic = 0.5, truthful = 0.5 }, { truthful = 0.5, zic = 0.5 }]',
            'market.strategy = { "truthful" = 0.5, "zic" = 0.5 }: is the same run as',
        ),
        ('"proofs.store" = ["off", "default"]', 'proofs.store = "default": is the same run as'),
        (
            '"proofs.store" = ["off", "/kept"]',
            'proofs.store = "/kept": lies outside the folder of the scenario',
        ),
        ('"time.days" = [1]\nzipped = 3', "[sweep] zipped = 3: should be a section [sweep.zipped]"),
        (
            '[sweep.zipped]\n"time.days" = [1, 2]\n"time.lead" = [1]',
            "lists should be of equal length, but time.days has 2, time.lead has 1",
        ),
        ('"time.days" = [1]\n[sweep.zipped]\n"time.days" = [2]', '"time.days": is an axis twice'),
        (
            '"proofs.settings" = ["tuned"]\n"proofs.settings.logrows" = [9, 10]',
            '"proofs.settings" and "proofs.settings.logrows": one holds the other',
        ),
        ('"time.days.more" = [1]', '[sweep] time.days.more = 1: "days" is not a section'),
        (
            '"market.feed_in" = [0.1, 0.5]',
            "[sweep] market.feed_in = 0.5: market: retail should be at least feed_in",
        ),
        ("seeds = 5001\ntime.days = [1, 2]", "[sweep]: has 10,002 cells, should have at most 10,000"),
    ],
)
def test_refusals(sweep: str, words: str, tmp_path: Path) -> None:
    days = "" if "time.days.more" not in sweep else "[time]\ndays = 1\n"
    scenario = SCENARIO.replace("[time]\n", days or "[time]\n")
    path = study_file(tmp_path, sweep if sweep.startswith("[") else f"[sweep]\n{sweep}", scenario)
    with pytest.raises(InputError) as refusal:
        load_study(path)
    assert str(refusal.value).startswith(f"{path}: ")
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_what_is_wrong_with_the_scenario_is_not_blamed_on_an_axis(tmp_path: Path) -> None:
    path = study_file(
        tmp_path, '[sweep]\n"forecast.clusters" = [1]', SCENARIO.replace("agents = 4", "agents = 1")
    )
    with pytest.raises(InputError, match=r"small\.toml: population\.agents = 1: should be"):
        load_study(path)


def test_a_setting_of_an_axis_would_change_nothing_and_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r'--set "time\.days=3": time\.days is an axis'):
        study(tmp_path, '[sweep]\n"time.days" = [1, 2]', "time.days=3")


def test_seeds_stay_in_their_range(tmp_path: Path) -> None:
    sweep = '[sweep]\nseeds = 2\n"time.days" = [1]'
    assert study(tmp_path, sweep, seed=2**63 - 2).cells[-1].seed == 2**63 - 1
    with pytest.raises(InputError, match="should stay below"):
        study(tmp_path, sweep, seed=2**63 - 1)


def test_runs_and_studies_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has a \[sweep\], so it is a study: zkpet sweep runs it"):
        load_scenario(study_file(tmp_path))
    (tmp_path / "plain.toml").write_text(SCENARIO)
    with pytest.raises(InputError, match=r"has no \[sweep\], so it is one run: zkpet run runs it"):
        load_study(tmp_path / "plain.toml")


# Addresses change with what decides results, and only with that -------------------------------------------


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
