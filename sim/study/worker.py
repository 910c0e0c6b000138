"""One cell in a worker process; light to import, because an engine's workers start here."""

import gc
import os
import signal
import socket
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sim.errors import InputError, SimulationError
from sim.plugins import Plugin, blamed, load
from sim.study.cells import Cell, check_whole

if TYPE_CHECKING:
    from sim.outputs.run_directory import RunContents

WATCH_S = 0.25


@dataclass(frozen=True)
class CellJob:
    """A cell to run with so many prover processes, and with these plug-ins."""

    cell: Cell
    provers: int
    plugins: tuple[Plugin, ...] = ()


@dataclass(frozen=True)
class CellResult:
    """What became of a cell: its run's contents, or else the sentence (and trace) that says why not."""

    cell: Cell
    seconds: float
    contents: "RunContents | None" = None
    problem: str = ""
    trace: str = ""


def begin_worker() -> None:
    """One thread for each library; engines see to those that load before this is called."""
    os.environ["RAYON_NUM_THREADS"] = "1"


def begin_local_worker(driver: int) -> None:
    """Leave Ctrl-C to the driver besides, and end when it is gone, however it went."""
    begin_worker()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(driver,), daemon=True).start()


def _end_with(driver: int) -> None:
    while os.getppid() == driver:
        time.sleep(WATCH_S)
    os._exit(1)


def run_cell(order: CellJob) -> CellResult:
    """Run a cell; whatever goes wrong is part of the result, so that the other cells go on."""
    began = time.perf_counter()
    contents, problem, trace = None, "", ""
    try:
        load(order.plugins)
        contents = _contents(order)
    except (InputError, SimulationError) as error:
        problem = str(error)
    except OSError as error:
        problem = f"{error.filename or 'output'}: {error.strerror or error}"
    except MemoryError:
        problem = "not enough memory; run again, with fewer --jobs"
    except Exception as error:
        problem = blamed(error) or f"unforeseen {type(error).__name__}: {error}"
        trace = traceback.format_exc()
    return CellResult(order.cell, time.perf_counter() - began, contents, problem, trace)


def _contents(order: CellJob) -> "RunContents":
    from sim.runtime.progress import Progress
    from sim.simulation.run import run_contents
    from sim.study.address import address_of

    cell = order.cell
    if address_of(cell.scenario) != cell.address:
        raise SimulationError(
            f"code, versions or data on {socket.gethostname()} are not those that the sweep began with; "
            "use one checkout everywhere, and leave it as it is until the sweep ends"
        )
    with _forgotten():
        contents = run_contents(cell.scenario, order.provers, Progress(quiet=True))
    check_whole(cell, len(contents.tables["days"]))
    return replace(contents, chain_json=None)  # a study keeps figures, not the bytes of its chains


@contextmanager
def _forgotten() -> Iterator[None]:
    """What is made in the block is dropped after it, at once: a worker runs many worlds.

    What was there before is frozen meanwhile, so that the collector need not go through it cell by cell.
    """
    import mesa

    gc.freeze()
    try:
        yield
    finally:
        mesa.Agent._ids.clear()  # keeps every world alive otherwise
        gc.collect()
        gc.unfreeze()
