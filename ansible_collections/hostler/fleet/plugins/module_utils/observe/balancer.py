"""What a balancer tells of itself: what is live, who is at work, what was done, and until when its certificates are valid."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timezone

from ansible_collections.hostler.fleet.plugins.module_utils import agreement, history, slots
from ansible_collections.hostler.fleet.plugins.module_utils.acme import known
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import lock, peers, place, record
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import map as slots_map
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.runtime import Down, Runtime
from ansible_collections.hostler.fleet.plugins.module_utils.model import SLOTS, Served
from ansible_collections.hostler.fleet.plugins.module_utils.observe import catalogue, judged
from ansible_collections.hostler.fleet.plugins.module_utils.observe.lasting import Lasting
from ansible_collections.hostler.fleet.plugins.module_utils.observe.metrics import Sample, sample
from ansible_collections.hostler.fleet.plugins.module_utils.observe.moments import seconds
from ansible_collections.hostler.fleet.plugins.module_utils.observe.unchanged import Unchanged
from ansible_collections.hostler.fleet.plugins.module_utils.said import Balancer as Said

TOLD = ("switched", "failed", "maintenance", "restored", "moved")  # kinds of events
EVENTS = 10  # of each app, the newest
CERTIFICATES_SECONDS = 45  # for which HAProxy is not asked for its certificates again, unless their folder changes


class Balancer:
    """A balancer, and what it remembers from one time to the next."""

    def __init__(self, runtime: Runtime, name: str = "", apps: Collection[Served] = ()) -> None:
        """Take the running HAProxy, the host's name in the inventory, and the fleet's apps."""
        self.runtime, self.name, self.apps = runtime, name, apps
        self._lasting = Lasting()
        self._events = Unchanged(record.PATH, lambda: record.recent())
        self._ends = Unchanged(place.CERTIFICATES, self._shown, CERTIFICATES_SECONDS)
        self._heard = 0

    def parts(self) -> dict[str, Callable[[], Iterator[Sample]]]:
        """Return what tells each part."""
        return {
            "slots": self.of_slots,
            "haproxy": self.of_haproxy,
            "history": self.of_history,
            "lock": self.of_lock,
            "certificates": self.of_certificates,
            "renewals": self.of_renewals,
            "peers": self.of_peers,
            "problems": self.of_problems,
        }

    def of_slots(self) -> Iterator[Sample]:
        """Tell what is live, by the file of the map."""
        entries = slots_map.read(place.MAP)
        live = slots.live(entries)
        for app in slots.apps(entries):
            yield sample(catalogue.TURN, slots.turn_of(entries, app), app=app)
            yield sample(catalogue.MAINTENANCE, slots.is_closed(entries, app), app=app)
            for slot in SLOTS:
                yield sample(catalogue.SLOT_LIVE, app in live and live[app].slot == slot, app=app, slot=slot)
                if release := slots.release_in(entries, app, slot):
                    yield sample(catalogue.SLOT_RELEASE, 1, app=app, slot=slot, release=release)

    def of_haproxy(self) -> Iterator[Sample]:
        """Tell what the running HAProxy alone knows."""
        entries, running = slots_map.read(place.MAP), self.runtime.entries(place.MAP)
        yield sample(catalogue.MAP_DIFFERS, len(slots.differ(entries, running)))
        for app in slots.apps(running):
            yield sample(catalogue.CANARY_PERCENT, slots.canary_percent(running, app), app=app)

    def of_history(self) -> Iterator[Sample]:
        """Tell what was done last."""
        events = self._events.get()
        for app in {str(event.get("app", "")) for event in events}:
            told = [event for event in history.of_app(events, app) if event.get("event") in TOLD]
            for event in told[-EVENTS:]:
                yield sample(
                    catalogue.DEPLOY,
                    seconds(str(event.get("at"))),
                    app=app,
                    turn=str(event.get("turn", "")),
                    verb=history.verb(event),
                    release=str(event.get("release", "")),
                    by=str(event.get("by", "")),
                    outcome=str(event.get("state") or event["event"]),
                )

    def of_lock(self) -> Iterator[Sample]:
        """Tell since when somebody holds the lock."""
        if holder := lock.peek():
            yield sample(catalogue.LOCKED, seconds(str(holder.get("since"))))

    def of_certificates(self) -> Iterator[Sample]:
        """Tell until when certificates are valid that visitors are shown."""
        for name, end in self._ends.get().items():
            yield sample(catalogue.CERTIFICATE_ENDS, end, domain=_domain(name))

    def _shown(self) -> dict[str, int]:
        if not any(place.CERTIFICATES.glob("*.pem")):
            return {}
        # What reads their dates takes megabytes, which a host without certificates need not have
        from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import certificates

        return certificates.ends(self.runtime)

    def of_renewals(self) -> Iterator[Sample]:
        """Tell since when there is no new certificate to be had."""
        for name, renewal in known.read_all().items():
            if renewal.failed:
                yield sample(catalogue.CERTIFICATE_FAILING, renewal.since, domain=_domain(name))

    def of_peers(self) -> Iterator[Sample]:
        """Tell which of the other balancers answer this one, and when one last did."""
        heard = peers.heard() or {}
        for peer, wrong in heard.items():
            yield sample(catalogue.PEER_SILENT, bool(wrong), peer=peer)
        if heard and not all(heard.values()):
            asked = self.runtime.entries(place.CHECKED).get(place.CHECKED_AT, "")
            self._heard = max(self._heard, int(asked) if asked.isdecimal() else 0)
        if heard and self._heard:
            yield sample(catalogue.PEERS_HEARD, self._heard)

    def of_problems(self) -> Iterator[Sample]:
        """Tell what is wrong with this balancer, as status.yml would."""
        entries, running, runs = slots_map.read(place.MAP), dict[str, str](), True
        try:
            running = self.runtime.entries(place.MAP)
        except Down:
            runs = False
        said = Said.known(
            entries,
            runs,
            wrong=agreement.contradiction(place.MAP, entries, running),
            differ=slots.differ(entries, running) if running else [],
            certificates=self._ends.get() if runs else {},
            renewals=known.read_all(),
        )
        yield from self._lasting.told(judged.alone(self.name, said, self.apps, datetime.now(timezone.utc)))


def _domain(name: str) -> str:
    """Return the domain that a file is of; of a wildcard too."""
    return name.replace("_", "*", 1) if name.startswith("_.") else name
