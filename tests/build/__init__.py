"""Tests: The build of a release."""
