# pragma version ==0.4.3
"""
@title Proofs
@license MIT
@notice The registry of forecasters and their models, the check of a proof against it, and the orders that a
        proof's outputs are.
@dev    A forecaster may get new models. Each serves from its first gate on until the next one does, and is
        fixed before the windows of that gate begin: nobody who chooses a model knows a reading that it will
        forecast from, and no gate whose windows have begun changes its model. The contracts that hold the
        models' verifying keys are not trusted: a key is known by its digest.
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
# @param from_gate First gate that uses the model
struct Model:
    key_contract: address
    key_digest: bytes32
    output_scale: uint256
    proof_bytes: uint256
    from_gate: uint256


# @notice Logged when a forecaster gets a model.
# @param forecaster The forecaster's number
# @param key_digest keccak256 of the words of the model's verifying key
# @param key_contract The contract that returns them
# @param from_gate First gate that uses the model
# @param training_root Merkle root over the digests of the models after each round of its training
event ModelRegistered:
    forecaster: indexed(uint256)
    key_digest: indexed(bytes32)
    key_contract: address
    from_gate: uint256
    training_root: bytes32


# Scalar field of BN254: public outputs are its elements, the upper half negative.
FIELD: constant(uint256) = 21888242871839275222246405745257275088548364400416034343698204186575808495617
# Models of a forecaster before its last: as many as days in two years.
MAX_EARLIER_MODELS: constant(uint256) = 730

# @notice The contract that checks proofs.
VERIFIER: public(immutable(address))

# @notice The last model that a forecaster got.
models: public(HashMap[uint256, Model])
# @notice The models that it got before, in order.
earlier_models: public(HashMap[uint256, DynArray[Model, MAX_EARLIER_MODELS]])


@deploy
def __init__(verifier: address):
    """
    @notice Fix who checks proofs.
    @param verifier The contract that checks proofs
    """
    VERIFIER = verifier


@external
def register_model(
    forecaster: uint256,
    key_contract: address,
    key_digest: bytes32,
    instance_count: uint256,
    output_scale: uint256,
    proof_bytes: uint256,
    from_gate: uint256,
    training_root: bytes32,
):
    """
    @notice Give a forecaster a model, and fix, once and for all, what a proof of it is.
    @param forecaster The forecaster's number
    @param key_contract A contract whose runtime returns the ABI-encoded words of the verifying key
    @param key_digest keccak256 of these words; the contract above is not trusted to return them
    @param instance_count Public outputs, one per slot of a gate
    @param output_scale Binary logarithm of the outputs' scale
    @param proof_bytes Exact length of a proof, so that nothing can trail it
    @param from_gate First gate that uses the model, later than that of the forecaster's last one: this gate's
           windows have not begun, so that nobody can know any of their readings when choosing the model
    @param training_root Merkle root over the digests of the models after each round of its training: it is
           logged, so that whoever is shown them can tell that they are the ones it was trained by
    """
    community._only_utility()
    assert key_digest != empty(bytes32), "empty key digest"
    assert instance_count == gates.HORIZON, "model forecasts another horizon"
    assert output_scale <= bounds.MAX_OUTPUT_SCALE, "output scale out of range"
    assert 64 <= proof_bytes and proof_bytes <= bounds.MAX_PROOF_BYTES, "proof length out of range"
    assert block.timestamp < gates._window_begin(from_gate), "model too late for its first window"
    last: Model = self.models[forecaster]
    if last.key_digest != empty(bytes32):
        assert last.from_gate < from_gate, "forecaster has a later model"
        self.earlier_models[forecaster].append(last)
    self.models[forecaster] = Model(
        key_contract=key_contract,
        key_digest=key_digest,
        output_scale=output_scale,
        proof_bytes=proof_bytes,
        from_gate=from_gate,
    )
    log ModelRegistered(
        forecaster=forecaster,
        key_digest=key_digest,
        key_contract=key_contract,
        from_gate=from_gate,
        training_root=training_root,
    )


@internal
@view
def _model_at(forecaster: uint256, gate: uint256) -> Model:
    """
    @notice The model that a forecaster uses at a gate: its last, or an earlier one where the last has been
            registered ahead.
    @param forecaster The forecaster's number
    @param gate The gate
    @return The model, empty where the forecaster has none
    """
    if self.models[forecaster].from_gate <= gate:
        return self.models[forecaster]
    count: uint256 = len(self.earlier_models[forecaster])
    for i: uint256 in range(count, bound=MAX_EARLIER_MODELS):
        if self.earlier_models[forecaster][count - 1].from_gate <= gate:
            break
        count -= 1
    assert count != 0, "model not active yet"
    return self.earlier_models[forecaster][count - 1]


@internal
@view
def _verify(
    gate: uint256,
    home: uint256,
    forecaster: uint256,
    proof: Bytes[bounds.MAX_PROOF_BYTES],
    instances: DynArray[uint256, bounds.MAX_HORIZON],
) -> uint256:
    """
    @notice Refuse all but a proof of the home's model at this gate over the window committed for this gate.
    @param gate The gate
    @param home The home's number
    @param forecaster Number of the home's forecaster
    @param proof The proof; its first 64 bytes are the commitment to the window
    @param instances The model's public outputs, one per slot
    @return The scale of the outputs
    """
    model: Model = self._model_at(forecaster, gate)
    assert model.key_digest != empty(bytes32), "model not registered"
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
