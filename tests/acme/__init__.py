"""Tests: A balancer."""
