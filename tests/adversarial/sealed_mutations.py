"""Calls of a market with sealed orders that differ from honest ones, in arguments or bytes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from sim.chain.base import Account
from sim.chain.market_client import DeployedMarket
from sim.proofs.field import MODULUS
from tests.adversarial.mutations import BASE_FIELD, GENERATOR, INFINITY, WORD, Mutation, layouts, noises

LARGEST = 2**256 - 1


@dataclass(frozen=True)
class HonestCall:
    """A call that the contract accepts, and who makes it; ``kinds`` name its arguments for the table."""

    sender: Account
    function: str
    kinds: tuple[str, ...]
    arguments: tuple[Any, ...]

    def data(self, market: DeployedMarket) -> bytes:
        return market.artifact.encode(self.function, *self.arguments)


def call_mutations(
    market: DeployedMarket,
    honest: HonestCall,
    others: Sequence[HonestCall],
    strangers: Sequence[Account],
    noise: int,
) -> list[Mutation]:
    """All single changes of a call, mixtures with ``others``, ``noise`` random changes of its calldata."""
    data = honest.data(market)
    changes = [*_changes(honest, others), *_mixtures(honest, others)]
    if honest.function == "clear":
        changes += _exchanges(honest)
    dynamic = [place for place, value in enumerate(honest.arguments) if isinstance(value, bytes | tuple)]
    return [
        *(
            Mutation(kind, honest.sender, changed.data(market))
            for kind, changed in changes
            if changed != honest
        ),
        *(Mutation("another sender", sender, data) for sender in strangers),
        *(Mutation("calldata's layout", honest.sender, changed) for changed in layouts(data, dynamic)),
        *(Mutation("calldata's bytes", honest.sender, changed) for changed in noises(data, noise)),
    ]


def _changes(honest: HonestCall, others: Sequence[HonestCall]) -> Iterator[tuple[str, HonestCall]]:
    for place, (kind, value) in enumerate(zip(honest.kinds, honest.arguments, strict=True)):
        for changed in _values(kind, value, [other.arguments[place] for other in others]):
            arguments = (*honest.arguments[:place], changed, *honest.arguments[place + 1 :])
            yield kind, replace(honest, arguments=arguments)


def _mixtures(honest: HonestCall, others: Sequence[HonestCall]) -> Iterator[tuple[str, HonestCall]]:
    """Several arguments of another call, up to all of them."""
    places = range(len(honest.arguments))
    for other in others:
        for count in places[2:] or places[1:]:
            for taken in combinations(places, count):
                arguments = [(other if at in taken else honest).arguments[at] for at in places]
                yield "another's arguments", replace(honest, arguments=tuple(arguments))
        yield "another's arguments", replace(honest, arguments=other.arguments)


def _exchanges(honest: HonestCall) -> Iterator[tuple[str, HonestCall]]:
    """A slot's total and opening in another's place, together."""
    gate, totals, openings = honest.arguments
    for place in range(1, len(totals)):
        order = list(range(len(totals)))
        order[0], order[place] = place, 0
        swapped = [tuple(each[at] for at in order) for each in (totals, openings)]
        yield "slots exchanged", replace(honest, arguments=(gate, *swapped))


def _values(kind: str, value: Any, others: Sequence[Any]) -> Iterator[Any]:
    """What an argument is changed to."""
    yield from others
    if isinstance(value, bytes):
        yield from _data(value, others)
    elif isinstance(value, int):
        yield from _numbers(value, signed=kind == "trade")
    else:
        for place, entry in enumerate(value):
            for changed in _points(entry) if isinstance(entry, tuple) else _numbers(entry, signed=True):
                yield (*value[:place], changed, *value[place + 1 :])
            yield (*value[:place], *value[place + 1 :])
            yield (*value[:place], entry, *value[place:])
            if place and isinstance(entry, int):  # made up for by the neighbour
                yield (*value[: place - 1], value[place - 1] - 1, entry + 1, *value[place + 1 :])
            if place:
                yield (*value[: place - 1], entry, value[place - 1], *value[place + 1 :])
        yield ()
        yield tuple(reversed(value))


def _numbers(number: int, signed: bool) -> Iterator[int]:
    low, high = (-(2**255), 2**255 - 1) if signed else (0, LARGEST)
    changed = (number + 1, number - 1, -number, 2 * number, 0, number + MODULUS, number - MODULUS)
    far = (2**80, -(2**80), 2**109, 2**255, low, high, number + BASE_FIELD, 255)
    yield from (each for each in (*changed, *far) if low <= each <= high)


def _points(point: tuple[int, int]) -> Iterator[tuple[int, int]]:
    x, y = point
    near = ((x, -y % BASE_FIELD), (y, x), (x + 1, y), (x, y ^ 1), (x + BASE_FIELD, y), (x, y + BASE_FIELD))
    yield from (each for each in (*near, GENERATOR, INFINITY) if max(each) <= LARGEST)


def _data(data: bytes, others: Sequence[bytes]) -> Iterator[bytes]:
    """A word changed, neighbours swapped, two words as a point, cut, extended."""
    for at in range(0, len(data) - len(data) % WORD, WORD):
        word = int.from_bytes(data[at : at + WORD], "big")
        changed = {
            *(word ^ 1 << bit for bit in (0, 128, 253, 255)),
            *(word + field for field in (MODULUS, BASE_FIELD)),
            *(field - word for field in (MODULUS, BASE_FIELD)),
            *(int.from_bytes(other[at : at + WORD], "big") for other in others),
            *(0, 1, LARGEST),
        }
        for value in sorted(changed):
            if 0 <= value <= LARGEST:
                yield data[:at] + value.to_bytes(WORD, "big") + data[at + WORD :]
        yield data[:at] + data[at + WORD : at + 2 * WORD] + data[at : at + WORD] + data[at + 2 * WORD :]
        for pair in (GENERATOR, INFINITY) if at + 2 * WORD <= len(data) else ():
            yield data[:at] + b"".join(each.to_bytes(WORD, "big") for each in pair) + data[at + 2 * WORD :]
    yield from (data[:-1] + bytes([last]) for last in range(0, 256, 15))
    yield from (data[:cut] for cut in range(0, len(data), 16))
    yield from (data + bytes(more) for more in (1, 31, 32, 64))
