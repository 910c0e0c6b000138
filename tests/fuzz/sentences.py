"""What bad input must come to: one sentence, and nothing else."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sim.errors import InputError

Read = TypeVar("Read")


def read_or_sentence(read: Callable[[], Read], path: Path) -> Read | str:
    """What was read, or the one sentence that says why not; anything else that is raised is a finding."""
    try:
        return read()
    except InputError as error:
        sentence = str(error)
        assert path.name in sentence or sentence.startswith("--set "), sentence
        assert sentence.isprintable(), repr(sentence)
        assert len(sentence) < 1_000, sentence
        return sentence
