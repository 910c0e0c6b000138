"""Homes and auctioneers that cheat with points and openings; each cheat beside what is accepted.

The auctioneer here signs whatever a cheat asks it to, and knows every column: what is left is the verifier's
and the contract's to refuse.
"""

from dataclasses import replace

import mesa
import numpy as np
import pytest
from eth_abi.abi import encode
from eth_hash.auto import keccak

from agents.sealed_operators import SealedAuctioneer
from sim.chain.blocks import NO_REASON
from sim.chain.market_client import send
from sim.chain.sealed_client import (
    SealedClearing,
    SealedRegistration,
    SealedSubmission,
    cleared_of_events,
)
from sim.proofs import curve
from sim.proofs.columns import total
from sim.proofs.curve import G1, add, coordinates, multiply, negated
from sim.proofs.field import MODULUS
from sim.proofs.prover import prove
from sim.proofs.settings import Form
from sim.proofs.setup import build_circuit
from sim.proofs.srs import load_srs
from tests.adversarial.conftest import HORIZON, LIMIT_WH, PRECISION, SETTINGS, WINDOWS, _model
from tests.privacy.lattice import reduced
from tests.sealed_on_chain import SealedRules, columns, empty_sealed, found_sealed

ORDERS = {1: [3_000, -500], 2: [-1_000, 250], 3: [-500, 250]}
JUNK_ROW = 50


# Points before the verifier -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def circuits(tmp_path_factory):
    """Of two clusters."""
    return [
        build_circuit(
            _model(seed), SETTINGS, LIMIT_WH, load_srs(), tmp_path_factory.mktemp("sealed"), Form(1)
        )
        for seed in (1, 2)
    ]


@pytest.fixture(scope="module")
def proofs(circuits):
    """Of homes 1 and 2 by our model, of home 3 by theirs."""
    ours, theirs = circuits
    pairs = zip((ours, ours, theirs), WINDOWS, strict=True)
    return {home: prove(circuit, window, load_srs()) for home, (circuit, window) in enumerate(pairs, start=1)}


@pytest.fixture
def street(circuits, proofs):
    """Real keys and the real verifier; gate 0 is open."""
    models = [
        SealedRegistration(
            cluster,
            circuit.key,
            PRECISION,
            circuit.proof_bytes,
            largest_output=circuit.model.largest_output(LIMIT_WH),
        )
        for cluster, circuit in enumerate(circuits)
    ]
    community = empty_sealed(SealedRules(horizon=HORIZON, scale=PRECISION), models, with_verifier=True)
    homes = zip(community.homes, (0, 0, 1), strict=True)
    send(community.chain, 0, [community.enrol(home, forecaster=cluster) for home, cluster in homes])
    points = [proofs[home].commitment for home in (1, 2, 3)]
    commit = community.market.commit(community.meter, 0, [1, 2, 3], points)
    community.accept(commit, community.times(0).window_end)
    community.wait(community.times(0).opens)
    return community


def submission(community, home: int, proof: bytes):
    signature = community.market.signature(community.auctioneer, 0, home, proof[64:128])
    return community.market.submit(community.homes[home - 1], SealedSubmission(0, proof, signature))


@pytest.mark.slow
def test_no_point_but_that_of_the_homes_own_outputs_gets_into_the_sum(street, circuits, proofs):
    """The auctioneer and the cheat know of each what they choose to; the proof knows better."""
    mine, neighbour = proofs[1], proofs[2]
    column = mine.column
    wanted = columns().committed([10**6] * HORIZON)
    in_place_of_outputs = {
        "more bought": columns().committed([column[0] + 1, *column[1:]]),
        "junk in a free row": columns().committed([*column, *[0] * (JUNK_ROW - len(column)), 7]),
        "other salts": columns().committed([*column[:-1], column[-1] + 1]),
        "what leaves but the wanted of a neighbour": add(wanted, negated(neighbour.output_point)),
        "a neighbour's": neighbour.output_point,
        "the window's": mine.commitment,
        "of its negative": negated(mine.output_point),
        "with a known logarithm": multiply(G1, 12_345),
        "infinity": curve.INFINITY,
        "no point": mine.output_point[:63] + bytes([mine.output_point[63] ^ 1]),
    }
    for point in in_place_of_outputs.values():
        assert point != mine.output_point
        forged = mine.proof[:64] + point + mine.proof[128:]
        street.refuse(NO_REASON, submission(street, 1, forged))
    theirs = prove(circuits[1], WINDOWS[0], load_srs())
    under_our_window = mine.proof[:64] + theirs.proof[64:]
    for reason, forged in (
        ("window not committed here", neighbour.proof),
        ("window not committed here", theirs.proof),
        (NO_REASON, under_our_window),
    ):
        street.refuse(reason, submission(street, 1, forged))
    for home, proof in proofs.items():
        street.accept(submission(street, home, proof.proof))
    street.wait(street.times(0).closes)
    values = total(proof.column for proof in proofs.values())
    openings = columns().openings(values, 3, HORIZON)
    receipt = street.accept(
        street.market.clear(street.auctioneer, SealedClearing(0, values[:HORIZON], openings))
    )
    outputs = [
        circuit.model.outputs(np.array(window))
        for circuit, window in zip((circuits[0], circuits[0], circuits[1]), WINDOWS, strict=True)
    ]
    assert cleared_of_events(street.events(receipt))[0].totals == tuple(np.sum(outputs, axis=0).tolist())


def test_without_proofs_a_point_made_of_others_would_make_any_total():
    """Under the stub: whose point is X - P, of its neighbours' points P, says X for all."""
    community, wanted = found_sealed(), [123, -456]
    honest = {home: community.sealed(0, home, ORDERS[home]) for home in (1, 2)}
    others = add(honest[1].point, honest[2].point)
    rogue = add(columns().committed(wanted), negated(others))
    community.accept(community.commit(0), community.times(0).window_end)
    community.wait(community.times(0).opens)
    for home in (1, 2):
        community.accept(community.submit(0, home, ORDERS[home]))
    signature = community.market.signature(community.auctioneer, 0, 3, rogue)
    proof = community.sealed(0, 3, ORDERS[3]).proof[:64] + rogue
    community.accept(community.submit(0, 3, ORDERS[3], proof=proof, signature=signature))
    community.wait(community.times(0).closes)
    openings = columns().openings(wanted, 1, 2)
    community.refuse("totals do not open the sum", community.clear(0, ORDERS))
    community.accept(community.clear(0, ORDERS, totals=tuple(wanted), openings=openings))


# Columns before the auctioneer ----------------------------------------------------------------------------


def test_the_auctioneer_signs_the_whole_column_of_a_commitment_and_nothing_else():
    community = found_sealed()
    auctioneer = SealedAuctioneer(
        mesa.Model(), community.auctioneer, community.market, columns(), len(ORDERS[1]) + 2
    )
    column = [*ORDERS[1], 271_828, 314_159]
    junk = [*column, *[0] * (JUNK_ROW - len(column)), 7]
    point, with_junk = columns().committed(column), columns().committed(junk)
    refused = {
        "another's": ([*ORDERS[2], 271_828, 314_159], point),
        "without its salts": (ORDERS[1], point),
        "junk that it is not shown": (column, with_junk),
        "junk that it is shown": (junk, with_junk),
        "zeros behind": ([*column, 0], point),
        "no element of the field": ([MODULUS, *column[1:]], point),
    }
    for shown, committed in refused.values():
        assert auctioneer.sign(0, 1, committed, shown) is None
    signature = auctioneer.sign(0, 1, point, column)
    assert signature == community.sealed(0, 1, ORDERS[1]).signature


@pytest.mark.long
def test_junk_in_a_free_row_that_was_signed_for_withholds_the_gate_and_moves_no_total():
    """Who knows it opens the sum as ever; who does not cannot, and the gate is void."""
    for known in (True, False):
        community = found_sealed()
        junk = [*ORDERS[3], 271_828, 314_159, *[0] * (JUNK_ROW - 4), 7]
        point = columns().committed(junk)
        signature = community.market.signature(community.auctioneer, 0, 3, point)
        community.accept(community.commit(0), community.times(0).window_end)
        community.wait(community.times(0).opens)
        for home in (1, 2):
            community.accept(community.submit(0, home, ORDERS[home]))
        proof = community.sealed(0, 3, ORDERS[3]).proof[:64] + point
        community.accept(community.submit(0, 3, ORDERS[3], proof=proof, signature=signature))
        community.wait(community.times(0).closes)
        honest = community.clearing(0, ORDERS)
        if known:
            shown = [[*ORDERS[home], 271_828, 314_159, *[0] * (JUNK_ROW - 3)] for home in (1, 2)]
            openings = columns().openings(total([*shown, junk]), 3, 2)
            receipt = community.accept(community.clear(0, ORDERS, openings=openings))
            assert cleared_of_events(community.events(receipt))[0].totals == honest.totals
        else:
            community.refuse("totals do not open the sum", community.clear(0, ORDERS))
            community.void_gate(0)
            assert community.reserved() == [0, 0, 0]


# The batch ------------------------------------------------------------------------------------------------


def forged_for(challenge: int, honest: SealedClearing, by: int) -> SealedClearing:
    """Totals of two slots off by ``by`` that a check under a challenge known before takes for true.

    With openings q_0 - c a G and q_1 + a G, challenge c, the right of e(., G2) = e(., s G2) stays as it was,
    and what a adds on the left, (w - 1) c a G, makes up for the total.
    """
    shift = by * pow(challenge * (columns().root - 1), -1, MODULUS) % MODULUS
    one, other = honest.openings
    openings = (add(one, multiply(G1, -challenge * shift)), add(other, multiply(G1, shift)))
    return SealedClearing(honest.gate, (honest.totals[0] + by, honest.totals[1]), openings)


def test_who_knew_the_challenge_before_could_open_any_total_and_nobody_does():
    """So it must follow from totals and openings: on the contract the same forgeries open nothing."""
    community = found_sealed()
    community.seal(0, ORDERS)
    honest = community.clearing(0, ORDERS)
    committed = b"".join(community.market.read("sum_of", 0, i).to_bytes(32, "big") for i in (0, 1))
    check = columns().all_open
    lie = replace(honest, totals=(honest.totals[0] + 1_000, honest.totals[1]))
    known = [challenge_of(community, each, openings) for each in (honest, lie) for openings in (True, False)]
    for challenge in (1, 2, *known):
        forged = forged_for(challenge, honest, 1_000)
        assert check(committed, forged.totals, forged.openings, challenge)
        assert not check(committed, forged.totals, forged.openings, challenge_of(community, forged))
        community.refuse("totals do not open the sum", community.market.clear(community.auctioneer, forged))
    assert check(committed, honest.totals, honest.openings, challenge_of(community, honest))
    community.accept(community.clear(0, ORDERS))


def small_factors(challenge: int, count: int) -> list[int]:
    """Numbers d_t, not all zero and of some 254 / count bits, whose sum of challenge^t d_t is zero."""
    powers = [pow(challenge, power, MODULUS) for power in range(count)]
    units = [[int(i == k) for i in range(count)] for k in range(1, count)]
    rows = [[-power % MODULUS, *unit[1:]] for power, unit in zip(powers[1:], units, strict=True)]
    return min(reduced([[MODULUS, *[0] * (count - 1)], *rows]), key=lambda row: max(map(abs, row)))


def test_nor_can_totals_be_found_that_a_challenge_of_all_else_would_take_for_true():
    """With honest openings, and within the bound of totals."""
    slots = 6
    community = found_sealed(horizon=slots)
    orders = {home: [home * (-1) ** slot for slot in range(slots)] for home in (1, 2, 3)}
    community.seal(0, orders)
    honest = community.clearing(0, orders)
    committed = b"".join(community.market.read("sum_of", 0, i).to_bytes(32, "big") for i in (0, 1))
    challenge = challenge_of(community, honest, totals=False)
    for sign in (1, -1):
        off = [sign * each for each in small_factors(challenge, slots)]
        forged = tuple(map(sum, zip(honest.totals, off, strict=True)))
        assert max(map(abs, forged)) < 2**80
        assert columns().all_open(committed, forged, honest.openings, challenge)
        community.refuse("totals do not open the sum", community.clear(0, orders, totals=forged))
    community.accept(community.clear(0, orders))


def challenge_of(community, clearing: SealedClearing, openings: bool = True, totals: bool = True) -> int:
    """As the contract hashes it, all that a check is about, or all but openings or totals."""
    market = community.market
    types = ["bytes32", "uint256", "address", "uint256", "uint256", "uint256", "uint256[2]"]
    committed = [market.read("sum_of", clearing.gate, i) for i in (0, 1)]
    bound = encode(
        [*types, *["int256[]"] * totals, *["uint256[2][]"] * openings],
        [
            keccak(b"zkpet SealedMarket clearing"),
            market.chain.chain_id,
            market.address,
            clearing.gate,
            clearing.gate * community.rules.horizon,
            bin(market.read("submitted", clearing.gate)).count("1"),
            committed,
            *[clearing.totals] * totals,
            *[[coordinates(opening) for opening in clearing.openings]] * openings,
        ],
    )
    return int.from_bytes(keccak(bound), "big") % MODULUS
