"""What the market contract can hold, by its bounds, checked before anything is trained."""

import calendar
import math
from datetime import UTC, datetime, timedelta

from sim.chain.backends import NoChain
from sim.chain.blocks import BLOCK_S
from sim.chain.bounds import LEAD_PHASES, MAX_DAY_SLOTS, MAX_HOMES, MAX_PERIODS, MAX_QUANTITY_WH
from sim.chain.market_client import submit_gas
from sim.data.readings import DAY_S
from sim.errors import InputError
from sim.market.tariffs import TariffTable

_SUBMISSION_GAS, _SUBMISSION_GAS_PER_SLOT = 1_000_000, 18_000


def submission_gas(slots: int) -> int:
    """More than the submission of orders for so many slots uses, with a proof of ordinary size."""
    return _SUBMISSION_GAS + _SUBMISSION_GAS_PER_SLOT * slots


def local_timestamp(moment: datetime) -> int:
    """Seconds of a block's time; local time counts as if it were UTC."""
    return calendar.timegm(moment.timetuple())


def check_clock(start: datetime, slot_s: int, lead: int, lookback: int) -> None:
    """Raise InputError where a run's chain would begin before 1970, when block times do."""
    before_s = (lead + lookback) * slot_s + DAY_S  # see genesis_timestamp
    if local_timestamp(start) < before_s:
        earliest = datetime.fromtimestamp(0, UTC).replace(tzinfo=None) + timedelta(seconds=before_s)
        raise InputError(
            f"time.start = {start}: blocks have times from 1970 on, so that a run on a chain starts at "
            f'{earliest} or later; move the dates, or set chain.backend = "{NoChain.name}"'
        )


def check_limits(
    homes: int,
    slot_s: int,
    horizon: int,
    lead: int,
    tariffs: TariffTable,
    connection_limit_wh: int,
    block_gas_limit: int,
) -> None:
    """Raise InputError, in one sentence, for a community that its contract could not serve."""
    if homes > MAX_HOMES:
        raise InputError(
            f"population.agents = {homes}: a contract holds at most {MAX_HOMES} homes; "
            f'make several communities of them, or set chain.backend = "{NoChain.name}"'
        )
    day_slots = len(tariffs.period_of_day_slot)
    if day_slots > MAX_DAY_SLOTS:
        raise InputError(
            f"population.source: slots of {slot_s} s make {day_slots} a day, "
            f"should be at most {MAX_DAY_SLOTS}"
        )
    if tariffs.periods > MAX_PERIODS:
        raise InputError(
            f"the tariffs of all homes make {tariffs.periods} periods of a day in which none changes, "
            f"should be at most {MAX_PERIODS}"
        )
    if connection_limit_wh > MAX_QUANTITY_WH:
        raise InputError(
            f"population.connection_limit_kw gives {connection_limit_wh} Wh per slot, "
            f"should be at most {MAX_QUANTITY_WH}"
        )
    # A call goes into a block that has room for all the gas it carries, whatever it will use.
    open_s, room = lead * slot_s // LEAD_PHASES, block_gas_limit // 2 - submit_gas(horizon)
    capacity = math.ceil(open_s / BLOCK_S) * (room // submission_gas(horizon) + 1)
    if homes > capacity:
        raise InputError(
            f"time.lead = {lead}: a gate is open for {open_s} s, enough for {capacity} of {homes} homes "
            "to submit; raise time.lead or chain.block_gas_limit"
        )
