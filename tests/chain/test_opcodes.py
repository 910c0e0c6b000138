"""Every common opcode against py-evm's own: same stack, memory, gas, place in code, kind of failure."""

import functools
from typing import Any

import pytest
from eth.vm.forks.cancun.computation import CancunComputation
from eth.vm.forks.frontier.transaction_context import FrontierTransactionContext
from eth.vm.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.chain.opcodes import COMMON_OPCODES
from sim.chain.py_evm import PyEvmChain
from tests.market_on_chain import BLOCK_GAS_LIMIT, FIRST_DELIVERY

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


@functools.cache
def state() -> Any:
    chain = PyEvmChain([], FIRST_DELIVERY, BLOCK_GAS_LIMIT)._chain
    return chain.get_vm(chain.header).state


def trace(computation: type[CancunComputation], code: bytes, gas: int) -> tuple[Any, ...]:
    """What is left when code has run; after a failure only its kind counts, for it takes all gas."""
    message = Message(gas=gas, to=SOMEBODY, sender=SOMEBODY, value=0, data=b"", code=code)
    context = FrontierTransactionContext(gas_price=1, origin=SOMEBODY)
    done = computation.apply_computation(state(), message, context)
    if done.is_error:
        return type(done.error), done.get_gas_used()
    stack = [v if isinstance(v, int) else int.from_bytes(v, "big") for v in done._stack.values]
    memory = bytes(done._memory._bytes)
    return stack, memory, done.get_gas_used(), done.code.program_counter


def assert_same(code: bytes, gas: int = ENOUGH_GAS) -> tuple[Any, ...]:
    ours = trace(OurComputation, code, gas)
    assert ours == trace(CancunComputation, code, gas)
    return ours


def pushed(values: list[int]) -> bytes:
    return b"".join(bytes([PUSH32]) + value.to_bytes(32, "big") for value in values)


@pytest.mark.parametrize("opcode", COMMON_OPCODES, ids=lambda opcode: f"{opcode:#x}")
@settings(max_examples=25)
@given(stack=STACKS, tail=CODES, gas=st.one_of(st.just(ENOUGH_GAS), st.integers(0, 90)))
def test_equals_py_evm(opcode, stack, tail, gas):
    assert_same(pushed(stack) + bytes([opcode, *tail]), gas)


@given(code=CODES, stack=STACKS)
def test_equals_py_evm_in_any_order(code, stack):
    """ADDRESS leaves bytes on the stack, where ours leave integers."""
    assert_same(pushed(stack) + bytes(code))


@pytest.mark.parametrize("condition", [0, 1])
@pytest.mark.parametrize("destination", [68, 69, 70, 71, 72, 2**255])
def test_jumps_equal_py_evm(condition, destination):
    """68 is a JUMPDEST; 70 looks like one within a PUSH; twice, because the first jump is the checked one."""
    code = pushed([condition, destination]) + bytes([0x57, JUMPDEST, JUMPDEST, 0x60, JUMPDEST, 0x00])
    assert_same(code)


def test_a_loop_equals_py_evm():
    """Counts from 0 to 9: JUMPDEST, ADD 1, DUP1, LT 10, JUMPI."""
    stack, *_ = assert_same(bytes.fromhex("5f5b600101600a81106001570000"))
    assert stack == [10]


@pytest.mark.parametrize(("opcode", "most"), [(0x5F, 1_024), (0x80, 1_024)])
def test_the_stack_ends_where_py_evms_does(opcode, most):
    full = bytes([0x5F]) * (most - 1) + bytes([opcode])
    assert (len(assert_same(full)[0]), len(assert_same(full + bytes([opcode])))) == (most, 2)
