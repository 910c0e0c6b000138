"""A finished run, opened from its directory."""

from pathlib import Path

from sim.data.readings import DAY_S
from sim.errors import InputError
from sim.outputs.run_directory import SCENARIO, SUMMARY, is_run
from sim.outputs.saved import read_json
from sim.page.recorded_tables import recorded_tables
from sim.page.run_state import RunState
from sim.page.timeline import Timeline, timeline_of
from sim.schema.file import load_saved_scenario
from sim.schema.forecasting import AGENTS
from sim.schema.scenario import Scenario
from sim.study.study_directory import is_study_directory


class RecordedRun:
    """What a run directory tells; see ``Run``. Nothing is computed again.

    Raises InputError where the directory is not that of a run, or lacks what the page shows.
    """

    live = False

    def __init__(self, directory: Path) -> None:
        if is_study_directory(directory):
            raise InputError(
                f"{directory}: is a study, of many runs; zkpet report shows it, the page one run"
            )
        if not is_run(directory):
            raise InputError(f"{directory}: should be a run directory, or a scenario (a .toml file)")
        self.scenario = load_saved_scenario(directory / SCENARIO)
        timeline = _timeline_in(directory, self.scenario)
        self._state = RunState(timeline=timeline, finished=True, leak_share=_leak_share(directory / SUMMARY))

    @property
    def state(self) -> RunState:
        """See ``Run.state``; always the same."""
        return self._state

    def attempt(self, attack: str, home: int, gate: int) -> None:
        """Not here: the chain that could be cheated is gone."""
        raise NotImplementedError("a recorded run takes no attempts")

    def stop(self) -> None:
        """Nothing is under way."""


def _leak_share(summary: Path) -> float | None:
    share = read_json(summary).get("leak_share")
    if share is None or (isinstance(share, int | float) and abs(share) <= 1):
        return share
    raise InputError(f"{summary}: leak_share should be a share between -1 and 1, or null; run it again")


def _timeline_in(directory: Path, scenario: Scenario) -> Timeline:
    """The timeline of a directory's tables, which have to be those of one run."""
    tables = recorded_tables(directory)
    homes, orders, trades = tables["agents"]["agent"], tables["orders"], tables["trades"]
    forecasts = tables["forecasts"]
    names, slots = set(homes.head(AGENTS[1] + 1)), len(tables["slots"])
    fit = (
        len(names) == len(homes)
        and slots > 0
        and scenario.time.days * DAY_S % slots == 0
        and slots % scenario.time.horizon == 0
        and len(forecasts) == len(names) * slots
        and all(bool(rows["agent"].isin(names).all()) for rows in (orders, trades))
        and bool(forecasts["agent"].isin(names).all())
        and forecasts["agent"].nunique() == len(names)
        and all(bool((rows["slot"] < slots).all()) for rows in (orders, trades, forecasts))
        and bool(orders["side"].isin(("buy", "sell")).all())
    )
    if not fit:
        raise InputError(f"{directory}: its tables are not those of one run; run it again")
    timeline = timeline_of(scenario, tables)
    try:
        _ = timeline.bill, timeline.bill_without
    except OverflowError as error:
        raise InputError(f"{directory}: {error}; run it again") from None
    return timeline
