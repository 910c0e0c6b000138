"""BN254 precompiles (addresses 6, 7, 8) for py-evm, computed by revm in place of pure Python.

Gas is py-evm's own schedule (EIP-1108), so receipts stay the same to the last unit; only the arithmetic is
native. A test holds both against each other.
"""

from collections.abc import Callable, Mapping
from typing import Any

from eth.exceptions import VMError
from eth.vm.forks.cancun.computation import CANCUN_PRECOMPILES, CancunComputation

from sim.proofs.curve import precompiled

ADD_GAS, MUL_GAS = 150, 6_000
PAIRING_BASE_GAS, PAIRING_POINT_GAS = 45_000, 34_000

Precompile = Callable[[Any], Any]


def _native(number: int, gas: Callable[[bytes], int]) -> Precompile:
    def precompile(computation: Any) -> Any:
        data = bytes(computation.msg.data)
        computation.consume_gas(gas(data), reason=f"BN254 precompile {number}")
        try:
            computation.output = precompiled(number, data)
        except ValueError as error:
            raise VMError(str(error)) from None
        return computation

    return precompile


def _pairing_gas(data: bytes) -> int:
    if len(data) % 192:
        raise VMError("pairing input is not a multiple of 192 bytes")
    return PAIRING_BASE_GAS + len(data) // 192 * PAIRING_POINT_GAS


def native_precompiles() -> Mapping[bytes, Precompile]:
    """Cancun's precompiles with 6, 7 and 8 native."""
    native = {
        6: _native(6, lambda _: ADD_GAS),
        7: _native(7, lambda _: MUL_GAS),
        8: _native(8, _pairing_gas),
    }
    return {**CANCUN_PRECOMPILES, **{n.to_bytes(20, "big"): run for n, run in native.items()}}


class NativeBn254Computation(CancunComputation):
    """Cancun with native BN254 arithmetic."""

    _precompiles = native_precompiles()
