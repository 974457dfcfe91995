"""Tests: The page of the fleet, in a browser, before answers of a fleet that is made up."""
