"""What a host tells of itself to who monitors the fleet: facts of ours, as metrics. Standard library alone; it runs on hosts."""
