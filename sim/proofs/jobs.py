"""What is asked of provers: circuits and proofs, each with all that it depends on."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sim.forecast.model import IntegerModel
from sim.proofs.circuit import Circuit
from sim.proofs.settings import OPEN, EzklSettings, Form
from sim.proofs.settlement import SettlementCircuit


@dataclass(frozen=True)
class CircuitJob:
    """A circuit to set up: ``settings`` None means tuned; ``folder`` receives its files."""

    model: IntegerModel
    settings: EzklSettings | None
    limit_wh: int
    folder: Path
    form: Form = OPEN


@dataclass(frozen=True)
class ProofJob:
    """A proof to make: the forecast of one agent for one gate.

    agent, gate: counted from 0 in the run
    name:        the agent's
    delivery:    local time at which the gate's first slot begins; names the gate in any run
    window_wh:   what the forecast is made from: lookback readings, Wh, and what stands beside them
    counterfeit: whether it is for an attack, and stands beside the proof of the agent's bid
    salts:       None, to be drawn afresh; drawn ahead by the pool where outputs are sealed, so that sums can
                 be opened at once; or a cheat's, who proves another circuit from a window that was committed
                 to: a second proof of a commitment opens one more equation about its own window
    market:      names the market that the column of outputs is settled in, where settlements are proved: of
                 another market, with other prices, it is another column
    unshared:    whether it is neither taken from the store nor kept there, so that no other run has the
                 commitment
    """

    agent: int
    gate: int
    name: str
    delivery: datetime
    circuit: Circuit
    window_wh: tuple[int, ...]
    counterfeit: bool = False
    salts: tuple[int, ...] | None = None
    market: str = ""
    unshared: bool = False


@dataclass(frozen=True)
class TradeJob:
    """A settlement proof to make: of what one agent has traded in one settlement period.

    agent, period: counted from 0 in the run
    columns:       of each gate, what the agent's bid commits to, or nothing without one; private
    prices:        of each gate, nano-$ per Wh by slot, or nothing where it is void
    """

    agent: int
    period: int
    circuit: SettlementCircuit
    columns: tuple[tuple[int, ...], ...]
    prices: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class OpeningJob:
    """Openings to make: of a gate's totals, from the sum of its homes' columns.

    values:  of the sum, as ``sim.proofs.columns.total`` has them; salts are among them
    count:   columns that were summed
    rows:    how many are opened, from the first
    logrows: binary logarithm of the columns' length
    """

    gate: int
    values: tuple[int, ...]
    count: int
    rows: int
    logrows: int
