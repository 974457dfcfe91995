"""Secrets: they reach the app and nobody else, and a changed one leaves nothing of the former behind."""

import subprocess
from pathlib import Path

import pytest
from failing import broken, refused
from fleet import ADDRESS, BALANCERS, ROOT, WEB, Run, get, on, play, slots

FORMER, LATER = "swordfish-of-yesterday", "swordfish-of-today"


def vaulted(folder: Path, value: str) -> tuple[str, ...]:
    """Return the options that give the ledger a secret from a file as an operator would keep it, encrypted."""
    password = folder / "password"
    password.write_text("open sesame\n")
    command = ["ansible-vault", "encrypt_string", "--vault-password-file", str(password), "--name", "vault_key", value]
    made = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    file = folder / "secrets.yml"
    file.write_text(f"{made}\nledger_secrets: {{API_KEY: '{{{{ vault_key }}}}'}}\n")
    return ("-e", f"@{file}", "--vault-password-file", str(password))


def deploy(*options: str, **variables: object) -> Run:
    """Deploy the ledger."""
    return play("deploy", *options, app="ledger", **variables)


def keys() -> set[object]:
    """Return the secrets that answers come from processes with."""
    return {get("ledger.example.org", "/tell", balancer).json["key"] for balancer in BALANCERS for _ in range(8)}


def made() -> set[object]:
    """Return the secrets of Hostler's own making that answers come from processes with."""
    return {get("ledger.example.org", "/tell", balancer).json["made"] for balancer in BALANCERS for _ in range(8)}


def places(host: str, value: str) -> str:
    """Return where on a host a value stands: in files, in the journal, or in what processes were started with."""
    # By a file, for sudo writes command lines to the journal, and a shell's is one of those that are searched
    looked = "cat >/dev/shm/wanted; trap 'rm /dev/shm/wanted' EXIT; find='grep -lsaF -f /dev/shm/wanted'; "
    looked += "$find -r /srv /etc /var/lib /var/log /root /home /tmp /run; $find /proc/[0-9]*/environ /proc/[0-9]*/cmdline; true"
    return on(host, looked, f"{value}\n")


@pytest.mark.usefixtures("undisturbed")
def test_a_changed_secret_leaves_nothing_of_the_former(tmp_path: Path) -> None:
    """Not on disk, not in a process, not in what the run said at its most talkative; and the way back says so."""
    first = vaulted(tmp_path, FORMER)
    deploy(*first).well()
    assert keys() == {FORMER}
    former = slots("ledger")[1][slots("ledger")[0]]
    assert all("/srv/ledger/secrets" in places(host, FORMER) for host in WEB)

    later = vaulted(tmp_path, LATER)
    run = deploy("-vvv", "--diff", *later).well()
    assert FORMER not in run.output
    assert LATER not in run.output
    live, releases = slots("ledger")
    assert keys() == {LATER}
    assert set(releases) == {live}
    assert {host: places(host, FORMER) for host in ADDRESS} == dict.fromkeys(ADDRESS, "")
    generation = on("web1", "ls /srv/ledger/secrets").strip()
    only = {f"/srv/ledger/secrets/{generation}"}
    assert {path for host in WEB for path in places(host, LATER).split() if not path.startswith("/proc")} == only
    assert {places(balancer, LATER) for balancer in BALANCERS} == {""}
    assert generation in play("status").well().output
    assert deploy(*later).well().changed == dict.fromkeys(ADDRESS, 0)

    refused(play("rollback", app="ledger"), "secrets that have been changed since", "-e current_secrets=true")
    play("rollback", app="ledger", current_secrets=True).well()
    assert slots("ledger")[1][slots("ledger")[0]] == former
    assert keys() == {LATER}


@pytest.mark.usefixtures("undisturbed")
@pytest.mark.long
def test_a_secret_that_nobody_chose_is_the_same_for_all_until_it_is_renewed(tmp_path: Path) -> None:
    """Of a web host that has lost it too; and nothing that the runs say has it."""
    given = {"ledger_generate": ["SECRET_KEY"]}
    first = deploy("-vvv", **given).well()
    [value] = made()
    on("web1", "rm -r /srv/ledger/secrets")
    second = deploy("-vvv", *vaulted(tmp_path, LATER), **given).well()
    assert made() == {value}
    assert keys() == {LATER}
    ran = play("run", "-vvv", app="ledger", command="echo it is $SECRET_KEY", **given).well()
    assert "it is ********" in ran.output
    third = deploy("-vvv", *vaulted(tmp_path, LATER), renew="SECRET_KEY", **given).well()
    [other] = made()
    assert other != value
    assert all(str(text) not in run.output for run in (first, second, third, ran) for text in (value, other))
    assert {host: places(host, str(value)) for host in ADDRESS} == dict.fromkeys(ADDRESS, "")


def test_what_a_host_says_of_a_failure_has_no_secret(tmp_path: Path) -> None:
    """As an app that prints its settings before it gives up."""
    source = broken(tmp_path, "raise ValueError(dict(os.environ))\n")
    run = deploy("-vvv", *vaulted(tmp_path, LATER), ledger_source=source)
    refused(run, "does not import", "API_KEY")
    assert LATER not in run.output


def test_an_app_that_has_no_secrets_any_more_keeps_none(tmp_path: Path) -> None:
    """Taking them out is a change like any other."""
    deploy().well()
    assert keys() == {None}
    assert {on(host, "ls -A /srv/ledger/secrets") for host in WEB} == {""}
