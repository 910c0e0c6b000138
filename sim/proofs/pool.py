"""The prover pool: circuits set up and proofs made in parallel, each process on one thread.

Proofs depend on readings alone, so all of a run's proofs are handed in at once, in the order of the gates;
the market waits only for the one it needs next.
"""

import os
import signal
import sys
import threading
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from pathlib import Path
from types import TracebackType
from typing import Self

from sim.errors import ProverError
from sim.forecast.quantised import QuantisedModel
from sim.proofs.circuit import Circuit
from sim.proofs.prover import Proof, prove
from sim.proofs.settings import EzklSettings
from sim.proofs.setup import build_circuit
from sim.proofs.srs import Srs

_ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("RAYON", "OMP", "MKL", "OPENBLAS")}


@dataclass(frozen=True)
class CircuitOrder:
    """A circuit to set up: ``settings`` None means tuned; ``folder`` receives its files."""

    model: QuantisedModel
    settings: EzklSettings | None
    limit_wh: int
    folder: Path


@dataclass(frozen=True)
class ProofOrder:
    """A proof to make: the forecast of one agent for one gate, from its window (lookback readings, Wh)."""

    agent: int
    gate: int
    circuit: Circuit
    window_wh: tuple[int, ...]


class ProverPool:
    """Worker processes, for use in a ``with`` block; leaving it drops what has not been started."""

    def __init__(self, jobs: int, srs: Srs) -> None:
        self._jobs = jobs
        self._srs = srs
        self._proofs: dict[tuple[int, int], Future[Proof]] = {}

    def __enter__(self) -> Self:
        self._executor = ProcessPoolExecutor(self._jobs, get_context("spawn"), _start_worker)
        with _lean_spawning():
            for _ in range(self._jobs):
                self._executor.submit(os.getpid)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)

    def set_up(
        self, orders: Sequence[CircuitOrder], advance: Callable[[int], object] = lambda _: None
    ) -> list[Circuit]:
        """Build circuits in parallel, in the order given. Raises what ``build_circuit`` raises."""
        with _worker_death_reported():
            futures = [
                self._executor.submit(
                    build_circuit, order.model, order.settings, order.limit_wh, self._srs, order.folder
                )
                for order in orders
            ]
            circuits = []
            for future in futures:
                circuits.append(future.result())
                advance(1)
            return circuits

    def start(self, orders: Iterable[ProofOrder]) -> None:
        """Queue proofs; hand them in as the market will need them, gate by gate."""
        with _worker_death_reported():
            for order in orders:
                self._proofs[order.agent, order.gate] = self._executor.submit(
                    prove, order.circuit, order.window_wh, self._srs
                )

    def proof(self, agent: int, gate: int) -> Proof:
        """Wait for a queued proof and take it out of the pool. Raises what ``prove`` raises."""
        with _worker_death_reported():
            return self._proofs.pop((agent, gate)).result()


def _start_worker() -> None:
    """Leave Ctrl-C to the parent, and end when the parent is gone, however it went."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


@contextmanager
def _lean_spawning() -> Iterator[None]:
    """Start workers single-threaded and without the parent's main module, whose imports may weigh seconds."""
    main, environment = sys.modules["__main__"], dict(os.environ)
    sys.modules["__main__"] = types.ModuleType("__main__")
    os.environ.update(_ONE_THREAD)
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        for name in _ONE_THREAD:
            os.environ.pop(name)
            if name in environment:
                os.environ[name] = environment[name]


@contextmanager
def _worker_death_reported() -> Iterator[None]:
    try:
        yield
    except BrokenProcessPool:
        raise ProverError(
            "a prover process was killed, probably for want of memory; run again, with fewer --jobs"
        ) from None
