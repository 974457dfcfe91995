# Managed by Hostler, role:release
"""What a release is made of, and where its parts lie on a host."""
