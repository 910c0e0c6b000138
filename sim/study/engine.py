"""Cells in parallel: joblib's processes on this machine, or on Ray."""

import logging
import os
import socket
import threading
import warnings
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import joblib
from joblib.externals.loky import get_reusable_executor
from joblib.externals.loky.process_executor import BrokenProcessPool

from sim.errors import InputError, SimulationError
from sim.runtime.cores import CORES
from sim.runtime.interrupts import Interrupts, interrupts, sheltered_children
from sim.study.worker import CellJob, CellResult, begin_local_worker, begin_worker, run_cell

ADDRESS = "RAY_ADDRESS"
CONNECT_S = 5
FEWEST_WORKERS = (
    2  # with one, joblib would run cells in this process, which would keep their memory and threads
)


@dataclass(frozen=True)
class Engine:
    """Where cells run.

    jobs:       processors to be used at once, for cells and their provers
    interrupts: whether the sweep was told to end
    backend:    what joblib is told of it
    workers:    what joblib's workers are started with
    """

    jobs: int
    interrupts: Interrupts
    backend: dict[str, Any]
    workers: dict[str, Any] = field(default_factory=dict)

    def run(self, orders: Sequence[CellJob], at_once: int) -> Iterator[CellResult]:
        """Results as they come.

        Raises SimulationError where a worker was killed, and KeyboardInterrupt where joblib swallowed one.
        """
        with _closing(self._begun(orders, at_once)) as results:
            try:
                self.interrupts.check()
                for result in results:
                    yield result
                    self.interrupts.check()
            except BrokenProcessPool:
                self.interrupts.check()
                raise SimulationError(
                    "a worker was killed, probably for want of memory; the same command goes on, "
                    "best with fewer --jobs"
                ) from None

    def _begun(self, orders: Sequence[CellJob], at_once: int) -> Generator[CellResult]:
        """The first cells handed to workers; what comes of all of them."""
        with self.interrupts.held(), sheltered_children(), joblib.parallel_config(**self.backend):
            parallel = joblib.Parallel(
                n_jobs=max(at_once, FEWEST_WORKERS),
                pre_dispatch=at_once,
                batch_size=1,
                max_nbytes=None,
                return_as="generator_unordered",
                **self.workers,
            )
            results: Generator[CellResult] = parallel(joblib.delayed(run_cell)(order) for order in orders)
            return results


@contextmanager
def _closing(results: Generator[CellResult]) -> Iterator[Generator[CellResult]]:
    """Ends joblib's work with the block; what it drops then is no news to whoever ended it."""
    try:
        yield results
    finally:
        with warnings.catch_warnings(action="ignore"):
            results.close()


@contextmanager
def open_engine(name: str, jobs: int | None) -> Iterator[Engine]:
    """The engine called ``name``, for as long as the block lasts; ``jobs`` None means all processors.

    Raises InputError where Ray is asked for and is not installed or cannot be reached.
    """
    start = _ray if name == "ray" else _local
    with interrupts() as taken, start(jobs, taken) as engine:
        yield engine


@contextmanager
def _local(jobs: int | None, taken: Interrupts) -> Iterator[Engine]:
    backend = {"backend": "loky", "inner_max_num_threads": 1}
    workers = {"initializer": begin_local_worker, "initargs": (os.getpid(),)}
    complain = threading.excepthook
    # told to end while it hands out cells, loky's manager misses those that were cancelled
    threading.excepthook = lambda failed: None if taken.came else complain(failed)
    try:
        with warnings.catch_warnings():
            # loky renews workers that have grown; it loses nothing by that, and frightens people
            warnings.filterwarnings("ignore", "A worker stopped while some jobs")
            yield Engine(jobs or CORES, taken, backend, workers)
    finally:
        get_reusable_executor().shutdown(wait=True, kill_workers=True)
        threading.excepthook = complain


@contextmanager
def _ray(jobs: int | None, taken: Interrupts) -> Iterator[Engine]:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError:
        how = ".venv/bin/python -m pip install --editable '.[ray]'"
        raise InputError(f"--engine ray: Ray is not installed; {how}") from None
    address = os.environ.get(ADDRESS)
    _check_reachable(address)
    processors = max(jobs or CORES, FEWEST_WORKERS)
    where = {} if address else {"address": "local", "num_cpus": processors}
    start: Any = ray.init
    try:
        start(include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR, **where)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise InputError(_unreachable(address, error)) from None
    joblib.register_parallel_backend("ray", _ray_backend())
    try:
        resources: Any = ray.cluster_resources
        there = int(resources().get("CPU", 1))
        yield Engine(min(jobs or there, there), taken, {"backend": "ray"}, {"initializer": begin_worker})
    finally:
        ray.shutdown()


def _check_reachable(address: str | None) -> None:
    """Ray itself would try for minutes."""
    host, colon, port = (address or "").removeprefix("ray://").rpartition(":")
    if not (colon and port.isdecimal()):
        return  # a name that Ray knows, as "auto"
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_S).close()
    except (OSError, OverflowError) as error:
        raise InputError(_unreachable(address, error)) from None


def _unreachable(address: str | None, error: Exception) -> str:
    did = f"cannot join the cluster that {ADDRESS} names, {address}" if address else "cannot start Ray here"
    return f"--engine ray: {did}: {str(error).splitlines()[0]}"


def _ray_backend() -> type[Any]:
    from ray.util.joblib.ray_backend import RayBackend

    class StreamingRayBackend(RayBackend):
        """Ray's backend, with results as they come.

        joblib's backend for forked pools, which this one inherits from, cannot stream them; Ray's actors can.
        """

        supports_return_generator = True

    return StreamingRayBackend
