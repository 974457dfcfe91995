"""What is said of a bucket: what is wrong is told in one sentence each, and with nothing secret in it."""

from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.backup import bucket

KEY, SECRET = "AKIAHUNTER", "hunter2/hunter2+hunter2="
GOOD: dict[str, Any] = {
    "bucket": "shop-backups", "endpoint": "s3.eu-central-1.amazonaws.com", "region": "eu-central-1", "key": KEY, "secret": SECRET,
}  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"endpoint": "minio.example.org:9000", "uri_style": "path", "region": "main", "path": "/a/b", "days": "90"},
        {"endpoint": "192.0.2.9", "ca": "-----BEGIN CERTIFICATE-----\n", "days": 3650},
        # As a template leaves what is not said
        {"path": None, "uri_style": "", "ca": "", "days": None},
    ],
)
def test_what_can_be_meant_is_no_problem(changes: dict[str, Any]) -> None:
    assert list(bucket.problems({**GOOD, **changes})) == []


def test_nothing_said_is_nothing_wrong() -> None:
    assert list(bucket.problems({})) == []


def test_what_is_not_said_is_as_usual() -> None:
    found = bucket.bucket({**GOOD, "path": None}, 21)
    assert (found.path, found.uri_style, found.ca, found.days) == ("/hostler", "host", "", 21)
    assert bucket.bucket({**GOOD, "days": "7"}, 21).days == 7
    assert (KEY in repr(found), SECRET in repr(found)) == (False, False)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    **{f"no {key}": ({key: ""}, f"backup_s3.{key}: there is none, and one is needed; such as backup_s3: {{") for key in bucket.NEEDS},
    "another key": ({"buckett": "x"}, "backup_s3.buckett: there is no such key; did you mean bucket?"),
    "far from any": ({"verify": "x"}, "backup_s3.verify: there is no such key; there is bucket, endpoint, "),
    "scheme": ({"endpoint": "https://s3.example.org"}, "backup_s3.endpoint: 'https://s3.example.org' is no host name"),
    "path behind": ({"endpoint": "s3.example.org/bucket"}, "backup_s3.endpoint: 's3.example.org/bucket' is no host name"),
    "no port": ({"endpoint": "s3.example.org:"}, "backup_s3.endpoint: 's3.example.org:' is no host name"),
    "port": ({"endpoint": "s3.example.org:65536"}, "backup_s3.endpoint: 's3.example.org:65536' is no host name"),
    "capitals": ({"bucket": "Shop"}, "backup_s3.bucket: 'Shop' is no name of a bucket"),
    "line": ({"bucket": "shop\nrepo1-path=/"}, "backup_s3.bucket: 'shop\\nrepo1-path=/' is no name of a bucket"),
    "region": ({"region": "eu central"}, "backup_s3.region: 'eu central' is no region"),
    "relative": ({"path": "backups"}, "backup_s3.path: 'backups' is no path in a bucket"),
    "upwards": ({"path": "/a/../b"}, "backup_s3.path: '/a/../b' is no path in a bucket"),
    "style": ({"uri_style": "vhost"}, "backup_s3.uri_style: 'vhost' is neither host nor path"),
    "ca": ({"ca": "/etc/ssl/ca.crt"}, "backup_s3.ca: it is no certificate in PEM"),
    "no days": ({"days": 0}, "backup_s3.days: 0 is no whole number from 1 to 3650."),
    "days": ({"days": "long"}, "backup_s3.days: 'long' is no whole number from 1 to 3650."),
    "blank in the key": ({"key": f"{KEY} x"}, "backup_s3.key: it has blanks"),
    "line in the secret": ({"secret": f"{SECRET}\n"}, "backup_s3.secret: it has blanks"),
    "letter in the secret": ({"secret": f"{SECRET}ü"}, "backup_s3.secret: it has blanks"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told_in_one_sentence(case: str) -> None:
    changes, told = WRONG[case]
    [wrong] = bucket.problems({**GOOD, **changes})
    assert wrong.startswith(told)
    assert "\n" not in wrong
    assert [secret for secret in (KEY, SECRET[:10]) if secret in wrong] == []


def test_all_of_it_is_told_at_once() -> None:
    told = list(bucket.problems({"bucket": "Shop", "endpoint": "https://x", "keys": "x"}))
    assert [line.partition(":")[0] for line in told] == [
        f"backup_s3.{key}" for key in ("keys", "region", "key", "secret", "bucket", "endpoint")
    ]


@pytest.mark.parametrize("given", ["s3://shop", ["shop"], 7, True])
def test_what_is_no_mapping_is_told_with_a_line_that_is_right(given: object) -> None:
    [wrong] = bucket.problems(given)
    assert wrong.startswith("backup_s3: it is no mapping; such as backup_s3: {bucket: ")
    assert "s3://" not in wrong
