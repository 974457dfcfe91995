"""A balancer: the map of slots, and how the running HAProxy is asked and told."""
