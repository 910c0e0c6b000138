"""How many processors this machine has."""

import os

CORES = os.cpu_count() or 1
