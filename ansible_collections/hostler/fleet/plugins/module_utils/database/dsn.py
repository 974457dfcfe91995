"""The ``DATABASE_URL`` of an app: made of its password and of where the database hosts are, and read back.

An app comes in by a login role of its own, which is named by its password. So a new password is a new login beside the one that is in use,
and each release comes in by what its own secrets say, for as long as it lives.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import quote, unquote, urlencode, urlsplit

from ansible_collections.hostler.fleet.plugins.module_utils.host.identity import CA

NAME = "DATABASE_URL"
READ = "DATABASE_URL_READ"  # the same for who only reads: by the host that follows, where there is one and it answers
POOL = "DATABASE_POOL"  # tells the app how many connections each of its processes may have
SECONDS = 2  # for one host to answer: with several, the next one is asked then
# Until a host that says nothing any more is taken for lost, also by a connection on which nobody asks anything: else who was connected to
# one that died waits for a quarter of an hour
LOST = {"tcp_user_timeout": "10000", "keepalives_idle": "10", "keepalives_interval": "5"}
# Several hosts are asked in turn for the one that takes writes; each has to show a certificate of the fleet's for its address
OPTIONS = f"sslmode=verify-full&sslrootcert={quote(str(CA), safe='/')}&connect_timeout={SECONDS}&{urlencode(LOST)}"


LOGIN = re.compile(r"[0-9a-f]{8}")  # what stands behind the database's name in that of a login


def login(database: str, password: str) -> str:
    """Return the login role that has this password. Its name tells nothing of it: it has 384 random bits, and the name 32 of a digest."""
    return f"{database}_{hashlib.sha256(password.encode()).hexdigest()[:8]}"


def is_login(database: str, role: str) -> bool:
    """Tell whether a role is called as a login of this database is."""
    return bool(re.fullmatch(rf"{re.escape(database)}_[0-9a-f]{{8}}", role))


def dsn(database: str, password: str, hosts: Sequence[str], reads: bool = False) -> str:
    """Return the URL, as libpq takes it, of a database on hosts by their addresses, for who writes or only `reads`.

    Source: PostgreSQL's manual, 34.1.1.2 and 34.1.2.
    """
    session = "prefer-standby" if reads else "read-write"
    where = ",".join(f"[{host}]" if ipaddress.ip_address(host).version == 6 else host for host in hosts)
    return (
        f"postgresql://{login(database, password)}:{quote(password, safe='')}@{where}/{database}?target_session_attrs={session}&{OPTIONS}"
    )


def password(database: str, url: str) -> str:
    """Return the password of a URL of ours; empty for any other one."""
    try:
        user, _, found = urlsplit(url).netloc.rpartition("@")[0].partition(":")
        found = unquote(found)
        return found if found and user == login(database, found) else ""
    # Also for what no UTF-8 can have
    except ValueError:
        return ""
