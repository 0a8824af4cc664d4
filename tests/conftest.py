"""What holds for all tests."""

import os

from hypothesis import settings

# How fast a shared machine is at the moment says nothing about the code: no test is timed. Where a
# merge depends on it, examples are the same each time; at a desk they go on looking for new ones.
settings.register_profile("ours", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("ours")
