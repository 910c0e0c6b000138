# pragma version ==0.4.3
# pragma evm-version cancun
"""
@title AcceptAllStub
@license MIT
@notice Stands in the verifier's place where a run's proof policy is not "all". It checks nothing: whoever
        sees this contract's code hash in a market knows that nothing there was proved.
"""


from interfaces import IVerifier
from modules import bounds


implements: IVerifier


@external
@view
def verifyProof(
    proof: Bytes[bounds.MAX_PROOF_BYTES],
    instances: DynArray[uint256, bounds.MAX_HORIZON],
    key: DynArray[bytes32, bounds.MAX_KEY_WORDS],
) -> (bool, bytes32):
    """
    @notice Accepts anything.
    @param proof Not looked at
    @param instances Not looked at
    @param key The verifying key's words
    @return True, and keccak256 of the key's words
    """
    return True, keccak256(slice(abi_encode(key), 64, 32 * len(key)))
