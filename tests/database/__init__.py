"""Tests: What is decided of a fleet's PostgreSQL, held against PostgreSQL itself."""
