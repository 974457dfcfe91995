# Managed by Hostler, role:balancer
"""The map of slots, and how the running HAProxy is asked and told."""
