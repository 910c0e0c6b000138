"""What the proofs of a sealed circuit tell of its readings and outputs: real proofs, real attacks."""

import numpy as np
import pytest

from sim.proofs.field import MODULUS
from sim.proofs.prover import fresh_salts, run_prover
from sim.proofs.settings import EzklSettings, Form
from sim.proofs.setup import build_circuit
from sim.proofs.srs import load_srs
from tests.privacy.lattice import Equations, small_solution
from tests.privacy.openings import Opening, opening
from tests.proofs.models import LIMIT_WH, tiny_linear

WINDOW_WH = (120, -3400, 0, 5000, -1)
PROVED = Form(output_proofs=2)
SETTINGS = EzklSettings(decomp_base=256, decomp_legs=4, num_inner_cols=2, logrows=9)
OWN = 2
"""Salts of the window alone; those of the outputs follow."""


@pytest.fixture(scope="module")
def circuit(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sealed")
    return build_circuit(tiny_linear(), SETTINGS, LIMIT_WH, load_srs(), folder, PROVED)


@pytest.fixture(scope="module")
def outputs(circuit) -> list[int]:
    return circuit.model.outputs(np.array(WINDOW_WH)).tolist()


def proved(circuit, salts, window_wh=WINDOW_WH) -> Opening:
    """The opening of a proof under salts of our choice, as nothing but a test may choose them."""
    document = run_prover(circuit, [[*window_wh, *salts]], load_srs())
    return opening(circuit, bytes(document["proof"]), ())


def salt_places(circuit) -> range:
    return range(circuit.model.horizon, circuit.model.horizon + PROVED.output_salts)


def test_two_proofs_of_one_witness_share_the_points_of_two_columns_each_opened_once(circuit, outputs):
    salts = fresh_salts(circuit)
    first, second = proved(circuit, salts), proved(circuit, salts)  # which the prover never makes
    at_scale = [salt << circuit.model.output_scale for salt in salts[OWN:]]
    for found in (first, second):
        columns = ([*WINDOW_WH, *salts], [*outputs, *at_scale])
        assert [found.committed, found.sealed] == [found.value(each) for each in columns]
        assert [found.evaluations.count(each) for each in found.evaluations[:2]] == [1, 1]
        for each in columns:
            assert found.at_neighbours(each).isdisjoint(found.evaluations)
    repeated = [
        (phase, place)
        for phase, points in enumerate(first.points)
        for place, point in enumerate(points)
        if point == second.points[phase][place]
    ]
    assert repeated == [(0, 0), (0, 1)]


def without_a_salt(one: Opening, other: Opening, place: int) -> Equations:
    """What two openings say of the outputs when the only salt, at this row, is taken out of them."""
    here, there = one.at_x[place], other.at_x[place]
    row = [
        (a * there - b * here) % MODULUS for a, b in zip(one.at_x[:place], other.at_x[:place], strict=True)
    ]
    return Equations([row], [(one.sealed * there - other.sealed * here) % MODULUS], MODULUS)


def test_two_proofs_of_outputs_with_one_salt_give_them_and_with_one_proof_they_do_not(circuit, outputs):
    """104 bits in one field equation."""
    first = salt_places(circuit)[0]
    lone = (0,) * OWN, fresh_salts(circuit)[:1], (0,) * (PROVED.output_salts - 1)
    openings = [proved(circuit, sum(lone, ())) for _ in range(2)]
    most = [circuit.model.largest_output(LIMIT_WH)] * len(outputs)
    least = [-each for each in most]
    assert small_solution(without_a_salt(*openings, first), least, most) == outputs
    one = Equations([list(openings[0].at_x[:first])], [openings[0].sealed], MODULUS)
    assert small_solution(one, least, most) != outputs


def salts_that_fit(openings: list[Opening], outputs: list[int], places: range) -> list[int]:
    """Two salts, at the outputs' scale, under which outputs have these two openings."""
    rows = [[each.at_x[place] for place in places] for each in openings]
    values = [(each.sealed - each.value(outputs)) % MODULUS for each in openings]
    (a, b), (c, d) = rows
    inverse = pow(a * d - b * c, -1, MODULUS)
    return [
        (d * values[0] - b * values[1]) * inverse % MODULUS,
        (a * values[1] - c * values[0]) * inverse % MODULUS,
    ]


def test_two_proofs_under_the_shipped_salts_fit_any_outputs(circuit, outputs):
    """Whatever the third salt is: so what they open says nothing of the outputs."""
    places, scale = salt_places(circuit), circuit.model.output_scale
    salts = fresh_salts(circuit)
    assert len(salts[OWN:]) == len(places) == 3
    openings = [proved(circuit, salts) for _ in range(2)]
    true_ones = [(salt << scale) % MODULUS for salt in salts[OWN:]]
    for guess in (outputs, [outputs[0] + 1, *outputs[1:]], [0] * len(outputs)):
        for last in (true_ones[2], 1):
            blank = [*guess, 0, 0, last]
            fitting = salts_that_fit(openings, blank, places[:2])
            assert (fitting == true_ones[:2]) == (guess == outputs and last == true_ones[2])
            assert [each.value([*guess, *fitting, last]) for each in openings] == [
                each.sealed for each in openings
            ]
