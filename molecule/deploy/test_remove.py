"""An app leaves the fleet, while visitors of another come."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from fleet import BALANCERS, INVENTORY, LAB, ROOT, WEB, Run, get, on, play, runtime, site

SHOP = "shop.example.org"


def with_shop(folder: Path) -> Path:
    """Return an inventory that has one more app."""
    variables = folder / "group_vars" / "all"
    variables.mkdir(parents=True)
    for name in ("connection.yml", "lab.yml"):
        (variables / name).symlink_to(INVENTORY / "group_vars/all" / name)
    (folder / "hosts.yml").symlink_to(INVENTORY / "hosts.yml")
    shop: dict[str, object] = {
        "name": "shop",
        "source": "{{ ledger_source | default('../../molecule/shared/ledger') }}",
        "callable": "ledger:app",
    }
    shop |= {"domains": [SHOP], "ports": {"blue": 5021, "green": 5022}, "watch_seconds": 1}
    shop |= {"processes": 2, "threads": 4, "tasks": 128, "memory": "256M"}
    shop |= {"workers": [{"name": "mail", "command": "VALUE=x python work.py mail"}]}
    shop |= {"jobs": [{"name": "report", "command": "VALUE=x python work.py job", "schedule": "hourly"}]}
    text = (INVENTORY / "group_vars/all/apps.yml").read_text()
    (variables / "apps.yml").write_text(text + "".join(f"  {line}\n" for line in yaml.safe_dump([shop], width=500).splitlines()))
    return folder


def add(folder: Path) -> Path:
    """Bring the app live; return the inventory that has it."""
    inventory = with_shop(folder)
    site(inventory=inventory, **places()).well()
    assert {get(SHOP, "/status", balancer).status for balancer in BALANCERS} == {200}
    return inventory


def places() -> dict[str, str]:
    """Return the variables that an inventory elsewhere needs, for what its paths are relative to."""
    return {"lab_dir": str(LAB), "fleet_source_root": str(INVENTORY), "ledger_source": str(ROOT / "molecule/shared/ledger")}


def remove(*options: str, **variables: object) -> Run:
    """Remove an app."""
    return play("remove", *options, **variables)


def said(run: Run) -> str:
    """Return what a run has printed, on one line and as it was written."""
    return " ".join(run.output.split()).replace("''", "'")


def until_gone(balancer: str) -> list[int]:
    """Ask for an answer that takes its time, again and again until there is no such site; return how each was answered."""
    answers: list[int] = []
    while 404 not in answers and len(answers) < 100:
        answers.append(get(SHOP, "/slow?seconds=4", balancer).status)
    return answers


def traces() -> dict[str, str]:
    """Return all that a host still has of the app; nothing where it never was."""
    paths = "/etc /srv /var/lib /var/spool /run /tmp -xdev -name '*shop*' -not -path '/var/lib/hostler/*'"
    unit = "systemctl list-units --all --plain --no-legend 'shop[@.]*'; systemctl list-unit-files --no-legend 'shop[@.]*'"
    web = f"find {paths}; getent passwd shop; getent group shop; {unit}; ss -Htln | grep -E ':502[12] '; true"
    balancer = "grep -h shop /etc/haproxy/haproxy.cfg /etc/haproxy/slots.map; true"
    found = {host: on(host, web) for host in WEB} | {host: on(host, balancer) for host in BALANCERS}
    found |= {
        f"{host}'s HAProxy": "".join(runtime(host, f"show {what}") for what in ("map /etc/haproxy/slots.map", "stat")) for host in BALANCERS
    }
    return {host: text for host, text in found.items() if "shop" in text or ":502" in text}


@pytest.mark.usefixtures("undisturbed")
def test_an_app_that_was_taken_out_is_named_and_then_leaves_nothing_behind(tmp_path: Path) -> None:
    """Until then it is only said what is left; the removal lets an open request finish."""
    inventory = add(tmp_path)
    run = play("remove", inventory=inventory, app="shop", confirm="shop", **places())
    assert "app: shop is still in apps; take it out of the inventory first, then run this again." in said(run)
    assert set(run.changed.values()) == {0}

    run = play("deploy").well()
    assert "shop is no longer in apps, but has parts on web1, web2: ansible-playbook playbooks/remove.yml -e app=shop" in said(run)
    assert set(run.changed.values()) == {0}

    with ThreadPoolExecutor() as pool:
        asked = [pool.submit(until_gone, balancer) for balancer in BALANCERS]
        remove(app="shop", confirm="shop").well()
        assert {status for answers in asked for status in answers.result()} == {200, 404}
    assert traces() == {}
    assert {get(SHOP, "/status", balancer).status for balancer in BALANCERS} == {404}
    last = [json.loads(on(balancer, "tail -n 1 /var/lib/hostler/history.jsonl")) for balancer in BALANCERS]
    assert {(event["event"], event["app"]) for event in last} == {("removed", "shop")}


@pytest.mark.parametrize("name", ["../x", "www-data", "hello"])
def test_what_is_no_app_that_was_taken_out_is_refused(name: str) -> None:
    """Only what bears our marks is removed."""
    run = remove(app=name, confirm=name)
    assert run.code != 0
    assert "msg: 'app: " in run.output
    assert set(run.changed.values()) == {0}


@pytest.mark.long
def test_a_removal_asks_first_and_is_done_once(tmp_path: Path) -> None:
    """In check mode it tells what would go; the second one finds nothing, and neither does site.yml."""
    add(tmp_path)
    for variables in ({}, {"confirm": "yes"}):
        run = remove(app="shop", **variables)
        assert "Nothing was removed: type shop when asked, or say it with -e confirm=shop where nobody can be asked." in said(run)
        assert set(run.changed.values()) == {0}
    run = remove("--check", "--diff", app="shop").well()
    assert all(f"-{part}" in run.output for part in ("/srv/shop", "/var/lib/shop", "shop/turn 1", "backend shop_blue"))
    assert get(SHOP, "/status").status == 200

    remove(app="shop", confirm="shop").well()
    run = remove(app="shop", confirm="shop").well()
    assert "nothing is left of it" in said(run)
    run = site().well()
    assert set(run.changed.values()) == {0}
    assert "shop" not in run.output


@pytest.mark.long
def test_data_that_lies_elsewhere_is_left_to_the_operator_and_a_removal_that_was_killed_is_finished_by_the_next(tmp_path: Path) -> None:
    """A link or a mount is not of our making: nothing on that host goes before it is away. The removal that was killed had come as far as
    the last step on the other host. And the app may come back as a new one, as it does for each test.
    """
    add(tmp_path)
    on("web2", "mv /var/lib/shop /var/lib/elsewhere && ln -s elsewhere /var/lib/shop")
    run = remove(app="shop", confirm="shop")
    assert "/var/lib/shop: a link, or mounted; its content may be wanted. Take it away, then run this again." in said(run)
    assert on("web2", "systemctl is-active shop@blue").strip() == "active"
    assert on("balancer1", "cat /run/hostler.lock") == ""
    on("web2", "rm /var/lib/shop && rm -r /var/lib/elsewhere")
    on("web1", "systemctl stop 'shop[@.]*'; rm -rf /srv/shop /etc/systemd/system/*.wants/shop@*; ! id -u shop || userdel shop")
    remove(app="shop", confirm="shop").well()
    assert traces() == {}
