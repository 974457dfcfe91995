"""Tests: Rules about the files of this repository."""
