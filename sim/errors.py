"""Errors that end in one sentence for the user instead of a traceback."""


class InputError(ValueError):
    """Something the user gave is wrong; the message says what, where, and what would be right."""


class SimulationError(Exception):
    """A run could not go on, and no input can be blamed."""


class ProverError(SimulationError):
    """The proof machinery failed or contradicted itself; no input can be blamed, and nothing was hidden."""


class ChainError(SimulationError):
    """The chain refused what an honest run is never refused."""


class AuditError(SimulationError):
    """A run broke what every run claims: conservation of energy and money, or a real verifier."""
