"""The lookups of a proof are neither blinded nor salted: hidden values that no output shows can be read.

EZKL checks ranges by looking digits up in a table, and its proofs commit to how often each digit is looked
up, without random rows. Hidden values are decomposed once, outputs twice, readings and salts never. So an
outsider who knows the outputs subtracts them, and is left with an equation about the digits of the neurons
that ReLU has silenced. It says nothing about readings but through these values.
"""

from itertools import combinations_with_replacement
from pathlib import Path

import numpy as np
import pytest

from sim.forecast.dense import IntegerDense
from sim.forecast.model_set import ModelSet
from sim.proofs.circuit import Circuit
from sim.proofs.field import MODULUS
from sim.proofs.prover import Proof, prove
from sim.proofs.settings import EzklSettings
from sim.proofs.setup import build_circuit
from sim.proofs.srs import load_srs
from tests.privacy.openings import RANDOM_ROWS, opening

pytestmark = pytest.mark.slow

LIMIT_WH = 12_000
SETTINGS = EzklSettings(decomp_base=256, decomp_legs=4, num_inner_cols=2, logrows=9)
TRAINED = Path(__file__).parents[1] / "golden" / "tiny-models.json"
HIDDEN_TIMES, OUTPUT_TIMES = 1, 2
ODD, EVEN = 0, 1
"""Lookup columns of the digits worth base^odd and base^even, where the number of values is even."""


def silent_model() -> IntegerDense:
    """4 -> 2 -> 2; the last reading enters the second neuron alone, which is silent where it is positive."""
    first, second = np.array([[0, 50, 3, 0], [0, 0, 0, -60]]), np.array([[30, 20], [-40, 50]])
    return IntegerDense("mlp", 7, (first, second), (np.array([100, -5]), np.array([3_000, 5_000])))


def linear_model() -> IntegerDense:
    """4 -> 2; the last reading enters nothing."""
    weights = np.array([[1, 50, 3, 0], [40, 9, -60, 0]])
    return IntegerDense("linear", 7, (weights,), (np.array([100, -5]),))


def hidden(model: IntegerDense, window_wh) -> list[int]:
    return (model.weights[0] @ np.array(window_wh) + model.biases[0]).tolist()


def digits(circuit: Circuit, value: int, column: int) -> list[int]:
    """Those of |value| that a column looks up, zeros left out: they are padding, too."""
    base, legs = circuit.settings.decomp_base, circuit.settings.decomp_legs
    places = range(1 - column, legs, 2)
    return [digit for place in places if (digit := abs(value) // base**place % base)]


class Lookups:
    """What a published proof says of looked-up digits."""

    def __init__(self, circuit: Circuit, proof: Proof):
        found = opening(circuit, proof.proof, proof.instances)
        self.circuit, self.columns = circuit, found.multiplicities[len(found.multiplicities) // 2 :]
        zero = found.at_x[-RANDOM_ROWS - 1]  # a digit of zero, and every row without a digit, counts here
        self.digit = [(at - zero) % MODULUS for at in found.at_x[: circuit.settings.decomp_base]]
        self.empty = (len(found.at_x) - RANDOM_ROWS) * zero
        self.outputs = proof.outputs

    def weight(self, value: int, column: int) -> int:
        return sum(self.digit[one] for one in digits(self.circuit, value, column)) % MODULUS

    def unexplained(self, column: int, known: list[int]) -> int:
        """A column's multiplicities at x without those of the outputs and of known hidden values."""
        explained = OUTPUT_TIMES * sum(self.weight(value, column) for value in self.outputs)
        explained += HIDDEN_TIMES * sum(self.weight(value, column) for value in known)
        return (self.columns[column] - self.empty - explained) % MODULUS

    def digits_that_sum_to(self, target: int, count: int) -> list[int]:
        """The only ``count`` digits, zeros left out, with such a sum; half of them tried against the rest."""
        half = list(combinations_with_replacement(range(len(self.digit)), count // 2))
        weight = [0, *self.digit[1:]]
        sums = {sum(weight[one] for one in some) % MODULUS: some for some in half}
        for some in half:
            rest = sums.get((target - sum(weight[one] for one in some)) % MODULUS)
            if rest is not None:
                return sorted(filter(None, (*some, *rest)))
        return []


@pytest.fixture(scope="module")
def silent(tmp_path_factory):
    return build_circuit(silent_model(), SETTINGS, LIMIT_WH, load_srs(), tmp_path_factory.mktemp("silent"))


def test_a_reading_that_moves_no_output_is_found_by_trial(silent):
    """24,001 candidates, one of which fits; the commitment's salts do not stand in the way."""
    secret, other = (0, 100, 200, 301), (0, 100, 200, 7_777)
    assert silent.model.outputs(np.array(secret)).tolist() == silent.model.outputs(np.array(other)).tolist()
    for window_wh in (secret, other):
        seen = Lookups(silent, prove(silent, window_wh, load_srs()))
        live = [hidden(silent.model, window_wh)[0]]  # the outputs give it
        target = [seen.unexplained(column, live) for column in (ODD, EVEN)]
        fitting = []
        for reading in range(-LIMIT_WH, LIMIT_WH + 1):
            value = hidden_of_last(silent.model, reading)
            if value < 0 and [seen.weight(value, column) for column in (ODD, EVEN)] == target:
                fitting.append(reading)
        assert fitting == [window_wh[-1]]


def hidden_of_last(model: IntegerDense, reading: int) -> int:
    return int(model.weights[0][1, 3]) * reading + int(model.biases[0][1])


def test_two_silent_neurons_of_a_trained_forecaster_give_all_their_digits(tmp_path):
    """24 -> 8 -> 24 as it ships; only which digit belongs to which of the two neurons stays open."""
    model = ModelSet.from_json(TRAINED.read_text()).models[0]
    window_wh, values = window_with_silent(model, 2)
    circuit = build_circuit(model, None, LIMIT_WH, load_srs(), tmp_path)
    seen = Lookups(circuit, prove(circuit, window_wh, load_srs()))
    live = [value for value in values if value > 0]
    for column in (ODD, EVEN):
        expected = sorted(digit for value in values if value < 0 for digit in digits(circuit, value, column))
        assert expected
        assert seen.digits_that_sum_to(seen.unexplained(column, live), 4) == expected


def window_with_silent(model: IntegerDense, count: int) -> tuple[list[int], list[int]]:
    """The first of made-up days under which so many neurons are silent, and the hidden values."""
    rng = np.random.default_rng(1)
    while True:
        window_wh = rng.integers(-3_000, 3_000, model.lookback).tolist()
        values = hidden(model, window_wh)
        if sum(value < 0 for value in values) == count:
            return window_wh, values


def test_a_linear_model_has_nothing_to_look_up_but_its_outputs(silent, tmp_path):
    """Equal outputs, equal lookups, whatever the readings; with a hidden layer they differ."""
    linear = build_circuit(linear_model(), SETTINGS, LIMIT_WH, load_srs(), tmp_path)
    for circuit, same in ((linear, True), (silent, False)):
        proofs = [prove(circuit, (0, 100, 200, reading), load_srs()) for reading in (300, 4_000)]
        points = [opening(circuit, proof.proof, proof.instances).points[1] for proof in proofs]
        assert proofs[0].outputs == proofs[1].outputs
        assert (points[0] == points[1]) == same
