"""The gas of calls inside a transaction, which pyrevm does not tell.

A callee is found by a probe: the transaction runs once more with code in the callee's place that reverts with
the gas and the calldata it was given. Then the callee runs alone on just these, called by the same contract.
It uses the same gas as inside the transaction if it is called once, statically, reads nothing that the
transaction wrote or touched before, and its caller passes its revert on: as the market's two callees are.

For a dear callee that would be a second verification per transaction. So what it returned is kept, and the
next time a stand-in that returns the same takes its place: where the transaction then comes to the same end,
the difference in gas is the callee's.
"""

from collections.abc import Mapping

from sim.chain.revm_state import Message, Outcome, RevmState

INTRINSIC_GAS, NONZERO_BYTE_GAS, ZERO_BYTE_GAS = 21_000, 16, 4
DEAR_GAS = 100_000
"""From here on a stand-in is worth it."""
_MARK = b"zkpet's probe found the callee.."
# GAS, and the mark, the gas and the calldata as revert data.
_PROBE = bytes.fromhex("5a7f") + _MARK + bytes.fromhex("5f52602052365f60403736604001") + bytes.fromhex("5ffd")
_GAS_OPCODE_GAS = 2


class CalleeGas:
    """Measures the calls of a chain's transactions."""

    def __init__(self, state: RevmState) -> None:
        self._state = state
        # By all that the transaction reached: what a verifier returns depends on the key it is given.
        self._outputs: dict[tuple[frozenset[bytes], bytes], bytes] = {}

    def measure(self, message: Message, outcome: Outcome) -> Mapping[bytes, int]:
        """Gas of each contract that ``message.to`` called, by address; the state must be as before it."""
        if message.to is None:
            return {}
        # What a refused transaction reached is forgotten with all it did: it may have been anyone.
        reached = outcome.called if outcome.ok else self._state.contracts
        gas = {}
        for callee in sorted(reached - {message.to}):
            used = self._by_stand_in(message, outcome, callee)
            used = self._alone(message, outcome, callee) if used is None else used
            if used is not None:
                gas[callee] = used
        return gas

    def _by_stand_in(self, message: Message, outcome: Outcome, callee: bytes) -> int | None:
        assert message.to is not None
        output = self._outputs.get((outcome.called, callee))
        if output is None or not outcome.ok:
            return None
        with self._state.other_code(callee, _stand_in(output)):
            other = self._state.execute(message)
        same_end = (other.ok, other.output, other.logs, other.writes) == (
            outcome.ok,
            outcome.output,
            outcome.logs,
            outcome.writes,
        )
        saved = outcome.gas_spent - other.gas_spent
        return saved + _stand_in_gas(output) if same_end and saved else None

    def _alone(self, message: Message, outcome: Outcome, callee: bytes) -> int | None:
        assert message.to is not None
        with self._state.other_code(callee, _PROBE):
            probe = self._state.execute(message).output
        if not probe.startswith(_MARK):
            return None
        given, data = int.from_bytes(probe[32:64], "big") + _GAS_OPCODE_GAS, probe[64:]
        intrinsic = _intrinsic_gas(data)
        with self._state.other_code(message.to, b""):  # revm takes no transaction from a contract
            call = Message(message.to, callee, data, given + intrinsic, static=True)
            alone = self._state.execute(call)
        used = alone.gas_spent - intrinsic
        if outcome.ok and used >= DEAR_GAS:
            self._outputs[outcome.called, callee] = alone.output
        return used


def _intrinsic_gas(data: bytes) -> int:
    zeros = data.count(0)
    return INTRINSIC_GAS + ZERO_BYTE_GAS * zeros + NONZERO_BYTE_GAS * (len(data) - zeros)


def _stand_in(output: bytes) -> bytes:
    """Code that returns ``output``, at most 24 kB."""
    return b"\x61" + len(output).to_bytes(2, "big") + bytes.fromhex("80600a5f395ff3") + output


def _stand_in_gas(output: bytes) -> int:
    """Four pushes, a DUP and a CODECOPY into fresh memory."""
    words = (len(output) + 31) // 32
    return 16 + 3 * words + 3 * words + words * words // 512
