"""What makes py-evm faster, native precompiles and common opcodes, against py-evm's own: the same in all."""

import functools
from typing import Any

import pytest
from eth.vm.forks.cancun.computation import CancunComputation
from eth.vm.forks.frontier.transaction_context import FrontierTransactionContext
from eth.vm.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st
from py_ecc.optimized_bn128 import FQ2, G1, G2, b2, field_modulus, is_on_curve, multiply, neg, normalize

from sim.chain.bn254 import NativeBn254Computation
from sim.chain.opcodes import COMMON_OPCODES
from sim.chain.py_evm import PyEvmChain
from tests.market_on_chain import BLOCK_GAS_LIMIT, FIRST_DELIVERY

ADD, MUL, PAIRING = 6, 7, 8
GAS = 500_000
SENDER = b"\x11" * 20


def word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def g1(point: object) -> bytes:
    return b"".join(word(int(c)) for c in normalize(point))


def g2(point: object) -> bytes:
    return b"".join(word(int(c)) for part in normalize(point) for c in reversed(part.coeffs))


def outside_the_subgroup() -> object:
    """A point of G2's curve that is no multiple of its generator: nearly every one with a given x is such."""
    for x in range(1, 100):
        y = square_root(FQ2([x, 0]) ** 3 + b2)
        if y is not None:
            point = (FQ2([x, 0]), y, FQ2.one())
            assert is_on_curve(point, b2)
            return point
    raise AssertionError("no square among a hundred")


def square_root(square: FQ2) -> FQ2 | None:
    """Square root in F_p[i], p = 3 mod 4 (Adj and Rodriguez-Henriquez, eprint 2012/685, algorithm 9)."""
    a1 = square ** ((field_modulus - 3) // 4)
    x0, alpha = a1 * square, a1 * a1 * square
    minus_one = FQ2([field_modulus - 1, 0])
    root = FQ2([0, 1]) * x0 if alpha == minus_one else (FQ2.one() + alpha) ** ((field_modulus - 1) // 2) * x0
    return root if root * root == square else None


P, Q = multiply(G1, 2**200 + 7), multiply(G1, 3)
INFINITY = bytes(64)
NOT_ON_CURVE = word(1) + word(3)
TOO_LARGE = word(1 + field_modulus) + word(2)  # (1, 2) is on the curve
TRUE_PAIRING = g1(P) + g2(G2) + g1(neg(P)) + g2(G2)
FALSE_PAIRING = g1(P) + g2(G2) + g1(neg(Q)) + g2(G2)

CASES = {
    "sum": (ADD, g1(P) + g1(Q)),
    "sum of equals": (ADD, g1(P) + g1(P)),
    "sum of opposites": (ADD, g1(P) + g1(neg(P))),
    "sum with infinity": (ADD, INFINITY + g1(P)),
    "sum of nothing": (ADD, b""),
    "sum of one point": (ADD, g1(P)),
    "sum, cut inside a coordinate": (ADD, (g1(P) + g1(Q))[:127]),
    "sum, trailing bytes": (ADD, g1(P) + g1(Q) + b"\x07" * 5),
    "sum off the curve": (ADD, g1(P) + NOT_ON_CURVE),
    "sum, coordinate beyond the field": (ADD, TOO_LARGE + g1(P)),
    "product": (MUL, g1(P) + word(2**255 + 19)),
    "product with zero": (MUL, g1(P) + word(0)),
    "product of nothing": (MUL, b""),
    "product, short scalar": (MUL, g1(P) + b"\x05"),
    "product, trailing bytes": (MUL, g1(P) + word(5) + b"\x01"),
    "product off the curve": (MUL, NOT_ON_CURVE + word(5)),
    "pairing of nothing": (PAIRING, b""),
    "pairing of 191 bytes": (PAIRING, TRUE_PAIRING[:191]),
    "pairing of 193 bytes": (PAIRING, TRUE_PAIRING[:193]),
    "pairing off the curve": (PAIRING, NOT_ON_CURVE + g2(G2)),
    "pairing, coordinate beyond the field": (PAIRING, TOO_LARGE + g2(G2)),
    "pairing, wrong curve of G2": (PAIRING, g1(P) + g2(G2)[:-1] + b"\x00"),
    "pairing, wrong subgroup of G2": (PAIRING, g1(P) + g2(outside_the_subgroup())),
    "pairing with infinities": (PAIRING, INFINITY + g2(G2) + g1(P) + bytes(128)),
}
PAIRINGS = {"true pairing": (PAIRING, TRUE_PAIRING), "false pairing": (PAIRING, FALSE_PAIRING)}


@functools.cache
def state() -> Any:
    chain = PyEvmChain([], FIRST_DELIVERY, BLOCK_GAS_LIMIT)._chain
    return chain.get_vm(chain.header).state


def run(computation: type[CancunComputation], number: int, data: bytes, gas: int) -> tuple[bytes, int, bool]:
    """Output, gas used and failure of a precompile called with ``data``."""
    message = Message(gas=gas, to=word(number)[12:], sender=SENDER, value=0, data=data, code=b"")
    done = computation.apply_message(state(), message, FrontierTransactionContext(gas_price=1, origin=SENDER))
    return bytes(done.output), done.get_gas_used(), done.is_error


def assert_same(number: int, data: bytes, gas: int = GAS) -> tuple[bytes, int, bool]:
    ours = run(NativeBn254Computation, number, data, gas)
    assert ours == run(CancunComputation, number, data, gas)
    return ours


@pytest.mark.parametrize("case", CASES)
def test_a_precompile_equals_py_evm(case):
    assert_same(*CASES[case])


@pytest.mark.parametrize(("case", "holds"), [("true pairing", 1), ("false pairing", 0)])
def test_pairings_equal_py_evm(case, holds):
    assert assert_same(*PAIRINGS[case]) == (word(holds), 45_000 + 2 * 34_000, False)


@pytest.mark.parametrize(("number", "gas"), [(ADD, 150), (MUL, 6_000), (PAIRING, 45_000)])
def test_gas_is_asked_for_beforehand(number, gas):
    assert assert_same(number, b"", gas)[2] is False
    assert assert_same(number, b"", gas - 1)[2] is True


# Opcodes: the same stack, memory, gas, place in code, kind of failure ------------------------------------

SOMEBODY = b"\x11" * 20
ENOUGH_GAS = 100_000
PUSH32, JUMPDEST, ADDRESS = 0x7F, 0x5B, 0x30
STACKS = st.lists(
    st.one_of(
        st.integers(0, 2),
        st.integers(0, 300),
        st.sampled_from([2**255, 2**256 - 1, 2**256 - 32, 2**64]),
        st.integers(0, 2**256 - 1),
    ),
    max_size=17,
)
CODES = st.lists(st.sampled_from([*COMMON_OPCODES, ADDRESS]), max_size=40)


class OurComputation(CancunComputation):
    opcodes: Any = {**CancunComputation.opcodes, **COMMON_OPCODES}  # noqa: RUF012


def trace(computation: type[CancunComputation], code: bytes, gas: int) -> tuple[Any, ...]:
    """What is left when code has run; after a failure only its kind counts, for it takes all gas."""
    message = Message(gas=gas, to=SOMEBODY, sender=SOMEBODY, value=0, data=b"", code=code)
    context = FrontierTransactionContext(gas_price=1, origin=SOMEBODY)
    done = computation.apply_computation(state(), message, context)
    if done.is_error:
        return type(done.error), done.get_gas_used()
    stack = [v if isinstance(v, int) else int.from_bytes(v, "big") for v in done._stack.values]
    return stack, bytes(done._memory._bytes), done.get_gas_used(), done.code.program_counter


def assert_same_trace(code: bytes, gas: int = ENOUGH_GAS) -> tuple[Any, ...]:
    ours = trace(OurComputation, code, gas)
    assert ours == trace(CancunComputation, code, gas)
    return ours


def pushed(values: list[int]) -> bytes:
    return b"".join(bytes([PUSH32]) + value.to_bytes(32, "big") for value in values)


@pytest.mark.parametrize("opcode", COMMON_OPCODES, ids=lambda opcode: f"{opcode:#x}")
@settings(max_examples=25)
@given(stack=STACKS, tail=CODES, gas=st.one_of(st.just(ENOUGH_GAS), st.integers(0, 90)))
def test_an_opcode_equals_py_evm(opcode, stack, tail, gas):
    assert_same_trace(pushed(stack) + bytes([opcode, *tail]), gas)


@given(code=CODES, stack=STACKS)
def test_opcodes_equal_py_evm_in_any_order(code, stack):
    """ADDRESS leaves bytes on the stack, where ours leave integers."""
    assert_same_trace(pushed(stack) + bytes(code))


@pytest.mark.parametrize("condition", [0, 1])
@pytest.mark.parametrize("destination", [68, 69, 70, 71, 72, 2**255])
def test_jumps_equal_py_evm(condition, destination):
    """68 is a JUMPDEST; 70 looks like one within a PUSH; twice, because the first jump is the checked one."""
    code = pushed([condition, destination]) + bytes([0x57, JUMPDEST, JUMPDEST, 0x60, JUMPDEST, 0x00])
    assert_same_trace(code)


def test_a_loop_equals_py_evm():
    """Counts from 0 to 9: JUMPDEST, ADD 1, DUP1, LT 10, JUMPI."""
    stack, *_ = assert_same_trace(bytes.fromhex("5f5b600101600a81106001570000"))
    assert stack == [10]


@pytest.mark.parametrize(("opcode", "most"), [(0x5F, 1_024), (0x80, 1_024)])
def test_the_stack_ends_where_py_evms_does(opcode, most):
    full = bytes([0x5F]) * (most - 1) + bytes([opcode])
    assert (len(assert_same_trace(full)[0]), len(assert_same_trace(full + bytes([opcode])))) == (most, 2)
