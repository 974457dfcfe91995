"""How a certificate that a balancer gets by itself is renewed in time: what is known of it, and what is to be done."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace

from ansible_collections.hostler.fleet.plugins.module_utils.model import Data

# Whom a name stands for. Source: letsencrypt.org/docs/acme-protocol-updates
DIRECTORIES = {
    "letsencrypt": "https://acme-v02.api.letsencrypt.org/directory",
    "letsencrypt-staging": "https://acme-staging-v02.api.letsencrypt.org/directory",
}
RENEWED = 2 / 3  # of a certificate's time, after which there is to be another one: authorities shorten that time, from year to year
SPREAD = 1 / 12  # of its time, by which balancers and domains differ in that
ASKED_SECONDS = 6 * 3600  # from one question to the next, whether the authority would have a certificate renewed earlier
FIRST_WAIT_SECONDS = 3600  # after a try that failed; twice that after the next one
LAST_WAIT_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Renewal(Data):
    """What is known of a domain's certificate, moments in seconds since 1970.

    Of the certificate that is there, the `authority`, a URL, and the `digest` of its file, both empty before the first; until when it is
    valid, from when it is to be renewed, and whether HAProxy has taken it. Of the last try when that was, how many have failed in a row,
    why the last did, and since when they do.
    """

    authority: str = ""
    digest: str = ""
    ends: int = 0
    due: int = 0
    taken: bool = False
    tried: int = 0
    failed: int = 0
    why: str = ""
    since: int = 0

    def has(self, authority: str, digest: str) -> bool:
        """Tell whether a file is that certificate, and it is of this authority."""
        return bool(self.authority) and (self.authority, self.digest) == (authority, digest)

    def asks(self, authority: str, digest: str, now: int) -> bool:
        """Tell whether it is time to ask an authority."""
        if self.failed:
            return now >= self.tried + min(FIRST_WAIT_SECONDS << (min(self.failed, 10) - 1), LAST_WAIT_SECONDS)
        return not self.has(authority, digest) or now >= self.due or now >= self.tried + ASKED_SECONDS

    def got(self, authority: str, digest: str, begins: int, ends: int, who: str, now: int) -> Renewal:
        """Return what is known with another certificate, for `who`, by which it is spread when that is to be renewed."""
        share = RENEWED - SPREAD * (zlib.crc32(who.encode()) / 0xFFFFFFFF)
        return Renewal(authority, digest, ends, int(begins + (ends - begins) * share), False, now)

    def kept(self, now: int) -> Renewal:
        """Return what is known after an answer that the certificate is good for longer."""
        return replace(self, tried=now, failed=0, why="", since=0)

    def without(self, why: str, now: int) -> Renewal:
        """Return what is known after a try that failed."""
        return replace(self, tried=now, failed=self.failed + 1, why=why, since=self.since or now)
