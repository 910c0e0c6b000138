"""Errors that end in one sentence for the user instead of a traceback."""

LONGEST_SENTENCE = 800


class InputError(ValueError):
    """Something the user gave is wrong; the message says what, where, and what would be right.

    Values are shown as they were given, but for characters that a terminal would obey, and for the middle of
    what would fill a screen.
    """

    def __init__(self, sentence: str) -> None:
        plain = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in sentence)
        half = LONGEST_SENTENCE // 2
        super().__init__(plain if len(plain) <= LONGEST_SENTENCE else f"{plain[:half]} ... {plain[-half:]}")


class SimulationError(Exception):
    """A run could not go on, and no input can be blamed."""


class ProverError(SimulationError):
    """The proof machinery failed or contradicted itself; no input can be blamed, and nothing was hidden."""


class ChainError(SimulationError):
    """The chain refused what an honest run is never refused."""


class AuditError(SimulationError):
    """A run broke what every run claims: conservation of energy and money, or a real verifier."""


class BundleError(SimulationError):
    """A bundle claims what is not so."""
