"""What runs on each balancer beside HAProxy: it asks its peers, again and again, and takes over what has had a change there.

HAProxy is told when that was last done. Where it is too long ago, as after a machine was paused, or where what was taken over is not up
yet, requests wait a second (haproxy.cfg): so they are answered by what is live, or late, but not by what was. Where this ends, HAProxy is
told so, and waits for nothing.
"""

from __future__ import annotations

import contextlib
import errno
import json
import signal
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ansible_collections.hostler.fleet.plugins.module_utils import slots
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import change, config, lock, peers, place
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import map as slots_map
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.runtime import Down, Refused, Runtime, up
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import notify
from ansible_collections.hostler.fleet.plugins.module_utils.model import SLOTS, Json, backend

PERIOD = 0.25  # seconds from one question to the next
SECONDS = 0.25  # for an answer, while all is well
PATIENT_SECONDS = 0.8  # the same while requests wait for it anyhow
START_SECONDS = 1.0  # the same before HAProxy starts
SETTLE_SECONDS = 2.0  # for what was taken over to be up
FRESH_SECONDS = 3  # after which HAProxy has requests wait (haproxy.cfg)
FAULTS = 8  # in a row, after which nothing is to wait any more
LONG_AGO = "1"  # when peers were last asked, as HAProxy is told at its start and where requests are to wait
STRANGERS = 8  # who may ask at one time


def say(text: str) -> None:
    """Write a line to the journal."""
    print(text, file=sys.stderr, flush=True)


def mine() -> dict[str, str]:
    """Return the lines of the map's file; one that a hand has spoilt is none."""
    return peers.lines(slots_map.read(place.MAP))


class Agent:
    """A balancer's agent: what it knows of its peers, and what it waits for."""

    def __init__(self, me: Callable[[], peers.Peers], runtime: Runtime, stop: Callable[[], None]) -> None:
        """Take what tells who it is, asked each time, for that may change; the running HAProxy; and what ends that for good."""
        self.me, self.runtime, self.stop = me, runtime, stop
        self.heard: dict[str, str] = {}  # what is wrong with each peer, empty for nothing
        self.awaited: set[str] = set()  # apps that are to be up before requests go on
        self.until = 0.0
        self.told = 0.0  # when HAProxy was last told that peers were asked
        self.doubtful = False  # whether no peer answered and nothing was up, when last looked
        self._one = threading.RLock()  # a question of a peer's and the next of our own may come together

    def answer(self, asked: Json, address: str) -> Json:
        """Return what a question is answered; a peer that has had a change is asked first, if that can be at once."""
        me = self.me()
        # One that starts has longer to wait, and is to have no visitor before this balancer has what it has
        seconds = min(float(asked.get("seconds", SECONDS)), START_SECONDS)
        # Of an app that this balancer does not have there is nothing to ask
        known = {**asked, "turns": self._known_apps(asked["turns"])}
        if peers.prompts(me, mine(), known, address) and self._one.acquire(timeout=seconds / 4):
            try:
                self._hear(me, {name: one for name, one in me.peers.items() if one == address}, seconds / 2, back=True)
            finally:
                self._one.release()
        return peers.answer(me, mine(), asked, address)

    def compare(self, seconds: float) -> None:
        """Ask all peers, and take over what is newer there, and what of the file HAProxy does not have."""
        with self._one:
            me = self.me()
            answers = self._hear(me, me.peers, seconds, back=False)
            self._note(answers)
            if peers.known(answers):
                place.GONE.unlink(missing_ok=True)
            elif peers.gone(answers):
                self._leave(me.name)
            # As where HAProxy has read the file just before it was changed
            self._take(mine())

    def _hear(self, me: peers.Peers, whom: Mapping[str, str], seconds: float, back: bool) -> dict[str, Json | str]:
        """Ask some peers, and take over what is newer there; return what each answers."""
        asked = {**peers.question(me, mine(), back), "seconds": seconds}
        with ThreadPoolExecutor(max(len(whom), 1)) as pool:
            answers = dict(zip(whom, pool.map(lambda address: peers.ask(me, address, asked, seconds), whom.values()), strict=True))
        for entries in peers.known(answers).values():
            self._take(entries)
        return answers

    def _take(self, theirs: Mapping[str, str]) -> None:
        """Take over the lines of apps that are newer, and that the HAProxy of this host has."""
        if not self._newer(theirs):
            return
        with lock.held(None):
            lines = self._newer(theirs)
            if not lines:
                return
            running = change.running(place.MAP, self.runtime)
            known = {**running, **slots_map.read(place.MAP)}
            self._await({app for app, of in lines.items() if not self._is_up(app, known, of)})
            changes = {**dict.fromkeys(slots.below(known, lines), ""), **{key: value for of in lines.values() for key, value in of.items()}}
            try:
                change.everywhere(place.MAP, self.runtime, changes, offline=True)
            except OSError as error:
                say(f"{place.MAP} cannot be written, so it stays as it is: {error}")
            say(f"takes over: {', '.join(f'{app}, turn {slots.turn_of(of, app)}' for app, of in lines.items())}")

    def _newer(self, theirs: Mapping[str, str]) -> dict[str, dict[str, str]]:
        """Return the lines of apps that HAProxy has and that are newer than what visitors get; while it is down, than the file."""
        try:
            have = self._running()
        except Down:
            have = mine()
        return self._known_apps(peers.newer(have, theirs))

    def _running(self) -> dict[str, str]:
        return peers.lines(self.runtime.entries(place.MAP))

    def _known_apps(self, of: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is of apps that the HAProxy of this host has, of lines or of each app; another was removed, or is yet to come."""
        served = config.ports(place.CONFIG.read_text(encoding="utf-8")) if of else {}
        return {key: value for key, value in of.items() if backend(key.partition("/")[0], SLOTS[0]) in served}

    def _is_up(self, app: str, known: slots.Entries, theirs: slots.Entries) -> bool:
        """Tell whether the release that is live there is up here already, as where a run has come to a peer first."""
        slot = slots.slot_of(theirs, app)
        same = slots.release_in(known, app, slot) == slots.release_in(theirs, app, slot)
        try:
            return same and bool(up(self.runtime.statistics(), backend(app, slot)))
        except Down:
            return False

    def _await(self, apps: set[str]) -> None:
        """Have requests wait until these apps are up."""
        if apps:
            self._tell(LONG_AGO)
            self.awaited |= apps
            self.until = time.monotonic() + SETTLE_SECONDS

    def _leave(self, name: str) -> None:
        """End HAProxy, once: the fleet goes on without this balancer, and has something else live."""
        if not place.GONE.exists():
            text = f"{name} is no balancer of its peers any more, and they have something else live; run site.yml to take it in again."
            say(text)
            place.GONE.write_text(text + "\n", encoding="utf-8")
            self.stop()

    def _note(self, answers: Mapping[str, Json | str]) -> None:
        """Note what is wrong with each peer, for status.yml; and in the journal where that has changed."""
        heard = {
            peer: said if isinstance(said, str) else "" if "entries" in said else "does not know this balancer; run site.yml"
            for peer, said in answers.items()
        }
        for peer, wrong in heard.items():
            if bool(self.heard.get(peer)) != bool(wrong):
                say(f"{peer} gives no answer: {wrong}" if wrong else f"{peer} answers")
        if heard != self.heard or not place.HEARD.exists():
            part = place.HEARD.with_suffix(".part")
            part.write_text(json.dumps(heard), encoding="utf-8")
            part.replace(place.HEARD)
        self.heard = heard

    def tick(self) -> None:
        """Ask once, and tell HAProxy when that began, unless what visitors are to get is not up yet."""
        with self._one:
            began = time.time()
            self.compare(SECONDS if began - self.told < FRESH_SECONDS else PATIENT_SECONDS)
            if not self.awaited and self.runtime.entries(place.CHECKED).get(place.CHECKED_AT) == LONG_AGO:
                # HAProxy has just started, and takes all web hosts as down until it has asked them
                self._await(set(slots.live(mine())))
            if self._settled():
                self._tell(str(int(began)))
                self.told = began

    def _settled(self) -> bool:
        """Tell whether what was taken over is up.

        And, where no peer answers, whether anything is, and was before it was asked: else this host may be cut off, and hears first what it
        has missed.
        """
        cut_off = bool(self.heard) and all(self.heard.values())
        if not self.awaited and not cut_off:
            self.doubtful = False
            return True
        live = slots.live(mine())
        rows = self.runtime.statistics()
        are_up = {app for app, one in live.items() if up(rows, backend(app, one.slot))}
        self.awaited &= live.keys() - are_up
        if time.monotonic() >= self.until:
            self.awaited.clear()
        doubted, self.doubtful = self.doubtful, cut_off and bool(live) and not are_up
        return not self.awaited and not doubted and not self.doubtful

    def start(self) -> None:
        """Ask before HAProxy starts; where visitors are to wait for peers, until each has answered."""
        place.GONE.unlink(missing_ok=True)
        self.compare(START_SECONDS)
        while self.me().alone == "wait" and any(self.heard.values()):
            time.sleep(PERIOD)
            self.compare(START_SECONDS)

    def run(self, alive: Callable[[], None]) -> None:
        """Ask again and again, and tell who watches; a fault is said once, and is no reason to end, or to have anybody wait."""
        last, faults = "", 0
        while True:
            began = time.monotonic()
            wrong = fault(self.tick)
            faults = faults + 1 if wrong else 0
            if wrong and wrong != last:
                say(wrong)
            if faults == FAULTS:
                fault(self.end)
            last = wrong
            alive()
            time.sleep(max(0.0, PERIOD - (time.monotonic() - began)))

    def end(self) -> None:
        """Have HAProxy wait for nothing any more."""
        self._tell("")

    def _tell(self, when: str) -> None:
        """Tell HAProxy when peers were last asked; one that does not run is told at its start, and one of former times has no such map."""
        with contextlib.suppress(Refused):
            self.runtime.change(place.CHECKED, {place.CHECKED_AT: when})


def fault(do: Callable[[], None]) -> str:
    """Do something, and return what was wrong with it: what a disk, HAProxy or a hand has spoilt must not end what visitors rely on."""
    try:
        do()
    except Exception as error:
        return str(error) or type(error).__name__
    return ""


class Handler(socketserver.StreamRequestHandler):
    """One question. What is none is not answered; strangers do not keep peers from being heard."""

    timeout = 1  # seconds
    server: Server

    def handle(self) -> None:
        """Answer."""
        address = str(self.client_address[0])
        stranger = address not in self.server.agent.me().peers.values()
        if stranger and not self.server.strangers.acquire(blocking=False):
            return
        try:
            with contextlib.suppress(Refused, OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
                peers.write(self.connection, self.server.agent.answer(peers.read(self.connection), address))
        finally:
            if stranger:
                self.server.strangers.release()


class Server(socketserver.ThreadingTCPServer):
    """Listens to peers."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, agent: Agent) -> None:
        """Take the agent, which knows the port."""
        self.agent, me = agent, agent.me()
        self.address_family = peers.family(me.address)
        self.strangers = threading.BoundedSemaphore(STRANGERS)
        try:
            super().__init__((me.address, me.port), Handler)
        except OSError as error:
            # One behind NAT does not have the address that it is known by
            if error.errno != errno.EADDRNOTAVAIL:
                raise
            super().__init__(("", me.port), Handler)


def stop_haproxy() -> None:
    """End HAProxy, and the start of it that may be under way."""
    subprocess.run(["systemctl", "--no-block", "stop", "haproxy.service"], check=True, timeout=10)


def me() -> peers.Peers:
    """Return who this balancer is, and who its peers are, as the role has written it."""
    return peers.Peers.of(json.loads(place.PEERS.read_text(encoding="utf-8")))


def main() -> None:
    """Run until systemd ends it."""
    agent = Agent(me, Runtime(str(place.SOCKET)), stop_haproxy)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Server(agent) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        if wrong := fault(agent.start):
            say(wrong)
        notify("READY=1")
        agent.run(lambda: notify("WATCHDOG=1"))


if __name__ == "__main__":
    main()
