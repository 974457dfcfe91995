"""The running HAProxy, through its socket. Source of the commands: HAProxy's management guide, chapter 9.3."""

from __future__ import annotations

import csv
import socket
from collections.abc import Mapping
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.model import late


class Refused(Exception):
    """HAProxy does not answer, or not as it should."""


class Down(Refused):
    """HAProxy does not run."""


class Runtime:
    """HAProxy's runtime socket at `path`."""

    def __init__(self, path: str, timeout: float = 5) -> None:
        """Take the socket's path; `timeout` in seconds for each answer."""
        self.path = path
        self.timeout = timeout

    def ask(self, command: str) -> str:
        """Return the answer to one command."""
        try:
            with socket.socket(socket.AF_UNIX) as sock:
                sock.settimeout(self.timeout)
                sock.connect(self.path)
                sock.sendall(command.encode() + b"\n")
                parts = iter(lambda: sock.recv(65536), b"")
                return b"".join(parts).decode()
        except (FileNotFoundError, ConnectionRefusedError) as error:
            raise Down(f"HAProxy does not run: nothing listens on {self.path}") from error
        except OSError as error:
            raise Refused(f"HAProxy does not answer on {self.path}: {error}") from error

    def entries(self, file: Path) -> dict[str, str]:
        """Return the entries of a map as they are in memory."""
        lines = (line.split(None, 2) for line in self.ask(f"show map {file}").splitlines() if line.startswith("0x"))
        return {key: value for _, key, value in lines}

    def change(self, file: Path, changes: Mapping[str, str]) -> bool:
        """Change a map in memory, an entry at a time, and tell whether there was any to change; an empty value takes one out.

        Where HAProxy refuses one, those before it are put back.
        """
        known = self.entries(file)
        due = {key: value for key, value in changes.items() if known.get(key, "") != value}
        done: list[str] = []
        try:
            for key, value in due.items():
                self._set(file, key, value, key in known)
                done.append(key)
        except Refused:
            for key in done:
                self._set(file, key, known.get(key, ""), bool(due[key]))
            raise
        return bool(due)

    def _set(self, file: Path, key: str, value: str, known: bool) -> None:
        verb = "del" if not value else "set" if known else "add"
        if answer := self.ask(f"{verb} map {file} {key} {value}".rstrip()).strip():
            raise Refused(f"HAProxy refused '{verb} map {file} {key} {value}': {answer}")

    def statistics(self) -> list[dict[str, str]]:
        """Return a row for each frontend, backend and server, by the names of the columns of ``show stat``."""
        return list(csv.DictReader(self.ask("show stat").lstrip("# ").splitlines()))


def of_servers(rows: list[dict[str, str]], backend: str = "") -> list[dict[str, str]]:
    """Return the rows of servers alone, of one backend or of all."""
    return [row for row in rows if row["svname"] not in ("FRONTEND", "BACKEND") and backend in ("", row["pxname"])]


def servers(rows: list[dict[str, str]], backend: str) -> dict[str, str]:
    """Return what is wrong with each server of a backend; an empty string where it is up and its last check passed."""
    return {
        row["svname"]: ""
        if row["status"] == "UP" and row["check_status"] in ("L7OK", "* L7OK")  # with a star while the next check runs
        else f"{row['status']}, last check {row['check_status']} {row['check_code']} {row['last_chk']}".strip()
        for row in of_servers(rows, backend)
    }


def up(rows: list[dict[str, str]], backend: str) -> list[str]:
    """Return the servers of a backend to which HAProxy sends requests, though a check of one may just have failed.

    Where none is up, these are those that are late, but answer.
    """
    found = ([row["svname"] for row in of_servers(rows, name) if row["status"].startswith("UP")] for name in (backend, late(backend)))
    return next(filter(None, found), [])


def _count(rows: list[dict[str, str]]) -> dict[str, int]:
    return {key: sum(int(row.get(column) or 0) for row in rows) for key, column in {"requests": "req_tot", "failed": "hrsp_5xx"}.items()}


def counters(rows: list[dict[str, str]], backend: str) -> dict[str, int]:
    """Return how many ``requests`` a backend got since HAProxy's start, and how many ``failed``: answers 5xx, its own among them."""
    return _count([row for row in rows if row["svname"] == "BACKEND" and row["pxname"] in (backend, late(backend))])


def loads(rows: list[dict[str, str]], backend: str) -> dict[str, dict[str, int]]:
    """Return the counts of each server of a backend; its ``rate``, the requests that it was given in the last second; how many it is given
    at once, its ``places``, none where it is down; and how many of these are ``used``.
    """
    of: dict[str, list[dict[str, str]]] = {}
    for row in (*of_servers(rows, backend), *of_servers(rows, late(backend))):
        of.setdefault(row["svname"], []).append(row)
    serving = up(rows, backend)

    def load(name: str, found: list[dict[str, str]]) -> dict[str, int]:
        rate, used = (sum(int(row.get(column) or 0) for row in found) for column in ("rate", "scur"))
        return {**_count(found), "rate": rate, "used": used, "places": int(found[0].get("slim") or 0) if name in serving else 0}

    return {name: load(name, found) for name, found in of.items()}
