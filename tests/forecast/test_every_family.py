"""What every model family keeps to, those of plug-ins included."""

import json
import pickle
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import torch

from sim.forecast.families import families
from sim.forecast.forecasters import Forecasters
from sim.forecast.gate_inputs import Scaling
from sim.forecast.model import Shape
from sim.proofs.cost_model import tuned_settings
from sim.proofs.layout import rows_of
from sim.proofs.prover import prove, verify
from sim.proofs.settings import EzklSettings, write_settings
from sim.proofs.setup import build_circuit
from sim.proofs.srs import load_srs
from tests.forecast.onnx_models import two_functions
from tests.plugins import every, plugged  # noqa: F401
from tests.proofs.test_exactness import witness

FOLDER = TemporaryDirectory()  # goes when the tests end
FILE = Path(FOLDER.name) / "mine.onnx"
FILE.write_bytes(two_functions(inputs=8).SerializeToString())
SHAPE, LIMIT_WH = Shape(lookback=6, horizon=3, hidden=(2,), extra=2, file=str(FILE)), 12_000
MEAN_WH, STD_WH = 431.7, 1_290.3
SCALING = Scaling(np.array([MEAN_WH] * 7 + [0.0]), np.array([STD_WH] * 7 + [1_000.0]), MEAN_WH, STD_WH)
WINDOWS_WH = np.random.default_rng(1).integers(-LIMIT_WH, LIMIT_WH, (50, SHAPE.inputs))


@pytest.mark.parametrize("name", every(families))
class TestEveryFamily:
    def parameters(self, name):
        return [tensor + 0.1 for tensor in families.make(name).initial(SHAPE, 4)]

    def model(self, name, precision=7):
        return families.make(name).fold(SHAPE, self.parameters(name), SCALING).quantised(precision)

    def test_its_start_follows_from_the_seed_alone(self, name):
        torch.manual_seed(0)
        state = torch.random.get_rng_state()
        first, again = (families.make(name).initial(SHAPE, 1) for _ in range(2))
        assert all(torch.equal(*pair) for pair in zip(first, again, strict=True))
        assert torch.equal(torch.random.get_rng_state(), state)
        assert all(tensor.dtype == torch.float64 for tensor in first)

    def test_integers_forecast_what_was_trained(self, name):
        """Within the rounding of 16 fractional bits; and folding leaves the parameters alone."""
        if families[name].reads_file:
            pytest.skip("nothing is trained")
        parameters = self.parameters(name)
        normalised = torch.tensor((WINDOWS_WH - SCALING.shift) / SCALING.factor)
        expected = families.make(name).predict(SHAPE, parameters, normalised).numpy() * STD_WH + MEAN_WH
        folded = families.make(name).fold(SHAPE, parameters, SCALING)
        for array, _ in folded.scaled():
            array *= 1 + 2**-40
        assert np.abs(folded.quantised(16).forecast_wh(WINDOWS_WH) - expected).max() < 1.5
        assert all(torch.equal(*pair) for pair in zip(parameters, self.parameters(name), strict=True))

    def test_it_has_the_shape_asked_for(self, name):
        model = self.model(name)
        assert (model.family, model.precision) == (name, 7)
        assert (model.inputs, model.horizon) == (SHAPE.inputs, SHAPE.horizon)
        assert model.outputs(WINDOWS_WH[None]).shape == (1, len(WINDOWS_WH), SHAPE.horizon)
        assert model.outputs(WINDOWS_WH[0]).tolist() == model.outputs(WINDOWS_WH)[0].tolist()
        assert model.outputs(WINDOWS_WH).dtype == np.int64

    def test_a_nominal_model_has_the_form_and_the_json_of_a_trained_one(self, name):
        nominal, model = families.make(name).nominal(SHAPE).quantised(3), self.model(name)
        assert nominal.form == model.form
        assert nominal.parameters == model.parameters > 0
        assert nominal.to_json().count(",") == model.to_json().count(",")
        if not families[name].reads_file:
            assert nominal.form != families.make(name).nominal(Shape(7, 3, (2,))).quantised(3).form

    def test_json_and_back_is_the_same_model(self, name):
        model, other = self.model(name), self.model(name, precision=8)
        text = Forecasters.trained_once((0, 1), (model, other)).to_json()
        again = Forecasters.from_json(text)
        assert again.to_json() == text
        assert [each.digest for each in again.models] == [model.digest, other.digest]
        assert (again.models[0].outputs(WINDOWS_WH) == model.outputs(WINDOWS_WH)).all()

    def test_the_digest_notices_every_integer(self, name):
        digests, count = {self.model(name).digest}, 0
        for at in range(len(self.model(name).constants)):
            changed = self.model(name)
            changed.constants[at].flat[0] += 1
            digests.add(changed.digest)
            count += 1
        assert len(digests) == count + 1

    def test_it_travels_between_processes(self, name):
        model = self.model(name)
        assert pickle.loads(pickle.dumps(model)).digest == model.digest

    def test_no_output_exceeds_the_largest_intermediate(self, name):
        model, corners = self.model(name), LIMIT_WH * np.sign(WINDOWS_WH)
        assert np.abs(model.outputs(np.vstack([WINDOWS_WH, corners]))).max() <= model.largest_intermediate(
            LIMIT_WH
        )
        assert model.largest_intermediate(LIMIT_WH) < model.largest_intermediate(2 * LIMIT_WH)

    def test_ezkl_evaluates_exactly_its_integers(self, name):
        model = self.model(name)
        assert witness(model, WINDOWS_WH[:3].tolist()) == model.outputs(WINDOWS_WH[:3]).tolist()

    @pytest.mark.slow
    @pytest.mark.long
    def test_a_thousand_windows_have_ezkls_witness_as_their_outputs(self, name):
        """Of all sizes: what a table holds, and what is beyond it."""
        rng = np.random.default_rng(2)
        windows = np.vstack(
            [
                rng.integers(-limit, limit + 1, (200, SHAPE.inputs))
                for limit in (1, 100, 1_000, 4_000, LIMIT_WH)
            ]
        )
        windows[-50:] = LIMIT_WH * rng.choice([-1, 1], (50, SHAPE.inputs))
        model = self.model(name)
        assert np.array_equal(witness(model, windows.tolist()), model.outputs(windows))

    def test_the_example_of_its_layout_has_its_rows(self, name, tmp_path):
        model, settings = self.model(name), EzklSettings(1024, 4, 2, 11)
        (tmp_path / "model.onnx").write_bytes(model.onnx_bytes(settings.salts))
        assert (tmp_path / "model.onnx").read_bytes() == self.model(name).onnx_bytes(settings.salts)
        laid_out = write_settings(model, settings, tmp_path / "model.onnx", tmp_path / "settings.json")
        assert rows_of(model.layout, settings) == laid_out["num_rows"]
        assert model.least_products <= settings.num_inner_cols * laid_out["num_rows"]

    def test_what_it_says_of_layers_and_of_its_opposite_holds(self, name):
        model = self.model(name)
        if layers := model.layers:
            signal = WINDOWS_WH
            for at, (weight, bias) in enumerate(zip(layers.weights, layers.biases, strict=True)):
                signal = (np.maximum(signal, 0) if at else signal) @ weight.T + bias
            assert (signal == model.outputs(WINDOWS_WH)).all()
        if opposite := model.negated():
            assert (opposite.outputs(WINDOWS_WH) == -model.outputs(WINDOWS_WH)).all()
            settings = EzklSettings(1024, 4, 2, 11)
            assert rows_of(opposite.layout, settings) == rows_of(model.layout, settings)
            assert opposite.largest_intermediate(LIMIT_WH) == model.largest_intermediate(LIMIT_WH)

    @pytest.mark.slow
    @pytest.mark.long
    def test_it_is_proved(self, name, tmp_path):
        model, srs = self.model(name), load_srs()
        settings = tuned_settings(model, LIMIT_WH, srs.logrows)
        circuit = build_circuit(model, settings, LIMIT_WH, srs, tmp_path)
        proof = prove(circuit, WINDOWS_WH[0].tolist(), srs)
        assert verify(circuit, proof.proof, proof.instances, srs)


@pytest.mark.parametrize("content", [{}, {"family": "none such"}, {"family": ["mlp"]}, {"family": "mlp"}])
def test_what_is_no_model_of_a_known_family_is_not_read(content):
    with pytest.raises((KeyError, TypeError, ValueError)):
        Forecasters.from_json(
            json.dumps(
                {"cluster_of_home": [0], "trainings": [{"from_gate": 0, "models": [content], "rounds": []}]}
            )
        )
