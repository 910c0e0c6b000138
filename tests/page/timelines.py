"""Made-up timelines: real auctions among random orders, without a run."""

from datetime import datetime

import numpy as np
import pandas as pd

from sim.data.readings import DAY_S
from sim.market.bills import outside_option
from sim.market.trades import clear_slots
from sim.page.timeline import AS_MEASURED, Timeline
from sim.simulation.feasibility import tariffs_of
from tests.market.books import AVERAGE
from tests.runs import scenario


def made_up_timeline(
    homes: int = 6,
    days: int = 2,
    horizon: int = 24,
    slot_s: int = 3600,
    slots: int | None = None,
    name: str = "home",
    trading: bool = True,
    ordering: bool = True,
    clusters: int = 3,
    settings: tuple[str, ...] = (),
    note: str = AS_MEASURED,
) -> Timeline:
    """Every other home has PV and sells by day. Without ``trading``, sellers ask more than buyers bid."""
    random, in_all = np.random.default_rng(homes), days * DAY_S // slot_s
    hour = np.arange(in_all) * slot_s % DAY_S / 3600
    sells = (hour >= 6) & (hour < 18) & (np.arange(homes) % 2 == 0)[:, None]
    forecast_wh = np.where(sells, -1, 1) * random.integers(1, 2_000, (homes, in_all))
    net_wh = forecast_wh + random.integers(-900, 901, (homes, in_all))
    names = tuple(f"{name}-{number + 1:02d}" for number in range(homes))
    scene = scenario("tiny", f"time.days={days}", f"time.horizon={horizon}", *settings)
    outside = outside_option(tariffs_of(scene, names, slot_s), np.arange(in_all), 0)
    limit_price = random.integers(outside.feed_in, outside.retail + 1)
    if not trading:
        limit_price = np.where(sells, outside.retail, outside.feed_in)
    quantity_wh = forecast_wh if ordering else np.zeros_like(forecast_wh)
    cleared = clear_slots(AVERAGE, np.arange(in_all), quantity_wh, limit_price)
    so_far = slice(slots)
    return Timeline(
        scenario=scene,
        slots_in_all=in_all,
        homes=names,
        has_pv=tuple(number % 2 == 0 for number in range(homes)),
        cluster=tuple(number % clusters for number in range(homes)),
        note=(note,) * homes,
        start=datetime(2017, 6, 12),
        slot_s=slot_s,
        quantity_wh=quantity_wh[:, so_far],
        limit_price=np.where(quantity_wh != 0, limit_price, 0)[:, so_far],
        fill_wh=cleared.fill_wh[:, so_far],
        payment=cleared.payment[:, so_far],
        outside=outside,
        forecast_wh=forecast_wh[:, so_far],
        net_wh=net_wh[:, so_far],
        proofs=pd.DataFrame(),
        transactions=pd.DataFrame(),
    )
