"""The arrays that energy, money and models stand in."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = slice | Bools
"""Some of the homes."""
