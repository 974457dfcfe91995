"""The page in a browser: what it says of a fleet, how one gets about in it, and that everybody can."""

import json
import re
from collections.abc import Callable
from importlib import resources
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Page, expect

from tests.page.conftest import Shown
from tests.page.world import DAY, NEW, NOW, OLD, App, Deploy, World, broken, deploying, healthy, one

FLEETS: dict[str, Callable[[], World]] = {
    "healthy": healthy,
    "deploying": deploying,
    "broken": broken,
    "empty": lambda: World(empty=True),
    "nothing deployed": lambda: World(apps=[]),
    "no Prometheus": lambda: World(prometheus=False),
}
AXE = resources.files(axe_playwright_python).joinpath("axe.min.js").read_text(encoding="utf-8")
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def verdict(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def causes(page: Page) -> list[str]:
    return page.locator("#causes li").all_inner_texts()


def row(page: Page, table: str, name: str) -> str:
    """Return the text of a table's row that begins with a name."""
    return (
        page.get_by_role("region", name=table, exact=True)
        .get_by_role("row")
        .filter(has=page.get_by_role("rowheader", name=name))
        .inner_text()
    )


def judged(text: str, kind: str = "problem", by: str = "monitor1") -> dict[str, Any]:
    """Return the series by which the judge of status.yml tells a sentence."""
    return one("hostler_problem", 1, kind=kind, text=text, instance=by)


class TestWhatItSays:
    """What the page says of a fleet."""

    def test_a_healthy_fleet_is_well(self, show: Shown) -> None:
        page = show(healthy())
        assert verdict(page) == "All is well."
        assert causes(page) == []
        assert page.locator("body").get_attribute("data-level") == "well"
        assert page.title() == "All is well: the fleet"
        assert not page.get_by_role("heading", name="Open alerts").is_visible()
        assert "As of 03:03:05 UTC." in page.locator("#fresh").inner_text()

    def test_each_app_is_told_with_what_is_live_and_how_it_does(self, show: Shown) -> None:
        page = show(healthy())
        said = page.locator("#apps li").inner_text()
        assert f"green is live with {NEW}" in said
        assert f"Deploy by ada, 2 hours ago; blue stands by with {OLD}" in said
        assert re.search(r"Requests\s+36\.\d/s\s+Errors\s+0 %\s+p50\s+22 ms\s+p95\s+92 ms\s+p99\s+199 ms", said)

    def test_each_slot_is_told_by_host_with_who_sees_it_up(self, show: Shown) -> None:
        said = row(show(healthy()), "Hosts", "web2")
        assert f"blue {OLD} standby" in said
        assert re.search(rf"green {NEW} live ✓ 2/2 up \d+ MB", said)
        assert "of 16" in said

    def test_a_host_that_is_gone_is_the_first_thing_that_is_said(self, show: Shown) -> None:
        page = show(broken())
        assert verdict(page) == "web3 does not answer, and 2 alerts are open."
        assert page.locator("body").get_attribute("data-level") == "page"
        assert "no answer" in row(page, "Hosts", "web3")
        assert "0/2 up" in row(page, "Hosts", "web3")
        assert "failed: apt-daily.service" in row(page, "Hosts", "web1")

    def test_an_open_alert_says_what_it_is_what_to_do_and_where_to_read_on(self, show: Shown) -> None:
        page = show(broken())
        [burns, gone] = page.locator("#alerts li").all_inner_texts()
        assert "ErrorBudgetBurns hello for 3 minutes" in burns
        assert "HostDown web3 for 4 minutes" in gone
        assert "Do: ssh web3" in gone
        assert page.get_by_role("link", name="What it means: HostDown").get_attribute("href") == "runbooks/HostDown.md"

    def test_the_watchdog_is_no_alert_and_what_informs_is_no_cause(self, show: Shown) -> None:
        world = healthy()
        world.alert("Watchdog", "info", "Alerts are delivered.")
        world.alert("RebootDue", "info", "web1 waits for a reboot.")
        page = show(world)
        assert verdict(page) == "All is well."
        assert len(page.locator("#alerts li").all()) == 1

    def test_a_deploy_is_well_and_is_told(self, show: Shown) -> None:
        page = show(deploying())
        assert verdict(page) == "All is well."
        assert causes(page) == [
            "10 % of the requests to hello go to a canary.",
            "A run holds the fleet's lock, since 03:01:30 (1 minute ago).",
        ]
        assert "deploy failed" in row(page, "Last deploys", "The hour around 2026-11-28 02:58")

    def test_maintenance_is_told_and_is_well(self, show: Shown) -> None:
        world = World(apps=[App("hello", maintenance=True)], deploys=[Deploy(60, "hello", 9, "", "maintenance", "on")])
        page = show(world)
        assert (verdict(page), causes(page)) == ("All is well.", ["hello is in maintenance."])
        assert "maintenance on" in row(page, "Last deploys", "The hour around 2026-11-28 03:02")

    def test_a_live_slot_that_a_balancer_sees_down_is_not_well(self, show: Shown) -> None:
        world = healthy()
        whole = world.of_slots
        world.of_slots = lambda: [  # type: ignore[method-assign]
            {**series, "value": [NOW, "0"]}
            if series["metric"].get("instance") == "balancer2"
            and series["metric"].get("host") == "web1"
            and series["metric"]["slot"] == "green"
            else series
            for series in whole()
        ]
        world.remarks = [judged("balancer2: the live slot green of hello is not up on web1: DOWN.")]
        page = show(world)
        assert verdict(page) == "balancer2: the live slot green of hello is not up on web1: DOWN."
        assert page.locator("body").get_attribute("data-level") == "ticket"
        assert "1/2 up" in row(page, "Hosts", "web1")

    def test_a_host_that_was_taken_out_of_rotation_is_told_and_is_well(self, show: Shown) -> None:
        """As `patch.yml` does it, one host after the other."""
        world = healthy()
        whole = world.of_slots

        def taken_out() -> list[dict[str, Any]]:
            made = whole()
            own = [series["metric"] for series in made if series["metric"].get("state") == "UP" and series["metric"]["host"] == "web2"]
            kept = [series for series in made if series["metric"] not in own]
            return [
                *kept,
                *(
                    {"metric": {**labels, "state": state}, "value": [NOW, up]}
                    for labels in own
                    for state, up in (("UP", "0"), ("MAINT", "1"))
                ),
            ]

        world.of_slots = taken_out  # type: ignore[method-assign]
        page = show(world)
        assert (verdict(page), causes(page)) == ("All is well.", ["web2 is out of rotation."])
        assert "live out of rotation" in row(page, "Hosts", "web2")

    def test_no_web_host_left_is_told_as_what_visitors_see(self, show: Shown) -> None:
        world = healthy()
        world.down = set(world.web)
        assert "No web host of hello is up for any balancer; visitors get 503." in causes(show(world))

    def test_what_the_judge_of_status_has_found_are_the_causes_and_its_warnings_are_no_problem(self, show: Shown) -> None:
        world = healthy()
        world.remarks = [judged("balancer1: 15 of the 16 places of hello are in use.", "warning")]
        page = show(world)
        assert (verdict(page), causes(page)) == ("All is well.", ["balancer1: 15 of the 16 places of hello are in use."])
        world.remarks += [judged("The balancers disagree on hello."), judged("web1: the live slot green of hello is failed.")]
        page.clock.run_for(15_000)
        expect(page.get_by_role("heading", level=1)).to_have_text("2 things are not as they should be.")
        assert causes(page)[:2] == ["The balancers disagree on hello.", "web1: the live slot green of hello is failed."]

    def test_what_a_host_has_found_long_ago_is_not_told_as_of_now(self, show: Shown) -> None:
        """Its file stays where the program is gone."""
        world = healthy()
        whole = world.of_hosts
        old = {"__name__": "hostler_facts_timestamp_seconds", "instance": "balancer2"}
        world.of_hosts = lambda at: [  # type: ignore[method-assign]
            {**series, "value": [NOW, str(at - 300)]} if series["metric"] == old else series for series in whole(at)
        ]
        world.remarks = [
            judged("balancer1: HAProxy does not run; run site.yml.", by="balancer1"),
            judged("It may be over.", by="balancer2"),
        ]
        assert causes(show(world)) == [
            "balancer2 has told nothing of itself for 5 minutes.",
            "balancer1: HAProxy does not run; run site.yml.",
        ]

    def test_who_cannot_judge_is_not_taken_for_who_has_found_nothing(self, show: Shown) -> None:
        world = healthy()
        world.remarks = [
            one("hostler_facts_failed", failed, part="problems", instance=host) for host, failed in (("monitor1", 1), ("balancer1", 0))
        ]
        assert verdict(show(world)) == "monitor1 cannot tell what is wrong; see 'journalctl -u hostler-facts' there."

    def test_a_certificate_that_is_not_renewed_is_marked(self, show: Shown) -> None:
        world = healthy()
        world.remarks = [
            one("hostler_certificate_ends_timestamp_seconds", NOW + 9.5 * DAY, instance="balancer2", domain="hello.example.org"),
            one("hostler_certificate_failing_since_timestamp_seconds", NOW - 2 * DAY, instance="balancer2", domain="hello.example.org"),
        ]
        said = row(show(world), "Certificates", "hello.example.org")
        assert "in 9 days" in said
        assert "fails since 2026-11-26 03:03" in said


class TestWhatItDoesNotKnow:
    """What the page says where it cannot know."""

    def test_no_prometheus_is_said_and_not_taken_for_a_fleet_that_is_well(self, show: Shown) -> None:
        page = show(World(prometheus=False))
        assert verdict(page) == "Prometheus does not answer."
        assert "this page knows nothing of the fleet" in causes(page)[0]
        assert "systemctl status prometheus" in causes(page)[1]

    def test_open_alerts_are_shown_without_prometheus(self, show: Shown) -> None:
        world = broken()
        world.prometheus = False
        page = show(world)
        assert verdict(page) == "Prometheus does not answer."
        assert [one.partition(" for ")[0] for one in page.locator("#alerts li .what").all_inner_texts()] == [
            "! page ErrorBudgetBurns hello",
            "! page HostDown web3",
        ]

    def test_where_neither_answers_the_alerts_are_those_of_before(self, show: Shown) -> None:
        world = broken()
        page = show(world)
        world.prometheus = world.alertmanager = False
        page.clock.run_for(15_000)
        expect(page.get_by_role("heading", level=1)).to_have_text("Prometheus does not answer.")
        assert page.locator("#alerts li").count() == 2

    def test_where_prometheus_goes_what_is_left_is_said_to_be_old(self, show: Shown) -> None:
        world = healthy()
        page = show(world)
        world.prometheus = False
        page.clock.run_for(15_000)
        expect(page.get_by_role("heading", level=1)).to_have_text("Prometheus does not answer.")
        assert "What is below is of 03:03:05 UTC" in causes(page)[0]
        assert "green is live" in page.locator("#apps").inner_text()
        world.prometheus = True
        page.clock.run_for(15_000)
        expect(page.get_by_role("heading", level=1)).to_have_text("All is well.")

    def test_without_alertmanager_alerts_are_prometheus_s_and_that_is_a_cause(self, show: Shown) -> None:
        world = healthy()
        world.alertmanager = False
        world.remarks = [one("ALERTS", 1, alertname="DiskWillFill", alertstate="firing", severity="ticket", instance="web1")]
        page = show(world)
        assert verdict(page) == "1 alert is open."
        assert any("Alertmanager does not answer" in cause for cause in causes(page))
        assert "DiskWillFill web1" in page.locator("#alerts").inner_text()

    def test_before_the_first_scrape_nothing_is_known(self, show: Shown) -> None:
        assert verdict(show(World(empty=True))) == "Nothing is known yet."

    def test_a_fleet_without_a_release_says_what_to_do(self, show: Shown) -> None:
        page = show(World(apps=[]))
        assert verdict(page) == "Nothing is deployed yet."
        assert "ansible-playbook site.yml" in causes(page)[0]
        assert page.get_by_text("Nothing was recorded in this time.").count() == 3

    def test_an_app_that_is_not_there_is_said(self, show: Shown) -> None:
        assert "There is no app hallo here" in show(healthy(), "#app=hallo").locator("#apps").inner_text()


class TestTheWay:
    """How one gets about."""

    def test_an_app_and_a_host_are_a_click_and_the_way_back_works(self, show: Shown) -> None:
        page = show(World(apps=[App("hello"), App("shop")], deploys=[Deploy(60, "shop", 3, NEW), Deploy(90, "hello", 2, NEW)]))
        page.get_by_role("link", name="shop").first.click()
        expect(page.get_by_role("heading", name="Requests by host")).to_be_visible()
        assert page.url.endswith("#app=shop")
        assert page.locator("#apps li").count() == 1
        assert page.locator("#deploys tbody tr").count() == 1
        page.get_by_role("link", name="web3").first.click()
        expect(page.get_by_role("heading", name="The host web3")).to_be_visible()
        assert page.url.endswith("#app=shop&host=web3")
        page.go_back()
        page.go_back()
        expect(page.locator("#apps li")).to_have_count(2)

    def test_a_time_is_in_the_address_and_of_that_time_all_is_asked(self, show: Shown) -> None:
        world = healthy()
        page = show(world)
        page.get_by_role("link", name="7d").click()
        expect(page.get_by_role("link", name="7d")).to_have_attribute("aria-current", "true")
        assert page.url.endswith("#range=7d")
        page.get_by_role("link", name="Earlier").click()
        expect(page.locator("#fresh")).to_contain_text("As it was at 2026-11-24 15:03 UTC.")
        assert page.url.endswith("#range=7d&end=2026-11-24T15:03:05Z")
        assert [given.get("time") for path, given in world.asked if path == "/api/v1/query"][-1] == str(NOW - 7 * DAY // 2)

    def test_the_hour_of_a_deploy_is_a_click(self, show: Shown) -> None:
        page = show(healthy())
        page.get_by_role("link", name="The hour around 2026-11-27 03:03").click()
        expect(page.locator("#span")).to_contain_text("2026-11-27 02:33 to 2026-11-27 03:33 UTC, 1 hour.")

    def test_what_is_drawn_over_in_a_chart_is_looked_at_closer(self, show: Shown) -> None:
        page = show(healthy())
        box = page.locator(".u-over").first.bounding_box()
        assert box
        page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 40)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 40, steps=4)
        page.mouse.up()
        expect(page.locator("#span")).to_contain_text("2026-11-27 22:3")
        # Half of six hours, to a pixel or two
        assert re.search(r"#range=10[6-9]\d\ds&end=2026-11-28T01:3\d:\d\dZ$", page.url)

    def test_all_can_be_reached_by_keyboard_and_escape_leads_back(self, show: Shown) -> None:
        page = show(healthy())
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="App hello: show all again")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("link", name="App hello: show all again")).to_have_count(0)

    def test_a_refresh_disturbs_nobody_who_reads(self, show: Shown) -> None:
        world = healthy()
        page = show(world)
        page.get_by_text("As a table").first.click()
        page.get_by_role("link", name="web2").focus()
        world.apps[0].rate = 11
        page.clock.run_for(15_000)
        expect(page.locator("#apps li")).to_contain_text(re.compile(r"9\.5\d/s"))
        assert page.evaluate("document.activeElement.textContent") == "web2"
        assert page.get_by_role("region", name="Requests, as a table").is_visible()

    def test_it_asks_again_by_itself_and_not_while_it_is_paused(self, show: Shown) -> None:
        world = healthy()
        page = show(world)

        with page.expect_response(re.compile("api/v1/query\\?")):
            page.clock.run_for(15_000)
        page.get_by_role("button", name="Pause").click()
        # A refresh that has begun asks one thing after the other
        for _ in range(100):
            world.asked.clear()
            page.wait_for_timeout(100)
            if not world.asked:
                break
        page.clock.run_for(60_000)
        page.evaluate("fetch('words.js')")  # what was asked before it has come by then
        assert world.asked == []
        with page.expect_response(re.compile("api/v1/query\\?")):
            page.get_by_role("button", name="Go on").click()

    def test_who_does_not_look_asks_nothing(self, show: Shown) -> None:
        world = healthy()
        page = show(world)
        hidden = """Object.defineProperty(document, 'hidden', {value: %s, configurable: true});
            document.dispatchEvent(new Event('visibilitychange'))"""
        page.evaluate(hidden % "true")
        world.asked.clear()
        page.clock.run_for(60_000)
        page.evaluate("fetch('words.js')")
        assert world.asked == []
        with page.expect_response(re.compile("api/v1/query\\?")):
            page.evaluate(hidden % "false")


class TestForEveryone:
    """Who cannot see charts, colours, or much at once."""

    @pytest.mark.parametrize(("width", "scheme"), [(400, "dark"), (1400, "light")])
    @pytest.mark.parametrize("fleet", FLEETS)
    def test_it_holds_to_wcag_aa(self, show: Shown, fleet: str, width: int, scheme: str) -> None:
        page = show(FLEETS[fleet](), width=width, color_scheme=scheme)
        page.clock.resume()  # axe waits, by the same clock
        page.evaluate(AXE)
        found: dict[str, Any] = page.evaluate("levels => axe.run({runOnly: {type: 'tag', values: levels}})", LEVELS)
        wrong = [(rule["id"], node["target"], node["failureSummary"]) for rule in found["violations"] for node in rule["nodes"]]
        assert wrong == [], json.dumps(wrong, indent=2)
        assert len(found["passes"]) > 10

    @pytest.mark.parametrize("width", [320, 800, 1400])
    def test_nothing_is_wider_than_the_window(self, show: Shown, width: int) -> None:
        world = broken()
        world.apps[0].name = "a-rather-long-name-of-an-app"
        page = show(world, width=width)
        assert page.evaluate("document.documentElement.scrollWidth") == width

    def test_a_chart_has_its_figures_as_a_table(self, show: Shown) -> None:
        page = show(healthy())
        page.get_by_text("As a table: Latency").click()
        said = page.get_by_role("region", name="Latency, as a table")
        assert [head.strip() for head in said.get_by_role("row").first.inner_text().split("\t")] == ["UTC", "p50", "p95", "p99"]
        assert said.get_by_role("row").nth(1).inner_text().split("\t")[0] == "2026-11-28 03:03"
        assert 15 < said.get_by_role("row").count() < 30

    def test_a_change_of_the_verdict_is_told_to_who_hears(self, show: Shown) -> None:
        assert show(healthy()).get_by_role("status").inner_text() == "All is well."


def test_fifty_hosts_are_shown(show: Shown) -> None:
    world = World(web=[f"web{number}" for number in range(1, 51)])
    page = show(world)
    assert page.locator("#hosts tbody tr").count() == 53
    assert page.locator("#hosts tbody th").nth(9).inner_text() == "web10"
