"""Tests, and the tool that brings notebooks into the form they test."""
