"""Targets are met on their good side and on the limit itself, and silent where nothing was measured."""

import dataclasses

import pytest

from sim.bench.bench import document
from sim.bench.targets import TARGETS, Target, Verdict, judge
from tests.bench.parts import part


@pytest.mark.parametrize(
    ("at_least", "value", "met"),
    [(True, 250, True), (True, 249.9, False), (False, 250, True), (False, 250.1, False)],
)
def test_the_limit_itself_is_met(at_least: bool, value: float, met: bool) -> None:
    assert Verdict(Target("flows", "gain", at_least, 250, "gain"), value).met is met


def test_only_what_was_measured_is_judged() -> None:
    verdicts = judge(
        [part("flows", py_evm_gain=300.0, py_evm_order_cpu_s=0.02), part("verification", gain=7.0)]
    )
    assert [(v.target.figure, v.value, v.met) for v in verdicts] == [
        ("py_evm_gain", 300.0, True),
        ("gain", 7.0, False),
    ]


def test_a_figure_counts_only_in_its_own_part() -> None:
    assert judge([part("overlap", py_evm_gain=300.0)]) == []


def test_the_targets_are_those_that_were_set() -> None:
    limits = {(target.part, target.figure): (target.at_least, target.limit) for target in TARGETS}
    assert limits["flows", "py_evm_gain"] == (True, 250)
    assert limits["flows", "revm_gain"] == (True, 400)
    assert limits["verification", "gain"] == (True, 8)
    assert limits["overlap", "wall_over_bound"] == (False, 1.2)
    assert limits["overlap", "chain_over_prove"] == (False, 0.6)
    assert limits["scaling", "exponent"] == (False, 1.1)
    assert limits["scaling", "slot_s_at_10000"] == (False, 0.25)
    assert limits["scaling", "peak_gb_at_10000"] == (False, 2.0)


def test_the_document_holds_parts_targets_and_machine() -> None:
    parts = [part("flows", py_evm_gain=300.0, revm_gain=399.0)]
    written = document(True, parts, judge(parts))
    assert written["quick"] is True
    assert written["parts"]["flows"] == dataclasses.asdict(parts[0])
    assert [(t["figure"], t["at_least"], t["measured"], t["met"]) for t in written["targets"]] == [
        ("py_evm_gain", 250, 300.0, True),
        ("revm_gain", 400, 399.0, False),
    ]
    assert written["machine"]["cpu"]
    assert {"ezkl", "py-evm", "pyrevm"} <= set(written["machine"]["versions"])
