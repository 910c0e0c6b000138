"""The prover pool: circuits set up and proofs made in parallel, each process on one thread.

Proofs depend on readings alone, so all of a run's proofs are handed in at once, in the order of the gates;
the market waits only for the one it needs next. What the store holds is not made again; what is made is kept
at once, by the process that made it. Processes start with the first thing to be made.
"""

import ctypes
import errno
import os
import signal
import sys
import tempfile
import threading
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from types import TracebackType
from typing import Any, Self, TypeVar

from sim.errors import ProverError
from sim.plugins import Plugin, load, loaded_plugins
from sim.proofs.circuit import Circuit, output_column
from sim.proofs.columns import columns_of
from sim.proofs.jobs import CircuitJob, OpeningJob, ProofJob, TradeJob
from sim.proofs.kept import keep_circuit, keep_proof, keep_trade, kept_circuit, kept_proof, kept_trade
from sim.proofs.prover import Proof, fresh_salts, prove_under
from sim.proofs.settlement import TradeProof, prove_trade
from sim.proofs.setup import build_circuit
from sim.proofs.srs import Srs
from sim.runtime.interrupts import sheltered_children
from sim.runtime.store import Store

Made = TypeVar("Made")
Problem = str | None

_GIVE_WAY = 5
"""Niceness of provers: the chain goes step by step, proofs are made ahead, so the chain should not wait."""
_AGAIN = "run again, best with fewer --jobs; what the store keeps is not made again"
_PR_SET_PDEATHSIG = 1
_ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("RAYON", "OMP", "MKL", "OPENBLAS")}


class ProverPool:
    """Worker processes, for use in a ``with`` block; leaving it drops what has not been started.

    ``say`` is told, in one sentence, when the store can keep no more.
    """

    def __init__(
        self,
        jobs: int,
        srs: Srs,
        store: Store | None = None,
        say: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._jobs = jobs
        self._srs = srs
        self._store = store
        self._say = say
        self._executor: ProcessPoolExecutor | None = None
        self._proofs: dict[tuple[int, int, bool], Proof | Future[tuple[Proof, Problem]]] = {}
        self._columns: dict[tuple[int, int], tuple[int, ...]] = {}
        self._unsettled: set[tuple[int, ...]] = set()
        self._trades: dict[tuple[int, int], TradeProof | Future[tuple[TradeProof, Problem]]] = {}
        self._openings: dict[int, Future[tuple[tuple[bytes, ...], Problem]]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._executor:
            self._executor.shutdown(wait=True, cancel_futures=True)

    def set_up(
        self, orders: Sequence[CircuitJob], advance: Callable[[int], object] = lambda _: None
    ) -> list[Circuit]:
        """Take circuits from the store, or build them in parallel; in the order given.

        Raises what ``build_circuit`` raises.
        """
        with _failures_named():
            found = []
            for order in orders:
                kept = kept_circuit(self._store, order, self._srs) if self._store else None
                found.append(kept or self._submit(_build, order, self._srs, self._store))
            circuits = []
            for circuit in found:
                circuits.append(self._result(circuit))
                advance(1)
            return circuits

    def start(self, orders: Iterable[ProofJob]) -> None:
        """Take proofs from the store, or queue them; hand them in as the market will need them."""
        with _failures_named():
            for order in orders:
                store = None if order.unshared else self._store
                kept = kept_proof(store, order, self._srs) if store else None
                if order.circuit.form.sealed and not order.counterfeit:
                    salts = order.salts or fresh_salts(order.circuit)
                    order = replace(order, salts=salts)
                    column = kept.column if kept else output_column(order.circuit, order.window_wh, salts)
                    self._columns[order.agent, order.gate] = column
                    if order.circuit.form.settled and not kept:
                        self._unsettled.add(column)
                self._proofs[order.agent, order.gate, order.counterfeit] = kept or self._submit(
                    _prove, order, self._srs, store
                )

    def column(self, agent: int, gate: int) -> tuple[int, ...]:
        """What the sealed bid that was handed in commits to, known before it is proved."""
        return self._columns.pop((agent, gate))

    def start_trades(self, orders: Iterable[TradeJob]) -> None:
        """Take settlement proofs from the store, or queue them.

        Raises ProverError for columns that may have been settled before: that another run has drawn, or this
        run has settled, and of which no settlement proof at these prices is kept.
        """
        with _failures_named():
            for order in orders:
                kept = kept_trade(self._store, order, self._srs) if self._store else None
                columns = set(filter(None, order.columns))
                if not (kept or columns <= self._unsettled):
                    raise ProverError(
                        f"agent {order.agent}, settlement period {order.period}: its trade may have been "
                        f"proved before, and the salts of a column hide it from one such proof; {_AGAIN}"
                    )
                self._unsettled -= columns
                self._trades[order.agent, order.period] = kept or self._submit(
                    _settle, order, self._srs, self._store
                )

    def trade(self, agent: int, period: int) -> TradeProof:
        """Wait for a settlement proof and take it out of the pool. Raises what ``prove_trade`` raises."""
        with _failures_named():
            return self._result(self._trades.pop((agent, period)))

    def start_openings(self, orders: Iterable[OpeningJob]) -> None:
        """Queue the openings of gates; hand each in behind the proofs of its gate."""
        with _failures_named():
            for order in orders:
                self._openings[order.gate] = self._submit(_open, order, self._srs)

    def openings(self, gate: int) -> tuple[bytes, ...]:
        """Wait for the openings of a gate and take them out of the pool."""
        with _failures_named():
            return self._result(self._openings.pop(gate))

    def proof(self, agent: int, gate: int, counterfeit: bool = False) -> Proof:
        """Wait for a proof that was handed in and take it out of the pool. Raises what ``prove`` raises."""
        with _failures_named():
            return self._result(self._proofs.pop((agent, gate, counterfeit)))

    def _submit(self, function: Callable[..., Made], *arguments: Any) -> Future[Made]:
        if self._executor is None:
            self._executor = ProcessPoolExecutor(
                self._jobs, get_context("spawn"), _start_worker, (loaded_plugins(),)
            )
            with _lean_spawning(), sheltered_children():
                for _ in range(self._jobs):
                    self._executor.submit(os.getpid)
        return self._executor.submit(function, *arguments)

    def _result(self, found: Made | Future[tuple[Made, Problem]]) -> Made:
        if not isinstance(found, Future):
            return found
        made, problem = found.result()
        if problem:
            self._say(problem)
        return made


def _build(order: CircuitJob, srs: Srs, store: Store | None) -> tuple[Circuit, Problem]:
    """Build a circuit and keep it; with it, what prevented the latter."""
    circuit = build_circuit(order.model, order.settings, order.limit_wh, srs, order.folder, order.form)
    return circuit, keep_circuit(store, order, srs, circuit) if store else None


def _prove(order: ProofJob, srs: Srs, store: Store | None) -> tuple[Proof, Problem]:
    """Make a proof and keep it, unless another run has kept one meanwhile, under salts of its own."""
    if store and order.salts is None and (kept := kept_proof(store, order, srs)):
        return kept, None
    salts = fresh_salts(order.circuit) if order.salts is None else order.salts
    proof = prove_under(order.circuit, order.window_wh, salts, srs)
    return proof, keep_proof(store, order, proof) if store else None


def _settle(order: TradeJob, srs: Srs, store: Store | None) -> tuple[TradeProof, Problem]:
    """Make a settlement proof and keep it."""
    proof = prove_trade(order.circuit, order.columns, order.prices, srs)
    return proof, keep_trade(store, order, proof, srs) if store and any(order.columns) else None


def _open(order: OpeningJob, srs: Srs) -> tuple[tuple[bytes, ...], Problem]:
    """Open the first rows of a sum of columns."""
    return columns_of(srs, order.logrows).openings(order.values, order.count, order.rows), None


def _start_worker(plugins: Sequence[Plugin]) -> None:
    """Leave Ctrl-C to the parent, give way to its chain, and end when it is gone, however it went."""
    load(plugins)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_GIVE_WAY)
    with suppress(AttributeError):  # Linux ends a prover even while EZKL holds the interpreter
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
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
def _failures_named() -> Iterator[None]:
    try:
        yield
    except BrokenProcessPool:
        raise ProverError(f"a prover process was killed, probably for want of memory; {_AGAIN}") from None
    except MemoryError:
        raise ProverError(f"there was too little memory to prove; {_AGAIN}") from None
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise ProverError(
            f"{tempfile.gettempdir()}: {error.strerror}; make room for proving there, or name another "
            "directory in TMPDIR"
        ) from None
