"""Submissions that differ from an honest one: in a field, in a word of the proof, in the calldata's bytes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.chain.base import Account
from sim.chain.market_client import Market
from sim.chain.submission import Submission
from sim.proofs.field import MODULUS

BASE_FIELD = 21888242871839275222246405745257275088696311157297823662689037894645226208583
WORD = 32
HEAD_WORDS = 4
GENERATOR, INFINITY = (1, 2), (0, 0)


@dataclass(frozen=True)
class Honest:
    """A submission that the contract accepts, and who sends it."""

    home: int
    sender: Account
    submission: Submission

    @property
    def words(self) -> list[int]:
        """The proof's."""
        proof = self.submission.proof
        return [int.from_bytes(proof[at : at + WORD], "big") for at in range(0, len(proof), WORD)]


@dataclass(frozen=True)
class Mutation:
    """Calldata of somebody's; ``kind`` is a row of the table."""

    kind: str
    sender: Account
    data: bytes


def mutations(
    market: Market, honest: Honest, others: Sequence[Honest], strangers: Sequence[Account], noise: int
) -> list[Mutation]:
    """All single changes of an honest submission, and ``noise`` random ones of its calldata."""
    submission, data = honest.submission, encoded(market, honest.submission)
    dynamic = range(1, HEAD_WORDS)
    fields = [
        *(("gate", changed) for changed in _gates(submission)),
        *(("quantities", changed) for changed in _quantities(submission)),
        *(("limit prices", changed) for changed in _limits(submission)),
        *(("a word of the proof", changed) for changed in _proof_words(honest, others)),
        *(("a point of the proof", changed) for changed in _points(honest, others)),
        *(("proof cut or extended", changed) for changed in _lengths(submission)),
        *(("another's fields", changed) for changed in _swaps(submission, others)),
    ]
    return [
        *(Mutation(kind, honest.sender, encoded(market, changed)) for kind, changed in fields),
        *(Mutation("another sender", sender, data) for sender in strangers),
        *(Mutation("calldata's layout", honest.sender, changed) for changed in layouts(data, dynamic)),
        *(Mutation("calldata's bytes", honest.sender, changed) for changed in noises(data, noise)),
    ]


def encoded(market: Market, submission: Submission) -> bytes:
    """Calldata of a submission."""
    fields = (submission.gate, submission.proof, list(submission.instances), list(submission.limits))
    return market.artifact.encode("submit", *fields)


def _gates(submission: Submission) -> Iterator[Submission]:
    for gate in (*range(4), 255, 2**255, 2**256 - 1):
        if gate != submission.gate:
            yield replace(submission, gate=gate)


def _numbers(numbers: Sequence[int], changes: Iterable[int]) -> Iterator[tuple[int, ...]]:
    """Each number changed, the neighbours swapped, one missing, one too many, none at all, all reversed."""
    for place, number in enumerate(numbers):
        for change in changes:
            if 0 <= number + change < 2**256:
                yield (*numbers[:place], number + change, *numbers[place + 1 :])
        yield (*numbers[:place], *numbers[place + 1 :])
        yield (*numbers[:place], number, *numbers[place:])
    for place in range(len(numbers) - 1):
        yield (*numbers[:place], numbers[place + 1], numbers[place], *numbers[place + 2 :])
    yield ()
    yield tuple(reversed(numbers))


def _quantities(submission: Submission) -> Iterator[Submission]:
    instances = submission.instances
    for changed in _numbers(instances, (1, -1, 1 << 7, -(1 << 7), MODULUS, BASE_FIELD, 1 << 255)):
        if changed != instances:
            yield replace(submission, instances=changed)
    for place, element in enumerate(instances):
        for other in (0, (-element) % MODULUS, (2 * element) % MODULUS, 2**256 - 1):
            if other != element:
                yield replace(submission, instances=(*instances[:place], other, *instances[place + 1 :]))


def _limits(submission: Submission) -> Iterator[Submission]:
    for changed in _numbers(submission.limits, (1, -1, 1 << 40, 1 << 64, 1 << 255)):
        if changed != submission.limits:
            yield replace(submission, limits=changed)


def _with_words(submission: Submission, words: Sequence[int]) -> Submission:
    return replace(submission, proof=b"".join(word.to_bytes(WORD, "big") for word in words))


def _proof_words(honest: Honest, others: Sequence[Honest]) -> Iterator[Submission]:
    words = honest.words
    for place, word in enumerate(words):
        following = words[(place + 1) % len(words)]
        changed = {
            *(word ^ 1 << bit for bit in (0, 128, 253, 255)),
            *(word + field for field in (MODULUS, BASE_FIELD)),
            *(field - word for field in (MODULUS, BASE_FIELD) if field >= word),
            *(other.words[place] for other in others if len(other.words) == len(words)),
            *(0, 1, following, 2**256 - 1),
        }
        for value in sorted(changed - {word}):
            if value < 2**256:
                yield _with_words(honest.submission, [*words[:place], value, *words[place + 1 :]])


def _points(honest: Honest, others: Sequence[Honest]) -> Iterator[Submission]:
    """Two words at once: another point of the curve, the same one negated, infinity, or swapped ones."""
    words = honest.words
    for place in range(len(words) - 1):
        x, y = words[place], words[place + 1]
        pairs = {
            GENERATOR,
            INFINITY,
            (y, x),
            (x, (-y) % BASE_FIELD),
            (words[place - 2], words[place - 1]),
            *((o.words[place], o.words[place + 1]) for o in others if len(o.words) == len(words)),
        }
        for pair in sorted(pairs - {(x, y)}):
            yield _with_words(honest.submission, [*words[:place], *pair, *words[place + 2 :]])


def _lengths(submission: Submission) -> Iterator[Submission]:
    proof = submission.proof
    for length in (*range(0, len(proof), WORD), 1, 63, len(proof) - 1):
        yield replace(submission, proof=proof[:length])
    for more in (1, 31, 32, 64, 1_024):
        yield replace(submission, proof=proof + bytes(more))
        yield replace(submission, proof=bytes(more) + proof)
        yield replace(submission, proof=proof + proof[:more])


def _swaps(submission: Submission, others: Sequence[Honest]) -> Iterator[Submission]:
    """One or several fields of another home or gate."""
    for other in (honest.submission for honest in others):
        for names in (
            ("proof",),
            ("instances",),
            ("proof", "instances"),
            ("gate", "proof"),
            ("gate", "instances"),
            ("gate", "proof", "instances"),
        ):
            changed = replace(submission, **{name: getattr(other, name) for name in names})
            if changed != submission:
                yield changed


def layouts(data: bytes, dynamic: Sequence[int]) -> Iterator[bytes]:
    """Offsets, lengths and padding of the ABI's encoding, other selectors, and bytes behind it all.

    dynamic: places of the arguments that stand elsewhere, and have an offset and a length
    """
    selector, body = data[:4], data[4:]
    words = [body[at : at + WORD] for at in range(0, len(body), WORD)]
    offsets = [int.from_bytes(words[place], "big") for place in dynamic]
    heads = [*dynamic, *(offset // WORD for offset in offsets)]
    for place in heads:
        number = int.from_bytes(words[place], "big")
        for other in {
            0,
            1,
            31,
            number - 32,
            number + 32,
            number + 1,
            number - 1,
            2**255,
            2**256 - 1,
            *offsets,
        }:
            if other not in (number, -1) and 0 <= other < 2**256:
                yield selector + b"".join([*words[:place], other.to_bytes(WORD, "big"), *words[place + 1 :]])
    for cut in (1, 4, 31, 32, 33, 64, len(data) // 2, len(data) - 4, len(data) - 3):
        yield data[:-cut]
    for more in (b"\x00", b"\x01" * 31, bytes(32), data, body):
        yield data + more
    for other in (bytes(4), b"\xff" * 4, selector[::-1], bytes([selector[0] ^ 1]) + selector[1:]):
        yield other + body


def noises(data: bytes, count: int) -> Iterator[bytes]:
    """One to three random bytes of the whole calldata."""
    random = np.random.default_rng(0)
    for _ in range(count):
        changed = bytearray(data)
        for place in random.integers(len(data), size=random.integers(1, 4)).tolist():
            changed[place] ^= int(random.integers(1, 256))
        yield bytes(changed)
