"""Guesses at a home's outputs and readings, tried on all that a real proof commits to and opens.

Of the columns that a sealed circuit's proof commits to, two end in ones: the window's and the outputs'. Their
points and their values at one challenge are what can depend on readings and not on the prover's own random
rows. Here the secret of the SRS is known, so that points are equations, too.
"""

import numpy as np
import pytest

from sim.proofs.columns import columns_of
from sim.proofs.field import MODULUS
from sim.proofs.prover import fresh_salts, run_prover
from sim.proofs.settings import EzklSettings, Form
from sim.proofs.setup import build_circuit
from tests.privacy.known_srs import LOGROWS, SECRET, known_srs, lagrange_at
from tests.privacy.openings import opening
from tests.proofs.models import LIMIT_WH, tiny_linear

pytestmark = pytest.mark.long

WINDOW_WH = (120, -3400, 0, 5000, -1)
ANOTHER_WH = (-7, 11_000, 250, 0, 3)
SETTINGS = EzklSettings(decomp_base=256, decomp_legs=4, num_inner_cols=2, logrows=LOGROWS)
AT_SECRET = lagrange_at(SECRET, 2**LOGROWS)


@pytest.fixture(scope="module")
def srs(tmp_path_factory):
    return known_srs(tmp_path_factory.mktemp("srs"))


@pytest.fixture(scope="module")
def circuits(srs, tmp_path_factory):
    """For one proof over a column of outputs, and for two."""
    return {
        proofs: build_circuit(
            tiny_linear(), SETTINGS, LIMIT_WH, srs, tmp_path_factory.mktemp("circuit"), Form(proofs)
        )
        for proofs in (1, 2)
    }


def proved(circuit, salts, srs):
    """A proof and what it opens, under salts of our choice, as nothing but a test may choose them."""
    proof = bytes(run_prover(circuit, [[*WINDOW_WH, *salts]], srs)["proof"])
    return opening(circuit, proof, ())


def outputs_of(circuit, window_wh) -> list[int]:
    return circuit.model.outputs(np.array(window_wh)).tolist()


def value(column, at_point) -> int:
    return sum(a * b for a, b in zip(column, at_point, strict=False)) % MODULUS


def solved(rows, values) -> list[int]:
    """Gauss, in the field."""
    matrix = [[*row, right] for row, right in zip(rows, values, strict=True)]
    for i in range(len(matrix)):
        pivot = next(k for k in range(i, len(matrix)) if matrix[k][i] % MODULUS)
        matrix[i], matrix[pivot] = matrix[pivot], matrix[i]
        inverse = pow(matrix[i][i], -1, MODULUS)
        matrix[i] = [each * inverse % MODULUS for each in matrix[i]]
        for k in range(len(matrix)):
            if k != i:
                matrix[k] = [
                    (a - matrix[k][i] * b) % MODULUS for a, b in zip(matrix[k], matrix[i], strict=True)
                ]
    return [row[-1] for row in matrix]


def salts_that_fit(guess, true_column, points) -> list[int]:
    """Salts that make of guessed values what the true column is at these points; as many as points."""
    first = len(guess)
    rows = [[at[first + place] for place in range(len(points))] for at in points]
    return solved(rows, [(value(true_column, at) - value(guess, at)) % MODULUS for at in points])


def test_one_proof_of_a_window_fits_any_other_window(circuits, srs):
    """Point by point and value by value, readings and outputs together: it says nothing of either."""
    circuit, columns = circuits[1], columns_of(srs, LOGROWS)
    salts = fresh_salts(circuit)
    found = proved(circuit, salts, srs)
    scaled = [(salt << circuit.model.output_scale) % MODULUS for salt in salts[2:]]
    sealed, committed = [*outputs_of(circuit, WINDOW_WH), *scaled], [*WINDOW_WH, *salts]
    points = (found.at_x, AT_SECRET)
    for guess in (WINDOW_WH, ANOTHER_WH):
        other = outputs_of(circuit, guess)
        of_outputs = salts_that_fit(other, sealed, points)
        unscaled = [salt * pow(2, -circuit.model.output_scale, MODULUS) % MODULUS for salt in of_outputs]
        rest = [*guess, 0, 0, *unscaled]
        missing = [(value(committed, at) - value(rest, at)) % MODULUS for at in points]
        own = solved([list(at[len(guess) : len(guess) + 2]) for at in points], missing)
        fitting = [*guess, *own, *unscaled]
        assert ([*own, *unscaled] == [*salts]) == (guess == WINDOW_WH)
        assert columns.committed(fitting) == found.points[0][0]
        assert columns.committed([*other, *of_outputs]) == found.points[0][1]
        assert (value(fitting, found.at_x), value([*other, *of_outputs], found.at_x)) == (
            found.committed,
            found.sealed,
        )


@pytest.mark.parametrize(
    ("form", "proofs", "tells"), [(1, 1, False), (1, 2, True), (2, 2, False), (2, 3, True)]
)
def test_one_proof_more_than_there_are_salts_for_confirms_a_guess(circuits, srs, form, proofs, tells):
    """With it salts follow from the guess, and the point says whether they are right: no secret needed."""
    circuit, columns = circuits[form], columns_of(srs, LOGROWS)
    salts = fresh_salts(circuit)
    seen = [proved(circuit, salts, srs) for _ in range(proofs)]
    own = len(salts) - circuit.form.output_salts
    scaled = [(salt << circuit.model.output_scale) % MODULUS for salt in salts[own:]]
    sealed = [*outputs_of(circuit, WINDOW_WH), *scaled]
    points = [each.at_x for each in seen]
    assert len(scaled) == proofs + (not tells)
    for guess in (WINDOW_WH, ANOTHER_WH):
        values = outputs_of(circuit, guess)
        at = points if tells else [*points, AT_SECRET]
        fits = columns.committed([*values, *salts_that_fit(values, sealed, at)]) == seen[0].points[0][1]
        assert fits == (not tells or guess == WINDOW_WH)
