"""Tests: The templates of roles."""
