"""A finished run, opened from its directory."""

from pathlib import Path

from sim.errors import InputError
from sim.outputs.run_directory import SCENARIO, SUMMARY, is_run
from sim.outputs.saved import read_json, read_scenario, read_table
from sim.page.run_state import RunState
from sim.page.story import TABLES, Story, story_of
from sim.scenario import Scenario
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
        self.scenario = read_scenario(directory / SCENARIO)
        story = _story_in(directory, self.scenario)
        leak_share = read_json(directory / SUMMARY).get("leak_share")
        self._state = RunState(story=story, finished=True, leak_share=leak_share)

    @property
    def state(self) -> RunState:
        """See ``Run.state``; always the same."""
        return self._state

    def attempt(self, attack: str, home: int, gate: int) -> None:
        """Not here: the chain that could be cheated is gone."""
        raise NotImplementedError("a recorded run takes no attempts")

    def stop(self) -> None:
        """Nothing is under way."""


def _story_in(directory: Path, scenario: Scenario) -> Story:
    """The story of a directory's tables, which have to be those of one run."""
    tables = {name: read_table(directory / f"{name}.parquet") for name in TABLES}
    try:
        story = story_of(scenario, tables)
        agents = {*tables["orders"]["agent"], *tables["forecasts"]["agent"]}
        fit = agents == set(story.homes) and len(tables["forecasts"]) == story.net_wh.size
    except KeyError as missing:
        raise InputError(f"{directory}: a table lacks {missing}; run it again") from None
    except (ValueError, TypeError, IndexError, ArithmeticError):
        fit = False
    if not fit:
        raise InputError(f"{directory}: its tables are not those of one run; run it again")
    return story
