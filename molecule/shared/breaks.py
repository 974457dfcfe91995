"""What breaks on a fleet, each as a block: broken when the block begins, mended when it ends."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from http.client import HTTPException

from cryptography.x509.oid import ExtendedKeyUsageOID
from fleet import ADDRESS, BALANCERS, LAB, SOCKET, dies, is_reached, on, play, powered, slots, until
from load import Secure

from ansible_collections.hostler.fleet.plugins.module_utils.build import authority

Break = Callable[[], AbstractContextManager[None]]
SITE = "ledger.example.org"
OTHER = {"blue": "green", "green": "blue"}
MAP = "/etc/haproxy/slots.map"
CERTIFICATE = "/etc/haproxy/tls/ledger.pem"


def by(host: str, breaks: str, mends: str) -> Break:
    """Return what a command breaks on a host, and another one mends."""

    @contextmanager
    def broken() -> Iterator[None]:
        on(host, breaks)
        try:
            yield
        finally:
            on(host, mends)

    return broken


def stopped(app: str, *hosts: str) -> Break:
    """Return what stops the live slot of an app on hosts."""

    @contextmanager
    def broken() -> Iterator[None]:
        unit = f"{app}@{slots(app)[0]}"
        for host in hosts:
            on(host, f"systemctl stop {unit}")
        try:
            yield
        finally:
            for host in hosts:
                on(host, f"systemctl start {unit}")

    return broken


def dead(host: str) -> Break:
    """Return what has a host die."""

    @contextmanager
    def broken() -> Iterator[None]:
        dies(host)
        try:
            yield
        finally:
            powered(host)
            assert until(lambda: is_reached(host), 60)

    return broken


def full_disk(host: str, folder: str) -> Break:
    """Return what gives a host a small disk and fills it: an overlay over memory, for what is in memory alone counts as no disk."""
    return by(
        host,
        f"mkdir -p /run/small {folder} && mount -t tmpfs -o size=20m small /run/small && mkdir /run/small/upper /run/small/work && "
        f"mount -t overlay -o lowerdir=/etc/hostler,upperdir=/run/small/upper,workdir=/run/small/work small {folder} && "
        f"! head -c 100M /dev/zero >{folder}/filler 2>/dev/null",
        f"umount {folder} /run/small; rmdir {folder} /run/small",
    )


def killed_for_memory(host: str) -> Break:
    """Return what has a process of the ledger on a host take more memory than the app has; the kernel mends it."""

    @contextmanager
    def broken() -> Iterator[None]:
        port = {"blue": 5011, "green": 5012}[slots("ledger")[0]]
        url = f"http://{ADDRESS[host]}:{port}/eat?megabytes=600"
        on(host, f"python3 -c 'import urllib.request as r; r.urlopen(\"{url}\", timeout=20)' 2>&1 || true")
        yield

    return broken


def dies_again(app: str, host: str, times: int = 6) -> Break:
    """Return what ends the live slot of an app on a host again and again; systemd mends it."""

    @contextmanager
    def broken() -> Iterator[None]:
        unit = f"{app}@{slots(app)[0]}"
        restarts = f"systemctl show --property NRestarts --value {unit}"
        for _ in range(times):
            before = on(host, restarts)
            on(host, f"systemctl kill --signal=KILL --kill-who=main {unit}")
            assert until(lambda before=before: on(host, restarts) != before, 30)  # type: ignore[misc]
            assert until(lambda: on(host, f"systemctl is-active {unit} || true").strip() == "active", 30)
        yield

    return broken


def ends_soon(balancer: str, left: timedelta) -> Break:
    """Return what has a balancer show a certificate for the ledger that ends so soon; nothing is written, and a reload mends it."""

    @contextmanager
    def broken() -> Iterator[None]:
        ca = authority.read_pair(LAB / "authority", authority.NAME, authority.KEY)
        now, uses = datetime.now().astimezone() + authority.EARLY, [ExtendedKeyUsageOID.SERVER_AUTH]
        made = authority.signed(ca, "ledger", {SITE, f"www.{SITE}"}, now, left, uses)
        text = "\n".join(line for line in f"{made.text()}{made.key_text()}".splitlines() if line)
        for command in (f"set ssl cert {CERTIFICATE} <<\n{text}\n\n", f"commit ssl cert {CERTIFICATE}\n"):
            said = on(balancer, f"socat -t 5 stdio {SOCKET}", command)
            assert "Transaction" in said or "Success" in said, said
        # Else facts have those of before for some time
        on(balancer, "touch /etc/haproxy/tls")
        try:
            yield
        finally:
            on(balancer, "systemctl reload haproxy && touch /etc/haproxy/tls")

    return broken


def locked(since: timedelta) -> Break:
    """Return what has held the fleet's lock for so long."""

    @contextmanager
    def broken() -> Iterator[None]:
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - since.total_seconds()))
        holder = json.dumps({"id": "1", "who": "somebody", "what": "a deploy", "since": at})
        for balancer in BALANCERS:
            on(balancer, "cat >/run/hostler.lock", holder)
        try:
            yield
        finally:
            for balancer in BALANCERS:
                on(balancer, "truncate --size=0 /run/hostler.lock")

    return broken


def no_way(host: str, *rules: str) -> Break:
    """Return what has a host drop what these rules of nftables are about, in either direction."""
    drop = " ".join(f"{rule} drop;" for rule in rules)
    chains = " ".join(f"chain {way} {{ type filter hook {way}put priority -10; {drop} }};" for way in ("in", "out"))
    return by(host, f"nft 'table inet cut {{ {chains} }}'", "nft delete table inet cut")


def another_live(app: str, balancer: str) -> Break:
    """Return what has a hand write another slot into a balancer's map as the live one, and reload HAProxy."""

    @contextmanager
    def broken() -> Iterator[None]:
        live, releases = slots(app)
        if OTHER[live] not in releases:
            play("deploy", app=app, message="So that there is a standby").well()
            live, _ = slots(app)
        written = "sed -i 's/^{app} {one}$/{app} {other}/' {map} && systemctl reload haproxy"
        on(balancer, written.format(app=app, one=live, other=OTHER[live], map=MAP))
        try:
            yield
        finally:
            on(balancer, written.format(app=app, one=OTHER[live], other=live, map=MAP))

    return broken


def asked(path: str, at_once: int, pause: float = 0) -> Break:
    """Return what has the ledger asked for a path, by so many visitors at once, by both balancers, again and again."""

    @contextmanager
    def broken() -> Iterator[None]:
        over = threading.Event()

        def ask(address: str) -> None:
            connection = Secure(address, SITE, str(LAB / "authority" / "ca.crt"))
            while not over.wait(pause):
                try:
                    connection.request("GET", path, headers={"Host": SITE})
                    connection.getresponse().read()
                except (OSError, HTTPException):
                    # As while HAProxy is reloaded
                    connection.close()
                    time.sleep(0.1)
            connection.close()

        visitors = [threading.Thread(target=ask, args=(ADDRESS[BALANCERS[number % 2]],)) for number in range(at_once)]
        for visitor in visitors:
            visitor.start()
        try:
            yield
        finally:
            over.set()
            for visitor in visitors:
                visitor.join()

    return broken
