"""A command of the app, run once in the release that is live."""

from fleet import WEB, on, play
from steps import live


def test_it_runs_as_the_app_does_and_is_printed_once() -> None:
    """Its user, folder, environment, programs and sandbox, on the first web host of the inventory."""
    told = 'echo "as $(id -un) in $(pwd -P) with $RELEASE"; command -v gunicorn; python allowed.py; chown 0 . || ls /proc/1 || true'
    run = play("run", app="ledger", command=told).well()
    assert run.output.splitlines().count(f"as ledger in /srv/ledger/releases/{live()}/app with {live()}") == 1
    assert "/venv/bin/gunicorn" in run.output
    assert "{}" in run.output.splitlines(), "something that libraries commonly ask of a host does not work"
    assert "changing ownership of '.': Operation not permitted" in run.output
    assert "'/proc/1': No such file" in run.output


def test_its_code_is_told_and_a_host_may_be_picked() -> None:
    run = play("run", app="ledger", host="web1", command="echo once only; exit 7")
    assert run.code != 0
    assert "ended with 7 on web1" in run.output
    assert run.output.splitlines().count("once only") == 1


def test_each_web_host_runs_it_and_is_named() -> None:
    lines = play("run", app="ledger", host="all", command="echo here is $(hostname)").well().output.splitlines()
    assert [lines[lines.index(f"{host}:") + 1] for host in WEB] == [f"here is {host}" for host in WEB]


def test_check_mode_runs_nothing_and_tells_the_line_for_a_terminal() -> None:
    """Which works there."""
    run = play("run", "--check", app="ledger", host="web1", command="touch /var/lib/ledger/ran; echo ran as $(id -un)").well()
    [line] = [line for line in run.output.splitlines() if line.startswith("systemd-run --pty")]
    assert on("web1", "ls /var/lib/ledger/ran 2>/dev/null || echo none").strip() == "none"
    # The tests have no terminal
    piped = line.replace("--pty", "--pipe --wait", 1)
    assert "ran as ledger" in on("web1", f"{piped}; rm /var/lib/ledger/ran")
