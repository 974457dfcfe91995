"""Tests: What keeps a fleet's data."""
