"""A Django project for tests: keeps a ledger of what it was asked to do, and tells what reached it."""
