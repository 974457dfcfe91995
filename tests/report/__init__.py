"""Tests: What is told to people."""
