"""A fleet of which a deploy, a rollback or a restart is planned."""

from typing import Any

from ansible_collections.hostler.fleet.plugins.module_utils import history, slots
from ansible_collections.hostler.fleet.plugins.module_utils.agreement import Known
from ansible_collections.hostler.fleet.plugins.module_utils.model import SLOTS, Build, Check, Step
from ansible_collections.hostler.fleet.plugins.module_utils.plan.releases import VERBS, Given, Plan, step_of
from ansible_collections.hostler.fleet.plugins.module_utils.plan.step import Wanted
from ansible_collections.hostler.fleet.plugins.module_utils.said import Parts
from tests.shared.samples import app

WEB = ["web1", "web2"]
CHECK = Check("/status", "localhost")
WORKERS = [{"name": "mail", "command": "celery"}]


def agree_on(entries: dict[str, str], **more: Any) -> Known:
    """Return what balancers know that have these lines, and no problem."""
    common: dict[str, Any] = {"behind": [], "lacking": [], "history": [], "counters": {}, "servers": {}, "problems": []}
    return Known(entries=entries, run="run1", by="ann@desk", **{**common, **more})


class Fleet:
    """A fleet that does what is planned, and notes it as the balancers do."""

    def __init__(self, *live: str, balancers: int = 1, **changes: Any) -> None:
        """Deploy these releases, one after the other; `changes` are the app's."""
        self.app = app(**changes)
        self.entries: dict[str, str] = {"hello": "green"}
        self.events: list[dict[str, Any]] = []
        self.whole = {host: set[str]() for host in WEB}
        self.up = {"blue": set(WEB), "green": set(WEB)}
        self.unlinked: set[str] = set()  # hosts whose slots have nothing
        self.generations: dict[str, str] = {}  # of the releases that have secrets
        self.secrets = {host: set[str]() for host in WEB}
        self.units: dict[str, dict[str, str]] = {host: {} for host in WEB}
        self.made: dict[str, str] = {}  # units of what is built
        self.balancers = [f"balancer{number + 1}" for number in range(balancers)]
        self.asked = True
        for release in live:
            self.do("deploy", release)

    @property
    def live(self) -> str:
        """The release that is live."""
        return self.entries.get(f"hello/{self.entries['hello']}", "")

    @property
    def own(self) -> list[dict[str, Any]]:
        """The app's events."""
        return history.of_app(self.events, "hello")

    def said(self) -> dict[str, dict[str, Parts]]:
        """Return what each web host has; nothing where they were not asked."""
        in_slots = {slot: self.entries[f"hello/{slot}"] for slot in SLOTS if f"hello/{slot}" in self.entries}
        gone = {host: {release for release, name in self.generations.items() if name not in self.secrets[host]} for host in WEB}
        has = {
            host: Parts(
                slots={} if host in self.unlinked else in_slots,
                secrets=sorted(self.secrets[host]),
                generations=self.generations,
                units=self.units[host],
                whole=sorted(self.whole[host] - gone[host]),
            )
            for host in WEB
        }
        return {host: {"hello": has[host]} for host in WEB} if self.asked else {}

    def known(self) -> Known:
        """Return what the balancers know."""
        seen = {f"hello_{slot}": {host: "" if host in up else "DOWN" for host in WEB} for slot, up in self.up.items()}
        counters = {f"hello_{slot}": {"requests": 7, "failed": 0} for slot in SLOTS}
        servers = {balancer: {name: dict(up) for name, up in seen.items()} for balancer in self.balancers}
        return agree_on(self.entries, history=self.events, counters=dict.fromkeys(self.balancers, counters), servers=servers)

    def built(self, release: str) -> Build:
        """Return what was built for the app."""
        return Build(
            release=release,
            check=CHECK,
            commit="c0ffee",
            dirty=False,
            generation=self.generations.get(release, ""),
            newest=None,
            units=self.made,
            lock="l0c4",
            settings="workers = 2\n",
            bundle="/cache/bundle",
            packages=[{"platform": "p", "archive": "/cache/packages"}],
            built=0,
            warnings=[],
            adds={},
            sizes={},
        )

    def given(self, verb: str, built: str = "", **options: Any) -> Given:
        """Return what a plan is made from; `options` are what the operator says."""
        return Given(
            verb, [self.app], {"hello": self.built(built)}, self.known(), WEB, self.said(), **{"folder": "/etc/hostler", **options}
        )

    def way(self, verb: str, built: str = "", **options: Any) -> Wanted | None:
        """Return the way that is decided; none where nothing is to be done."""
        way: Wanted | None = VERBS[verb](Plan(self.app, self.given(verb, built, **options)))
        return way

    def plan(self, verb: str, built: str = "", last: bool = True, **options: Any) -> Step | None:
        """Return the step that is planned."""
        one = Plan(self.app, self.given(verb, built, **options))
        way = VERBS[verb](one)
        return step_of(one, way, last) if way else None

    def step(self, verb: str, built: str = "", **options: Any) -> Step:
        """Return the step that is planned, where one is needed."""
        step = self.plan(verb, built, **options)
        assert step
        return step

    def do(self, verb: str, built: str = "", fails: str = "", **options: Any) -> Step | None:
        """Do what is planned; it `fails` before the switch, after it for what it does, or is lost."""
        step = self.plan(verb, built, **options)
        if not step or step.in_place:
            return step
        for host in WEB:
            self.whole[host].add(step.release)
        back = {**step.options["watch"]["back_event"], "bad": step.release if fails == "after" else ""}
        self.events += [step.event] if fails != "before" else []
        self.events += [back] if fails in ("after", "lost") else []
        self.events += [history.failed(step.event, "", "it failed")] if fails else []
        ends = ["restore"] if fails else ["switch", *(["empty"] if step.on["empty"] else [])]
        for task in ("gate", *ends):
            self.entries = slots.merge(self.entries, step.options[task]["entries"])
        return step
