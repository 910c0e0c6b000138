"""The plug-ins of docs/plugins, known for as long as the tests of a module last."""

import pytest

from sim.forecast.families import families
from sim.forecast.regimes import regimes
from sim.plugins import plugged_in, read_plugins
from tests.runs import PLUGINS as FOLDER

FAMILIES = (*families.names, "window-mean")
REGIMES = (*regimes.names, "by-size")
PLUGINS = read_plugins(FOLDER / f"{name}.py" for name in ("window_mean", "by_size"))


@pytest.fixture(scope="module", autouse=True)
def plugged():
    with plugged_in(PLUGINS):
        yield
