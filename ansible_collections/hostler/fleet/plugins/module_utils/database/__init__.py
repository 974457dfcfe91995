"""What is decided of a fleet's PostgreSQL: names, who comes in, how much it takes. No Ansible, no I/O."""
