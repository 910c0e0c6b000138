# pragma version ==0.4.3
"""
@title Sealed proofs
@license MIT
@notice The registration of models whose outputs are committed to rather than public, and what their proofs
        say.
@dev    A proof begins with two points, x and y of 32 bytes each: the commitment to the window's column, and
        the commitment to the column of the outputs, of which row t is the output of the gate's slot t. All
        outputs are at one scale s, and each model's are no larger than registered.

        Every key must be of the community's SRS and size: a commitment means something under them alone. The
        words of a verifying key say which they are, and registration compares them. What a circuit does with
        its inputs no word of the key says: that it forecasts, that it ends with these columns, and how large
        its outputs can be, is what the utility is trusted for, and what everybody can find out by making the
        key again.
"""


from ..interfaces import IVerifier
from . import bn254
from . import bounds
from . import community
from . import openings
from . import registry
from . import sealed_bounds
from . import timeline


uses: community
uses: openings
uses: registry
uses: timeline


# @notice Logged when a forecaster gets a model.
# @param forecaster The forecaster's number
# @param key_digest keccak256 of the words of the model's verifying key
# @param key_contract The contract that returns them
# @param largest_output Largest magnitude of an output, at the community's scale
# @param from_gate First gate that uses the model
# @param training_root Merkle root over the digests of the models after each round of its training
event SealedModelRegistered:
    forecaster: indexed(uint256)
    key_digest: indexed(bytes32)
    key_contract: address
    largest_output: uint256
    from_gate: uint256
    training_root: bytes32


# Where an ABI-encoded key's words begin, and where stand: how many public outputs (its third word), rows as
# binary logarithm (the sixth), the generators of G1 and G2 and [-s]G2 (from the fifteenth).
KEY_PLACE: constant(uint256) = 64
INSTANCES_PLACE: constant(uint256) = KEY_PLACE + 32 * 2
LOGROWS_PLACE: constant(uint256) = KEY_PLACE + 32 * 5
SRS_PLACE: constant(uint256) = KEY_PLACE + 32 * 14
SRS_BYTES: constant(uint256) = 32 * 10

# @notice Binary logarithm of the scale of all outputs.
OUTPUT_SCALE: public(immutable(uint256))

# @notice Largest magnitude of an output, by forecaster and first gate of its model.
largest_output: public(HashMap[uint256, HashMap[uint256, uint256]])
# @notice The circuit that trades are proved with, empty where the meter posts them; its first gate and scale
#         mean nothing.
settlement_key: public(registry.Model)


@deploy
def __init__(output_scale: uint256, key_contract: address, key_digest: bytes32, proof_bytes: uint256):
    """
    @notice Fix the scale, and the circuit that trades are proved with, where they are. Its committed
            inputs are, of each gate of a settlement period, the column of a home's outputs, then those of the
            gates' prices; its one public output is the sum over slots of price times output.
    @param output_scale Binary logarithm of the scale of all outputs
    @param key_contract A contract whose runtime returns the ABI-encoded words of the circuit's verifying key
    @param key_digest keccak256 of these words; empty where the meter posts trades
    @param proof_bytes Exact length of a proof
    """
    assert output_scale <= bounds.MAX_OUTPUT_SCALE, "output scale out of range"
    OUTPUT_SCALE = output_scale
    if key_digest != empty(bytes32):
        self._check_key(key_contract, key_digest, proof_bytes, 1)
        self.settlement_key = registry.Model(
            key_contract=key_contract,
            key_digest=key_digest,
            output_scale=output_scale,
            proof_bytes=proof_bytes,
            from_gate=0,
        )


# ---------------------------------------------------------------------------------------------------------
# Registration
# ---------------------------------------------------------------------------------------------------------


@external
def register_model(
    forecaster: uint256,
    key_contract: address,
    key_digest: bytes32,
    output_scale: uint256,
    largest_output: uint256,
    proof_bytes: uint256,
    from_gate: uint256,
    training_root: bytes32,
):
    """
    @notice Give a forecaster a model, and fix, once and for all, what a proof of it is.
    @param forecaster The forecaster's number
    @param key_contract A contract whose runtime returns the ABI-encoded words of the verifying key
    @param key_digest keccak256 of these words
    @param output_scale Binary logarithm of the outputs' scale, the community's
    @param largest_output Largest magnitude of an output that the model can have, at that scale
    @param proof_bytes Exact length of a proof, so that nothing can trail it
    @param from_gate First gate that uses the model, later than that of the forecaster's last one: this gate's
           windows have not begun, so that nobody can know any of their readings when choosing the model
    @param training_root Merkle root over the digests of the models after each round of its training: it is
           logged, so that whoever is shown them can tell that they are the ones it was trained by
    """
    community._only_utility()
    assert output_scale == OUTPUT_SCALE, "model has another scale"
    most: uint256 = sealed_bounds.MAX_LARGEST_OUTPUT
    assert 0 < largest_output and largest_output <= most, "largest output out of range"
    assert block.timestamp < timeline._window_begin(from_gate), "model too late for its first window"
    self._check_key(key_contract, key_digest, proof_bytes, 0)
    last: registry.Model = registry.models[forecaster]
    if last.key_digest != empty(bytes32):
        assert last.from_gate < from_gate, "forecaster has a later model"
        registry.earlier_models[forecaster].append(last)
    registry.models[forecaster] = registry.Model(
        key_contract=key_contract,
        key_digest=key_digest,
        output_scale=output_scale,
        proof_bytes=proof_bytes,
        from_gate=from_gate,
    )
    self.largest_output[forecaster][from_gate] = largest_output
    log SealedModelRegistered(
        forecaster=forecaster,
        key_digest=key_digest,
        key_contract=key_contract,
        largest_output=largest_output,
        from_gate=from_gate,
        training_root=training_root,
    )


@internal
@view
def _check_key(key_contract: address, key_digest: bytes32, proof_bytes: uint256, instances: uint256):
    """
    @notice Refuse a key that is not there, or of another SRS, size or number of public outputs.
    @param key_contract The contract that returns its words
    @param key_digest keccak256 of these words
    @param proof_bytes Length of a proof
    @param instances How many public outputs there should be
    """
    assert 2 * 64 <= proof_bytes and proof_bytes <= bounds.MAX_PROOF_BYTES, "proof length out of range"
    key: Bytes[bounds.MAX_KEY_BYTES] = raw_call(
        key_contract, b"", max_outsize=bounds.MAX_KEY_BYTES, is_static_call=True
    )
    assert SRS_PLACE + SRS_BYTES <= len(key), "key too short"
    assert keccak256(slice(key, KEY_PLACE, len(key) - KEY_PLACE)) == key_digest, "another key"
    assert extract32(key, INSTANCES_PLACE, output_type=uint256) == instances, "key with other public outputs"
    assert extract32(key, LOGROWS_PLACE, output_type=uint256) == openings.LOGROWS, "key of another size"
    of_srs: Bytes[SRS_BYTES] = abi_encode(bn254.G1, bn254.G2, openings.MINUS_S_G2)
    assert slice(key, SRS_PLACE, SRS_BYTES) == of_srs, "key of another SRS"


# ---------------------------------------------------------------------------------------------------------
# Proofs
# ---------------------------------------------------------------------------------------------------------


@internal
@view
def _largest_output(forecaster: uint256, gate: uint256) -> uint256:
    """
    @notice How large an output of a forecaster's model at a gate can be.
    @param forecaster The forecaster's number
    @param gate The gate
    @return Its largest magnitude, at the community's scale
    """
    return self.largest_output[forecaster][registry._model_at(forecaster, gate).from_gate]


@internal
@view
def _verify(
    model: registry.Model,
    proof: Bytes[bounds.MAX_PROOF_BYTES],
    instances: DynArray[uint256, bounds.MAX_HORIZON],
):
    """
    @notice Refuse all but a proof of a model.
    @param model The model, or the settlement circuit
    @param proof The proof
    @param instances The public outputs
    """
    assert model.key_digest != empty(bytes32), "model not registered"
    assert len(proof) == model.proof_bytes, "proof of wrong length"
    key: DynArray[bytes32, bounds.MAX_KEY_WORDS] = abi_decode(
        raw_call(model.key_contract, b"", max_outsize=bounds.MAX_KEY_BYTES, is_static_call=True),
        DynArray[bytes32, bounds.MAX_KEY_WORDS],
    )
    verified: bool = False
    digest: bytes32 = empty(bytes32)
    verified, digest = staticcall IVerifier(registry.VERIFIER).verifyProof(proof, instances, key)
    assert verified, "proof does not verify"
    assert digest == model.key_digest, "another key"
