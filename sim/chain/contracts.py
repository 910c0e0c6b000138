"""Contracts: reading compiled artifacts, and speaking their ABI."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import eth_abi.abi
from eth_hash.auto import keccak
from eth_utils.abi import collapse_if_tuple

from sim.chain.base import Log
from sim.errors import InputError

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
MARKET, SEALED_MARKET = "EnergyMarket", "SealedMarket"
VERIFIER, STUB = "Halo2VerifierReusable", "AcceptAllStub"
# sha-256 of the files in contracts/compiled: what a run claims rests on which contracts it ran on.
SHA256 = {
    MARKET: "39e5e1a6da28620db57b5f8333b786532bbbd96e9e518f38c59c30bef9a331ea",
    SEALED_MARKET: "935b125851fb087d62e1c4a576834e8552fc9f5dd39888efa5874b49a4e9355b",
    VERIFIER: "d8083f2d1ee2062abb093498f0f92f36b8db5881b37814782c31f6e6b3cea074",
    STUB: "1d1fd93cc11a0c3f2355599ef6e738cd8bc0a27ee46ff916881e0008e4fef241",
    "AveragePrice": "98f2431fb4f52ea56df2bda35f74f8087a003efb21a5581c7b928c39ba8fd115",
    "UniformPrice": "4bd0f6ec9339682f87d70091bd7cd0c89bddf6eaa40823810f0c3de1bb01f2f9",
    "Huang": "10927d5ad33380063d7a5fc64bf45f6502fb3c9166aea765662e8bdf014fe601",
    "McAfee": "7a26060a62d6b662ab86200a663e9eaef3a7971b42b599d37619ac1360517068",
    "MudaBalanced": "582062429f778f8eb09f6b37e932139be0a65776e58dfcc30eb8ca1407ca874f",
    "MudaLottery": "5f00862ce149a03447b09a616a6107c79d2236fb7065a07adab36ee547c1e92f",
    "PayAsBid": "9d721735b9d61dae585b713de5a8aae41d488ab3376ed74869d47ae3ab5113ba",
    "OwnPrices": "0dfc104beab11a4d21c60127f551410579170cfd59c936e4db6a6c2c9da21e64",
}

# Eleven bytes of code that return all code behind them. Once as a constructor, they deploy what follows; once
# more at the head of what is deployed, they return the payload on any call.
_RETURN_THE_REST = bytes.fromhex("600b380380600b5f395ff3")


@dataclass(frozen=True)
class Artifact:
    """A compiled contract; immutables, where it has any, are appended to ``runtime`` when it is deployed."""

    name: str
    abi: tuple[Mapping[str, Any], ...]
    initcode: bytes
    runtime: bytes

    @property
    def code_hash(self) -> bytes:
        """keccak256 of the runtime code, by which a deployed contract without immutables is known."""
        return keccak(self.runtime)

    @cached_property
    def _functions(self) -> dict[str, Mapping[str, Any]]:
        return {entry["name"]: entry for entry in self.abi if entry["type"] == "function"}

    @cached_property
    def _events(self) -> dict[int, Mapping[str, Any]]:
        return {
            int.from_bytes(keccak(_signature(entry).encode()), "big"): entry
            for entry in self.abi
            if entry["type"] == "event"
        }

    def deployment(self, *arguments: Any) -> bytes:
        """Initcode with the constructor's arguments."""
        types = next((_types(e["inputs"]) for e in self.abi if e["type"] == "constructor"), [])
        return self.initcode + eth_abi.abi.encode(types, arguments)

    def encode(self, function: str, *arguments: Any) -> bytes:
        """Calldata of a call."""
        entry = self._functions[function]
        return keccak(_signature(entry).encode())[:4] + eth_abi.abi.encode(_types(entry["inputs"]), arguments)

    def decode(self, function: str, output: bytes) -> Any:
        """What a call returned: one value, or a tuple of several."""
        values = eth_abi.abi.decode(_types(self._functions[function]["outputs"]), output)
        return values[0] if len(values) == 1 else values

    def event(self, log: Log) -> tuple[str, dict[str, Any]]:
        """An event's name and fields."""
        entry = self._events[log.topics[0]]
        indexed = [field for field in entry["inputs"] if field["indexed"]]
        plain = [field for field in entry["inputs"] if not field["indexed"]]
        topics = [
            eth_abi.abi.decode([field["type"]], topic.to_bytes(32, "big"))[0]
            for field, topic in zip(indexed, log.topics[1:], strict=True)
        ]
        values = eth_abi.abi.decode(_types(plain), log.data)
        names = [field["name"] for field in (*indexed, *plain)]
        return entry["name"], dict(zip(names, (*topics, *values), strict=True))


@cache
def compiled(name: str) -> Artifact:
    """A contract as compiled into contracts/compiled, so that runs need no compiler.

    Raises InputError where the file is missing or not byte for byte the one this checkout was made with.
    """
    path = CONTRACTS / "compiled" / f"{name}.json"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot read the contract ({error.strerror})") from None
    if hashlib.sha256(content).hexdigest() != SHA256[name]:
        raise InputError(f"{path}: differs from the contract this version ships; restore the file")
    return artifact_of(content)


def artifact_of(content: bytes | str) -> Artifact:
    """A contract from the content of its file."""
    fields = json.loads(content)
    codes = (bytes.fromhex(fields[part]) for part in ("initcode", "runtime"))
    return Artifact(fields["contract"], tuple(fields["abi"]), *codes)


def data_contract(payload: bytes) -> bytes:
    """Initcode of a contract that returns ``payload`` on any call."""
    return _RETURN_THE_REST + _RETURN_THE_REST + payload


def _types(fields: Any) -> list[str]:
    return [collapse_if_tuple(field) for field in fields]


def _signature(entry: Mapping[str, Any]) -> str:
    return f"{entry['name']}({','.join(_types(entry['inputs']))})"
