"""The filter that leaves out of apps, and of the page, what few need."""

import pytest

from ansible_collections.hostler.fleet.plugins.filter.bare import bare


class Vault(dict[str, object]):
    """An app whose secrets nobody can read."""

    def __getitem__(self, key: str) -> object:
        """Return what may be read."""
        assert key not in ("env", "secrets", "users", "url")
        return super().__getitem__(key)


def test_environment_and_secrets_are_not_looked_at() -> None:
    """They may be in a vault, and who goes back at 3 a.m. has no password for it."""
    assert bare([Vault({"name": "hello", "env": 1, "secrets": 2})]) == [{"name": "hello"}]


def test_nor_is_who_may_log_in_to_the_page() -> None:
    assert bare(Vault({"domain": "fleet.example.org", "users": 1})) == {"domain": "fleet.example.org"}


def test_nor_is_where_a_database_is_but_that_it_is_elsewhere() -> None:
    """By which it is told from one on the fleet's own server."""
    found = bare([Vault({"name": "a", "database": Vault({"url": 1, "nme": "x"})}), {"name": "b", "database": {"name": "x"}}])
    assert found == [{"name": "a", "database": {"url": "", "nme": "x"}}, {"name": "b", "database": {"name": "x"}}]


@pytest.mark.parametrize("database", [True, False, None, {}, "postgresql://", 5, ["url"]])
def test_what_is_said_of_a_database_comes_out_for_who_refuses_it(database: object) -> None:
    assert bare([{"name": "hello", "database": database}]) == [{"name": "hello", "database": database}]


@pytest.mark.parametrize("apps", [None, "hello", {"name": "hello"}, [None, "hello", ["x"]]])
def test_what_is_no_list_of_mappings_comes_out_for_who_refuses_it(apps: object) -> None:
    assert bare(apps) == apps
