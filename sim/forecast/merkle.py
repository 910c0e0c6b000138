"""One root over many digests, as in RFC 6962: whoever holds the digests can tell whether it is theirs."""

import hashlib
from collections.abc import Sequence

EMPTY_ROOT = bytes(32)
"""Of no digests at all."""


def merkle_root(digests: Sequence[bytes]) -> bytes:
    """The Merkle tree hash of these leaves; the left half is the largest power of two that leaves some."""
    if not digests:
        return EMPTY_ROOT
    if len(digests) == 1:
        return hashlib.sha256(b"\x00" + digests[0]).digest()
    left = 1 << (len(digests) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + merkle_root(digests[:left]) + merkle_root(digests[left:])).digest()
