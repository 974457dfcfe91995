"""Tests: What runs on the control node."""
