"""What openings and lookups of a proof tell of its window."""

import math
import secrets

import numpy as np
import pytest

from sim.forecast.dense import IntegerDense
from sim.proofs.circuit import Circuit, commitment_of
from sim.proofs.field import MODULUS, from_hex
from sim.proofs.prover import Proof, prove, run_prover
from sim.proofs.settings import EzklSettings
from sim.proofs.setup import build_circuit
from sim.proofs.srs import load_srs
from tests.privacy.lattice import Equations, small_solution
from tests.privacy.openings import RANDOM_ROWS, Opening, opening
from tests.proofs.models import LIMIT_WH, default_mlp

# The lookups of a proof are neither blinded nor salted: hidden values that no output shows can be read ----


SETTINGS = EzklSettings(decomp_base=256, decomp_legs=4, num_inner_cols=2, logrows=9)
HIDDEN_TIMES, OUTPUT_TIMES = 1, 2
ODD, EVEN = 0, 1
"""Lookup columns of the digits worth base^odd and base^even, where the number of values is even."""


def silent_model() -> IntegerDense:
    """4 -> 2 -> 2; the last reading enters the second neuron alone, which is silent where it is positive."""
    first, second = np.array([[0, 50, 3, 0], [0, 0, 0, -60]]), np.array([[30, 20], [-40, 50]])
    return IntegerDense("mlp", 7, (first, second), (np.array([100, -5]), np.array([3_000, 5_000])))


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


@pytest.fixture(scope="module")
def silent(tmp_path_factory):
    return build_circuit(silent_model(), SETTINGS, LIMIT_WH, load_srs(), tmp_path_factory.mktemp("silent"))


def hidden_of_last(model: IntegerDense, reading: int) -> int:
    return int(model.weights[0][1, 3]) * reading + int(model.biases[0][1])


@pytest.mark.slow
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


# What commitments and the openings in published proofs give away of a window: real proofs, real attacks ---


LOOKBACK = 24
WINDOW_WH = tuple((7919 * n * n) % 6001 - 3000 for n in range(LOOKBACK))
OTHER_WH = (*WINDOW_WH[:-1], WINDOW_WH[-1] + 1)
READING_BITS = math.log2(2 * LIMIT_WH + 1)
OPENING_BITS = math.log2(MODULUS)


@pytest.fixture(scope="module")
def circuit(tmp_path_factory):
    """The default forecaster's shape under the settings that are chosen for it."""
    return build_circuit(default_mlp(), None, LIMIT_WH, load_srs(), tmp_path_factory.mktemp("tuned"))


def proved(circuit, salts) -> Opening:
    """The opening of a proof under salts of our choice, as nothing but a test may choose them."""
    document = run_prover(circuit, [[*WINDOW_WH, *salts]], load_srs())
    instances = tuple(from_hex(element) for element in document["instances"][0])
    return opening(circuit, bytes(document["proof"]), instances)


def drawn(circuit, bits: int | None = None, count: int | None = None) -> list[int]:
    """Salts as the prover draws them; where fewer are asked for, the others are zero."""
    settings = circuit.settings
    count = settings.salts if count is None else count
    salts = [secrets.randbits(settings.salt_bits if bits is None else bits) for _ in range(count)]
    return salts + [0] * (settings.salts - count)


def opened(circuit, proof: Proof) -> Opening:
    return opening(circuit, proof.proof, proof.instances)


def salts_that_fit(circuit, window_wh, openings) -> list[int] | None:
    """Salts under which a window has these openings: where there are such, the window is possible."""
    salts = slice(LOOKBACK, LOOKBACK + circuit.settings.salts)
    values = [(one.committed - one.value(window_wh)) % MODULUS for one in openings]
    equations = Equations([list(one.at_x[salts]) for one in openings], values, MODULUS)
    most = 2**circuit.settings.salt_bits - 1
    return small_solution(equations, [0] * circuit.settings.salts, [most] * circuit.settings.salts)


def window_and_salts(openings, salts: int, bits: int, known_wh=()) -> list[int] | None:
    """The lattice attack: readings within the limit and salts of so many bits that have these openings.

    known_wh: readings, from the first on, that the attacker has already
    """
    values, unknown = LOOKBACK + salts, LOOKBACK - len(known_wh)
    equations = Equations(
        [list(one.at_x[:values]) for one in openings], [one.committed for one in openings], MODULUS
    )
    lows = [*known_wh, *[-LIMIT_WH] * unknown, *[0] * salts]
    return small_solution(equations, lows, [*known_wh, *[LIMIT_WH] * unknown, *[2**bits - 1] * salts])


# What a proof opens


@pytest.mark.slow
def test_a_proof_opens_its_commitment_once_and_blinds_all_columns_but_it_and_the_lookups(circuit):
    """Two proofs of one witness have the same point only where no random row hides a column."""
    salts = drawn(circuit)
    first, second = proved(circuit, salts), proved(circuit, salts)  # which the prover never makes
    committed = [*WINDOW_WH, *salts]
    for found in (first, second):
        assert found.value(committed) == found.committed
        assert found.value([*OTHER_WH, *salts]) != found.committed
        assert found.evaluations.count(found.evaluations[0]) == 1
        assert found.at_neighbours(committed).isdisjoint(found.evaluations)
    assert first.x != second.x
    repeated = [
        (phase, place)
        for phase, points in enumerate(first.points)
        for place, point in enumerate(points)
        if point == second.points[phase][place]
    ]
    assert repeated == [(0, 0), *((1, place) for place in range(len(first.points[1])))]


# Few salts fall


@pytest.mark.slow
@pytest.mark.long
def test_two_proofs_under_few_salts_give_all_readings_and_salts(circuit):
    salts = drawn(circuit, bits=20, count=4)
    assert LOOKBACK * READING_BITS + 4 * 20 < 2 * OPENING_BITS
    openings = [proved(circuit, salts), proved(circuit, salts)]
    assert window_and_salts(openings, 4, 20) == [*WINDOW_WH, *salts[:4]]
    assert window_and_salts(openings[:1], 4, 20) != [*WINDOW_WH, *salts[:4]]
    assert window_and_salts(openings[:1], 4, 20, WINDOW_WH[:16]) == [*WINDOW_WH, *salts[:4]]


# The shipped salts hold for one proof


@pytest.fixture(scope="module")
def shipped(circuit):
    return prove(circuit, WINDOW_WH, load_srs())


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("known", [0, LOOKBACK - 1])
def test_one_proof_under_the_shipped_salts_does_not_give_the_window(circuit, shipped, known):
    settings = circuit.settings
    found = window_and_salts(
        [opened(circuit, shipped)], settings.salts, settings.salt_bits, WINDOW_WH[:known]
    )
    assert found is None or tuple(found[:LOOKBACK]) != WINDOW_WH


@pytest.mark.slow
def test_one_opening_fits_any_window(circuit, shipped):
    """Salts are found under which the true window, its neighbour and an empty one all have this opening."""
    one = opened(circuit, shipped)
    for window_wh in (WINDOW_WH, OTHER_WH, (0,) * LOOKBACK):
        salts = salts_that_fit(circuit, window_wh, [one])
        assert salts is not None
        assert one.value([*window_wh, *salts]) == one.committed
        assert tuple(salts) != shipped.salts
        assert commitment_of(circuit, window_wh, salts, load_srs()) != shipped.commitment


@pytest.mark.slow
def test_so_a_second_proof_has_another_commitment(circuit, shipped):
    again = prove(circuit, WINDOW_WH, load_srs())
    assert again.commitment != shipped.commitment
    assert not set(again.salts) & set(shipped.salts)
    assert salts_that_fit(circuit, WINDOW_WH, [opened(circuit, shipped), opened(circuit, again)]) is None


# Trial
