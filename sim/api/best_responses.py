"""Best responses to the orders of a run, from its tables."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sim.data.population import slots_from_midnight
from sim.data.readings import DAY_S
from sim.market.best_response import best_responses, on_short_side
from sim.market.bills import outside_option
from sim.market.mechanisms import Mechanism
from sim.market.orders import Orders
from sim.schema.scenario import Scenario
from sim.simulation.feasibility import tariffs_of


def best_responses_in(
    scenario: Scenario, tables: Mapping[str, pd.DataFrame], mechanism: Mechanism | None = None
) -> pd.DataFrame:
    """One row per order: ``slot``, ``agent``, ``short_side``, ``gain_nano``.

    tables: the exact ones of a run; mechanism: the run's, unless another is given
    """
    orders, homes, slots = tables["orders"], tables["agents"]["agent"].tolist(), len(tables["slots"])
    home, slot = orders["agent"].map({name: row for row, name in enumerate(homes)}), orders["slot"]
    quantity_wh, limit_price = np.zeros((2, len(homes), slots), dtype=np.int64)
    quantity_wh[home, slot] = np.where(orders["side"] == "buy", 1, -1) * orders["quantity_wh"]
    limit_price[home, slot] = orders["limit_nano_per_wh"]
    slot_s = DAY_S * scenario.time.days // slots
    table = tariffs_of(scenario, homes, slot_s)
    outside = outside_option(table, slots_from_midnight(scenario, slot_s, slots), scenario.market.grid_fee)
    rule, made = mechanism or scenario.market.the_mechanism, Orders(quantity_wh, limit_price)
    gains = best_responses(rule, made, outside, np.arange(slots))
    found = {"short_side": on_short_side(quantity_wh)[home, slot], "gain_nano": gains[home, slot]}
    return orders[["slot", "agent"]].assign(**found)
