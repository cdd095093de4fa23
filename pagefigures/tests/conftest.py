"""The browser that figures are tried in."""

from pagefigures.tests.browser import browser  # noqa: F401 - a fixture
