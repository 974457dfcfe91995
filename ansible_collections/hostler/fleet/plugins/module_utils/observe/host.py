"""What every host tells of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ansible_collections.hostler.fleet.plugins.module_utils.host import upgrade
from ansible_collections.hostler.fleet.plugins.module_utils.host.ledger import Ledger
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import must
from ansible_collections.hostler.fleet.plugins.module_utils.observe import catalogue
from ansible_collections.hostler.fleet.plugins.module_utils.observe.metrics import Sample, sample

FAILED = ("systemctl", "list-units", "--state=failed", "--plain", "--no-legend", "--no-pager", "--full")
SECONDS = 10  # for an answer of systemd's


class Host:
    """A host, whatever else it does."""

    def __init__(self, role: str, say: Callable[[str], None]) -> None:
        """Take what it is in the fleet, and what writes a line to the journal."""
        self.role, self.say = role, say
        self._ledger, self._drift = Ledger(), set[str]()

    def parts(self) -> dict[str, Callable[[], Iterator[Sample]]]:
        """Return what tells each part."""
        return {"role": self.of_role, "units": self.of_units, "reboot": self.of_reboot, "drift": self.of_drift}

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
