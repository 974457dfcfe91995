"""Tests: What plays look up on the control node."""
