"""Tests: What is seen of the fleet."""
