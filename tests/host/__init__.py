"""Tests: A web host."""
