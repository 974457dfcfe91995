"""Secrets that Hostler makes: the same on every web host and for ever, until one is renewed or no host has it any more."""

from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.filter.generated import generated
from ansible_collections.hostler.fleet.plugins.module_utils.database import dsn
from ansible_collections.hostler.fleet.plugins.module_utils.generated import Chosen, choose, known, renewed
from ansible_collections.hostler.fleet.plugins.module_utils.host import secrets
from ansible_collections.hostler.fleet.plugins.module_utils.host.match import match
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Json, Refused
from tests.shared.generations import NEW, OLD
from tests.shared.samples import app

NAMES = ["SECRET_KEY"]
HELLO = app(generate=NAMES)
A, B = {"DB": "a"}, {"DB": "b"}
LATEST = "2026-11-23-00000003"


@pytest.fixture
def hosts(tmp_path: Path) -> list[Path]:
    """Return the homes of the app on two web hosts."""
    homes = [tmp_path / "web1", tmp_path / "web2"]
    for home in homes:
        home.mkdir()
    return homes


def asked(hosts: list[Path], given: Json) -> list[Json]:
    """Return what ``secrets_info`` returns on each host."""
    return [{"secrets": {"hello": match({"hello": given}, {"hello": NAMES}, home)["hello"].json()}} for home in hosts]


def chosen(hosts: list[Path], given: Json, renew: str = "") -> Chosen:
    return choose(HELLO, known(asked(hosts, given), "hello"), renew)


class TestChoose:
    """What all web hosts are to have."""

    def test_what_no_host_has_is_new_and_one_for_all(self, hosts: list[Path]) -> None:
        matched = asked(hosts, A)
        first = choose(HELLO, known(matched, "hello"))
        assert first == choose(HELLO, known(matched, "hello"))
        assert (first.generation, first.newest, len(first.values["SECRET_KEY"])) == ("", "", 64)
        assert generated(matched, [HELLO.json(), app(name="other").json()], "", "") == {"hello": first.values}
        assert chosen(hosts, A).values != first.values

    def test_a_host_that_has_none_gets_what_another_has(self, hosts: list[Path]) -> None:
        secrets.write(hosts[1], {**A, "SECRET_KEY": "k"}, OLD)
        assert chosen(hosts, A) == Chosen(OLD, {"SECRET_KEY": "k"}, OLD)

    def test_it_outlives_a_change_of_what_is_given(self, hosts: list[Path]) -> None:
        """And of what failed on the way, going back is to the generation that is live."""
        for home in hosts:
            secrets.write(home, {**A, "SECRET_KEY": "k"}, OLD)
        assert chosen(hosts, B) == Chosen("", {"SECRET_KEY": "k"}, OLD)
        secrets.write(hosts[0], {**B, "SECRET_KEY": "k"}, NEW)
        assert chosen(hosts, A) == Chosen(OLD, {"SECRET_KEY": "k"}, NEW)
        secrets.write(hosts[0], A, LATEST)  # for once without
        assert chosen(hosts, A) == Chosen(OLD, {"SECRET_KEY": "k"}, LATEST)

    def test_one_that_is_renewed_is_another_from_then_on(self, hosts: list[Path]) -> None:
        for home in hosts:
            secrets.write(home, {**A, "SECRET_KEY": "k"}, OLD)
        made = chosen(hosts, A, renew="SECRET_KEY")
        assert made.generation == ""
        assert made.values["SECRET_KEY"] != "k"
        # It came to one host, and the run ended there
        secrets.write(hosts[0], {**A, **made.values}, NEW)
        assert chosen(hosts, A) == Chosen(NEW, made.values, NEW)

    def test_no_value_is_in_what_is_printed_of_it(self, hosts: list[Path]) -> None:
        secrets.write(hosts[0], {"SECRET_KEY": "hunter2"}, OLD)
        [host, _] = known(asked(hosts, {}), "hello")
        assert "hunter2" not in f"{host!r} {chosen(hosts, {})!r}"


def test_a_host_that_cannot_read_its_own_is_named_by_its_sentence() -> None:
    with pytest.raises(Refused, match=r"^cannot be read$"):
        known([{"secrets": {}}, {"wrong": "cannot be read"}, {"wrong": "cannot be read"}], "hello")


class TestDatabase:
    """The URLs of an app's database, of which the password alone is kept."""

    SHOP = app(name="shop", database=True)
    STORED = ("192.0.2.41", "2001:db8::42")

    def chosen(self, home: Path, renew: str = "") -> Chosen:
        """Return what a host is to have that has this home."""
        found = match({"shop": {}}, {"shop": self.SHOP.generate}, home)["shop"]
        return choose(self.SHOP, [found], renew, self.STORED)

    def test_both_have_one_password_and_all_hosts(self, hosts: list[Path]) -> None:
        made = self.chosen(hosts[0]).values
        assert sorted(made) == ["DATABASE_URL", "DATABASE_URL_READ"]
        assert dsn.password("shop", made["DATABASE_URL"])
        assert dsn.password("shop", made["DATABASE_URL"]) == dsn.password("shop", made["DATABASE_URL_READ"])
        assert made["DATABASE_URL"].replace("read-write", "prefer-standby") == made["DATABASE_URL_READ"]
        assert "@192.0.2.41,[2001:db8::42]/shop?" in made["DATABASE_URL"]

    def test_a_fleet_that_had_the_one_alone_keeps_its_password(self, hosts: list[Path]) -> None:
        secrets.write(hosts[0], {"DATABASE_URL": dsn.dsn("shop", "former", ["192.0.2.41"])}, OLD)
        made = self.chosen(hosts[0])
        assert (made.generation, {dsn.password("shop", url) for url in made.values.values()}) == ("", {"former"})
        secrets.write(hosts[0], made.values, NEW)
        assert self.chosen(hosts[0]) == Chosen(NEW, made.values, NEW)

    def test_both_are_renewed_together(self, hosts: list[Path]) -> None:
        secrets.write(hosts[0], self.chosen(hosts[0]).values, OLD)
        kept, made = self.chosen(hosts[0]).values, self.chosen(hosts[0], renew="DATABASE_URL").values
        assert [made[name] != kept[name] for name in made] == [True, True]
        assert len({dsn.password("shop", url) for url in made.values()}) == 1

    def test_the_other_one_alone_is_not(self) -> None:
        with pytest.raises(Refused, match=r"^renew: DATABASE_URL_READ is made of DATABASE_URL; renew that one\.$"):
            renewed([self.SHOP], "DATABASE_URL_READ")
        renewed([app(generate=["DATABASE_URL_READ"])], "DATABASE_URL_READ")


class TestRenewed:
    """What may be renewed."""

    def test_a_name_that_one_app_has(self) -> None:
        renewed([HELLO, app(name="other")], "SECRET_KEY")
        renewed([HELLO], "")

    @pytest.mark.parametrize(
        ("apps", "said"),
        [
            ([app(name="other")], "renew: other has no 'SECRET_KEY' in 'generate'; nothing is generated."),
            ([app(generate=["A", "B"])], "renew: hello has no 'SECRET_KEY' in 'generate'; there is A, B."),
            ([HELLO, app(name="other", generate=NAMES)], "renew: hello, other each have a SECRET_KEY; name the app, such as -e app=hello."),
        ],
        ids=["nothing", "another", "several apps"],
    )
    def test_else_it_is_refused(self, apps: list[App], said: str) -> None:
        with pytest.raises(Refused) as refused:
            renewed(apps, "SECRET_KEY")
        assert str(refused.value) == said
