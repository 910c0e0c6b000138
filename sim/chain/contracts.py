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
    MARKET: "9db341821899e8142836c3711cbd9d7e48cf96a3f78704c214114534e55a86b5",
    SEALED_MARKET: "0b4f0b4a044a92e0372630dfcf5ff6132b651ad3d041fe10769266576e91af8f",
    VERIFIER: "d8083f2d1ee2062abb093498f0f92f36b8db5881b37814782c31f6e6b3cea074",
    STUB: "9233c27b3d3bf2d42a81f197a33324bee628454991ef75a0194fe64d136c13ca",
    "AveragePrice": "4ed793e449bc46acfbe3313fd04fcdb8124ff2d52b32efb250aa12e531c9f21f",
    "UniformPrice": "6e8ab62dce7efe5d0ff35b288c527062a0b831cf642304ae731342b178fc76fb",
    "Huang": "2a0e1e03b6db7d63d3465a33b153cd2747c7b10ddb88bb0ca1cd25c5202fb341",
    "McAfee": "b297adda3c3aa0bbc95d366d09c1c4e86b615e4dabfe31549d1f22a58f18413a",
    "MudaBalanced": "8da5cc86844bd57cde724b34069a3c56ab1a2e9fe19f35dc2000d265f823918a",
    "MudaLottery": "f6dbdee1a79311f2ea167ff0ee6f12938096e577152ec910c1e4e5078bb4f057",
    "PayAsBid": "06719dafad03a109b4b9db9cc6d2469a3e38b4799a067b4c4f3ada9d4efa4fbe",
    "OwnPrices": "ad98713ba5f98d0b888716ec3601ff7749efd35683f3e1cc0ef447ce3fee1a26",
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
