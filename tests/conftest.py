"""How properties are searched, for every test of the repository."""

import os

from hypothesis import settings

# Machines that run tests are shared: a slow example is not a fault, so there is no deadline.
# Where a run must be repeatable the examples are too; at a desk every run tries new ones.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")
