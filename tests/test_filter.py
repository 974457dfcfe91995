"""The filter that leaves out of apps what only a build needs."""

import pytest

from ansible_collections.hostler.fleet.plugins.filter.bare import bare


class Vault(dict[str, object]):
    """An app whose secrets nobody can read."""

    def __getitem__(self, key: str) -> object:
        """Return what may be read."""
        assert key not in ("env", "secrets")
        return super().__getitem__(key)


def test_environment_and_secrets_are_not_looked_at() -> None:
    """They may be in a vault, and who goes back at 3 a.m. has no password for it."""
    assert bare([Vault({"name": "hello", "env": 1, "secrets": 2})]) == [{"name": "hello"}]


@pytest.mark.parametrize("apps", [None, "hello", {"name": "hello"}, [None, "hello", ["x"]]])
def test_what_is_no_list_of_mappings_comes_out_for_who_refuses_it(apps: object) -> None:
    assert bare(apps) == apps
