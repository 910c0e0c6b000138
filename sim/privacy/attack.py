"""The attack on one home: what integers settle is known, and the rest is the likeliest there can be."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Floats
from sim.privacy.belief import Belief
from sim.privacy.bids import solved, window_lines
from sim.privacy.lattice import WindowLattices
from sim.privacy.target import Target

ROUNDS = 4
"""How often lines through layers that do not solve themselves are laid anew through what is believed."""


def attack(target: Target, prior: Belief, lattices: WindowLattices) -> Floats:
    """The readings as the attacker has them in the end, shape (readings,).

    Takes the equations of all bids together with those of the meter's totals. A window with as many equations
    as readings is solved; one with fewer by its lattice, where that leaves one solution.
    """
    known = _known(target)
    belief = _belief(target, prior, known)
    found = False
    gates = zip(target.models, target.windows, target.inputs, target.bids, target.outputs, strict=True)
    for model, window, lines, bid, outputs in gates:
        if bid.layer == 0 and np.isnan(known[window]).any():
            numbers = lattices.solve(bid, lines.through(prior), lines.mean(belief))
            if numbers is not None and (model.outputs(numbers) == outputs).all():
                known[window], found = numbers[: window.stop - window.start], True
    if found:
        belief = _belief(target, prior, known)
    return np.where(np.isnan(known), belief.mean, known)


def _known(target: Target) -> Floats:
    """Readings that follow at once, NaN elsewhere: of windows that are solved, and of totals of one slot."""
    known = np.full(len(target.truth_wh), np.nan)
    for window, bid in zip(target.windows, target.bids, strict=True):
        if bid.layer == 0 and (wh := solved(bid.rows, bid.values)) is not None:
            known[window] = wh[: window.stop - window.start]
    rows, sums = target.totals
    alone = rows.sum(axis=1) == 1
    known[rows[alone].argmax(axis=1)] = sums[alone]
    return known


def _belief(target: Target, prior: Belief, known: Floats) -> Belief:
    """The prior, given what is known and every equation."""
    there = ~np.isnan(known)
    start = prior.given(np.eye(len(known))[there], known[there])
    start = start.given(*_open(there, *target.totals))
    belief = start
    for _ in range(ROUNDS if any(bid.layer for bid in target.bids) else 1):
        belief = start.given(*_bids(target, there, belief))
    return belief


def _bids(target: Target, there: NDArray[np.bool_], belief: Belief) -> tuple[Floats, Floats, Floats]:
    """All bids' equations in the readings: rows, values and the covariance of their errors."""
    rows, values, noises = [np.zeros((0, len(there)))], [np.zeros(0)], []
    for model, of_gate, bid in zip(target.models, target.inputs, target.bids, strict=True):
        if of_gate.known(there):
            continue
        slope, value, noise = window_lines(model, bid, partial(of_gate.through, belief))
        rows.append(slope @ of_gate.rows)
        values.append(value - slope @ of_gate.constant)
        noises.append(noise + slope * of_gate.noise @ slope.T)
    noise, at = np.zeros((sum(map(len, values)),) * 2), 0
    for each in noises:
        noise[at : at + len(each), at : at + len(each)] = each
        at += len(each)
    return np.vstack(rows), np.concatenate(values), noise


def _open(there: NDArray[np.bool_], rows: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Those equations that hold anything which is not known."""
    unknown = rows[:, ~there].any(axis=1)
    return rows[unknown], values[unknown]
