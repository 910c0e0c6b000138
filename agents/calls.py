"""What agents send: a transaction with the stage it belongs to, and the attack where it is one."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sim.chain.base import Transaction


class Call(NamedTuple):
    """A transaction to be mined.

    stage:  of a gate: "commit", "submit", "clear", "void" or "settle"
    attack: its name where a cheat sends it; None is honest
    slot:   the slot it is about, None where it is about a whole gate
    """

    stage: str
    transaction: "Transaction"
    attack: str | None = None
    slot: int | None = None
