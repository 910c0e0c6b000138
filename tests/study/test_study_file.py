"""Study files: how axes and seeds become cells, and what is refused, in which words."""

from math import prod
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError
from sim.schema.file import load_scenario
from sim.study.axes import sweep_of
from sim.study.study_file import is_study, load_study
from tests.study.studies import SCENARIO, study, study_file

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


@given(
    st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=4, unique=True), min_size=1, max_size=3),
    st.integers(1, 3),
)
def test_a_grid_has_as_many_points_as_its_lists_allow(lists: list[list[int]], seeds: int) -> None:
    sweep = sweep_of({"seeds": seeds, **{f"section.field{i}": values for i, values in enumerate(lists)}})
    points = list(sweep.points())
    assert len(set(points)) == len(points) == prod(map(len, lists))
    assert all(value in values for point in points for value, values in zip(point, lists, strict=True))
