"""What holds for all tests."""

from hypothesis import settings

# How fast a shared machine is at the moment says nothing about the code: no test is timed.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
