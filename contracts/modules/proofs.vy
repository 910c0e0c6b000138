# pragma version ==0.4.3
"""
@title Proofs
@license MIT
@notice The registration of models with public outputs, the check of a proof against its model, and the
        orders that a proof's outputs are.
"""


from ..interfaces import IVerifier
from . import bn254
from . import book
from . import bounds
from . import community
from . import entries
from . import registry
from . import timeline


uses: community
uses: entries
uses: registry
uses: timeline


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
    assert instance_count == timeline.HORIZON, "model forecasts another horizon"
    assert output_scale <= bounds.MAX_OUTPUT_SCALE, "output scale out of range"
    assert 64 <= proof_bytes and proof_bytes <= bounds.MAX_PROOF_BYTES, "proof length out of range"
    assert block.timestamp < timeline._window_begin(from_gate), "model too late for its first window"
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
    log registry.ModelRegistered(
        forecaster=forecaster,
        key_digest=key_digest,
        key_contract=key_contract,
        from_gate=from_gate,
        training_root=training_root,
    )


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
    model: registry.Model = registry._model_at(forecaster, gate)
    assert model.key_digest != empty(bytes32), "model not registered"
    assert len(proof) == model.proof_bytes, "proof of wrong length"
    assert len(instances) == timeline.HORIZON, "one output per slot"
    entries._check_committed(gate, home, slice(proof, 0, 64))
    key: DynArray[bytes32, bounds.MAX_KEY_WORDS] = abi_decode(
        raw_call(model.key_contract, b"", max_outsize=bounds.MAX_KEY_BYTES, is_static_call=True),
        DynArray[bytes32, bounds.MAX_KEY_WORDS],
    )
    verified: bool = False
    digest: bytes32 = empty(bytes32)
    verified, digest = staticcall IVerifier(registry.VERIFIER).verifyProof(proof, instances, key)
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
    assert len(limits) == timeline.HORIZON, "one limit price per slot"
    orders: DynArray[uint256, bounds.MAX_HORIZON] = []
    for i: uint256 in range(len(instances), bound=bounds.MAX_HORIZON):
        assert limits[i] <= bounds.MAX_PRICE, "limit price out of range"
        sells: bool = instances[i] > bn254.FIELD // 2
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
    assert output < bn254.FIELD, "output is not a field element"
    magnitude: uint256 = output
    if output > bn254.FIELD // 2:
        magnitude = bn254.FIELD - output
    if scale != 0:
        magnitude = (magnitude + (1 << (scale - 1))) >> scale
    return min(magnitude, limit_wh)
