"""A second place for backups, on storage that talks S3: what is said of it, and whether that can be meant. Secrets are never told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ansible_collections.hostler.fleet.plugins.module_utils.inventory import FOLDER, HOST_NAME
from ansible_collections.hostler.fleet.plugins.module_utils.meant import meant
from ansible_collections.hostler.fleet.plugins.module_utils.model import Data, Json

VARIABLE = "backup_s3"
NEEDS = ("bucket", "endpoint", "region", "key", "secret")
MAY = ("path", "uri_style", "ca", "days")
SECRET = ("key", "secret")
STYLES = ("host", "path")
LINE = (
    "backup_s3: {bucket: shop-backups, endpoint: s3.eu-central-1.amazonaws.com, region: eu-central-1, "
    'key: "{{ vault_s3_key }}", secret: "{{ vault_s3_secret }}"}'
)
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
REGION = re.compile(r"[A-Za-z0-9-]+")
PORT = 65535
DAYS = (1, 3650)


@dataclass(frozen=True)
class Bucket(Data):
    """A `bucket` at an `endpoint`, host name or address with its port where that is another than 443, in a `region`; by which `key` and
    `secret` one comes in; the `path` in it; whether the bucket's name is part of the host name or of the path, `uri_style`; the certificate
    of the authority that is to be trusted, `ca`, as PEM, empty for those that the system knows; and for how many `days` one may go back.
    """

    bucket: str
    endpoint: str
    region: str
    key: str = field(repr=False)
    secret: str = field(repr=False)
    path: str
    uri_style: str
    ca: str
    days: int


def problems(given: object) -> Iterator[str]:
    """Yield one sentence for each thing that is wrong with what is said of it; nothing where nothing is said."""
    if not isinstance(given, Mapping):
        yield f"{VARIABLE}: it is no mapping; such as {LINE}."
        return
    if not given:
        return
    for key in given:
        if key not in NEEDS + MAY:
            near = meant(str(key), NEEDS + MAY)
            instead = f"did you mean {near}?" if near else f"there is {', '.join(NEEDS + MAY)}."
            yield f"{VARIABLE}.{key!s}: there is no such key; {instead}"
    for key in NEEDS:
        if given.get(key) in (None, ""):
            yield f"{VARIABLE}.{key}: there is none, and one is needed; such as {LINE}."
    for key in SECRET:
        text = str(given.get(key) or "")
        if not re.fullmatch(r"[!-~]*", text):
            yield f"{VARIABLE}.{key}: it has blanks, or what is no letter, digit or sign; is it all of the value, and no more?"
    yield from _forms(given)


def _forms(given: Mapping[str, object]) -> Iterator[str]:
    """Yield a sentence for each value that is there and has another form than it may have."""
    said = {key: value for key, value in given.items() if value not in (None, "")}
    if "bucket" in said and not BUCKET.fullmatch(str(said["bucket"])):
        yield f"{VARIABLE}.bucket: {said['bucket']!r} is no name of a bucket: 3 to 63 small letters, digits, dots and hyphens."
    if "endpoint" in said and not _is_endpoint(str(said["endpoint"])):
        yield (
            f"{VARIABLE}.endpoint: {said['endpoint']!r} is no host name, with or without a port; leave out https:// and what follows the "
            "name, such as s3.eu-central-1.amazonaws.com or minio.example.org:9000."
        )
    if "region" in said and not REGION.fullmatch(str(said["region"])):
        yield f"{VARIABLE}.region: {said['region']!r} is no region, such as eu-central-1; storage of your own takes any name, such as main."
    if "path" in said and not FOLDER.fullmatch(str(said["path"])):
        yield f"{VARIABLE}.path: {said['path']!r} is no path in a bucket, such as /hostler."
    if "uri_style" in said and said["uri_style"] not in STYLES:
        yield f"{VARIABLE}.uri_style: {said['uri_style']!r} is neither host nor path; what is no cloud's wants path most often."
    if "ca" in said and "-----BEGIN CERTIFICATE-----" not in str(said["ca"]):
        yield f"{VARIABLE}.ca: it is no certificate in PEM; such as \"{{{{ lookup('ansible.builtin.file', 'storage-ca.crt') }}}}\"."
    low, high = DAYS
    if "days" in said and not (str(said["days"]).isdecimal() and low <= int(str(said["days"])) <= high):
        yield f"{VARIABLE}.days: {said['days']!r} is no whole number from {low} to {high}."


def _is_endpoint(text: str) -> bool:
    host, colon, port = text.partition(":")
    return bool(HOST_NAME.fullmatch(host.lower())) and (not colon or (port.isdecimal() and 0 < int(port) <= PORT))


def bucket(given: Json, days: int) -> Bucket:
    """Return what is meant by what has no ``problems``; `days` as long as backups are kept elsewhere."""
    said = {key: value for key, value in given.items() if value not in (None, "")}
    usual: Json = {"path": "/hostler", "uri_style": "host", "ca": "", "days": days}
    whole = {**usual, **said}
    return Bucket(**{key: str(whole[key]) for key in (*NEEDS, "path", "uri_style", "ca")}, days=int(whole["days"]))
