"""Tests: A lab, and its hosts."""
