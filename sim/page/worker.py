"""The process that computes a run for the page: gate by gate, telling of each, and then open to attempts.

It ends when it is told to, or when nobody listens any more: a closed tab, or the page's end.
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

import pandas as pd

from sim.errors import InputError, SimulationError
from sim.outputs.tables import tables_of
from sim.page.attack_sandbox import AttackSandbox
from sim.page.attempt import Attempt
from sim.page.run_state import Work
from sim.plugins import Plugin, load
from sim.privacy.leak import leak_of
from sim.proofs.srs import load_srs
from sim.runtime.progress import Advance, Progress
from sim.runtime.store import open_store
from sim.schema.scenario import Scenario
from sim.simulation.run import OpenMarket, open_market
from sim.tables.runs import read_by


@dataclass(frozen=True)
class Cleared:
    """The tables of a run after its first ``slots`` slots."""

    tables: dict[str, pd.DataFrame]
    slots: int


@dataclass(frozen=True)
class Finished:
    """All gates are cleared; the share of the readings' variance that what is public gives away, if known."""

    leak_share: float | None


@dataclass(frozen=True)
class Notice:
    """A sentence for the user."""

    sentence: str


@dataclass(frozen=True)
class Problem:
    """Why the run could not go on."""

    sentence: str


@dataclass(frozen=True)
class Failed:
    """Why an attempt has no answer."""

    sentence: str


@dataclass(frozen=True)
class Request:
    """An attempt that somebody wants to see."""

    attack: str
    home: int
    gate: int


Message = Cleared | Finished | Notice | Problem | Failed | Work | Attempt


def work(connection: Connection, scenario: Scenario, jobs: int, plugins: Sequence[Plugin] = ()) -> None:
    """Hold a scenario's market; the other end of the connection gets messages and may send requests."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the page ends this process
    signal.signal(signal.SIGTERM, _end_once)
    requests: SimpleQueue[Request] = SimpleQueue()
    threading.Thread(target=_listen, args=(connection, requests), daemon=True).start()
    with suppress(ConnectionError, KeyboardInterrupt):
        try:
            load(plugins)
            _hold(connection.send, requests, scenario, jobs)
        except (InputError, SimulationError) as error:
            connection.send(Problem(str(error)))
        except ConnectionError:
            raise  # nobody listens
        except OSError as error:
            connection.send(Problem(f"{error.filename or 'output'}: {error.strerror or error}"))
        except MemoryError:
            connection.send(Problem("there was too little memory; try fewer homes or days"))
        except Exception as error:
            traceback.print_exc()
            connection.send(
                Problem(f"something went wrong ({type(error).__name__}: {error}); please report it")
            )


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
    send: Callable[[Message], None], requests: SimpleQueue[Request], scenario: Scenario, jobs: int
) -> None:
    srs, store = load_srs(scenario.proofs.srs), open_store(scenario.proofs.store)
    with open_market(scenario, srs, jobs, Relayed(send=send), store=store) as market:
        sandbox = AttackSandbox(market)
        for _ in range(market.prepared.gates):
            market.step()
            send(cleared(market))
            while not requests.empty():
                send(_tried(sandbox, requests.get()))
        send(Work("privacy", 0, 1, "measurement"))
        leak = leak_of(market.prepared, market.world.history.trades)
        send(Finished(leak.share if leak else None))
        while True:
            send(_tried(sandbox, requests.get()))


def _tried(sandbox: AttackSandbox, request: Request) -> Attempt | Failed:
    try:
        return sandbox.attempt(request.attack, request.home, request.gate)
    except Exception as error:  # an attempt that goes wrong should not end the run of a whole class
        traceback.print_exc()
        return Failed(f"{request.attack} could not be tried ({type(error).__name__}): please report this")


def cleared(market: OpenMarket) -> Cleared:
    """What there is to tell after a gate."""
    outcome, world = market.outcome(), market.world
    made = tables_of(outcome, read_by("page"))
    return Cleared(made, world.history.gates_cleared * market.prepared.scenario.time.horizon)


@dataclass(frozen=True)
class Relayed(Progress):
    """Progress that is told instead of printed."""

    send: Callable[[Any], None] = print

    @contextmanager
    def stage(self, name: str, total: int, unit: str) -> Iterator[Advance]:
        """See ``Progress.stage``."""
        done = 0
        self.send(Work(name, done, total, unit))

        def advance(pieces: int) -> None:
            nonlocal done
            done += pieces
            self.send(Work(name, done, total, unit))

        yield advance

    def say(self, line: str) -> None:
        """See ``Progress.say``."""
        self.send(Notice(line))

    def note(self, sentence: str) -> None:
        """Nothing: the page says this before the run, beside what it costs."""
