"""What is seen of the fleet: what hosts count and note of themselves, for those who watch it."""
