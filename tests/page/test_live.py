"""A live run tells where it is, can be ended at any moment, and leaves nobody behind."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sim.outputs.tables import tables_of
from sim.page import live
from sim.page.live import LiveRun
from sim.page.run_state import RunState
from sim.page.taken_over import Answer
from sim.page.timeline import timeline_of
from sim.page.worker import work
from sim.proofs.srs import load_srs
from sim.runtime.store import open_store
from sim.schema.scenario import Scenario
from sim.simulation.run import simulate
from tests.page.scenes import QUICK
from tests.page.test_timeline import assert_same
from tests.processes import all_end, descendants
from tests.runs import QUIET, scenario

pytestmark = pytest.mark.slow

UNPROVED = (*QUICK, "proofs.policy=none", "time.horizon=12")
PROVING = (*QUICK, "forecast.clusters=1", "time.horizon=3", "forecast.lookback=12")
TRAINING = ("proofs.policy=none", "forecast.family=mlp", "forecast.rounds=10000")


@pytest.fixture(scope="module", autouse=True)
def libraries_loaded_once() -> None:
    live.warm_up()


@pytest.fixture
def begin(tmp_path) -> Iterator[Callable[..., LiveRun]]:
    """Begins runs, with a store of the test's own; ends those that the test leaves."""
    runs: list[LiveRun] = []

    def begun(*settings: str, taken: int | None = None) -> LiveRun:
        runs.append(LiveRun(settled(tmp_path, *settings), 2, taken))
        return runs[-1]

    yield begun
    for each in runs:
        each.stop()
        assert all_end(family(each))


def settled(folder: Path, *settings: str) -> Scenario:
    return scenario("tiny", f"proofs.store={folder / 'store'}", *settings)


def wait_for(run: LiveRun, happened: Callable[[RunState], object], patience_s: float = 120) -> list[RunState]:
    """All states until one in which something has happened."""
    seen = [run.state]
    for _ in range(int(patience_s / 0.005)):
        if run.state is not seen[-1]:
            seen.append(run.state)
        if happened(seen[-1]):
            return seen
        time.sleep(0.005)
    raise AssertionError(f"it never came to that: {seen[-1]}")


def family(run: LiveRun) -> list[int]:
    """The run's process and all that descend from it; none where it never started, or has ended."""
    pid = run._process.pid
    return [pid, *descendants(pid)] if pid and Path(f"/proc/{pid}").exists() else []


def at_work(name: str) -> Callable[[RunState], object]:
    return lambda state: state.problem or (state.work and state.work.name == name and state.work.done)


def test_a_run_tells_its_stages_and_grows_to_the_timeline_of_the_command(begin, tmp_path) -> None:
    run = begin(*UNPROVED)
    seen = wait_for(run, lambda state: state.finished or state.problem)
    assert seen[-1].problem is None
    stages = [state.work.name for state in seen if state.work]
    assert list(dict.fromkeys(stages))[:2] == ["training", "market"]
    slots = [state.timeline.slots for state in seen if state.timeline]
    assert slots == sorted(slots)
    assert set(slots) <= {12, 24}
    assert slots[-1] == 24
    last = seen[-1]
    assert (last.work, last.stopped, last.trying, last.attempts) == (None, False, False, ())
    again = settled(tmp_path, *UNPROVED)
    outcome = simulate(again, load_srs(), 1, QUIET, store=open_store(again.proofs.store))
    assert_same(last.timeline, timeline_of(again, tables_of(outcome)))
    # Open to attempts, and stopped when all is done.
    run.attempt("double-submitter", 0, 0)
    run.attempt("late-bidder", 1, 1)
    assert run.state.trying
    tried = wait_for(run, lambda state: not state.trying or state.problem)[-1].attempts
    assert [(each.attack, each.gate) for each in tried] == [("double-submitter", 0), ("late-bidder", 1)]
    assert {each.reason for each in tried} == {"orders already submitted", "gate is closed"}
    processes = family(run)
    assert processes
    run.stop()
    assert all_end(processes)
    ended = run.state
    assert ended.stopped
    assert ended.problem is None
    assert ended.timeline is last.timeline
    run.attempt("double-submitter", 0, 0)
    assert not run.state.trying
    assert run.state.attempts == tried


def test_a_home_taken_over_is_waited_for_at_every_gate_until_it_is_handed_back(begin) -> None:
    run = begin(*UNPROVED, taken=1)
    first = wait_for(run, lambda state: state.problem or (state.taken and state.taken.asked))[-1]
    assert (first.timeline, first.taken.asked.gate, first.taken.answers) == (None, 0, ())
    run.answer(Answer(1, (1, 2)))  # for a gate that nobody asks about
    run.answer(Answer(0, (150_000, 90_000)))
    wait_for(run, lambda state: state.timeline and state.taken.asked and state.taken.asked.gate == 1)
    run.attempt("double-submitter", 0, 0)  # while the market waits
    tried = wait_for(run, lambda state: state.attempts or state.problem)[-1]
    assert [each.reason for each in tried.attempts] == ["orders already submitted"]
    assert (tried.taken.asked.gate, tried.timeline.slots) == (1, 12)
    run.answer(Answer(1, None))
    last = wait_for(run, lambda state: state.finished or state.problem)[-1]
    assert last.taken.answers == (Answer(0, (150_000, 90_000)), Answer(1, None))
    assert set(last.timeline.limit_price[1, :12].tolist()) <= {0, 150_000, 90_000}
    assert not set(last.timeline.limit_price[1, 12:].tolist()) & {150_000, 90_000}


@pytest.mark.parametrize(
    ("settings", "stage"), [(TRAINING, "training"), pytest.param(PROVING, "market", marks=pytest.mark.long)]
)
def test_stopped_in_the_middle_of_work_nobody_is_left(begin, settings, stage, monkeypatch) -> None:
    monkeypatch.setattr(live, "_PATIENCE_S", 60.0)  # so that it is not killed, however busy the machine
    run = begin(*settings)
    wait_for(run, at_work(stage))
    processes = family(run)
    assert len(processes) >= (3 if stage == "market" else 1)  # two provers
    told = run.state.timeline
    run.attempt("front-runner", 0, 0)
    run.stop()
    assert run.state.stopped
    assert run.state.work is None
    assert not run.state.trying
    assert all_end(processes)
    run._process.join()
    assert run._process.exitcode == 0  # by itself, after it has tidied up
    assert run.state.problem is None
    assert told is None or run.state.timeline is not None


@pytest.mark.long
def test_a_killed_worker_is_a_sentence_and_leaves_no_prover(begin) -> None:
    run = begin(*PROVING)
    wait_for(run, lambda state: state.timeline or state.problem)
    processes = family(run)
    assert len(processes) >= 3
    run.attempt("late-bidder", 0, 0)
    os.kill(processes[0], signal.SIGKILL)
    last = wait_for(run, lambda state: state.problem)[-1]
    assert "ended from outside" in str(last.problem)
    assert "\n" not in str(last.problem)
    assert last.timeline is not None
    assert last.work is None
    assert not last.trying
    assert all_end(processes)
    run.attempt("late-bidder", 0, 0)
    assert not run.state.trying


def test_what_cannot_be_run_is_a_sentence(begin) -> None:
    run = begin(*UNPROVED, "proofs.store=/dev/full/store")
    last = wait_for(run, lambda state: state.problem or state.finished)[-1]
    assert str(last.problem).startswith("proofs.store: /dev/full/store: cannot keep anything there")
    assert "\n" not in str(last.problem)
    assert (last.timeline, last.work, last.finished) == (None, None, False)
    assert all_end(family(run))


@pytest.mark.long
@pytest.mark.parametrize(
    ("settings", "last"),
    [
        (TRAINING, lambda told: "work" in told and told["work"].done),
        (UNPROVED, lambda told: "finished" in told),  # when it has nothing more to tell
    ],
)
def test_a_page_that_is_gone_ends_the_process(tmp_path, settings, last) -> None:
    ours, theirs = live._FORGES.Pipe()
    process = live._FORGES.Process(target=work, args=(theirs, settled(tmp_path, *settings), 1))
    process.start()
    theirs.close()
    while not last(ours.recv()):
        pass
    ours.close()
    assert all_end([process.pid])
    process.join()
    assert process.exitcode == 0


# What messages do to the state, without a process ---------------------------------------------------------
