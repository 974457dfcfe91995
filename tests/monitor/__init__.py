"""Tests: What the monitor is told: rules, and how alerts are delivered."""
