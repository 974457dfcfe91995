"""What may lock us out holds for a while only, unless somebody comes in by it and says so; else the host takes it back by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed, must, run


@dataclass(frozen=True)
class Trial:
    """A change of this `name` that is on trial for so many `seconds`; `back`, in sh, makes all as it was, as often as it is asked to."""

    name: str
    back: str
    seconds: int

    @property
    def unit(self) -> str:
        """What of the host's own takes it back."""
        return f"hostler-{self.name}-back"

    def begin(self, change: Callable[[], None]) -> None:
        """Make the change, until it is taken back or somebody says `keep`; Failed, with all as it was, where it cannot be made."""
        self._disarm()
        # Of its own a timer may be a minute late
        when = (f"--on-active={self.seconds}", "--timer-property=AccuracySec=1s")
        must("systemd-run", "--quiet", "--collect", f"--unit={self.unit}", *when, "/bin/sh", "-c", self.back)
        try:
            change()
        except (Failed, OSError):
            self.take_back()
            raise

    def keep(self) -> None:
        """Keep the change: who says so has come in by it."""
        # It may have run out before
        if run("systemctl", "is-active", f"{self.unit}.timer").stdout.strip() != "active":
            raise Failed(f"the host has put back what was before by itself already, after {self.seconds} s")
        must("systemctl", "stop", f"{self.unit}.timer")

    def take_back(self) -> None:
        """Put back what was there before."""
        self._disarm()
        must("/bin/sh", "-c", self.back)

    def _disarm(self) -> None:
        run("systemctl", "stop", f"{self.unit}.timer")
