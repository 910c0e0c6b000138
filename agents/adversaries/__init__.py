"""Homes and operators that cheat: what each tries, and what it would have in the book were it believed.

An attack of one's own is one class:

    @home_attacks.register
    @dataclass(frozen=True)
    class Mine(HomeAttack):
        name, meaning, source = "mine", "what it does, in a few words", "what it is an instance of"

        def submission(self, context: AttackContext) -> Submission | None:
            return replace(context.honest, ...)
"""

from agents.adversaries.attack import AttackContext, ClearingContext, HomeAttack, Moment, OperatorAttack
from agents.adversaries.home_attacks import home_attacks
from agents.adversaries.operator_attacks import operator_attacks

__all__ = [
    "AttackContext",
    "ClearingContext",
    "HomeAttack",
    "Moment",
    "OperatorAttack",
    "home_attacks",
    "operator_attacks",
]
