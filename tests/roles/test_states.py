"""The file of servers' states that HAProxy's unit writes before a start and a reload, by the very commands that the unit has."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.shared.rendered import render
from tests.shared.samples import write

CONFIG = """\
frontend visitors
    bind :80
backend hello_blue
    server web1 192.0.2.21:5001 maxconn 16
    server Web_2.example.org [2001:db8::22]:5001 maxconn 16 cookie 1f0c
backend hello_green
    server web1 192.0.2.21:5002 maxconn 16
"""
ROW = "{} {} 1 {} {} 0 0 1 1 39 8 2 0 6 0 0 0 - {} - 0 0 - - 0"


def commands(folder: Path, kind: str) -> list[str]:
    """Return what the unit has a shell do; its files are in the folder. Source of the quoting: systemd.service(5)."""
    files = {"__balancer_states": folder / "states", "__balancer_checked": folder / "checked", "__balancer_socket": folder / "socket"}
    text = render("balancer", "etc/systemd/system/haproxy.service.d/hostler.conf.j2", **files)
    lines = [line.removeprefix(f"{kind}=").lstrip("-+") for line in text.splitlines() if line.startswith(f"{kind}=")]
    shells = [line.removeprefix('/bin/sh -c "').removesuffix('"') for line in lines if line.startswith("/bin/sh")]
    return [shell.replace("$$", "$").replace("%%", "%").replace('\\"', '"') for shell in shells]


def run(folder: Path, kind: str, states: str = "") -> list[list[str]]:
    """Run them, with a HAProxy that says these states; return the words of each line of the file."""
    write(folder, {"haproxy.cfg": CONFIG, "said": states, "bin/systemctl": "#!/bin/sh\n", "bin/socat": f"#!/bin/sh\ncat {folder}/said\n"})
    for program in (folder / "bin").iterdir():
        program.chmod(0o755)
    environment = {"PATH": f"{folder}/bin:{os.environ['PATH']}", "CONFIG": str(folder / "haproxy.cfg")}
    for command in commands(folder, kind):
        subprocess.run(["sh", "-c", command], check=True, env=environment)
    return [line.split() for line in (folder / "states").read_text().splitlines()]


def test_at_a_start_every_server_is_down_by_its_address_and_port(tmp_path: Path) -> None:
    version, columns, *rows = run(tmp_path, "ExecStartPre")
    assert version == ["1"]
    assert {len(row) for row in rows} == {len(columns) - 1}
    at = {name: columns.index(name) - 1 for name in ("be_name", "srv_name", "srv_addr", "srv_op_state", "srv_port")}
    assert [[row[place] for place in at.values()] for row in rows] == [
        ["hello_blue", "web1", "192.0.2.21", "0", "5001"],
        ["hello_blue", "Web_2.example.org", "2001:db8::22", "0", "5001"],
        ["hello_green", "web1", "192.0.2.21", "0", "5002"],
    ]


@pytest.mark.parametrize(
    ("server", "kept"),
    [
        (("hello_blue", "web1", "192.0.2.21", "5001"), True),
        (("hello_blue", "Web_2.example.org", "2001:db8::22", "5001"), True),
        (("hello_blue", "web1", "192.0.2.21", "5009"), False),
        (("hello_blue", "Web_2.example.org", "2001:db8::23", "5001"), False),
        (("hello_green", "Web_2.example.org", "2001:db8::22", "5002"), False),
    ],
    ids=["IPv4", "IPv6", "another port", "another address", "no such server"],
)
def test_a_reload_hands_on_what_is_the_same_in_the_new_configuration(tmp_path: Path, server: tuple[str, ...], kept: bool) -> None:
    rows = run(tmp_path, "ExecReload", f"1\n# be_id\n{ROW.format(4, *server)}\n")
    assert rows[:2] == [["1"], ["#", "be_id"]]
    assert [row[3] for row in rows[2:]] == [server[1]] * kept


def test_what_writes_or_signals_is_root_s() -> None:
    """HAProxy's own user may do neither there; a hyphen would hide that, and a reload would take every server as up."""
    text = render("balancer", "etc/systemd/system/haproxy.service.d/hostler.conf.j2")
    lines = [line.partition("=")[2] for line in text.splitlines() if line.startswith(("ExecStartPre=", "ExecReload="))]
    checks = [line for line in lines if line.startswith("/usr/sbin/haproxy -c ")]
    assert len(checks) == 1  # by that user: it says whether HAProxy itself can read all that it names
    assert [line for line in lines if line and line not in checks and "+" not in line[:2]] == []
