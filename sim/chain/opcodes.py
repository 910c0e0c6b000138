"""The commonest opcodes for py-evm, each in one function where py-evm calls six.

19 in 20 opcodes of a verified submission are among these. They work on py-evm's own stack, memory, gas meter
and code, and leave what is rare (memory that grows, a destination not jumped to before, missing gas) to its
methods. Integers go onto the stack as int, never as bytes; py-evm takes either.
"""

from collections.abc import Callable, Mapping
from typing import Any

from eth.constants import UINT_256_MAX
from eth.exceptions import FullStack, InsufficientStack
from eth.vm import opcode_values
from eth.vm.logic.flow import jump as checked_jump

Opcode = Callable[[Any], None]

BASE_GAS, VERY_LOW_GAS, MID_GAS, HIGH_GAS, JUMPDEST_GAS = 2, 3, 8, 10, 1
MAX_STACK = 1024
_JUMPDEST = opcode_values.JUMPDEST


def _charge(computation: Any, gas: int) -> None:
    meter = computation._gas_meter
    if meter.gas_remaining < gas:
        meter.consume_gas(gas, "opcode")  # raises OutOfGas
    meter.gas_remaining -= gas


def _int(value: Any) -> int:
    return value if value.__class__ is int else int.from_bytes(value, "big")


def _push(size: int) -> Opcode:
    gas = VERY_LOW_GAS if size else BASE_GAS

    def push(computation: Any) -> None:
        _charge(computation, gas)
        code, values = computation.code, computation._stack.values
        if len(values) >= MAX_STACK:
            raise FullStack
        start = code.program_counter
        code.program_counter = end = start + size
        raw = code._raw_code_bytes[start:end]
        missing = size - len(raw)  # at the end of the code
        values.append(int.from_bytes(raw, "big") << 8 * missing)

    return push


def _dup(position: int) -> Opcode:
    def dup(computation: Any) -> None:
        _charge(computation, VERY_LOW_GAS)
        values = computation._stack.values
        if len(values) >= MAX_STACK:
            raise FullStack
        try:
            values.append(values[-position])
        except IndexError:
            raise InsufficientStack from None

    return dup


def _swap(position: int) -> Opcode:
    other = -position - 1

    def swap(computation: Any) -> None:
        _charge(computation, VERY_LOW_GAS)
        values = computation._stack.values
        try:
            values[-1], values[other] = values[other], values[-1]
        except IndexError:
            raise InsufficientStack from None

    return swap


def _binary(function: Callable[[int, int], int]) -> Opcode:
    def binary(computation: Any) -> None:
        _charge(computation, VERY_LOW_GAS)
        values = computation._stack.values
        try:
            left, right = values.pop(), values[-1]
        except IndexError:
            raise InsufficientStack from None
        values[-1] = function(_int(left), _int(right))

    return binary


def _ternary(function: Callable[[int, int, int], int]) -> Opcode:
    def ternary(computation: Any) -> None:
        _charge(computation, MID_GAS)
        values = computation._stack.values
        try:
            first, second, third = values.pop(), values.pop(), values[-1]
        except IndexError:
            raise InsufficientStack from None
        values[-1] = function(_int(first), _int(second), _int(third))

    return ternary


def _iszero(computation: Any) -> None:
    _charge(computation, VERY_LOW_GAS)
    values = computation._stack.values
    try:
        values[-1] = int(_int(values[-1]) == 0)
    except IndexError:
        raise InsufficientStack from None


def _pop(computation: Any) -> None:
    _charge(computation, BASE_GAS)
    try:
        computation._stack.values.pop()
    except IndexError:
        raise InsufficientStack from None


def _mload(computation: Any) -> None:
    _charge(computation, VERY_LOW_GAS)
    values, memory = computation._stack.values, computation._memory
    try:
        start = _int(values[-1])
    except IndexError:
        raise InsufficientStack from None
    if start + 32 > len(memory._bytes):
        computation.extend_memory(start, 32)
    values[-1] = int.from_bytes(memory._bytes[start : start + 32], "big")


def _mstore(computation: Any) -> None:
    _charge(computation, VERY_LOW_GAS)
    values, memory = computation._stack.values, computation._memory
    try:
        start, value = _int(values.pop()), values.pop()
    except IndexError:
        raise InsufficientStack from None
    if start + 32 > len(memory._bytes):
        computation.extend_memory(start, 32)
    memory._bytes[start : start + 32] = _int(value).to_bytes(32, "big")


def _jump(computation: Any) -> None:
    _charge(computation, MID_GAS)
    _jump_to_top(computation)


def _jumpi(computation: Any) -> None:
    _charge(computation, HIGH_GAS)
    values = computation._stack.values
    if len(values) < 2:
        raise InsufficientStack
    if _int(values.pop(-2)):
        _jump_to_top(computation)
    else:
        values.pop()


def _jump_to_top(computation: Any) -> None:
    code, values = computation.code, computation._stack.values
    destination = _int(values[-1]) if values else -1
    if destination in code.valid_positions and code._raw_code_bytes[destination] == _JUMPDEST:
        values.pop()
        code.program_counter = destination
    else:
        checked_jump(computation)


def _jumpdest(computation: Any) -> None:
    _charge(computation, JUMPDEST_GAS)


COMMON_OPCODES: Mapping[int, Opcode] = {
    **{opcode_values.PUSH1 - 1 + size: _push(size) for size in range(33)},
    **{opcode_values.DUP1 - 1 + position: _dup(position) for position in range(1, 17)},
    **{opcode_values.SWAP1 - 1 + position: _swap(position) for position in range(1, 17)},
    opcode_values.ADD: _binary(lambda left, right: (left + right) & UINT_256_MAX),
    opcode_values.SUB: _binary(lambda left, right: (left - right) & UINT_256_MAX),
    opcode_values.LT: _binary(lambda left, right: int(left < right)),
    opcode_values.GT: _binary(lambda left, right: int(left > right)),
    opcode_values.EQ: _binary(lambda left, right: int(left == right)),
    opcode_values.AND: _binary(lambda left, right: left & right),
    opcode_values.OR: _binary(lambda left, right: left | right),
    opcode_values.XOR: _binary(lambda left, right: left ^ right),
    opcode_values.SHL: _binary(lambda bits, value: value << bits & UINT_256_MAX if bits < 256 else 0),
    opcode_values.SHR: _binary(lambda bits, value: value >> bits if bits < 256 else 0),
    opcode_values.ADDMOD: _ternary(lambda a, b, n: (a + b) % n if n else 0),
    opcode_values.MULMOD: _ternary(lambda a, b, n: a * b % n if n else 0),
    opcode_values.ISZERO: _iszero,
    opcode_values.POP: _pop,
    opcode_values.MLOAD: _mload,
    opcode_values.MSTORE: _mstore,
    opcode_values.JUMP: _jump,
    opcode_values.JUMPI: _jumpi,
    opcode_values.JUMPDEST: _jumpdest,
}
"""By opcode; gas as in Cancun, which tests compare with py-evm's own."""
