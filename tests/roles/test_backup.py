"""Templates of the role backup, for each of the hosts that it runs on: with the backups, with the data, with both."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.backup import bucket
from tests.shared.rendered import render
from tests.shared.samples import ROOT

ANALYZE = shutil.which("systemd-analyze", path="/usr/bin:/bin")
SECRET = "s3cr=et#;+/x" * 2
S3_SECRET = "hid=den#;+/y"
S3: dict[str, Any] = bucket.bucket(
    {"bucket": "shop-backups", "endpoint": "s3.example.org:9000", "region": "eu-1", "key": "AKIA=#;", "secret": S3_SECRET}, 14
).json()
SHAPES = {
    "backups": ("backup1", ["backup1"], ["db1"]),
    "data": ("db1", ["backup1"], ["db1"]),
    "both": ("db1", ["db1"], ["db1"]),
    "backups of two": ("backup1", ["backup1"], ["db1", "db2"]),
    "one of two": ("db2", ["backup1"], ["db1", "db2"]),
}
FACTS = {"db1": {"address": "192.0.2.41"}, "db2": {"address": "2001:db8::42"}, "backup1": {"address": "192.0.2.51"}}
FLEET: dict[str, Any] = {
    "ports": {"backups": 8432, "database": 5432},
    "identity": "/etc/ssl/hostler",
    "monitors": [],
    "facts": FACTS,
    "databases": ["db1"],
    "standbys": [],
}
UNITS = [path.relative_to(ROOT / "roles/backup/templates") for path in sorted((ROOT / "roles/backup/templates").rglob("hostler-*.j2"))]


def text(shape: str, template: str, cores: int = 8, **changes: Any) -> str:
    """Return a template as a host of this shape has it."""
    host, backups, databases = SHAPES[shape]
    keeps, has_data = host in backups, host in databases
    given: dict[str, Any] = {
        "inventory_hostname": host,
        "fleet": {**FLEET, "databases": databases, "standbys": databases[1:]},
        "__backup_blocks": True,
        "ansible_facts": {"hostler": {"cores": cores}},
        "backup_checked": {"passphrase": SECRET},
        "__backup_keeps": keeps,
        "__backup_has_data": has_data,
        "__backup_beside": keeps and has_data,
        "__backup_others": databases if keeps else backups,
        "__backup_version": "17",
        "__backup_s3": {},
    }
    return render("backup", template, **{**given, **changes})


def settings(shape: str, file: str = "pgbackrest", **changes: Any) -> configparser.ConfigParser:
    """Return settings of pgBackRest's, which are an INI without inline comments; an option that is there twice is an error.

    But for who is let in, which is a line for each host.
    """
    parser = configparser.ConfigParser(delimiters="=", comment_prefixes="#", inline_comment_prefixes=None, interpolation=None, strict=True)
    lines = text(shape, f"etc/pgbackrest/{file}.conf.j2", **changes).splitlines()
    parser.read_string("\n".join(line for line in lines if not line.startswith("tls-server-auth=")))
    return parser


def let_in(text: str) -> list[str]:
    """Return whom pgBackRest lets in, and to which stanza."""
    return [line.partition("=")[2] for line in text.splitlines() if line.startswith("tls-server-auth=")]


class TestSettings:
    """pgbackrest.conf: each option on the host where it belongs."""

    @pytest.mark.parametrize("shape", SHAPES)
    def test_each_host_has_the_data_s_place_and_no_log_files(self, shape: str) -> None:
        found = settings(shape)
        assert dict(found["main"]).items() >= {
            "pg1-path": "/var/lib/postgresql/17/main", "pg1-port": "5432", "pg1-socket-path": "/run/postgresql",
        }.items()  # fmt: skip
        assert found["global"]["log-level-file"] == "off"

    @pytest.mark.parametrize(
        ("shape", "knows"), [("backups", True), ("data", False), ("both", True), ("backups of two", True), ("one of two", False)]
    )
    def test_who_keeps_the_repository_alone_has_it_and_its_passphrase(self, shape: str, knows: bool) -> None:
        found = settings(shape)
        assert (SECRET in text(shape, "etc/pgbackrest/pgbackrest.conf.j2")) is knows
        assert (found["global"].get("repo1-cipher-pass") == SECRET) is knows
        assert ("repo1-path" in found["global"], "repo1-host" in found["global"]) == (knows, not knows)
        assert (found["global"].get("repo1-cipher-type") == "aes-256-cbc") is knows

    @pytest.mark.parametrize(
        ("shape", "section", "name", "address"),
        [
            ("backups", "main", "pg1", "192.0.2.41"),
            ("data", "global", "repo1", "192.0.2.51"),
            ("backups of two", "main", "pg1", "192.0.2.41"),
            ("backups of two", "main", "pg2", "2001:db8::42"),
            ("one of two", "global", "repo1", "192.0.2.51"),
        ],
    )
    def test_they_come_to_each_other_by_tls_with_certificates(self, shape: str, section: str, name: str, address: str) -> None:
        found = settings(shape)
        to = {key.removeprefix(f"{name}-host"): value for key, value in found[section].items() if key.startswith(f"{name}-host")}
        identity = {
            "-ca-file": "/etc/ssl/hostler/ca.crt",
            "-cert-file": "/etc/ssl/hostler/host.pem",
            "-key-file": "/etc/ssl/hostler/host.pem",
        }
        assert to == {"": address, "-type": "tls", "-port": "8432", **identity}
        assert found["global"]["tls-server-ca-file"] == "/etc/ssl/hostler/ca.crt"

    @pytest.mark.parametrize(
        ("shape", "others"),
        [("backups", ["db1"]), ("data", ["backup1"]), ("backups of two", ["db1", "db2"]), ("one of two", ["backup1"]), ("both", [])],
    )
    def test_each_lets_in_the_other_ones_alone(self, shape: str, others: list[str]) -> None:
        """One of two with the data has nothing to ask of the other one: both come to who keeps the backups."""
        assert let_in(text(shape, "etc/pgbackrest/pgbackrest.conf.j2")) == [f"{other}=main" for other in others]

    def test_the_name_of_a_certificate_has_no_more(self) -> None:
        long = "a" * 65
        lines = text("data", "etc/pgbackrest/pgbackrest.conf.j2", __backup_others=[long], fleet={**FLEET, "facts": {long: FACTS["db1"]}})
        assert let_in(lines) == [f"{'a' * 64}=main"]

    def test_who_keeps_backups_of_two_finds_the_same_data_on_each(self) -> None:
        found = dict(settings("backups of two")["main"])
        of = [
            {key: value for key, value in found.items() if key.startswith(f"{name}-") and key != f"{name}-host"} for name in ("pg1", "pg2")
        ]
        assert {key.replace("pg2-", "pg1-"): value for key, value in of[1].items()} == of[0]
        assert len(of[0]) + len(of[1]) + 2 == len(found)

    def test_one_of_two_knows_its_own_data_alone(self) -> None:
        """Of another place, it would restore or archive what is another host's."""
        assert sorted(settings("one of two")["main"]) == ["pg1-path", "pg1-port", "pg1-socket-path"]

    def test_both_in_one_open_no_port(self) -> None:
        assert [key for key in settings("both")["global"] if "tls" in key or "host" in key] == []
        assert [key for key in settings("both")["main"] if "host" in key] == []

    @pytest.mark.parametrize(("shape", "pushes"), [("backups", False), ("data", True), ("both", True), ("one of two", True)])
    def test_wal_is_pushed_where_the_data_are(self, shape: str, pushes: bool) -> None:
        found = settings(shape)
        assert (found["global"].get("archive-async") == "y", found.has_section("global:archive-push")) == (pushes, pushes)

    @pytest.mark.parametrize(("cores", "processes"), [(1, "1"), (3, "3"), (64, "4")])
    @pytest.mark.parametrize("shape", SHAPES)
    def test_it_takes_no_more_than_the_host_has(self, shape: str, cores: int, processes: str) -> None:
        assert settings(shape, cores=cores)["global"]["process-max"] == processes

    @pytest.mark.parametrize("shape", ["backups", "both"])
    def test_what_is_kept_is_kept_by_days(self, shape: str) -> None:
        found = settings(shape, backup_days=30)["global"]
        assert (found["repo1-retention-full-type"], found["repo1-retention-full"]) == ("time", "30")


@pytest.mark.parametrize("shape", ["backups", "both"])
def test_the_scratch_reads_the_same_repository_and_knows_no_other_place(shape: str) -> None:
    """Neither the data's own nor their host: whatever is restored with it goes below the scratch."""
    scratch, own = settings(shape, "scratch"), settings(shape)
    assert dict(scratch["main"]) == {"pg1-path": "/var/lib/postgresql/scratch/data"}
    same = ("repo1-path", "repo1-cipher-type", "repo1-cipher-pass")
    assert [scratch["global"][key] for key in same] == [own["global"][key] for key in same]
    assert scratch["global"]["lock-path"] != own["global"]["lock-path"]
    # Which a restore empties: the one that PostgreSQL archives by, where the data are here too, is not its own
    assert scratch["global"]["spool-path"].startswith("/var/lib/postgresql/scratch/")


class TestBucket:
    """A second repository, which one host alone comes to."""

    @pytest.mark.parametrize("file", ["pgbackrest", "scratch"])
    @pytest.mark.parametrize("shape", ["backups", "both"])
    def test_without_one_there_is_one_repository(self, shape: str, file: str) -> None:
        assert [key for key in settings(shape, file)["global"] if key.startswith("repo2") or "s3" in key] == []
        assert "S3" not in text(shape, "etc/systemd/system/hostler-backup@.service.j2")

    @pytest.mark.parametrize("shape", ["backups", "both"])
    def test_who_keeps_backups_comes_to_it_by_what_was_said(self, shape: str) -> None:
        found = settings(shape, __backup_s3=S3)["global"]
        assert {key: value for key, value in found.items() if key.startswith("repo2-") and "retention" not in key} == {
            "repo2-type": "s3", "repo2-path": "/hostler", "repo2-s3-bucket": "shop-backups", "repo2-s3-endpoint": "s3.example.org:9000",
            "repo2-s3-region": "eu-1", "repo2-s3-uri-style": "host", "repo2-s3-key": "AKIA=#;", "repo2-s3-key-secret": S3_SECRET,
            "repo2-cipher-type": "aes-256-cbc", "repo2-cipher-pass": SECRET, "repo2-bundle": "y", "repo2-block": "y",
        }  # fmt: skip

    @pytest.mark.parametrize("shape", SHAPES)
    def test_one_that_is_away_does_not_keep_wal_from_the_other_for_long(self, shape: str) -> None:
        """Both sides of a push wait for it: by default, a quarter of an hour."""
        assert settings(shape, __backup_s3=S3)["global:archive-push"]["io-timeout"] == "5"
        assert "io-timeout" not in text(shape, "etc/pgbackrest/pgbackrest.conf.j2")

    def test_it_keeps_for_its_own_time(self) -> None:
        found = settings("backups", __backup_s3={**S3, "days": 400}, backup_days=7)["global"]
        kept = {key: value for key, value in found.items() if "retention" in key}
        assert kept == {
            **{"repo1-retention-full-type": "time", "repo1-retention-full": "7"},
            **{"repo2-retention-full-type": "time", "repo2-retention-full": "400"},
        }

    def test_who_has_the_data_comes_to_it_by_way_of_the_other_and_knows_no_key(self) -> None:
        found = settings("data", __backup_s3=S3)["global"]
        by = {number: {key[6:]: value for key, value in found.items() if key.startswith(f"repo{number}-")} for number in (1, 2)}
        assert by[1] == by[2]
        assert by[2]["host"] == "192.0.2.51"
        whole = text("data", "etc/pgbackrest/pgbackrest.conf.j2", __backup_s3=S3)
        assert [secret for secret in (S3_SECRET, "AKIA", SECRET) if secret in whole] == []

    @pytest.mark.parametrize(("ca", "there"), [("", False), ("-----BEGIN CERTIFICATE-----", True)])
    def test_an_authority_is_named_where_one_is_said(self, ca: str, there: bool) -> None:
        for file, number in (("pgbackrest", 2), ("scratch-s3", 1)):
            found = settings("backups", file, __backup_s3={**S3, "ca": ca})["global"]
            assert (found.get(f"repo{number}-storage-ca-file") == "/etc/pgbackrest/s3-ca.crt") is there

    @pytest.mark.parametrize("shape", ["backups", "both"])
    def test_its_scratch_knows_the_bucket_alone_and_comes_to_it_the_same_way(self, shape: str) -> None:
        scratch, own = settings(shape, "scratch-s3", __backup_s3=S3), settings(shape, __backup_s3=S3)
        assert dict(scratch["main"]) == {"pg1-path": "/var/lib/postgresql/scratch/data"}
        way = {key[6:]: value for key, value in scratch["global"].items() if key.startswith("repo")}
        assert way == {key: own["global"][f"repo2-{key}"] for key in way}
        assert {"type", "s3-key-secret", "cipher-pass"} <= set(way)
        rest = {key: value for key, value in scratch["global"].items() if not key.startswith("repo")}
        assert rest == {key: value for key, value in settings(shape, "scratch")["global"].items() if not key.startswith("repo")}

    def test_its_backup_follows_that_of_the_host_whatever_came_of_it(self) -> None:
        """Two at once are refused, and one that fails is to keep no other one away."""
        unit = text("backups", "etc/systemd/system/hostler-backup@.service.j2", __backup_s3=S3).splitlines()
        assert {"OnSuccess=hostler-backup-s3@%i.service", "OnFailure=hostler-backup-s3@%i.service"} <= set(unit)
        starts = {
            unit: re.findall(r"^ExecStart=.*--repo=(\d) ", text("backups", f"etc/systemd/system/{unit}@.service.j2", __backup_s3=S3), re.M)
            for unit in ("hostler-backup", "hostler-backup-s3")
        }
        assert starts == {"hostler-backup": ["1"], "hostler-backup-s3": ["2"]}


@pytest.mark.skipif(not ANALYZE, reason="systemd is not installed here")
@pytest.mark.parametrize("shape", SHAPES)
def test_systemd_accepts_every_unit(shape: str, tmp_path: Path) -> None:
    # Programs that are not on this machine are all one to it
    for unit in UNITS:
        made = re.sub(r"^(ExecStart\w*=)\S+", r"\1/bin/true", text(shape, str(unit), __backup_s3=S3), flags=re.MULTILINE)
        (tmp_path / unit.stem).write_text(made)
    names = [str(tmp_path / unit.stem.replace("@.", "@full.")) for unit in UNITS]
    for name in ("hostler-backup", "hostler-backup-s3"):
        shutil.copyfile(tmp_path / f"{name}@.service", tmp_path / f"{name}@diff.service")
    done = subprocess.run(
        [str(ANALYZE), "verify", "--man=no", *names], env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:"}, capture_output=True, text=True, check=False
    )
    assert len(names) == 10
    assert [line for line in done.stderr.splitlines() if "hostler" in line] == []
    # Those of a complaint about another unit of this machine's would be none of ours
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("monitors", "reads"), [([], False), (["backup1"], True)])
def test_on_a_monitor_they_may_read_the_host_s_key(monitors: list[str], reads: bool) -> None:
    fleet = {"ports": {"database": 5432}, "identity": "/x", "monitors": monitors}
    assert ("SupplementaryGroups=haproxy" in text("backups", "etc/systemd/system/hostler-backup@.service.j2", fleet=fleet)) is reads


@pytest.mark.parametrize("kind", ["full", "diff"])
def test_each_timer_begins_a_backup_of_its_kind_by_its_own_schedule(kind: str) -> None:
    timer = text("backups", f"etc/systemd/system/hostler-backup-{kind}.timer.j2", backup_full="full", backup_differential="diff")
    assert (f"Unit=hostler-backup@{kind}.service" in timer.splitlines(), f"OnCalendar={kind}" in timer.splitlines()) == (True, True)
