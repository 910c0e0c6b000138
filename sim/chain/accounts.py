"""Accounts derived from the run's seed. They guard nothing: anyone with the seed can sign as anyone."""

from eth_keys.datatypes import PrivateKey

from sim.chain.base import Account
from sim.seeds import Streams

OPERATORS = ("utility", "meter", "auctioneer")
"""Whose accounts stand beside the homes'; no home may be called so."""
SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def account(streams: Streams, name: str) -> Account:
    """The account of a home or operator."""
    secret = int.from_bytes(streams.key("account", name), "big") % (SECP256K1_ORDER - 1) + 1
    return Account(name, PrivateKey(secret.to_bytes(32, "big")))
