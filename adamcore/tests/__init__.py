"""The core's tests: they need the package, pytest and hypothesis, and nothing of the course."""
