"""What both venues of sealed orders know: the books that follow from whose orders count."""

import numpy as np

from sim.arrays import Bools, Ints
from sim.market.clearing import Trades
from sim.market.mechanisms.net_price import NetPrice
from sim.market.sealed import Exact, SealedBooks
from sim.simulation.feasibility import circuit_limit
from sim.simulation.preparation import Prepared


def books_of(prepared: Prepared, accepted: Bools, cleared: Bools, net_wh: Ints) -> SealedBooks:
    """The plain computation; net_wh: shape (homes, slots), what meters read at settlement."""
    homes, slots = prepared.reading_wh.shape
    counted = np.repeat(accepted & cleared, prepared.scenario.time.horizon, axis=1)
    output = np.where(counted, prepared.outputs.reshape(homes, slots), 0)
    retail, feed_in = prepared.outside.retail[0], prepared.outside.feed_in[0]
    price = net_price_of(prepared).prices(output.sum(axis=0), retail, feed_in)
    return SealedBooks(
        scale=prepared.forecasters.models[0].output_scale,
        output=output,
        net_wh=net_wh,
        price=np.where(np.repeat(cleared, prepared.scenario.time.horizon), price, 0),
        retail=retail,
        feed_in=feed_in,
        period=np.repeat(prepared.settlement_period, prepared.scenario.time.horizon),
    )


def net_price_of(prepared: Prepared) -> NetPrice:
    """The mechanism, of those that can be sealed the only one."""
    mechanism = prepared.mechanism
    assert isinstance(mechanism, NetPrice)
    return mechanism


def in_whole_wh(quantity_wh: Ints, price: Ints) -> Trades:
    """Trades as they look in whole Wh at one price, nano-$ per Wh; money is settled at the finer scale."""
    return Trades.at_one_price(quantity_wh, price)


def output_bounds(prepared: Prepared) -> tuple[int, ...]:
    """Of each model what no output of it exceeds, for readings that are allowed: what is registered of it."""
    limit_wh = circuit_limit(prepared.scenario, prepared.population)
    return tuple(model.largest_output(limit_wh) for model in prepared.forecasters.models)


def by_period(sums: Exact) -> tuple[tuple[int, ...], ...]:
    """Sums of shape (homes, periods), period by period."""
    return tuple(map(tuple, sums.T.tolist()))
