"""One fixed profile for the property tests."""

from hypothesis import settings

# The same examples on every run, however slow.
settings.register_profile("fixed", derandomize=True, deadline=None, max_examples=30, database=None)
settings.load_profile("fixed")
