# pragma version ==0.4.3
"""
@title Proofs
@license MIT
@notice The registry of models, the check of a proof against it, and the orders that a proof's outputs are.
@dev    A model is fixed before the slot begins that the windows of its first gate end with. So no model is
        chosen with a whole window of readings at hand, and all but the last reading of its first window may
        be. The contracts that hold the models' verifying keys are not trusted: a key is known by its digest.
"""


from ..interfaces import IVerifier
from . import book
from . import bounds
from . import community
from . import gates


uses: community
uses: gates


# @notice What a proof of a model is.
# @param key_contract A contract whose runtime returns the ABI-encoded words of the verifying key
# @param key_digest keccak256 of these words
# @param output_scale Binary logarithm of the outputs' scale
# @param proof_bytes Exact length of a proof
# @param from_gate First gate that may use the model
struct Model:
    key_contract: address
    key_digest: bytes32
    output_scale: uint256
    proof_bytes: uint256
    from_gate: uint256


# @notice Logged when a model is registered.
# @param model The model's number
# @param key_digest keccak256 of the words of its verifying key
# @param key_contract The contract that returns them
event ModelRegistered:
    model: indexed(uint256)
    key_digest: indexed(bytes32)
    key_contract: address


# Scalar field of BN254: public outputs are its elements, the upper half negative.
FIELD: constant(uint256) = 21888242871839275222246405745257275088548364400416034343698204186575808495617

# @notice The contract that checks proofs.
VERIFIER: public(immutable(address))

# @notice A model by number.
models: public(HashMap[uint256, Model])


@deploy
def __init__(verifier: address):
    """
    @notice Fix who checks proofs.
    @param verifier The contract that checks proofs
    """
    VERIFIER = verifier


@external
def register_model(
    model: uint256,
    key_contract: address,
    key_digest: bytes32,
    instance_count: uint256,
    output_scale: uint256,
    proof_bytes: uint256,
    from_gate: uint256,
):
    """
    @notice Fix, once and for all, what a proof of this model is.
    @param model The model's number
    @param key_contract A contract whose runtime returns the ABI-encoded words of the verifying key
    @param key_digest keccak256 of these words; the contract above is not trusted to return them
    @param instance_count Public outputs, one per slot of a gate
    @param output_scale Binary logarithm of the outputs' scale
    @param proof_bytes Exact length of a proof, so that nothing can trail it
    @param from_gate First gate that may use the model: it is fixed before the slot begins that this gate's
           windows end with, so that nobody can know a whole window when choosing it
    """
    community._only_utility()
    assert self.models[model].key_digest == empty(bytes32), "model already registered"
    assert key_digest != empty(bytes32), "empty key digest"
    assert instance_count == gates.HORIZON, "model forecasts another horizon"
    assert output_scale <= bounds.MAX_OUTPUT_SCALE, "output scale out of range"
    assert 64 <= proof_bytes and proof_bytes <= bounds.MAX_PROOF_BYTES, "proof length out of range"
    assert block.timestamp < gates._last_reading(from_gate), "model too late for its first window"
    self.models[model] = Model(
        key_contract=key_contract,
        key_digest=key_digest,
        output_scale=output_scale,
        proof_bytes=proof_bytes,
        from_gate=from_gate,
    )
    log ModelRegistered(model=model, key_digest=key_digest, key_contract=key_contract)


@internal
@view
def _verify(
    gate: uint256,
    home: uint256,
    number: uint256,
    proof: Bytes[bounds.MAX_PROOF_BYTES],
    instances: DynArray[uint256, bounds.MAX_HORIZON],
) -> uint256:
    """
    @notice Refuse all but a proof of the home's registered model over the window committed for this gate.
    @param gate The gate
    @param home The home's number
    @param number Number of the home's model
    @param proof The proof; its first 64 bytes are the commitment to the window
    @param instances The model's public outputs, one per slot
    @return The scale of the outputs
    """
    model: Model = self.models[number]
    assert model.key_digest != empty(bytes32), "model not registered"
    assert model.from_gate <= gate, "model not active yet"
    assert len(proof) == model.proof_bytes, "proof of wrong length"
    assert len(instances) == gates.HORIZON, "one output per slot"
    gates._check_committed(gate, home, slice(proof, 0, 64))
    key: DynArray[bytes32, bounds.MAX_KEY_WORDS] = abi_decode(
        raw_call(model.key_contract, b"", max_outsize=bounds.MAX_KEY_BYTES, is_static_call=True),
        DynArray[bytes32, bounds.MAX_KEY_WORDS],
    )
    verified: bool = False
    digest: bytes32 = empty(bytes32)
    verified, digest = staticcall IVerifier(VERIFIER).verifyProof(proof, instances, key)
    assert verified, "proof does not verify"
    assert digest == model.key_digest, "another key"
    return model.output_scale


@internal
@view
def _orders_of(
    instances: DynArray[uint256, bounds.MAX_HORIZON],
    scale: uint256,
    limits: DynArray[uint256, bounds.MAX_HORIZON],
    home: community.Home,
) -> DynArray[uint256, bounds.MAX_HORIZON]:
    """
    @notice Decode a proof's outputs: a positive one buys, a negative one sells, each at the home's own price.
    @param instances The public outputs, one per slot
    @param scale Binary logarithm of their scale
    @param limits Limit prices, one per slot
    @param home The home, for what it can take and feed in
    @return The packed orders, 0 where nothing is left of an output
    """
    assert len(limits) == gates.HORIZON, "one limit price per slot"
    orders: DynArray[uint256, bounds.MAX_HORIZON] = []
    for i: uint256 in range(len(instances), bound=bounds.MAX_HORIZON):
        assert limits[i] <= bounds.MAX_PRICE, "limit price out of range"
        sells: bool = instances[i] > FIELD // 2
        limit_wh: uint256 = home.export_limit_wh if sells else home.import_limit_wh
        quantity_wh: uint256 = self._quantity_wh(instances[i], scale, limit_wh)
        order: uint256 = 0
        if quantity_wh != 0:
            order = (quantity_wh << bounds.PRICE_BITS) | limits[i]
            if sells:
                order |= book.SELLS
        orders.append(order)
    return orders


@internal
@pure
def _quantity_wh(output: uint256, scale: uint256, limit_wh: uint256) -> uint256:
    """
    @notice floor((|o| + 2^(s-1)) / 2^s), no more than the home can take or feed in.
    @param output The public output o
    @param scale Binary logarithm s of its scale
    @param limit_wh Most that the home can take or feed in
    @return Energy in Wh
    """
    assert output < FIELD, "output is not a field element"
    magnitude: uint256 = output
    if output > FIELD // 2:
        magnitude = FIELD - output
    if scale != 0:
        magnitude = (magnitude + (1 << (scale - 1))) >> scale
    return min(magnitude, limit_wh)
