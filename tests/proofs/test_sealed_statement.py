"""What a sealed circuit states, as its key has it and not as EZKL was asked for it."""

from dataclasses import replace

import numpy as np
import pytest

from sim.proofs.settings import EzklSettings, Form
from sim.proofs.settlement import build_settlement
from sim.proofs.setup import build_circuit
from tests.proofs.keys import OUTPUTS, WINDOW, key_of, solved, stated
from tests.proofs.models import LIMIT_WH, folded

OWN = 2
"""Salts of the window alone."""


def meant(model, form) -> np.ndarray:
    """Weights and biases, then the salts of the outputs at their scale; nothing of the window's own."""
    (weights,), (biases,) = model.layers.weights, model.layers.biases
    salts = form.output_salts
    of_outputs = np.hstack([weights, np.zeros((model.horizon, OWN + salts), dtype=np.int64), biases[:, None]])
    of_salts = np.zeros((salts, model.inputs + OWN + salts + 1), dtype=np.int64)
    of_salts[:, model.inputs + OWN : -1] = np.eye(salts, dtype=np.int64) << model.output_scale
    return np.vstack([of_outputs, of_salts])


def check(circuit) -> None:
    """The rows of outputs are the affine map, and no other row of either column is bound to anything."""
    model, form, key = circuit.model, circuit.form, key_of(circuit, 2)
    size, outputs = model.inputs + circuit.salts, model.horizon + form.output_salts
    assert stated(key, size, outputs).tolist() == meant(model, form).tolist()
    assert key.copies(OUTPUTS) == {*range(outputs)}
    used = [*range(model.inputs), *range(model.inputs + OWN, model.inputs + circuit.salts)]
    assert key.copies(WINDOW) == {*used}


def test_the_key_of_a_sealed_circuit_states_the_registered_map_and_a_changed_one_does_not(sealed_circuit):
    check(sealed_circuit)
    key, size = key_of(sealed_circuit, 2), sealed_circuit.model.inputs + sealed_circuit.salts
    free = replace(key, same=key.same | {(OUTPUTS, 0): (OUTPUTS, -1)})
    with pytest.raises(KeyError):
        stated(free, size, 1)
    first = min(row for row, constant in enumerate(key.constants) if constant)
    other = replace(key, constants=[*key.constants[:first], 1, *key.constants[first + 1 :]])
    assert stated(other, size, 1).tolist() != stated(key, size, 1).tolist()


@pytest.mark.long
@pytest.mark.parametrize(("inputs", "columns", "form"), [(24, 2, Form(1)), (48, 3, Form(2))])
def test_so_does_that_of_a_day(srs, tmp_path, inputs, columns, form):
    """24 outputs of 24 readings, and of as many averages beside them."""
    settings = EzklSettings(decomp_base=128, decomp_legs=4, num_inner_cols=columns, logrows=9)
    check(build_circuit(folded((inputs, 24)).quantised(10), settings, LIMIT_WH, srs, tmp_path, form))


@pytest.mark.long
@pytest.mark.parametrize(("horizon", "gates"), [(4, 2), (24, 1), (24, 7)])
def test_a_settlement_circuit_states_the_sum_of_price_times_output_of_all_its_gates(
    srs, tmp_path, horizon, gates
):
    """Of outputs at their rows; prices are numbers here. No other row of a column is bound to anything."""
    circuit = build_settlement(horizon, Form(2).output_salts, gates, 9, srs, tmp_path)
    key, size = key_of(circuit, 2 * gates), horizon * gates
    prices = np.random.default_rng(1).integers(1, 2**40, size).tolist()
    units, rows = np.eye(size + 1, dtype=object), [divmod(place, horizon) for place in range(size)]
    given = {row: units[place] for place, row in enumerate(rows)}
    given |= {(gates + gate, row): units[size] * prices[gate * horizon + row] for gate, row in rows}
    assert solved(key, given, [(key.behind, 0)]).tolist() == [[*prices, 0]]
    assert [key.copies(column) for column in range(2 * gates)] == [{*range(horizon)}] * 2 * gates
