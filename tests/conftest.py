"""Settings of all tests."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from sim.runtime.store import Store, open_store

# No test depends on the clock of the machine it runs on. Where a test does not say how many examples it
# tries, make test tries few and make test-long many.
settings.register_profile("few", deadline=None, max_examples=25)
settings.register_profile("many", deadline=None, max_examples=300)
settings.load_profile("few")


# Two workers share two cores: threads of one would only wait for those of the other.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

# A shell that runs tests in the background has them ignore Ctrl-C, and their children with them.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With many examples, tests by example are of the long ones."""
    if config.getoption("--hypothesis-profile") == "many":
        for item in items:
            if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
                item.add_marker("long")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store of a test's own."""
    opened = open_store(str(tmp_path / "store"))
    assert opened
    return opened


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What tests keep, they keep to themselves: nobody's cache or state is read or written."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name.lower())))
        yield
