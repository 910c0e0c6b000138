"""Errors that end in one sentence for the user instead of a traceback."""

LONGEST_SENTENCE = 800


def plain(sentence: str, longest: int = LONGEST_SENTENCE) -> str:
    """What may stand in a line of a terminal: everything else that a file holds goes through this first.

    Characters that a terminal would obey are shown as escapes, line breaks among them; the middle of what
    would fill a screen is left out.
    """
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in sentence)
    half = longest // 2
    return shown if len(shown) <= longest else f"{shown[:half]} ... {shown[-half:]}"


def plain_page(text: str) -> str:
    """Text of many lines as a terminal may have it: its line breaks stay, and nothing else it would obey."""
    return "\n".join(plain(line, len(line) * 10) for line in text.split("\n"))


class InputError(ValueError):
    """Something the user gave is wrong; the message says what, where, and what would be right."""

    def __init__(self, sentence: str) -> None:
        super().__init__(plain(sentence))


class SimulationError(Exception):
    """A run could not go on, and no input can be blamed."""

    def __init__(self, sentence: str) -> None:
        super().__init__(plain(sentence))


class ProverError(SimulationError):
    """The proof machinery failed or contradicted itself; no input can be blamed, and nothing was hidden."""


class ChainError(SimulationError):
    """The chain refused what an honest run is never refused."""


class AuditError(SimulationError):
    """A run broke what every run claims: conservation of energy and money, or a real verifier."""


class BundleError(SimulationError):
    """A bundle claims what is not so."""
