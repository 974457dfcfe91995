"""What is done on the control machine for a lab: its network, its image, its hosts, and their removal."""
