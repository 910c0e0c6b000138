"""The door to EZKL: one thread, a quiet terminal, and failures that are ours to report.

EZKL logs through Python's ``logging``; without a handler of their own its warnings would reach the terminal.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ezkl as _library

from sim.errors import ProverError

# Read by the library when it first computes. One thread per process: two processes of one thread prove a
# third more than one process of two threads, and CPU seconds stay comparable.
os.environ.setdefault("RAYON_NUM_THREADS", "1")

for _name in ("ezkl", "halo2_proofs"):
    logging.getLogger(_name).addHandler(logging.NullHandler())

ezkl: Any = _library  # its type stubs lack attributes and defaults


@contextmanager
def attempt(step: str) -> Iterator[None]:
    """Run EZKL calls; what they raise becomes a ProverError that says which step failed."""
    try:
        yield
    except RuntimeError as error:
        raise ProverError(f"EZKL could not {step}: {error}") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # how a crash inside the library surfaces
            raise
        raise ProverError(f"EZKL crashed when it should {step}: {error}") from None
