"""Settings of all tests."""

from hypothesis import settings

# No test depends on the clock of the machine it runs on.
settings.register_profile("zkpet", deadline=None)
settings.load_profile("zkpet")
