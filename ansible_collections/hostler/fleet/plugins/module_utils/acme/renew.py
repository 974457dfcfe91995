"""What a balancer's timer runs: certificates that are due are asked for and shown, domain by domain; none waits for another.

It ends with 1 where one was not to be had. Visitors are shown the certificate that was there, which is good for a third of its time more;
the first of all is one of the fleet's own.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sys
import time
from dataclasses import replace

from ansible_collections.hostler.fleet.plugins.module_utils.acme import known, place
from ansible_collections.hostler.fleet.plugins.module_utils.acme.order import NoAnswer, Settings, order
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import certificates
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.place import CERTIFICATES, SOCKET
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.runtime import Down, Refused, Runtime
from ansible_collections.hostler.fleet.plugins.module_utils.host.files import File
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.renewal import DIRECTORIES, Renewal
from ansible_collections.hostler.fleet.plugins.module_utils.shown import named


def say(text: str) -> None:
    """Write a line to the journal."""
    print(text, file=sys.stderr, flush=True)


def renew(settings: Settings, domain: str, runtime: Runtime, now: int) -> Renewal:
    """Have a domain's certificate be there and shown, or be good for longer; return what is known of it then.

    Failed or Refused where it is not to be had.
    """
    pem, found = File(CERTIFICATES / f"{named(domain)}.pem", group="haproxy"), known.read(domain)
    digest = _digest(pem.before())
    if found.asks(settings.directory, digest, now):
        has = found.has(settings.directory, digest)
        if issued := order(settings, domain, only_if_due=has and now < found.due):
            pem = replace(pem, text=issued.text)
            pem.put()
            who = f"{settings.name} {domain}"
            found = found.got(settings.directory, _digest(issued.text), issued.begins, issued.ends, who, now)
            say(f"{domain}: its certificate is there, to be renewed from {time.strftime('%Y-%m-%d', time.gmtime(found.due))} on.")
        else:
            found = found.kept(now)
        # Before HAProxy is told: what is there is not asked for once more
        known.keep(domain, found)
    if found.authority and not found.taken:
        with contextlib.suppress(Down):  # It reads the file when it starts
            certificates.take(runtime, pem.path, pem.before())
        found = replace(found, taken=True)
        known.keep(domain, found)
    return found


def renew_all(settings: Settings, runtime: Runtime, now: int) -> int:
    """Renew what is due; return for how many domains there was no certificate to be had, at this try or their last.

    Where the authority gives no answer it is not asked for those that are left: they are due the next time.
    """
    known.forget_others(settings.domains)
    failing = 0
    for domain in settings.domains:
        try:
            failing += bool(renew(settings, domain, runtime, now).failed)
        except (Failed, Refused, OSError) as error:
            known.keep(domain, known.read(domain).without(str(error), now))
            say(f"{domain}: there is no new certificate: {error}")
            failing += 1
            if isinstance(error, NoAnswer):
                break
    return failing


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def main() -> None:
    """Run the program."""
    said = Settings.of(json.loads(place.SETTINGS.read_text(encoding="utf-8")))
    settings = replace(said, directory=DIRECTORIES.get(said.directory, said.directory))
    sys.exit(1 if renew_all(settings, Runtime(str(SOCKET)), int(time.time())) else 0)


if __name__ == "__main__":
    main()
