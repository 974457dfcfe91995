"""Tests: What would be done, decided without a host."""
