"""The forecaster both flows prove: 24 -> 8 -> horizon, the mean of yesterday; and windows to forecast from.

What a proof costs depends on the shape and the range of the values, not on the weights: these are simple
because the bench has no use for training.
"""

import numpy as np
from numpy.typing import NDArray

from sim.forecast.dense import RealDense

LOOKBACK, HIDDEN = 24, 8
LIMIT_WH = 12_000


def forecaster(horizon: int) -> RealDense:
    """Half of the hidden neurons take the window's mean, half its negative; outputs put them together."""
    signs = np.where(np.arange(HIDDEN) % 2, -1.0, 1.0)
    means = np.repeat(signs[:, None] / LOOKBACK, LOOKBACK, axis=1)
    together = np.repeat(signs[None, :] / (HIDDEN // 2), horizon, axis=0)
    return RealDense("mlp", (means, together), (np.zeros(HIDDEN), np.zeros(horizon)))


def window_wh(home: int) -> NDArray[np.int64]:
    """A window of shape (24,) of integer Wh: homes of even number buy, the others sell."""
    size_wh = 600 + 40 * home + 25 * np.arange(LOOKBACK, dtype=np.int64)
    return -size_wh if home % 2 else size_wh
