"""The schema: what it accepts, what it refuses, and in which words."""

from datetime import datetime
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.runtime.store import open_store
from sim.schema.file import load_saved_scenario, load_scenario, without_folders
from sim.schema.reference import documentation
from sim.schema.scenario import Scenario
from sim.study.study_file import is_study

ROOT = Path(__file__).parents[2]
SCENARIOS = [path for path in sorted((ROOT / "scenarios").glob("*.toml")) if not is_study(path)]
TINY = ROOT / "scenarios" / "tiny.toml"


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_shipped_scenarios_load_and_tell_their_timeline(path: Path) -> None:
    assert load_scenario(path).name == path.stem
    assert path.read_text().startswith("#")


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_resolved_scenario_reads_back_as_itself(path: Path, tmp_path: Path) -> None:
    scenario, resolved = load_scenario(path), tmp_path / "resolved.toml"
    resolved.write_text(scenario.to_toml())
    assert load_scenario(resolved) == scenario


@pytest.mark.parametrize(
    ("setting", "same"),
    [
        ("market.strategy={truthful = 0.5, zic = 0.5}", "market.strategy={zic = 0.5, truthful = 0.5}"),
        ("market.strategy=zic", "market.strategy={truthful = 0, zic = 1}"),
        (
            "adversaries.homes={bit-flipper = 0.1, wash-trader = 0.2}",
            "adversaries.homes={wash-trader = 0.2, late-bidder = 0, bit-flipper = 0.1}",
        ),
        (
            'adversaries.operators=["silent", "clears-twice"]',
            'adversaries.operators=["clears-twice", "silent"]',
        ),
        (
            "market.homes={home-01 = {retail = 0.3, feed_in = 0.1}, home-03 = {retail = 0.4}}",
            "market.homes={home-03 = {retail = 0.4}, home-01 = {feed_in = 0.1, retail = 0.3}}",
        ),
        (
            'market.retail={"00:00" = 0.2, "16:00" = 0.4}',
            'market.retail={"16:00" = 0.4, "00:00" = 0.2}',
        ),
    ],
)
def test_tables_that_mean_the_same_are_the_same_scenario(setting: str, same: str) -> None:
    """Its resolved text names it everywhere: in digests, addresses and manifests."""
    assert load_scenario(TINY, [setting]).to_toml() == load_scenario(TINY, [same]).to_toml()


def test_settings_and_seed_override_the_file() -> None:
    scenario = load_scenario(
        TINY, ["forecast.hidden=[16, 8]", "market.strategy=truthful", "time.days=2"], seed=3
    )
    assert (scenario.forecast.hidden, scenario.market.strategy) == ((16, 8), {"truthful": 1.0})
    assert (scenario.time.days, scenario.seed) == (2, 3)


def test_prices_are_exact_integers() -> None:
    scenario = load_scenario(
        TINY, ['market.retail={"00:00" = 0.18, "16:30" = 0.345678}', "market.feed_in=0.07"]
    )
    assert scenario.market.retail.steps == ((0, 180_000), (990, 345_678))
    assert scenario.market.feed_in.steps == ((0, 70_000),)


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        'name = "mine"\n[time]\nstart = 2020-01-01\n[population]\nsource = "homes.csv"\n'
    )
    assert load_scenario(tmp_path / "mine.toml").population.source == str(tmp_path / "homes.csv")


def test_paths_in_settings_are_relative_to_where_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    mine = load_scenario(TINY, ["population.source=homes.csv", "proofs.srs=kzg", "proofs.store=kept"])
    assert [mine.population.source, mine.proofs.srs, mine.proofs.store] == [
        str(tmp_path / name) for name in ("homes.csv", "kzg", "kept")
    ]
    words = ["population.source=sierra-crest", "proofs.srs=shipped", "proofs.store=off"]
    assert load_scenario(TINY, words).proofs.store == "off"


def naming_store(folder: Path, store: str) -> Path:
    folder.mkdir()
    (folder / "x.toml").write_text(f'name = "x"\ntime.start = 2020-01-01\nproofs.store = "{store}"\n')
    return folder / "x.toml"


@pytest.mark.parametrize("store", ["../kept", "linked", "linked/below", "here/../../kept", "/kept"])
def test_a_file_names_no_store_outside_its_folder(tmp_path: Path, store: str) -> None:
    path = naming_store(tmp_path / "theirs", store)
    (tmp_path / "theirs" / "linked").symlink_to(tmp_path)
    with pytest.raises(
        InputError, match=r"x\.toml: proofs\.store = .* lies outside the folder of the scenario"
    ):
        load_scenario(path)
    resolved = str((path.parent / store).resolve())
    assert load_scenario(path, [f"proofs.store={resolved}"]).proofs.store == resolved
    assert load_scenario(path, [f'proofs={{ store = "{store}" }}']).proofs.store == resolved
    assert load_saved_scenario(path).proofs.store == "default"


def test_a_file_names_a_store_in_its_folder(tmp_path: Path) -> None:
    path, kept = naming_store(tmp_path / "mine", "kept"), tmp_path / "mine" / "kept"
    assert load_scenario(path).proofs.store == str(kept)
    assert not kept.exists()
    open_store(str(kept))
    assert load_scenario(path).proofs.store == str(kept)
    (kept / "unfinished").rmdir()
    (kept / "unfinished").symlink_to(tmp_path)
    with pytest.raises(InputError, match=r"x\.toml: proofs\.store: .*kept/unfinished: is a link"):
        load_scenario(path)


@pytest.mark.parametrize("start", ["2017-06-12T16:30", "2017-06-12 16:30:00", '"2017-06-12T16:30"'])
def test_a_start_may_be_written_as_people_write_it(start: str) -> None:
    assert load_scenario(TINY, [f"time.start={start}"]).time.start == datetime(2017, 6, 12, 16, 30)


QUARTER_HOURS = "time.slot_minutes=15"


@pytest.mark.parametrize(
    ("setting", "slots"),
    [
        ("time.horizon=24 h", (96, 1, 24)),
        ('time.horizon="24h"', (96, 1, 24)),
        ("time.lead=90 min", (24, 6, 24)),
        ("forecast.lookback=168 h", (24, 1, 672)),
        ("time.horizon=4", (4, 1, 24)),
    ],
)
def test_lengths_of_time_are_slots(setting: str, slots: tuple[int, ...]) -> None:
    scenario = load_scenario(TINY, [QUARTER_HOURS, setting])
    assert (scenario.time.horizon, scenario.time.lead, scenario.forecast.lookback) == slots
    assert Scenario.of(scenario.document()) == scenario
    assert "slot_minutes" not in load_scenario(TINY).document()["time"]


def test_lengths_may_be_given_in_code() -> None:
    given = {"start": "2017-06-12", "slot_minutes": 30, "horizon": "24 h"}
    day = Scenario.of({"name": "x", "time": given, "forecast": {"lookback": "2 h"}})
    assert (day.time.horizon, day.forecast.lookback) == (48, 4)
    assert day.with_("time.lead", "60 min").time.lead == 2
    assert Scenario(name="x", time=day.time, forecast={"lookback": "3 h"}).forecast.lookback == 6


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("time.horizon=25 h", 'time.horizon = "25 h": 100 slots of 15 min, should be 1 to 96'),
        ("time.lead=0 min", 'time.lead = "0 min": 0 slots of 15 min, should be 1 to 96'),
        ("forecast.lookback=169 h", 'forecast.lookback = "169 h": 676 slots of 15 min, should be 1 to 672'),
        ("time.horizon=20 min", 'time.horizon = "20 min": should be whole slots, of 15 min each'),
        (
            "time.horizon=1 day",
            'time.horizon = "1 day": should be a number of slots, or a length like "24 h"',
        ),
        ("time.horizon=97", "time.horizon = 97: should be less than or equal to 96"),
        (
            'time={start=2017-06-12, horizon="1 h"}',
            'time.horizon = "1 h": needs time.slot_minutes, the length',
        ),
        (
            'time={start=2017-06-12, horizon="1 h", slot_minutes="15"}',
            'time.slot_minutes = "15": should be a whole number from 1 to 1,440',
        ),
        ("time.slot_minutes=0", "time.slot_minutes = 0: should be greater than or equal to 1"),
    ],
)
def test_lengths_that_are_no_slots_are_refused(setting: str, sentence: str) -> None:
    with pytest.raises(InputError) as refusal:
        load_scenario(TINY, [QUARTER_HOURS, setting])
    assert str(refusal.value).startswith(f"{TINY}: {sentence}")


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("forecast.bogus=1", 'unknown key "bogus" in [forecast]; known are: family, model, lookback'),
        ("bogus=1", 'unknown key "bogus" in the top level; known are: name, seed'),
        (
            "market.homes.home-01.bogus=1",
            'unknown key "bogus" in [market.homes.home-01]; known are: retail, feed_in',
        ),
        ("population.pv_share=2", "population.pv_share = 2.0: should be less than or equal to 1"),
        ("time.days=0", "time.days = 0: should be greater than or equal to 1"),
        ("population.agents=20001", "population.agents = 20001: should be less than or equal to 20000"),
        ("population.agents=4.5", "population.agents = 4.5: should be a valid integer"),
        ('seed="seven"', 'seed = "seven": should be a valid integer'),
        ("seed=-1", "seed = -1: should be greater than or equal to 0"),
        ('population.pv_share="half"', 'population.pv_share = "half": should be a number'),
        (
            "forecast.family=tree",
            'no model family is called "tree": should be one of cnn, linear, dlinear, mlp, ',
        ),
        ("forecast.hidden=0", "forecast.hidden = 0: should be a width between 1 and 1024"),
        (f"forecast.hidden={[8] * 9}", "should be at most 8 layers of together at most 1024 neurons"),
        ("forecast.hidden=[1024, 1]", "should be at most 8 layers of together at most 1024 neurons"),
        ("forecast.hidden=[]", "forecast.hidden = []: should be a width between 1 and 1024, or a list"),
        ("proofs.policy=sample:2", 'proofs.policy = "sample:2": should be "all", "none" or "sample:p"'),
        ("proofs.policy=sample:0.0", 'proofs.policy = "sample:0.0": should be "all", "none" or "sample:p"'),
        ("proofs.settings=fast", "proofs.settings = \"fast\": should be 'tuned'"),
        ("proofs.settings={decomp_base=256}", "proofs.settings.decomp_legs is missing"),
        (
            "market.strategy=clever",
            'market.strategy = "clever": no strategy is called "clever": should be one of truthful, zic',
        ),
        ("market.strategy={zic=0.5}", "strategy shares should be at least 0 and sum to 1"),
        ("market.retail=0.01", "market: retail should be at least feed_in plus grid_fee at all times"),
        ("market.grid_fee=0.2", "market: retail should be at least feed_in plus grid_fee at all times"),
        ("market.homes.home-01.retail=0.01", "homes.home-01.retail should be at least homes.home-01.feed_in"),
        ("market.retail=0.1234567", "$0.1234567/kWh has more than six decimals"),
        ("market.retail=inf", "market.retail = Infinity: should be between $0/kWh and $1,000/kWh"),
        ("market.retail=[0.2]", "market.retail = [0.2]: should be a price in $/kWh"),
        ("market.retail={", "is not TOML"),
        ("market.strategy={zic=nan}", "should be a finite number"),
        ("market.homes=5", "market.homes = 5: should be a table"),
        ("market.credit_limit=-1", "market.credit_limit = -1: should be between $0 and $1,000,000,000"),
        ("population.pv_share=nan", "population.pv_share = NaN: should be a finite number"),
        ('population.source="a\\u0000b"', "should be the path of a file"),
        ('forecast.hidden="8"', 'forecast.hidden = "8": should be a width between 1 and 1024'),
        ("name=Größe", 'name = "Größe": should be up to 64 of a-z, 0-9, - and _'),
        ("market.retail=-1", "should be between $0/kWh and $1,000/kWh"),
        ('market.retail={"5" = 0.2}', 'has start time "5", which should be like "16:30"'),
        ('market.retail={"05:00" = 0.2}', "the first at 00:00"),
        ("time.start=2017-06-12T00:00:00Z", "should be local time without a zone"),
        ("time.start=9998-01-01", "should be in the years 2 to 9997"),
        ("time.start=0001-12-31", "should be in the years 2 to 9997"),
        ("time.start=12", "time.start = 12: should be a date, or a local time like"),
        ("time.start=12.06.2017", "should be a date, or a local time like 2017-06-12T16:30:00"),
        ("time=3", "time = 3: should be a section"),
        ("chain.block_gas_limit=1", "chain.block_gas_limit = 1: should be greater than or equal to 30000000"),
    ],
)
def test_bad_values_are_refused_in_one_sentence(setting: str, sentence: str) -> None:
    with pytest.raises(InputError) as refusal:
        load_scenario(TINY, [setting])
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert str(refusal.value).startswith((str(TINY), "--set"))


@pytest.mark.parametrize("setting", ["nonsense", "=1", "seed.deeper=1"])
def test_bad_settings_are_refused(setting: str) -> None:
    with pytest.raises(InputError, match="--set"):
        load_scenario(TINY, [setting])


def test_files_that_are_no_scenario_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        load_scenario(tmp_path / "missing.toml")
    with pytest.raises(InputError, match=r"/dev/zero: cannot read the scenario .it is no regular file"):
        load_scenario(Path("/dev/zero"))
    broken = tmp_path / "broken.toml"
    broken.write_text("name = \n")
    with pytest.raises(InputError, match=r"not a TOML file: .*line 1"):
        load_scenario(broken)


@pytest.mark.parametrize(
    ("policy", "share"), [("all", 1.0), ("none", 0.0), ("sample:0.25", 0.25), ("sample:.5", 0.5)]
)
def test_sample_share(policy: str, share: float) -> None:
    assert load_scenario(TINY, [f"proofs.policy={policy}"]).proofs.sample_share == share


def test_a_scenario_is_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_scenario(TINY).seed = 3  # type: ignore[misc]


def test_every_field_has_a_meaning_and_the_reference_is_current() -> None:
    page = (ROOT / "docs" / "scenario.md").read_text()
    assert page == documentation(), "run: python -m sim.schema.reference > docs/scenario.md"
    assert "None |\n" not in page
    assert all(f"## [{name}]" in page for name in Scenario.model_fields if name not in ("name", "seed"))


@pytest.mark.parametrize("name", ["homes.csv", "sierra-crest"])
def test_for_others_files_have_names_and_no_places(tmp_path: Path, name: str) -> None:
    """Beside its files, such a scenario is read again as the same; a store is nobody else's business."""
    given = [
        f"population.source={tmp_path / name}",
        f"proofs.srs={tmp_path}/kzg",
        f"proofs.store={tmp_path}/x",
    ]
    theirs = without_folders(load_scenario(TINY, given))
    assert theirs == without_folders(theirs)
    assert str(tmp_path) not in theirs.to_toml()
    (tmp_path / "theirs.toml").write_text(theirs.to_toml())
    assert load_scenario(tmp_path / "theirs.toml") == load_scenario(TINY, given[:2])
    assert without_folders(load_scenario(TINY, ["proofs.store=off"])).proofs.store == "off"
