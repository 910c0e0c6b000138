"""The state of the revm backend: executes a message, tells what it would write, and writes only when told to.

pyrevm never ends a transaction: its journal keeps every slot and account warm, and original values stale, so
that later transactions would be too cheap. Here each message runs on a snapshot that is always reverted, and
that makes everything cold again; what it wrote is read from the journal and put into the database below.
"""

import re
from collections.abc import Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyrevm as untyped_pyrevm
from eth_hash.auto import keccak

from sim.chain.base import Log
from sim.errors import ChainError

pyrevm: Any = untyped_pyrevm  # its stubs lag behind
Write = tuple[str, int, int]
"""Address, slot, value."""

_STORED = re.compile(r"StorageChange \{ address: (0x\w{40}), key: (\d++), had_value: Some")
_ETHER_SENT = re.compile(r"BalanceTransfer \{[^}]*balance: [1-9]")
_REVERTED = re.compile(r"Revert \{ gas_used: \d+, output: 0x(\w*) \}")
_ANALYSIS_PADDING = 33  # zero bytes that revm appends to code it has analysed


@dataclass(frozen=True)
class Message:
    """What to execute; a deployment where ``to`` is None."""

    caller: bytes
    to: bytes | None
    data: bytes
    gas: int
    gas_price: int = 0
    static: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a message came to.

    gas_used, gas_spent: after and before refunds, with the intrinsic gas
    output: what a call returned or reverted with
    halt:   revm's name of what stopped it, None where it ended by itself
    writes: what it would change in storage
    called: accounts with code that it reached, as far as it succeeded
    contract, code: what was deployed
    """

    ok: bool
    gas_used: int
    gas_spent: int
    output: bytes
    halt: str | None
    logs: tuple[Log, ...]
    writes: frozenset[Write]
    called: frozenset[bytes]
    contract: bytes | None
    code: bytes


class RevmState:
    """Accounts, code and storage under Cancun. BASEFEE is 0: pyrevm sets it so."""

    def __init__(self, block_gas_limit: int, chain_id: int) -> None:
        self._evm = pyrevm.EVM(
            env=pyrevm.Env(cfg=pyrevm.CfgEnv(chain_id=chain_id)), spec_id="CANCUN", gas_limit=block_gas_limit
        )
        self._code: dict[bytes, bytes] = {}

    @property
    def contracts(self) -> Set[bytes]:
        """Addresses with code."""
        return self._code.keys()

    def code(self, address: bytes) -> bytes:
        """Runtime code at an address."""
        return self._code.get(address, b"")

    def set_block(self, number: int, timestamp: int) -> None:
        """What contracts see of the block; coinbase and randomness are zero, as eth-tester has them."""
        self._evm.set_block_env(pyrevm.BlockEnv(number=number, timestamp=timestamp))

    def set_account(self, address: bytes, nonce: int, balance: int) -> None:
        """Set an account without code."""
        self._evm.insert_account_info(_hex(address), pyrevm.AccountInfo(balance=balance, nonce=nonce))

    @contextmanager
    def other_code(self, address: bytes, code: bytes) -> Iterator[None]:
        """For a while, a contract has other code."""
        self._set_code(address, code)
        try:
            yield
        finally:
            self._set_code(address, self._code[address])

    def execute(self, message: Message) -> Outcome:
        """Execute a message and leave the state as it was. Raises ChainError where it cannot even begin."""
        before = self._evm.snapshot()
        try:
            return self._execute(message)
        finally:
            self._evm.revert(before)

    def write(self, outcome: Outcome) -> None:
        """Make what a message has changed the state."""
        if outcome.contract is not None:
            self._code[outcome.contract] = outcome.code
            self._set_code(outcome.contract, outcome.code)
        for address, slot, value in outcome.writes:
            # A value goes into the database only while its account is not in the journal, where it then is.
            before = self._evm.snapshot()
            self._evm.insert_account_storage(address, slot, value)
            self._evm.revert(before)

    def _set_code(self, address: bytes, code: bytes) -> None:
        info = pyrevm.AccountInfo(nonce=1, code=code) if code else pyrevm.AccountInfo(nonce=1)
        self._evm.insert_account_info(_hex(address), info)

    def _execute(self, message: Message) -> Outcome:
        evm = self._evm
        contract, output = None, b""
        try:
            if message.to is None:
                contract = bytes.fromhex(self._deploy(message)[2:])
            else:
                output = self._call(message)
        except RuntimeError as error:
            if evm.result is None:
                raise ChainError(f"revm cannot execute a transaction: {error}") from None
            reverted = _REVERTED.search(str(error))
            output = bytes.fromhex(reverted[1]) if reverted else b""
        result = evm.result
        return Outcome(
            ok=result.is_success,
            gas_used=result.gas_used,
            gas_spent=result.gas_used + result.gas_refunded,
            output=output,
            halt=result.reason if result.is_halt else None,
            logs=tuple(_log(log) for log in result.logs) if result.is_success else (),
            writes=self._writes(message) if result.is_success else frozenset(),
            called=frozenset(self._code.keys() & {bytes.fromhex(a[2:]) for a in evm.journal_state}),
            contract=contract,
            code=self._deployed(contract) if contract else b"",
        )

    def _call(self, message: Message) -> bytes:
        assert message.to is not None
        output = self._evm.message_call(
            _hex(message.caller),
            _hex(message.to),
            calldata=message.data,
            gas=message.gas,
            gas_price=message.gas_price,
            is_static=message.static,
        )
        return bytes(output)

    def _deploy(self, message: Message) -> str:
        caller = _hex(message.caller)
        return str(self._evm.deploy(caller, message.data, gas=message.gas, gas_price=message.gas_price))

    def _deployed(self, contract: bytes) -> bytes:
        code = bytes(self._evm.get_code(_hex(contract)) or b"")
        digest = bytes(self._evm.basic(_hex(contract)).code_hash)
        return code if keccak(code) == digest else code[:-_ANALYSIS_PADDING]

    def _writes(self, message: Message) -> frozenset[Write]:
        text = self._evm.journal_str
        journal = text[text.rfind("journal: [[") :]
        creations = journal.count("NonceChange") - (message.to is None)
        if creations or "AccountDestroyed" in journal or _ETHER_SENT.search(journal):
            raise ChainError(
                "the revm backend runs no contract that creates contracts, sends ether or destroys itself; "
                'set chain.backend to "py-evm"'
            )
        slots = {(address, int(slot)) for address, slot in _STORED.findall(journal)}
        return frozenset((address, slot, self._evm.storage(address, slot)) for address, slot in slots)


def _hex(address: bytes) -> str:
    return f"0x{address.hex()}"


def _log(log: Any) -> Log:
    topics, data = log.data
    return Log(
        bytes.fromhex(log.address[2:]), tuple(int.from_bytes(topic, "big") for topic in topics), bytes(data)
    )
