"""Whether a slot serves the release that it is to run, asked on its own host."""

from __future__ import annotations

import http.client
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from ansible_collections.hostler.fleet.plugins.module_utils import slots
from ansible_collections.hostler.fleet.plugins.module_utils.model import App

LONGEST = 200  # characters of an address that are shown
PATIENCE = (2.0, 5.0, 10.0)  # seconds for an answer, and after each that was late: a host that is slow to start is not one that hangs
AGENT = "hostler-check"  # the access log leaves these requests out


@dataclass(frozen=True)
class Health:
    """A health check on this host: GET `path` with the Host header `host` answers 200 from the release that is meant."""

    port: int
    path: str
    host: str

    @classmethod
    def of(cls, app: App, slot: str, entries: Mapping[str, str]) -> Health:
        """Return the health check of an app's slot; what the map of slots says of it comes before what the app says."""
        check = slots.check_in(entries, app.name, slot, app.check)
        return cls(app.ports[slot], check.path, check.host)

    def ask(self, timeout: float = PATIENCE[0]) -> tuple[str, str]:
        """Return what is wrong (empty: nothing) and the release that answered (empty: none)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request("GET", self.path, headers={"Host": self.host, "User-Agent": AGENT})
            answer = connection.getresponse()
        except TimeoutError:
            return f"GET {self.path} did not answer within {timeout:.2g} s", ""
        except (OSError, http.client.HTTPException) as error:
            return f"GET {self.path} on port {self.port} failed: {error}", ""
        finally:
            connection.close()
        wrong = "" if answer.status == 200 else f"GET {self.path} answered {answer.status}, not 200"
        location = answer.getheader("Location", "") if 300 <= answer.status < 400 else ""
        return f"{wrong}{self.redirected(location)}", answer.getheader("Server", "")

    def redirected(self, location: str) -> str:
        """Return what to do where the path only says to ask at another `location`; nothing for no location."""
        if not location:
            return ""
        shown = ascii(location.partition("?")[0][:LONGEST])[1:-1]  # what follows may be a token
        here = f"http://{self.host}{self.path}"
        try:
            asked, goes = urlsplit(here), urlsplit(urljoin(here, location))
        except ValueError:
            return f": it redirects to {shown}, which is no address"
        if goes.scheme != asked.scheme:
            cure = f"the check is plain HTTP, as the balancer's is; have the app leave {self.path} out of its redirect to {goes.scheme}"
        elif goes.hostname != asked.hostname:
            cure = f"the check asks under the first of 'domains', {self.host}; put {goes.hostname} first, or have the app answer under it"
        elif goes.path != asked.path and goes.path.strip("/") == asked.path.strip("/"):
            cure = f"write 'health: {goes.path}'"
        else:
            cure = "for 'health', name a path that answers 200 itself, as one that needs no login"
        return f": it redirects to {shown}; {cure}"

    def wrong(self, release: str, timeout: float = PATIENCE[0]) -> str:
        """Return what keeps `release` from being healthy, or an empty string."""
        wrong, answered = self.ask(timeout)
        if not wrong and answered != release:
            return f"port {self.port} is answered by {answered or 'something else'}, not by the release {release}"
        return wrong

    def wait(self, release: str, seconds: float, in_a_row: int = 3, pause: float = 0.1) -> str:
        """Wait until `release` is healthy `in_a_row` times; return what was last wrong if it was not within `seconds`.

        An answer that is late is waited for longer the next time.
        """
        deadline = time.monotonic() + seconds
        good = late = 0
        while True:
            began = time.monotonic()
            patience = max(PATIENCE[0], min(PATIENCE[min(late, len(PATIENCE) - 1)], deadline - began))
            wrong = self.wrong(release, patience)
            good, now = 0 if wrong else good + 1, time.monotonic()
            late += now - began >= patience
            if good == in_a_row or (wrong and now > deadline):
                return wrong
            time.sleep(pause)
