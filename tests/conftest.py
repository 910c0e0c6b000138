"""Settings of all tests."""

import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

# No test depends on the clock of the machine it runs on.
settings.register_profile("zkpet", deadline=None)
settings.load_profile("zkpet")


# A shell that runs tests in the background has them ignore Ctrl-C, and their children with them.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What tests keep, they keep to themselves: nobody's cache or state is read or written."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name.lower())))
        yield
