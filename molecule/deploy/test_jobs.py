"""Jobs and workers of an app follow what is live, and back; and no visitor notices."""

import pytest
import steps
from fleet import GROUPS, WEB, Run, on, play, until
from steps import live, named

FIRST = GROUPS["web"][0]  # of the inventory, not of the alphabet
OTHERS = [host for host in WEB if host != FIRST]
UNITS = {"ledger.mail.service"}
ONCE = {"ledger.report.service", "ledger.report.timer"}
HOLD = "/var/lib/ledger/hold"


def units(value: str) -> dict[str, object]:
    """Return the variables of an app with a worker, and a job that goes on while there is a file HOLD; never on its schedule."""
    work = f'VALUE="{value} ${{TRICKY}}" python work.py'
    report = {"name": "report", "command": f"while [ -e {HOLD} ]; do sleep 0.1; done; {work} job", "schedule": "2099-01-01"}
    return {"ledger_workers": [{"name": "mail", "command": f"{work} mail"}], "ledger_jobs": [report]}


def deploy(**variables: object) -> Run:
    """Deploy the ledger, with one value of its environment for all of these tests."""
    return steps.deploy("jobs", **variables)


def work(host: str, name: str) -> list[str]:
    """Return what the worker or job has noted on a host since these tests began."""
    lines = on(host, "cat /var/lib/ledger/work 2>/dev/null || true").splitlines()
    ours = [line.removesuffix(f" {named('jobs')}") for line in lines if line.endswith(f" {named('jobs')}")]
    return [line.replace(f" {name}", "") for line in ours if f" {name} " in line]


def there(host: str) -> dict[str, str]:
    """Return the release of each unit of a job or worker that a host has; empty for a timer, which has none."""
    text = "cd /etc/systemd/system && for unit in ledger.*; do echo $unit $(sed -n 's/^Environment=RELEASE=//p' $unit); done"
    found = (line.partition(" ") for line in on(host, text).splitlines())
    return {unit: release for unit, _, release in found if unit != "ledger.*"}


def follow(release: str) -> None:
    """Hold that all hosts have the units of a release, the first one what runs once; and that the workers run."""
    for host in WEB:
        found = there(host)
        assert set(found) == (UNITS | ONCE if host == FIRST else UNITS)
        assert set(found.values()) - {""} == {release}
        assert on(host, "systemctl is-active ledger.mail; systemctl is-enabled ledger.mail").split() == ["active", "enabled"]
    assert on(FIRST, "systemctl is-active ledger.report.timer").strip() == "active"


@pytest.fixture(scope="module", autouse=True)
def _clean() -> None:
    for host in WEB:
        on(host, f"rm -f /var/lib/ledger/work {HOLD}")


@pytest.mark.usefixtures("undisturbed")
def test_they_follow_a_deploy_and_turn_back_with_a_rollback() -> None:
    """The worker of before has ended, in its own time, when that of after begins. A job that runs ends on the release that it began on."""
    deploy(**units("one")).well()
    one = live()
    follow(one)
    assert set(deploy(**units("one")).well().changed.values()) == {0}
    on(FIRST, f"touch {HOLD} && systemctl start --no-block ledger.report")
    deploy(**units("two")).well()
    two = live()
    follow(two)
    on(FIRST, f"rm {HOLD}; systemctl start ledger.report; systemctl start ledger.report")
    play("rollback", app="ledger").well()
    assert live() == one
    follow(one)
    on(FIRST, "systemctl start ledger.report")
    for host in WEB:
        # One that has begun may not have said so yet
        assert until(lambda host=host: len(work(host, "mail")) == 5)  # type: ignore[misc]
        assert work(host, "mail") == [
            f"{event} {release}"
            for event, release in zip(
                ("began", "ended", "began", "ended", "began"),
                (f"{one} one", f"{one} one", f"{two} two", f"{two} two", f"{one} one"),
                strict=True,
            )
        ]
    assert work(FIRST, "job") == [f"began {release}" for release in (f"{one} one", f"{two} two", f"{one} one")]
    assert {host: work(host, "job") for host in OTHERS} == {host: [] for host in OTHERS}
    play("status").well()


@pytest.mark.usefixtures("undisturbed")
@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"ledger_workers": [{"name": "mail", "command": "echo dying words; exit 3"}]}, ["does not stay up", "dying words", "as before"]),
        pytest.param(
            {"ledger_jobs": [{"name": "report", "command": "true", "schedule": "at tea"}]},
            ["apps.ledger.jobs.report.schedule: 'at tea' is"],
            marks=pytest.mark.long,
        ),
    ],
    ids=["a worker that ends at once", "a schedule that systemd does not know"],
)
def test_what_is_no_good_leaves_all_as_it_was(variables: dict[str, object], said: list[str]) -> None:
    """Visitors and workers are back on the former release, those workers that had been stopped by a new start."""
    before = live()
    run = deploy(**{**units("bad"), **variables})
    assert run.code != 0
    assert [words for words in said if words not in " ".join(run.output.replace("''", "'").split())] == [], run.output[-5000:]
    assert live() == before
    follow(before)


@pytest.mark.usefixtures("undisturbed")
@pytest.mark.long
def test_a_host_that_lost_its_worker_has_it_back() -> None:
    """By a run that finds the release itself live and well; the other hosts' workers go on."""
    release, worker = live(), on(OTHERS[0], "systemctl show --property MainPID --value ledger.mail")
    on(FIRST, "rm /etc/systemd/system/ledger.mail.service && systemctl daemon-reload && systemctl stop ledger.mail")
    run = deploy(**units("one")).well()
    assert live() == release
    follow(release)
    assert (run.changed[FIRST], run.changed[OTHERS[0]]) == (1, 0)
    assert on(OTHERS[0], "systemctl show --property MainPID --value ledger.mail") == worker


@pytest.mark.usefixtures("undisturbed")
def test_what_the_app_no_longer_has_goes() -> None:
    """With a release without it, and with all that systemd knows of it."""
    deploy().well()
    assert [there(host) for host in WEB] == [{}] * len(WEB)
    left = "find /etc/systemd/system /var/lib/systemd/timers -name '*ledger.*'; systemctl list-units --all --plain --no-legend 'ledger.*'"
    assert {host: on(host, left) for host in WEB} == dict.fromkeys(WEB, "")
    assert [work(host, "mail")[-1].split()[0] for host in WEB] == ["ended"] * len(WEB)
