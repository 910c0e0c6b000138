"""Randomness: one seed, one named stream per concern, nothing global.

A stream depends on the run's seed and on its own name only, never on how many other streams exist, on the
order in which they are asked for, or on other fields of the scenario. So two points of a sweep that share a
seed are paired.
"""

import hashlib
from dataclasses import dataclass

import numpy as np

Name = str | int


@dataclass(frozen=True)
class Streams:
    """All random streams of a run, derived from one seed."""

    seed: int

    def sequence(self, *name: Name) -> np.random.SeedSequence:
        """The child sequence that belongs to ``name`` (parts are joined with "/")."""
        digest = hashlib.sha256("/".join(map(str, name)).encode()).digest()
        words = np.frombuffer(digest, dtype="<u4").tolist()
        return np.random.SeedSequence(self.seed, spawn_key=words)

    def generator(self, *name: Name) -> np.random.Generator:
        """A fresh generator at the start of the named stream."""
        return np.random.Generator(np.random.PCG64(self.sequence(*name)))

    def integer(self, *name: Name) -> int:
        """A 31-bit seed for libraries that take an int."""
        return int(self.sequence(*name).generate_state(1)[0] >> 1)

    def key(self, *name: Name) -> bytes:
        """32 bytes for an account key. Guards nothing of value: anyone with the seed can derive it."""
        return self.sequence(*name).generate_state(8).astype("<u4").tobytes()
