"""What every host tells of itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone

from ansible_collections.hostler.fleet.plugins.module_utils.host import identity, upgrade
from ansible_collections.hostler.fleet.plugins.module_utils.host.ledger import Ledger
from ansible_collections.hostler.fleet.plugins.module_utils.host.pending import pending
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import must
from ansible_collections.hostler.fleet.plugins.module_utils.observe import catalogue, place
from ansible_collections.hostler.fleet.plugins.module_utils.observe.journals import newest
from ansible_collections.hostler.fleet.plugins.module_utils.observe.metrics import Sample, sample
from ansible_collections.hostler.fleet.plugins.module_utils.observe.unchanged import Unchanged

FAILED = ("systemctl", "list-units", "--state=failed", "--plain", "--no-legend", "--no-pager", "--full")
SECONDS = 10  # for an answer of systemd's
TICK = 1  # seconds; a file is dated by the last tick of the kernel, which may be before a line that was sent since


class Host:
    """A host, whatever else it does."""

    def __init__(self, role: str, say: Callable[[str], None]) -> None:
        """Take what it is in the fleet, and what writes a line to the journal."""
        self.role, self.say = role, say
        self._ledger, self._drift = Ledger(), set[str]()
        self._identity = Unchanged(identity.OWN, _ends)

    def parts(self) -> dict[str, Callable[[], Iterator[Sample]]]:
        """Return what tells each part."""
        sends = {} if self.role == "monitor" else {"journal": self.of_journal}
        return {
            "role": self.of_role,
            "units": self.of_units,
            "reboot": self.of_reboot,
            "drift": self.of_drift,
            "pending": self.of_pending,
            "identity": self.of_identity,
            **sends,
        }

    def of_role(self) -> Iterator[Sample]:
        """Tell what the host is."""
        yield sample(catalogue.HOST, 1, role=self.role)

    def of_units(self) -> Iterator[Sample]:
        """Tell which units have failed."""
        failed = [line.split()[0] for line in must(*FAILED, timeout=SECONDS).splitlines() if line.strip()]
        yield sample(catalogue.FAILED_UNITS, len(failed))
        for unit in failed:
            yield sample(catalogue.UNIT_FAILED, 1, unit=unit)

    def of_reboot(self) -> Iterator[Sample]:
        """Tell whether a reboot is due, as ``patch.yml`` has it."""
        yield sample(catalogue.REBOOT_DUE, upgrade.reboot_due())

    def of_drift(self) -> Iterator[Sample]:
        """Tell which files another hand has changed; the journal has since when."""
        found = set(self._ledger.drift())
        for path in sorted(found - self._drift):
            self.say(f"{path} is not as Hostler put it there; site.yml puts it right, and 'status.yml' compares it with the inventory.")
        for path in sorted(self._drift - found):
            self.say(f"{path} is as Hostler put it there again.")
        self._drift = found
        yield sample(catalogue.DRIFT_FILES, len(found))
        for path in found:
            yield sample(catalogue.DRIFT_FILE, 1, path=path)

    def of_pending(self) -> Iterator[Sample]:
        """Tell which files were changed and not brought in yet: for a moment by a run at work, for good by one that broke off."""
        for path in sorted({path for paths in pending().values() for path in paths}):
            yield sample(catalogue.PENDING_FILE, 1, path=path)

    def of_identity(self) -> Iterator[Sample]:
        """Tell until when the other hosts know this one."""
        yield sample(catalogue.IDENTITY_ENDS, self._identity.get())

    def of_journal(self) -> Iterator[Sample]:
        """Tell for how long nothing was sent of a journal that has something new; where nothing ever was, since the host was told to."""
        sent = (place.SENT if place.SENT.exists() else place.SETTINGS).stat().st_mtime
        written = newest(place.JOURNALS)
        yield sample(catalogue.UNSENT, int(time.time() - sent) if written > sent + TICK else 0)


def _ends() -> int:
    """Return until when the host's certificate is valid, in seconds since 1970. OpenSSL, for Python's ssl takes megabytes."""
    said = must("openssl", "x509", "-noout", "-enddate", "-in", str(identity.OWN), timeout=SECONDS).strip()
    moment = datetime.strptime(said, "notAfter=%b %d %H:%M:%S %Y GMT")
    return int(moment.replace(tzinfo=timezone.utc).timestamp())
