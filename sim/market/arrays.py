"""The arrays that energy and money stand in."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
