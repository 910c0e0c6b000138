"""The process that computes a run for the page: gate by gate, telling of each, and then open to attempts.

What it tells are changes of the page's ``RunState``, by field. It ends when it is told to, or when nobody
listens any more: a closed tab, or the page's end.
"""

import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from queue import SimpleQueue
from types import FrameType
from typing import Any

from sim.errors import InputError, SimulationError
from sim.outputs.tables import tables_of
from sim.page.attack_sandbox import AttackSandbox
from sim.page.run_state import Work
from sim.page.taken_over import Answer, Asked, NamedLimits, taken_over
from sim.page.timeline import Timeline, timeline_of
from sim.plugins import Plugin, load
from sim.proofs.srs import load_srs
from sim.runtime.progress import Advance, Progress
from sim.runtime.store import open_store
from sim.schema.scenario import Scenario
from sim.simulation.run import OpenMarket, open_market
from sim.tables.runs import read_by

Changes = dict[str, Any]
"""Fields of ``RunState``: what they are now; of notices, attempts and failed ones, what comes to them."""
Request = tuple[str, int, int] | Answer
"""An attempt that somebody wants to see: attack, home (row), gate; or the limits of the home taken over."""


def work(
    connection: Connection,
    scenario: Scenario,
    jobs: int,
    plugins: Sequence[Plugin] = (),
    taken: int | None = None,
) -> None:
    """Hold a scenario's market; the other end of the connection gets changes and may send requests.

    taken: the home (row) whose limits are asked for at every gate, if one is
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the page ends this process
    signal.signal(signal.SIGTERM, _end_once)
    requests: SimpleQueue[Request] = SimpleQueue()
    threading.Thread(target=_listen, args=(connection, requests), daemon=True).start()
    with suppress(ConnectionError, KeyboardInterrupt):
        try:
            load(plugins)
            _hold(connection.send, requests, scenario, jobs, taken)
        except ConnectionError:
            raise  # nobody listens
        except Exception as error:
            connection.send({"problem": _problem(error), "work": None})


def _problem(error: Exception) -> str:
    """Why the run could not go on, in a sentence."""
    match error:
        case InputError() | SimulationError():
            return str(error)
        case OSError():
            return f"{error.filename or 'output'}: {error.strerror or error}"
        case MemoryError():
            return "there was too little memory; try fewer homes or days"
        case _:
            traceback.print_exception(error)
            return f"something went wrong ({type(error).__name__}: {error}); please report it"


def _end_once(number: int, frame: FrameType | None) -> None:
    """Begin to end; being told again, by a closed connection and by the page, must not cut that short."""
    del frame
    signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _listen(connection: Connection, requests: SimpleQueue[Request]) -> None:
    with suppress(EOFError, OSError):
        while True:
            requests.put(connection.recv())
    os.kill(os.getpid(), signal.SIGTERM)


def _hold(
    tell: Callable[[Changes], None],
    requests: SimpleQueue[Request],
    scenario: Scenario,
    jobs: int,
    taken: int | None,
) -> None:
    srs, store = load_srs(scenario.proofs.srs), open_store(scenario.proofs.store)
    with open_market(scenario, srs, jobs, Relayed(tell=tell), store=store) as market:
        sandbox = AttackSandbox(market)

        def next_answer() -> Answer | None:
            """What the next request answers; an attempt is tried at once, and answers nothing."""
            request = requests.get()
            if isinstance(request, Answer):
                return request
            tell(_tried(sandbox, *request))
            return None

        def ask(asked: Asked) -> Answer:
            while (answer := next_answer()) is None or answer.gate != asked.gate:
                pass
            return answer

        if taken is not None:
            state = taken_over(market.prepared, market.world, taken, market.bids)
            market.world.participants.limits = NamedLimits(
                market.prepared, state, ask, lambda state: tell({"taken": state})
            )
        for _ in range(market.prepared.gates):
            market.step()
            tell({"timeline": timeline_so_far(market)})
            while not requests.empty():
                next_answer()
        tell({"work": Work("privacy", 0, 1, "measurement")})
        leak = market.outcome().leak
        tell({"work": None, "finished": True, "leak_share": leak.share if leak else None})
        while True:
            next_answer()


def _tried(sandbox: AttackSandbox, attack: str, home: int, gate: int) -> Changes:
    try:
        return {"attempts": (sandbox.attempt(attack, home, gate),)}
    except Exception as error:  # an attempt that goes wrong should not end the run of a whole class
        traceback.print_exc()
        why = f"{attack} could not be tried ({type(error).__name__}): please report this"
        return {"notices": (why,), "failed": 1}


def timeline_so_far(market: OpenMarket) -> Timeline:
    """What is known after a gate."""
    scenario = market.prepared.scenario
    tables = tables_of(market.outcome(), read_by("page", sealed=scenario.market.sealed))
    return timeline_of(scenario, tables, market.world.history.gates_cleared * scenario.time.horizon)


@dataclass(frozen=True)
class Relayed(Progress):
    """Progress that is told instead of printed."""

    tell: Callable[[Changes], None] = print

    @contextmanager
    def stage(self, name: str, total: int, unit: str) -> Iterator[Advance]:
        """See ``Progress.stage``."""
        done = 0

        def advance(pieces: int) -> None:
            nonlocal done
            done += pieces
            self.tell({"work": Work(name, done, total, unit)})

        advance(0)
        yield advance

    def say(self, line: str) -> None:
        """See ``Progress.say``."""
        self.tell({"notices": (line,)})

    def note(self, sentence: str) -> None:
        """Nothing: the page says this before the run, beside what it costs."""
