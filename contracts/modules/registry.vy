# pragma version ==0.4.3
"""
@title Registry
@license MIT
@notice Who checks proofs, and which model a forecaster uses at a gate.
@dev    A forecaster may get new models. Each serves from its first gate on until the next one does, and is
        fixed before the windows of that gate begin: nobody who chooses a model knows a reading that it will
        forecast from, and no gate whose windows have begun changes its model. The contracts that hold the
        models' verifying keys are not trusted: a key is known by its digest.
"""


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
