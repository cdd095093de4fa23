"""One fixed profile for the property tests: the same examples on every run, however slow."""

from hypothesis import settings

settings.register_profile("fixed", derandomize=True, deadline=None, max_examples=30, database=None)
settings.load_profile("fixed")
