"""What the tests of failures share: what may not change, releases that are broken on purpose, and how a refusal is held."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fleet import BALANCERS, INVENTORY, LAB, WEB, Run, on, pids, slots, until, whole
from steps import LEDGER, locks


def broken(tmp_path: Path, text: str) -> str:
    """Return a copy of the ledger's folder with `text` at the end of its module."""
    folder = tmp_path / "ledger"
    shutil.copytree(LEDGER, folder)
    with (folder / "ledger.py").open("a") as module:
        module.write(text)
    return str(folder)


def refused(run: Run, *words: str) -> None:
    """Hold that the run failed, saying each of these words."""
    assert run.code != 0, run.output[-3000:]
    said = " ".join(run.output.split())
    assert [word for word in words if word not in said] == [], run.output[-5000:]


def debris() -> str:
    """Return what a run that broke off may have left half done on the web hosts, or sent there; an empty folder is Ansible's."""
    half = "find /srv/ledger/releases /srv/ledger/venvs /tmp -maxdepth 1 -name '.*.part' -o -maxdepth 1 -name 'ansible*'"
    sent = "find /home /root /tmp /var/tmp -path '*/ansible-tmp-*' -name '*.tar.gz'"
    return "".join(on(host, f"{half}; {sent}") for host in WEB)


def serving() -> tuple[str, str]:
    """Return slot and release that are live: the same on all balancers, in file and memory, and on all web hosts."""

    def said() -> set[tuple[str, str]]:
        return {(slot, releases[slot]) for slot, releases in (slots("ledger", balancer) for balancer in BALANCERS)}

    def is_in_memory(balancer: str) -> bool:
        memory = on(balancer, "echo 'show map /etc/haproxy/slots.map' | socat -t 5 stdio /run/haproxy/admin.sock")
        return f" ledger {slot}\n" in memory and f" ledger/{slot} {release}\n" in memory

    # One that is just back takes over from the others what it has missed
    assert until(lambda: len(said()) == 1), said()
    [(slot, release)] = said()
    assert [balancer for balancer in BALANCERS if not until(lambda balancer=balancer: is_in_memory(balancer))] == []  # type: ignore[misc]
    assert {on(host, f"basename $(readlink /srv/ledger/slots/{slot})").strip() for host in WEB} == {release}
    assert until(lambda: whole("ledger"))
    return slot, release


@contextmanager
def the_same_serves(standby: bool = True) -> Iterator[None]:
    """Hold that after the block the same processes serve the same release, no lock and no debris is left.

    With `standby`, the other slot has its release back too, running.
    """
    live, before = serving(), slots("ledger")[1]
    running = pids("ledger", live[0])
    yield
    assert serving() == live
    assert pids("ledger", live[0]) == running
    assert locks() <= {""}
    assert debris() == ""
    if standby:
        assert slots("ledger")[1] == before
        for slot, release in before.items():
            assert {on(host, f"basename $(readlink /srv/ledger/slots/{slot})").strip() for host in WEB} == {release}
            assert "0" not in pids("ledger", slot).values()


def last_event() -> dict[str, object]:
    """Return what the history says last of the ledger; every balancer has to say the same."""
    lines = {on(balancer, "tail -n 1 /var/lib/hostler/history.jsonl") for balancer in BALANCERS}
    events = [json.loads(line) for line in lines]
    assert len({(event["event"], event.get("release"), event.get("turn")) for event in events}) == 1, events
    return dict(events[0])


def less(folder: Path, *hosts: str) -> dict[str, object]:
    """Return what has a playbook run on an inventory without some hosts: as an operator takes out who does not answer."""
    lines = [line for line in (INVENTORY / "hosts.yml").read_text().splitlines() if line.strip().partition(":")[0] not in hosts]
    (folder / "hosts.yml").write_text("\n".join(lines) + "\n")
    if not (folder / "group_vars").exists():
        (folder / "group_vars").symlink_to(INVENTORY / "group_vars")
    return {"inventory": folder, "lab_dir": str(LAB), "fleet_source_root": str(INVENTORY)}
