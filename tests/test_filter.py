"""The filter that leaves out of apps, and of the page, what few need."""

import pytest

from ansible_collections.hostler.fleet.plugins.filter.bare import bare


class Vault(dict[str, object]):
    """An app whose secrets nobody can read."""

    def __getitem__(self, key: str) -> object:
        """Return what may be read."""
        assert key not in ("env", "secrets", "users")
        return super().__getitem__(key)


def test_environment_and_secrets_are_not_looked_at() -> None:
    """They may be in a vault, and who goes back at 3 a.m. has no password for it."""
    assert bare([Vault({"name": "hello", "env": 1, "secrets": 2})]) == [{"name": "hello"}]


def test_nor_is_who_may_log_in_to_the_page() -> None:
    assert bare(Vault({"domain": "fleet.example.org", "users": 1})) == {"domain": "fleet.example.org"}


@pytest.mark.parametrize("apps", [None, "hello", {"name": "hello"}, [None, "hello", ["x"]]])
def test_what_is_no_list_of_mappings_comes_out_for_who_refuses_it(apps: object) -> None:
    assert bare(apps) == apps
