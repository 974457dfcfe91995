"""Tests of what an operator reads of a run."""
