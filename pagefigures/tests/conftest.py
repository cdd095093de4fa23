"""The browser that figures are tried in."""

from pagefigures.tests.browser import browser, firefox  # noqa: F401 - fixtures
