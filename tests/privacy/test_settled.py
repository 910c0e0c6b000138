"""What a column of outputs gives away that is proved, and settled, once or more often.

A proof opens the column at a challenge: one equation about outputs and salts, which everybody reads off it.
As many proofs as there are salts determine these for any guess at the outputs, and the column's point tells
which guess is right. One proof more is an equation about the outputs alone.
"""

import secrets

import pytest

from sim.proofs.columns import columns_of
from sim.proofs.field import MODULUS
from sim.proofs.prover import prove
from sim.proofs.settings import EzklSettings, Form
from sim.proofs.settlement import build_settlement, prove_trade
from sim.proofs.setup import build_circuit
from sim.proofs.srs import load_srs
from tests.privacy.lattice import Equations, echelon, small_solution
from tests.privacy.openings import opening
from tests.proofs.models import LIMIT_WH, tiny_linear

MODEL, SETTINGS = tiny_linear(), EzklSettings(256, 4, 2, 9)
HORIZON = MODEL.horizon
WINDOW_WH, PRICES = (-400, 3, 0, 777, 1_250), (220_000, 80_000, 150_000, 220_000)
OUTPUTS = tuple(MODEL.outputs(WINDOW_WH).tolist())
GUESS = (OUTPUTS[0] + 1, *OUTPUTS[1:3], OUTPUTS[3] - 1)
"""With the same trade."""
MOST = MODEL.largest_output(LIMIT_WH)


@pytest.fixture(scope="module", params=[1, 2])
def published(request, tmp_path_factory):
    """A column's point, its number of salts, and what a bid and three settlements open of it."""
    srs, form = load_srs(), Form(request.param)
    sealed = build_circuit(MODEL, SETTINGS, LIMIT_WH, srs, tmp_path_factory.mktemp("sealed"), form)
    settlement = build_settlement(
        HORIZON, form.output_salts, 1, 9, srs, tmp_path_factory.mktemp("settlement")
    )
    bid = prove(sealed, WINDOW_WH, srs)
    trades = [prove_trade(settlement, [bid.column], [PRICES], srs) for _ in range(3)]
    first = opening(sealed, bid.proof, ())
    later = [opening(settlement, each.proof, [each.trade % MODULUS]) for each in trades]
    opened = [(first, first.sealed), *((one, one.committed) for one in later)]
    equations = [[*one.at_x[: len(bid.column)], value] for one, value in opened]
    return bid.output_point, form.output_salts, equations


def salts_that_fit(outputs, equations, chosen):
    """The salts, the last of which are chosen, under which outputs have these openings."""
    known = [*outputs, *chosen]
    system = [
        [
            *row[HORIZON : -1 - len(chosen)],
            row[-1] - dot(known, [*row[:HORIZON], *row[-1 - len(chosen) : -1]]),
        ]
        for row in equations
    ]
    return (*(row[-1] for row in echelon(system, MODULUS)), *chosen)


def dot(one, other):
    return sum(a * b for a, b in zip(one, other, strict=True))


def fitting(outputs, published, proofs):
    """Whether a column of these outputs that has the openings of so many proofs has the published point."""
    point, salts, equations = published
    chosen = [secrets.randbelow(MODULUS) for _ in range(salts - proofs)]
    column = (*outputs, *salts_that_fit(outputs, equations[:proofs], chosen))
    assert all((dot(column, row[:-1]) - row[-1]) % MODULUS == 0 for row in equations[:proofs])
    return columns_of(load_srs(), 9).committed(column) == point


@pytest.mark.slow
def test_as_many_proofs_as_salts_confirm_a_guess_and_fewer_do_not(published):
    """So a column with salts for one proof must not be settled, and one with salts for two not again."""
    _, salts, _ = published
    assert [fitting(OUTPUTS, published, proofs) for proofs in (salts - 1, salts)] == [False, True]
    assert not any(fitting(GUESS, published, proofs) for proofs in (salts - 1, salts))


@pytest.mark.slow
def test_a_proof_more_than_salts_gives_all_outputs(published):
    _, salts, equations = published
    turned = [[*row[HORIZON:-1], *row[:HORIZON], row[-1]] for row in equations]
    last = eliminated(turned, salts)
    found = small_solution(Equations([last[:-1]], [last[-1]], MODULUS), [-MOST] * HORIZON, [MOST] * HORIZON)
    assert tuple(found) == OUTPUTS


def eliminated(system, unknowns):
    """What is left of the last equation when the others have taken the first unknowns from it."""
    rows = echelon(system[:unknowns], MODULUS)
    last = system[unknowns]
    return [
        (last[at] - sum(last[place] * row[at] for place, row in enumerate(rows))) % MODULUS
        for at in range(unknowns, len(last))
    ]
