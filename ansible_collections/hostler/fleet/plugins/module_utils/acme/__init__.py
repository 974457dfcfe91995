"""Certificates that a balancer gets by itself, by the protocol ACME (RFC 8555); uacme of the distribution speaks it.

Who has a domain is shown by HTTP: whatever a balancer is asked for below `/.well-known/acme-challenge`, HAProxy answers with what only the
holder of the account's key could sign, so that any balancer answers for any other.
"""
