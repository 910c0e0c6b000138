"""The panel of the chain shows what had been sent when a slot was cleared, with its refusals and its gas."""

import re
from dataclasses import replace

import pandas as pd
import pytest

from sim.outputs.tables import tables_of
from sim.page.panels.chain_panel import LAST, proofs_table, transactions_table, until
from sim.page.run_state import RunState
from sim.page.timeline import Timeline, timeline_of
from sim.proofs.srs import load_srs
from sim.simulation.run import open_market
from tests.runs import QUIET, persistence_models, run, scenario

SETTINGS = (
    "chain.backend=revm",
    "proofs.policy=none",
    "time.days=1",
    "time.horizon=12",
    "forecast.lookback=12",
)


def timeline(*settings: str) -> Timeline:
    shown = scenario("tiny", *SETTINGS, *settings)
    return timeline_of(shown, tables_of(run(shown, persistence_models(4, 12, 12))))


@pytest.fixture(scope="module")
def told() -> Timeline:
    """Two gates of twelve slots; two of four homes have too little credit to bid."""
    return timeline("market.credit_limit=1")


def rows(table: str) -> list[list[str]]:
    """The cells of a table, row by row."""
    lines = re.findall(r"<tr.*?>(.*?)</tr>", table, re.DOTALL)
    return [re.findall(r"<td.*?>(.*?)</td>", line, re.DOTALL) for line in lines if "<td" in line]


def test_a_slot_shows_what_was_sent_until_it_was_cleared_and_nothing_of_later_slots(told) -> None:
    for slot in range(told.slots):
        shown, gate = until(told, slot), told.gate_of(slot)
        assert shown["gate"].fillna(-1).max() == gate
        cleared = shown[shown["stage"] == "clear"]
        assert sorted(cleared["slot"]) == list(range(slot + 1))
        submitted = shown[shown["stage"] == "submit"]
        assert len(submitted) == 4 * (gate + 1)
        assert shown.index.is_monotonic_increasing


def test_a_run_that_goes_on_shows_what_it_will_show_when_it_is_over() -> None:
    """Deliveries of a gate are settled after the next gate has been cleared, so not before it is shown."""
    shown = scenario("tiny", *SETTINGS, "time.horizon=8")
    with open_market(shown, load_srs(), 1, QUIET, persistence_models(4, 12, 8)) as market:
        timelines = []
        for gate in range(3):
            market.step()
            timelines.append(timeline_of(shown, tables_of(market.outcome()), 8 * (gate + 1)))
    for slot in (0, 7, 8, 15):
        then, now = (until(each, slot) for each in (timelines[slot // 8], timelines[-1]))
        pd.testing.assert_frame_equal(then.reset_index(drop=True), now.reset_index(drop=True))


def test_refusals_are_marked_with_the_contracts_words_the_latest_first(told) -> None:
    sent = until(told, told.slots - 1)
    table = rows(transactions_table(sent, True))
    for row, digest in zip(table, sent["hash"].iloc[::-1], strict=True):
        assert digest[:10] in row[6]
    refused = [row for row in table if "refused" in row[5]]
    assert len(refused) == (~sent["accepted"]).sum() == 4
    assert {row[5] for row in refused} == {"✗ refused: credit limit exceeded"}
    assert {row[2] for row in refused} == {"gate 1", "gate 2"}
    assert transactions_table(sent, True).count("zk-refused") == 4
    assert {row[2] for row in table if row[1] == "set-up"} == {"set-up"}
    assert rows(transactions_table(sent.tail(LAST), True)) == table[:LAST]


def test_proofs_are_those_up_to_the_gate(told) -> None:
    made = pd.DataFrame(
        {
            "gate": [0, 0, 1],
            "cached": [True, False, False],
            "on_chain": [True, True, True],
            "bytes": [3_200, 3_168, 4_000],
            "prove_cpu_s": [0.5, 0.25, 9.0],
        }
    )
    proving = replace(told, proofs=made, scenario=scenario("tiny", "time.horizon=12"))
    cells = dict(rows(proofs_table(RunState(), proving, 11, True)))
    assert list(cells.values()) == ["0", "2", "2", "3,200", "0.38", "1"]
    assert list(dict(rows(proofs_table(RunState(), proving, 12, True))).values())[1] == "3"
    assert "zk-warning" not in proofs_table(RunState(), proving, 0, True)
    assert dict(rows(proofs_table(RunState(), proving, 11, False))) == dict(list(cells.items())[:4])


def test_which_transaction_is_an_attack_only_the_simulator_knows(told) -> None:
    sent = until(told, told.slots - 1).assign(attack="wash-trader")
    assert {row[1].count("(wash-trader)") for row in rows(transactions_table(sent, True))} == {1}
    assert "wash-trader" not in transactions_table(sent, False)
