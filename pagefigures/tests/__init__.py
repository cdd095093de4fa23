"""Tests of pagefigures."""
