"""EZKL's own evaluation against integer arithmetic, on models of all shapes; without keys it is quick."""

import json
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.forecast.dense import IntegerDense
from sim.proofs.field import from_hex, signed, to_hex
from sim.proofs.native import ezkl
from sim.proofs.settings import EzklSettings, write_settings

WIDE = EzklSettings(decomp_base=1024, decomp_legs=6, num_inner_cols=2, logrows=11)
SALTS = (2**59 - 1, 3)


@st.composite
def models(draw):
    precision = draw(st.integers(1, 10))
    widths = draw(st.lists(st.integers(1, 5), min_size=2, max_size=4))
    weights, biases = [], []
    for layer, (into, out) in enumerate(pairwise(widths), start=1):
        weight = st.one_of(st.just(0), st.integers(-(2**precision), 2**precision))
        bias = st.one_of(
            st.just(0), st.integers(-(2 ** (12 + precision * layer)), 2 ** (12 + precision * layer))
        )
        weights.append(
            np.array(draw(st.lists(weight, min_size=into * out, max_size=into * out))).reshape(out, into)
        )
        biases.append(np.array(draw(st.lists(bias, min_size=out, max_size=out))))
    return IntegerDense("mlp", precision, tuple(weights), tuple(biases))


@settings(max_examples=40)
@given(models(), st.data())
def test_ezkl_evaluates_exactly_the_integers(model, data):
    reading = st.integers(-12_000, 12_000)
    window = data.draw(st.lists(reading, min_size=model.lookback, max_size=model.lookback))
    assert ezkl_outputs(model, window) == model.outputs(np.array(window)).tolist()


def ezkl_outputs(model, window):
    with tempfile.TemporaryDirectory() as name:
        onnx_path, layout, compiled, inputs, witness = (Path(name) / file for file in "abcde")
        onnx_path.write_bytes(model.onnx_bytes(len(SALTS)))
        write_settings(model, WIDE, onnx_path, layout)
        ezkl.compile_circuit(str(onnx_path), str(compiled), str(layout))
        inputs.write_text(json.dumps({"input_data": [[to_hex(v) for v in (*window, *SALTS)]]}))
        ezkl.gen_witness(str(inputs), str(compiled), str(witness))
        document = json.loads(witness.read_text())
    assert [signed(from_hex(v)) for v in document["inputs"][0]] == [*window, *SALTS]
    return [signed(from_hex(v)) for v in document["outputs"][0]]
