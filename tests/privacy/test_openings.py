"""What commitments and the openings in published proofs give away of a window: real proofs, real attacks.

Figures in bits: a reading within ±12 kWh is 14.6, an opening 253.6, the shipped salts 12 x 35 = 420.
"""

import math
import secrets
from dataclasses import dataclass

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from py_ecc import optimized_bn128 as curve

from sim.proofs.circuit import Circuit, commitment_of
from sim.proofs.field import MODULUS, from_hex
from sim.proofs.prover import Proof, _run_prover, prove
from sim.proofs.settings import MAX_RANGE_BITS, EzklSettings
from sim.proofs.setup import build_circuit
from sim.proofs.srs import load_srs
from tests.privacy.lattice import Equations, small_solution
from tests.privacy.openings import RANDOM_ROWS, Opening, opening
from tests.proofs.models import LIMIT_WH, default_mlp

pytestmark = pytest.mark.slow

LOOKBACK = 24
WINDOW_WH = tuple((7919 * n * n) % 6001 - 3000 for n in range(LOOKBACK))
OTHER_WH = (*WINDOW_WH[:-1], WINDOW_WH[-1] + 1)
READING_BITS = math.log2(2 * LIMIT_WH + 1)
OPENING_BITS = math.log2(MODULUS)


@pytest.fixture(scope="module")
def circuit(tmp_path_factory):
    """The default forecaster's shape under the settings that are chosen for it."""
    return build_circuit(default_mlp(), None, LIMIT_WH, load_srs(), tmp_path_factory.mktemp("tuned"))


@pytest.fixture(scope="module")
def two_blocks(tmp_path_factory):
    """The same, laid out over twice as many columns."""
    settings = EzklSettings(decomp_base=256, decomp_legs=5, num_inner_cols=2, logrows=9)
    return build_circuit(default_mlp(), settings, LIMIT_WH, load_srs(), tmp_path_factory.mktemp("wide"))


@dataclass(frozen=True)
class Pair:
    """Two proofs of one commitment: what the prover never makes."""

    circuit: Circuit
    salts: list[int]
    openings: list[Opening]


def pair_of(circuit) -> Pair:
    salts = drawn(circuit)
    return Pair(circuit, salts, [proved(circuit, salts), proved(circuit, salts)])


@pytest.fixture(scope="module")
def pair(circuit):
    return pair_of(circuit)


@pytest.fixture(params=["pair", "two_blocks"])
def any_pair(request):
    found = request.getfixturevalue(request.param)
    return found if request.param == "pair" else pair_of(found)


def proved(circuit, salts) -> Opening:
    """The opening of a proof under salts of our choice, as nothing but a test may choose them."""
    document = _run_prover(circuit, [*WINDOW_WH, *salts], load_srs())
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
    highs = [*known_wh, *[LIMIT_WH] * unknown, *[2**bits - 1] * salts]
    return small_solution(equations, lows, highs)


# What a proof opens


def test_a_proof_opens_its_commitment_once_and_blinds_all_columns_but_it_and_the_lookups(any_pair):
    """Two proofs of one witness have the same point only where no random row hides a column."""
    committed = [*WINDOW_WH, *any_pair.salts]
    for found in any_pair.openings:
        assert found.value(committed) == found.committed
        assert found.value([*OTHER_WH, *any_pair.salts]) != found.committed
        assert found.evaluations.count(found.evaluations[0]) == 1
        assert column_at_neighbours(found, committed).isdisjoint(found.evaluations)
    first, second = any_pair.openings
    assert first.x != second.x
    repeated = [
        (phase, place)
        for phase, points in enumerate(first.points)
        for place, point in enumerate(points)
        if point == second.points[phase][place]
    ]
    assert repeated == [(0, 0), *((1, place) for place in range(len(first.points[1])))]


def column_at_neighbours(found: Opening, values) -> set[int]:
    """The committed column up to eight rows up and down from x, as a rotated query would open it."""
    column = [*values, *[0] * (len(found.at_x) - len(values) - RANDOM_ROWS), *[1] * RANDOM_ROWS]
    rotations = [turn % len(column) for turn in range(-8, 9) if turn]
    return {found.value([*column[turn:], *column[:turn]]) for turn in rotations}


# Counting


@given(base=st.integers(4, 65_536), legs=st.integers(2, 16))
def test_one_opening_leaves_166_bits_of_salt_and_two_leave_fewer(base, legs):
    settings = EzklSettings(base, legs, 2, 10)
    assume(settings.range_bits <= MAX_RANGE_BITS)
    drawn_bits = settings.salts * settings.salt_bits
    assert drawn_bits - OPENING_BITS >= 166
    assert drawn_bits - 2 * OPENING_BITS < 0  # why a commitment is proved once


# Few salts fall


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


@pytest.mark.parametrize("known", [0, LOOKBACK - 1])
def test_one_proof_under_the_shipped_salts_does_not_give_the_window(circuit, shipped, known):
    settings = circuit.settings
    found = window_and_salts(
        [opened(circuit, shipped)], settings.salts, settings.salt_bits, WINDOW_WH[:known]
    )
    assert found is None or tuple(found[:LOOKBACK]) != WINDOW_WH


def test_one_opening_fits_any_window(circuit, shipped):
    """Salts are found under which the true window, its neighbour and an empty one all have this opening."""
    one = opened(circuit, shipped)
    for window_wh in (WINDOW_WH, OTHER_WH, (0,) * LOOKBACK):
        salts = salts_that_fit(circuit, window_wh, [one])
        assert salts is not None
        assert one.value([*window_wh, *salts]) == one.committed
        assert tuple(salts) != shipped.salts
        assert commitment_of(circuit, window_wh, salts, load_srs()) != shipped.commitment


def test_two_proofs_of_one_commitment_would_tell_a_guess_from_the_window(pair):
    assert salts_that_fit(pair.circuit, WINDOW_WH, pair.openings) == pair.salts
    assert salts_that_fit(pair.circuit, OTHER_WH, pair.openings) is None


def test_so_a_second_proof_has_another_commitment(circuit, shipped):
    again = prove(circuit, WINDOW_WH, load_srs())
    assert again.commitment != shipped.commitment
    assert not set(again.salts) & set(shipped.salts)
    both = [opened(circuit, shipped), opened(circuit, again)]
    assert salts_that_fit(circuit, WINDOW_WH, both) is None


# Trial


def test_a_guessable_window_is_found_by_trial_only_where_it_is_not_salted(circuit, shipped):
    """One reading is unknown, and within 100 Wh."""
    candidates = [(*WINDOW_WH[:-1], WINDOW_WH[-1] + step) for step in range(-50, 50)]
    none, wrong = [0] * circuit.settings.salts, drawn(circuit)
    unsalted = commitment_of(circuit, WINDOW_WH, none, load_srs())
    under = {
        name: [commitment_of(circuit, window_wh, salts, load_srs()) for window_wh in candidates]
        for name, salts in (("none", none), ("wrong", wrong))
    }
    assert [candidates[n] for n, c in enumerate(under["none"]) if c == unsalted] == [WINDOW_WH]
    assert shipped.commitment not in (*under["none"], *under["wrong"])


def test_trial_of_salts_costs_the_square_root_of_their_number(circuit):
    """Commitments add up, so one half is tried against the other: 2^24 pairs of salts in 2^13 points."""
    bits = 12
    salts = drawn(circuit, bits=bits, count=2)
    unit = [[0] * place + [1] + [0] * (circuit.settings.salts - place - 1) for place in range(2)]
    base = point(commitment_of(circuit, WINDOW_WH, [0] * circuit.settings.salts, load_srs()))
    steps = [minus(point(commitment_of(circuit, WINDOW_WH, one, load_srs())), base) for one in unit]
    target = point(commitment_of(circuit, WINDOW_WH, salts, load_srs()))
    left = {affine(one): n for n, one in enumerate(multiples(base, steps[0], 2**bits))}
    backwards = multiples(target, curve.neg(steps[1]), 2**bits)
    found = [(left[key], n) for n, one in enumerate(backwards) if (key := affine(one)) in left]
    assert found == [tuple(salts[:2])]


def point(commitment: bytes):
    x, y = (int.from_bytes(commitment[at : at + 32], "big") for at in (0, 32))
    return curve.FQ(x), curve.FQ(y), curve.FQ.one()


def affine(one) -> tuple[int, int]:
    x, y = curve.normalize(one)
    return x.n, y.n


def minus(one, other):
    return curve.add(one, curve.neg(other))


def multiples(start, step, count: int):
    """start, start + step, ...: so many points."""
    for _ in range(count):
        yield start
        start = curve.add(start, step)
