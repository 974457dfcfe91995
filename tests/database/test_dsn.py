"""The URL of a database, read by libpq itself; and what is read back of it."""

import string
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from ansible_collections.hostler.fleet.plugins.module_utils import environment
from ansible_collections.hostler.fleet.plugins.module_utils.database import dsn

# All that a text of C can have
PASSWORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=["\0"]), min_size=1)
# Texts that are much like a URL of ours
PARTS = st.lists(st.sampled_from([*"/@:?#[]%,", "//", "%2", "%00", "%ff", "shop", "shop_", "postgresql", "\ud800", "\t", "\n", "\0", "ü"]))
LIKE = st.one_of(st.text(), PARTS.map("".join), PARTS.map(lambda parts: f"postgresql://{''.join(parts)}@h/shop"))
OWN = "192.0.2.41"


@pytest.mark.parametrize(
    ("hosts", "read"),
    [
        (["192.0.2.41"], "192.0.2.41"),
        (["2001:db8::41"], "2001:db8::41"),
        (["192.0.2.41", "2001:db8::42", "192.0.2.43"], "192.0.2.41,2001:db8::42,192.0.2.43"),
    ],
    ids=["IPv4", "IPv6", "several"],
)
@pytest.mark.parametrize(("reads", "session"), [(False, "read-write"), (True, "prefer-standby")], ids=["writes", "reads"])
def test_libpq_reads_what_is_meant(reads: bool, session: str, hosts: list[str], read: str) -> None:
    found = conninfo_to_dict(dsn.dsn("shop_1", "secret", hosts, reads))
    # Of several hosts, libpq notes that none has a port of its own
    assert not str(found.pop("port", "")).strip(",")
    assert found == {
        "user": dsn.login("shop_1", "secret"),
        "password": "secret",
        "host": read,
        "dbname": "shop_1",
        "target_session_attrs": session,
        "sslmode": "verify-full",
        "sslrootcert": "/etc/ssl/hostler/ca.crt",
        "connect_timeout": "2",
        "tcp_user_timeout": "10000",
        "keepalives_idle": "10",
        "keepalives_interval": "5",
    }


@given(PASSWORDS)
@example("".join(sorted(string.printable)))
def test_libpq_reads_any_password_and_so_do_we(password: str) -> None:
    url = dsn.dsn("shop", password, [OWN])
    read = conninfo_to_dict(url)
    assert (read["password"], read["host"]) == (password, OWN)
    assert dsn.password("shop", url) == password
    assert dsn.password("shop_1", url) == ""
    assert dsn.password("sho", url) == ""


@given(PASSWORDS)
def test_who_only_reads_is_the_same_login_with_the_same_password(password: str) -> None:
    url = dsn.dsn("shop", password, [OWN, "2001:db8::42"], reads=True)
    assert dsn.password("shop", url) == password
    assert url.replace("prefer-standby", "read-write") == dsn.dsn("shop", password, [OWN, "2001:db8::42"])


def test_what_hostler_makes_stands_in_the_url_as_it_is() -> None:
    """Whoever searches a host for a password finds it."""
    password = environment.new_value()
    assert f":{password}@" in dsn.dsn("shop", password, [OWN])


@given(LIKE)
@example("postgresql://shop_1:\ud800@h/shop")
@example("postgresql://[::1/shop")
@example("postgresql://\uff0f:x@h/shop")
def test_of_any_text_nothing_is_read(text: str) -> None:
    """An app may have had another ``DATABASE_URL`` before."""
    assert dsn.password("shop", text) == ""


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://shop:{password}@db.example/shop",
        "postgresql://{login}:{password}x@db.example/shop",
        "postgresql://{login}@db.example/shop?password={password}",
        "postgresql://{other}:{password}@db.example/shop",
        "postgresql:///shop?user={login}&password={password}",
        "{login}:{password}",
    ],
)
def test_a_url_of_the_operator_s_has_no_password_of_ours(url: str) -> None:
    login, other = dsn.login("shop", "secret"), dsn.login("shop_a", "secret")
    assert dsn.password("shop", url.format(login=login, other=other, password=quote("secret"))) == ""


def test_a_login_is_another_for_another_password_or_database() -> None:
    logins = {dsn.login(database, password) for database in ("shop", "shop_a") for password in ("a", "b")}
    assert len(logins) == 4
    assert all(len(login.rpartition("_")[2]) == 8 for login in logins)
