"""Tests: What an operator types."""
