"""The templates, rendered without a host, and held against the programs that read them where those are here."""

import configparser
import json
import re
import shutil
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.model import App, backend, late
from tests.shared.rendered import TEXTS, gunicorn, render
from tests.shared.samples import app, write

PAGES = ["unavailable.html", "maintenance.html"]
HAPROXY = shutil.which("haproxy", path="/usr/sbin:/usr/bin")
ONE = [app()]
THREE = [
    app(sticky=True),
    app(
        name="shop",
        default=False,
        domains=["www.shop.example", "shop.example"],
        ports={"blue": 6001, "green": 6002},
        processes=3,
        threads=4,
        timeout=30,
        limits=[{"path": "/login", "per_minute": 10}, {"path": "/", "per_minute": 1000}],
        balance="leastconn",
        sticky=True,
    ),
    app(name="api", interface="asgi", default=False, domains=["api.example"], ports={"blue": 7001, "green": 7002}, health="/ready?full=1"),
]
MANY = [app(domains=[f"a{number}.example.org" for number in range(100)])]
FLEET = {
    "name": "a.fleet.example",
    "domains": ["a.fleet.example"],
    "default": False,
    "tls": "files",
    "certificate": "",
    "allow": ["192.0.2.7"],
}
HOSTS = [
    {"name": "web1", "address": "192.0.2.21", "cores": 1},
    {"name": "web2", "address": "192.0.2.22", "cores": 4},
    {"name": "web3", "address": "192.0.2.23", "cores": 2},
]


def haproxy(
    apps: list[App],
    hosts: list[dict[str, Any]] = HOSTS,
    ipv6: bool = True,
    monitors: tuple[str, ...] = (),
    pages: list[dict[str, Any]] | None = None,
    **variables: Any,
) -> str:
    fleet = {
        "apps": [one.json() for one in apps],
        "hosts": {host["name"]: host for host in hosts},
        "monitors": list(monitors),
        "pages": pages or [],
        "facts": {name: {"address": "2001:db8::31"} for name in monitors},
        "ports": {"balancer": 9101, "page": 9081},
        "identity": "/etc/ssl/hostler",
    }
    facts = {"hostler": {"ipv6": ipv6}}
    return render("balancer", "etc/haproxy/haproxy.cfg.j2", fleet=fleet, ansible_facts=facts, **variables)


def sections(text: str) -> dict[str, list[str]]:
    """Return the lines of each section of HAProxy's configuration, without comments."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        if line and not line.startswith((" ", "#")):
            lines = found.setdefault(line, [])
        elif line.strip() and not line.strip().startswith("#"):
            lines.append(line.strip())
    return found


def backends(apps: list[App], hosts: list[dict[str, Any]] = HOSTS, **variables: Any) -> dict[str, list[str]]:
    """Return the lines of each backend of an app; those that only hold a table are none."""
    parts = sections(haproxy(apps, hosts, **variables))
    return {name.removeprefix("backend "): lines for name, lines in parts.items() if name.startswith("backend ") and len(lines) > 1}


def cookies(lines: list[str]) -> dict[str, str]:
    """Return the cookie of each server of a backend, by the host's name."""
    return {line.split()[1]: line.split(" cookie ")[1] for line in lines if line.startswith("server ")}


class TestHAProxy:
    """HAProxy's configuration."""

    @pytest.mark.skipif(not HAPROXY, reason="HAProxy is not installed here")
    @pytest.mark.parametrize("apps", [ONE, THREE, THREE[1:], MANY], ids=["one app", "three apps", "no default", "100 names"])
    @pytest.mark.parametrize("variables", [{}, {"balancer_log_queries": True, "balancer_log_addresses": "truncated"}], ids=["", "logs"])
    def test_haproxy_accepts_it(self, apps: list[App], variables: dict[str, Any], tmp_path: Path) -> None:
        for page in PAGES:
            (tmp_path / page).write_text(render("balancer", f"etc/haproxy/{page}.j2"))
        (checked := tmp_path / "checked.map").write_text("")
        (tmp_path / "wait.lua").write_text(render("balancer", "etc/haproxy/wait.lua.j2", __balancer_checked=checked))
        (slots := tmp_path / "slots.map").write_text("hello blue\n")
        (states := tmp_path / "servers.state").write_text("1\n")
        places: dict[str, Any] = {"__balancer_map": slots, "__balancer_checked": checked, "__balancer_states": states}
        text = haproxy(apps, __balancer_socket=tmp_path / "admin.sock", **places, **variables)
        config = tmp_path / "haproxy.cfg"
        config.write_text(re.sub("/etc/haproxy/(?=[a-z]+[.](html|lua))", f"{tmp_path}/", text))
        done = subprocess.run([str(HAPROXY), "-c", "-f", str(config)], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")

    def test_each_slot_of_each_app_has_every_web_host_on_its_port(self) -> None:
        found = backends(THREE)
        slots = [(backend(each.name, slot), port) for each in THREE for slot, port in each.ports.items()]
        assert set(found) == {name for slot, _ in slots for name in (slot, late(slot))}
        for slot, port in slots:
            for name in (slot, late(slot)):
                servers = [line.split()[1:3] for line in found[name] if line.startswith("server ")]
                assert servers == [[server["name"], f"{server['address']}:{port}"] for server in HOSTS]

    def test_a_host_of_ipv6_stands_in_brackets(self) -> None:
        hosts = [{"name": "Web_1.example.org", "address": "2001:db8::21", "cores": 1}]
        [server] = [line for line in backends(ONE, hosts)["hello_blue"] if line.startswith("server ")]
        assert server.startswith("server Web_1.example.org [2001:db8::21]:5001 ")

    @pytest.mark.parametrize(("ipv6", "binds"), [(True, [":80", ":::80 v6only"]), (False, [":80"])])
    def test_visitors_come_by_ipv4_and_by_ipv6_where_the_host_has_it(self, ipv6: bool, binds: list[str]) -> None:
        """By a socket each: on one for both, an IPv4 visitor would be told to the app as ::ffff:192.0.2.7."""
        lines = sections(haproxy(ONE, ipv6=ipv6))["frontend visitors"]
        assert [line.removeprefix("bind ") for line in lines if line.startswith("bind ")] == binds

    def test_a_wildcard_stands_for_one_label_and_comes_after_names(self) -> None:
        apps = [replace(THREE[0], domains=["*.shop.example"]), replace(THREE[1], domains=["a.shop.example", "*.b.example"])]
        lines = [line for line in sections(haproxy(apps))["frontend visitors"] if "set-var(txn.app)" in line]
        assert lines == [
            "http-request set-var(txn.app) str(shop) if { var(txn.host) -m str a.shop.example }",
            "http-request set-var(txn.app) str(hello) if { var(txn.parent) -m str .shop.example } !{ var(txn.app) -m found }",
            "http-request set-var(txn.app) str(shop) if { var(txn.parent) -m str .b.example } !{ var(txn.app) -m found }",
            "http-request set-var(txn.app) str(hello) if !{ var(txn.app) -m found }",
        ]

    def test_the_balancer_is_well_while_one_app_is_served(self) -> None:
        """Told before anything that depends on the name; each slot counts while it is the live one, also where its hosts are late."""
        lines = sections(haproxy(THREE))["frontend visitors"]
        told = [line for line in lines if "of_balancer METH_GET" in line and "return status" in line]
        assert len(told) == len(THREE) * 4 + 1
        for one in THREE:
            for slot in one.ports:
                for name in (backend(one.name, slot), late(backend(one.name, slot))):
                    wanted = f"{{ str({one.name}),map(/etc/haproxy/slots.map) -m str {slot} }} {{ nbsrv({name}) gt 0 }}"
                    assert sum(line.endswith(wanted) and " status 200 " in line for line in told) == 1
        assert " status 503 " in told[-1]
        assert lines.index(told[-1]) < next(number for number, line in enumerate(lines) if "txn.host" in line)

    def test_an_app_s_own_headers_go_before_those_of_the_edge(self) -> None:
        lines = sections(haproxy(ONE))["frontend visitors"]
        number = "http-after-response set-header X-Request-ID %[unique-id]"
        added = [line for line in lines if line.startswith("http-after-response set-header ") and line != number]
        assert 'http-after-response set-header X-Frame-Options "SAMEORIGIN" unless { res.hdr(X-Frame-Options) -m found }' in added
        assert len(added) == 5
        bare = sections(haproxy(ONE, balancer_headers={}))["frontend visitors"]
        assert [line for line in bare if "http-after-response" in line] == [number]

    def test_who_is_not_trusted_is_not_believed(self) -> None:
        """What is said of a visitor is read for a request of those alone, and before it is dropped."""
        lines = sections(haproxy(ONE))["frontend visitors"]
        assert not [line for line in lines if "set-src" in line or "expect-proxy" in line or "req.hdr(X-Forwarded" in line]
        trusted = [{"from": "192.0.2.0/24", "kind": "forwarded"}, {"from": "2001:db8::7", "kind": "proxy"}]
        lines = sections(haproxy(ONE, balancer_trusted_proxies=trusted))["frontend visitors"]
        assert "acl of_proxy src 192.0.2.0/24" in lines
        assert "tcp-request connection expect-proxy layer4 if { src 2001:db8::7 }" in lines
        read = [number for number, line in enumerate(lines) if "set-src" in line or "(X-Forwarded-" in line]
        assert all(" if of_proxy" in lines[number] for number in read)
        assert max(read) < lines.index("http-request del-header X-Forwarded- -m beg")

    def test_an_app_without_https_is_served_as_ever(self) -> None:
        lines = "\n".join(sections(haproxy(THREE))["frontend visitors"] + sections(haproxy(THREE))["global"])
        assert not re.search("ssl crt|redirect|Strict-Transport|ssl-default", lines)

    def test_an_app_with_a_certificate_is_served_by_https_alone(self) -> None:
        """The others are served as before; only a certificate that the world trusts may bind browsers to HTTPS."""
        apps = [replace(THREE[0], tls="files"), replace(THREE[1], tls="selfsigned"), THREE[2]]
        found = sections(haproxy(apps))
        visitors = found["frontend visitors"]
        binds = [line.split()[1] for line in visitors if line.startswith("bind ")]
        assert [place for place in binds if "quic" not in place] == [":80", ":::80", ":443", ":::443"]
        assert "acl secured var(txn.app) -m str hello shop" in visitors
        [redirect] = [line for line in visitors if line.startswith("http-request redirect")]
        location = "https://%[req.fhdr(host),host_only]%[pathq]"
        assert redirect == f"http-request redirect location {location} code 308 if secured {{ var(txn.scheme) -m str http }}"
        [hsts] = [line for line in visitors if "Strict-Transport-Security" in line]
        assert "max-age=31536000 if { var(txn.app) -m str hello } { var(txn.scheme) -m str https }" in hsts
        assert any(line.startswith("cookie HOSTLER") and " secure " in line for line in found["backend hello_blue"])
        assert ["https://%[req.fhdr(host),host_only]:8443%[pathq]" in haproxy(apps, balancer_tls_port=port) for port in (8443, 443)] == [
            True,
            False,
        ]
        assert [
            f"ssl-min-ver TLSv1.{3 if kind == 'modern' else 2} " in haproxy(apps, balancer_tls=kind) for kind in ("modern", "intermediate")
        ]
        assert "alpn h3" not in haproxy(apps, balancer_http3=False)

    def test_http3_is_asked_for_where_haproxy_has_it_alone(self) -> None:
        """One that has not would not start with it."""
        lines = [line.strip() for line in haproxy([replace(THREE[0], tls="selfsigned")]).splitlines()]
        depth, with_quic, all_lines = 0, [], []
        for line in lines:
            depth += line.startswith(".if feature(QUIC") - (line == ".endif")
            if not line.startswith("#") and any(word in line for word in ("quic", "h3")):
                all_lines.append(line)
                with_quic += [line] if depth else []
        assert with_quic == all_lines
        assert len(all_lines) == 4
        assert not any("quic" in line for line in haproxy(THREE).splitlines() if not line.startswith("#"))

    def test_who_gives_certificates_is_answered_for_the_domains_that_get_one_alone(self) -> None:
        """By HTTP, before anything sends him elsewhere; and what is got is trusted by the world."""
        apps = [replace(THREE[0], tls="selfsigned"), replace(THREE[1], tls="acme"), THREE[2]]
        lines = sections(haproxy(apps))["frontend visitors"]
        [answer] = [line for line in lines if "acme-challenge" in line]
        assert answer.endswith("{ var(txn.app) -m str shop }")
        assert lines.index(answer) < next(number for number, line in enumerate(lines) if "redirect" in line)
        [hsts] = [line for line in lines if "Strict-Transport-Security" in line]
        assert "{ var(txn.app) -m str shop }" in hsts

    def test_a_visitor_without_a_name_that_is_known_is_shown_the_default_app_s_certificate(self) -> None:
        apps = [replace(one, tls="selfsigned") for one in reversed(THREE)]
        text = render("balancer", "etc/haproxy/tls/list.j2", fleet={"apps": [one.json() for one in apps], "pages": [FLEET]})
        lines = [line for line in text.splitlines() if line.startswith("/")]
        assert lines == [
            "/etc/haproxy/tls/hello.pem ",
            "/etc/haproxy/tls/api.pem api.example",
            "/etc/haproxy/tls/shop.pem shop.example www.shop.example",
            "/etc/haproxy/tls/a.fleet.example.pem a.fleet.example",
        ]

    @pytest.mark.parametrize(("tls", "hsts", "answered"), [("acme", True, True), ("files", True, False), ("selfsigned", False, False)])
    def test_the_page_s_domain_is_served_by_https_as_an_app_s(self, tls: str, hsts: bool, answered: bool) -> None:
        """Though no app is; and the monitor is reached by IPv6 too."""
        found = sections(haproxy(THREE, monitors=("Monitor1",), pages=[{**FLEET, "tls": tls}]))
        visitors, page = found["frontend visitors"], found["backend observers_page"]
        assert any(line.startswith("bind :443 ssl ") for line in visitors)
        assert "ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets" in found["global"]
        assert [line for line in visitors if line.startswith("acl secured")] == ["acl secured var(txn.host) -m str a.fleet.example"]
        assert any("Strict-Transport-Security" in line for line in page) == hsts
        answers = [line for line in visitors if "acme-challenge" in line]
        assert [line.endswith("{ var(txn.host) -m str a.fleet.example }") for line in answers] == [True] * answered
        assert all(visitors.index(line) < next(n for n, other in enumerate(visitors) if "redirect" in other) for line in answers)
        assert page[-1] == "server Monitor1 [2001:db8::31]:9081"
        assert any("verify required verifyhost monitor1 sni str(monitor1) ssl-min-ver TLSv1.3" in line for line in page)

    def test_who_has_no_domain_for_the_page_has_nothing_of_it(self) -> None:
        assert not re.search(
            "page[ _]|9081|of_page", "\n".join(line for line in haproxy(THREE, monitors=("m",)).splitlines() if "#" not in line)
        )

    @pytest.mark.parametrize(
        ("settings", "places"),
        [
            ({"processes": 3, "threads": 4}, [12, 12, 12]),
            ({"processes": 0, "threads": 8}, [16, 32, 16]),
            ({"interface": "asgi", "processes": 1}, [256] * 3),
        ],
        ids=["as given", "one a core, two at least", "asgi"],
    )
    def test_a_host_is_sent_no_more_than_its_workers_can_do(self, settings: dict[str, int], places: list[int]) -> None:
        for lines in backends([app(**settings)]).values():
            assert [int(limit) for limit in re.findall(r"^server .* maxconn (\d+)", "\n".join(lines), re.MULTILINE)] == places

    @pytest.mark.parametrize(
        ("settings", "visitor", "together"),
        [
            ({"processes": 3, "threads": 4}, 18, 27),  # of 36 on three hosts
            ({"processes": 3, "threads": 4, "sticky": True}, 12, 27),  # one visitor is on one host
            ({"processes": 1, "threads": 1}, 12, 2),
            ({"processes": 0, "threads": 4}, 12, 18),  # as many as the smallest host has, on each
        ],
    )
    def test_long_transfers_leave_places_to_what_is_short(self, settings: dict[str, int], visitor: int, together: int) -> None:
        for lines in backends([app(**settings)]).values():
            text = "\n".join(lines)
            for condition in ("", "METH_GET "):
                assert f" if {condition}{{ sc2_conn_cur gt {visitor} }}\n" in text
                assert f" if {condition}{{ sc1_conn_cur gt {together} }}\n" in text
        assert "sc1_conn_cur" not in haproxy([app(**settings)], balancer_limit_transfers="0")

    def test_nothing_that_may_hold_a_secret_is_compressed(self) -> None:
        [kinds] = re.findall("compression type (.*)", haproxy(ONE))
        assert not re.search("html|json|xml|plain|event-stream", kinds.replace("manifest+json", "").replace("svg+xml", ""))
        assert "compression" not in haproxy(ONE, balancer_compress=[])

    def test_one_number_says_how_large_headers_may_be(self) -> None:
        text = haproxy(ONE, balancer_header_kilobytes="64")
        assert "tune.bufsize 131072" in text
        assert [int(size) for size in re.findall(r",length gt (\d+)", text)] == [65536, 16384, 65536]

    def test_limits_that_are_off_leave_nothing_behind(self) -> None:
        kinds = ("requests", "errors", "connections", "transfers")
        none: dict[str, Any] = {f"balancer_limit_{kind}": "0" for kind in kinds}
        assert not re.search(r"limits_|track-sc|429", haproxy(ONE, **none))
        for kind, marks in {"requests": "sc0_http_req_rate", "errors": "sc0_http_err_rate", "connections": "sc0_conn_cur"}.items():
            assert set(re.findall(r"sc0_\w+", haproxy(ONE, **{**none, f"balancer_limit_{kind}": 7}))) == {marks}

    def test_nobody_who_is_allowed_is_counted(self) -> None:
        """Nor a proxy that is believed: it brings many visitors."""
        trusted = [{"from": "198.51.100.7", "kind": "forwarded"}, {"from": "198.51.100.8", "kind": "proxy"}]
        text = haproxy(
            [app(limits=[{"path": "/login", "per_minute": 3}])], balancer_limit_allow=["192.0.2.7"], balancer_trusted_proxies=trusted
        )
        tracked = [line.strip() for line in text.splitlines() if re.search(r"track-sc\d src,", line)]
        first, *rest = tracked
        assert first == "tcp-request session track-sc0 src,ipmask(32,64) table limits_visitors unless { src 192.0.2.7 198.51.100.7 }"
        assert len(rest) == 2 + 2 * 4
        assert [line for line in rest if not line.endswith(" !{ var(txn.allowed) -m found }")] == []

    def test_who_reads_requests_that_never_end_can_have_each_byte(self) -> None:
        assert "wait-for-body time 30s" in haproxy(ONE)
        assert "wait-for-body" not in haproxy(ONE, balancer_body_seconds=0)

    def test_only_get_and_head_are_sent_again_where_they_might_have_run(self) -> None:
        for lines in backends(THREE).values():
            assert "http-request disable-l7-retry unless METH_GET" in lines

    def test_a_slot_is_up_only_with_the_release_that_the_map_names(self) -> None:
        for name, lines in backends(THREE).items():
            key = name.removesuffix("_late").replace("_", "/")
            assert f"http-check expect hdr name server value-lf %[str({key}),map(/etc/haproxy/slots.map,none)]" in lines
            assert "http-check expect status 200" in lines
            send = next(line for line in lines if line.startswith("http-check send"))
            assert f"uri-lf %[str({key}/path),map(/etc/haproxy/slots.map,/)]" in send
            assert f"hdr Host %[str({key}/host),map(/etc/haproxy/slots.map,localhost)]" in send

    def test_each_app_has_its_own_time_and_balance(self) -> None:
        found = backends(THREE)
        assert {"timeout server 30s", "balance leastconn"} < set(found["shop_blue"])
        assert {"timeout server 10s", "balance roundrobin"} < set(found["api_green"])

    def test_only_sticky_apps_have_a_cookie_and_nothing_can_be_read_in_it(self) -> None:
        found = backends(THREE)
        for name in ("hello_blue", "shop_green"):
            values = cookies(found[name])
            assert len(set(values.values())) == len(HOSTS)
            assert all(re.fullmatch("[0-9a-f]{12}", value) for value in values.values())
            assert any(line.startswith("cookie HOSTLER insert indirect nocache httponly") for line in found[name])
        assert "cookie" not in "\n".join(found["api_blue"])

    def test_a_host_more_or_less_leads_no_visitor_to_another(self) -> None:
        """Nor does a new address: who has a cookie of a host goes on to the host of that name."""
        before = cookies(backends(THREE)["hello_blue"])
        more = [{"name": "web0", "address": "192.0.2.20", "cores": 1}, *HOSTS, {"name": "web15", "address": "192.0.2.25", "cores": 1}]
        for hosts in (more, HOSTS[1:], HOSTS[::-1], [{**host, "address": f"198.51.100.{n}"} for n, host in enumerate(HOSTS)]):
            after = cookies(backends(THREE, hosts)["hello_blue"])
            assert {name: before.get(name, value) for name, value in after.items()} == after
            assert len(set(after.values())) == len(hosts)

    def test_a_host_name_leads_to_its_app_and_others_to_the_default(self) -> None:
        lines = sections(haproxy(THREE))["frontend visitors"]
        rules = [line for line in lines if "set-var(txn.app)" in line]
        assert rules == [
            "http-request set-var(txn.app) str(api) if { var(txn.host) -m str api.example }",
            "http-request set-var(txn.app) str(shop) if { var(txn.host) -m str shop.example www.shop.example }",
            "http-request set-var(txn.app) str(hello) if !{ var(txn.app) -m found }",
        ]
        assert lines[-1] == "use_backend %[var(txn.backend)]"

    def test_where_no_web_host_is_up_one_that_is_only_late_is_asked(self) -> None:
        """It has a longer time for its check, and else nothing of its own."""
        assert "use_backend %[var(txn.backend)]_late if { var(txn.backend),nbsrv eq 0 }" in sections(haproxy(THREE))["frontend visitors"]
        found = backends(THREE)
        for each in THREE:
            name = backend(each.name, "blue")
            own = set(found[late(name)]) - set(found[name])
            assert own == {"timeout check 10s", "default-server check inter 1s fastinter 250ms fall 2 rise 2"}

    def test_the_slot_is_the_live_one_but_for_the_share_of_a_canary(self) -> None:
        lines = sections(haproxy(THREE))["frontend visitors"]
        assert [line.removeprefix("http-request ") for line in lines if "set-var(txn.slot)" in line or "set-var(txn.share)" in line] == [
            "set-var(txn.slot) var(txn.app),map(/etc/haproxy/slots.map)",
            "set-var(txn.share) var(txn.app),concat(/canary/percent),map(/etc/haproxy/slots.map)",
            "set-var(txn.slot) var(txn.app),concat(/canary),map(/etc/haproxy/slots.map) "
            "if { var(txn.share) -m found } { rand(100),sub(txn.share) lt 0 }",
        ]

    def test_maintenance_is_an_app_s_own_and_lets_the_addresses_of_the_map_pass(self) -> None:
        lines = sections(haproxy(THREE))["frontend visitors"]
        [closed] = [line for line in lines if "/etc/haproxy/maintenance.html" in line]
        assert closed.startswith("http-request return status 503 ")
        condition = "{ var(txn.app),concat(/maintenance),map(/etc/haproxy/slots.map) -m found }"
        assert closed.endswith(f"if {condition} !{{ var(txn.app),concat(/maintenance/,txn.visitor),map(/etc/haproxy/slots.map) -m found }}")
        assert lines.index("http-request set-var(txn.visitor) src") < lines.index(closed)

    def test_without_a_default_an_unknown_host_name_is_not_found(self) -> None:
        lines = sections(haproxy(THREE[1:]))["frontend visitors"]
        [refusal] = [line for line in lines if line.startswith("http-request return status 404")]
        assert refusal.endswith("if !{ var(txn.app) -m found }")
        assert not [line for line in lines if "set-var(txn.app)" in line and line.endswith("if !{ var(txn.app) -m found }")]

    def test_what_visitors_say_of_where_they_come_from_is_not_believed(self) -> None:
        lines = sections(haproxy(ONE))["frontend visitors"]
        rules = [line.split()[1:3] for line in lines if line.startswith("http-request") and "-header" in line]
        removed = [name for verb, name in rules if verb == "del-header"]
        assert {"X-Forwarded-", "Forwarded", "X-Real-IP"} <= set(removed)
        assert "http-request del-header X-Forwarded- -m beg" in lines
        assert [verb for verb, _ in rules] == sorted(verb for verb, _ in rules)  # first all that is removed, then what is set
        assert "http-request set-header X-Forwarded-For %[src]" in lines

    def test_an_open_websocket_is_not_cut_by_the_time_of_a_request(self) -> None:
        assert "timeout tunnel 1h" in sections(haproxy(THREE))["defaults"]

    def test_connections_are_kept_and_used_again(self) -> None:
        text = haproxy(THREE)
        assert not re.search(r"option +(http-server-close|httpclose|forceclose)", text)
        assert "http-reuse always" in sections(text)["defaults"]

    def test_statistics_are_for_this_host_only(self) -> None:
        parts = sections(haproxy(ONE))
        assert [line for line in parts["frontend statistics"] if line.startswith("bind")] == ["bind 127.0.0.1:8404"]
        assert [name for name, lines in parts.items() if "stats enable" in lines] == ["frontend statistics"]

    def test_the_order_of_the_inventory_does_not_change_the_text(self) -> None:
        assert haproxy(THREE[::-1], HOSTS[::-1]) == haproxy(THREE, HOSTS)

    @pytest.mark.parametrize("name", PAGES)
    def test_a_page_for_bad_days_is_small_and_whole(self, name: str) -> None:
        page = render("balancer", f"etc/haproxy/{name}.j2")
        assert page.startswith("<!doctype html>")
        assert page.rstrip().endswith("</html>")
        assert len(page.encode()) < 8192  # HAProxy holds it in a buffer
        assert "http" not in page  # nothing that another server would have to answer


# As Gunicorn starts: it reads the file, then gives each setting to its own checks
SCRIPT = """\
import datetime, json, types
from gunicorn.app.wsgiapp import WSGIApplication
from gunicorn.http import wsgi

cfg = WSGIApplication().cfg
names = "wsgi_app bind workers threads preload_app timeout keepalive graceful_timeout max_requests worker_class_str".split()
print(json.dumps({name: getattr(cfg, name) for name in names} | {"server": wsgi.SERVER, "trusted": sorted(cfg.forwarded_allow_ips)}))
log = cfg.logger_class(cfg)
for environ in json.load(open("requests.json")):
    log.access(types.SimpleNamespace(status="200 OK", sent=5), None, environ, datetime.timedelta(milliseconds=1.26))
"""
PATHS = ["/", '/a"b\\c', "/%s%(x)s{y}", "/\r\n\x00\x1b[2J", "/\u00e4\u20ac\ud800", "/" + "x" * 5000]


def started(
    folder: Path, each: App, slot: str = "blue", requests: list[dict[str, Any]] | None = None, **variables: str
) -> list[dict[str, Any]]:
    """Return what Gunicorn makes of the settings of the release 1f0c3a5e7b9d, then the log's line of each request."""
    files = {
        "1f0c3a5e7b9d/gunicorn.conf.py": gunicorn(each).replace("/run/systemd/journal/socket", str(folder / "journal")),
        "app.py": "def app(*_):\n    pass\n",
        "requests.json": json.dumps(requests or []),
    }
    command = [sys.executable, "-c", SCRIPT, "--config", "1f0c3a5e7b9d/gunicorn.conf.py"]
    environment = {"SLOT": slot, "PATH": "/usr/bin", **variables}
    done = subprocess.run(command, cwd=write(folder, files), env=environment, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


class TestGunicorn:
    """Gunicorn's settings."""

    @pytest.mark.parametrize("each", THREE[1:], ids=["wsgi", "asgi"])
    def test_gunicorn_accepts_them(self, each: App, tmp_path: Path) -> None:
        write(tmp_path, {"release/gunicorn.conf.py": gunicorn(each), "app.py": "def app(*_):\n    pass\n"})
        command = [sys.executable, "-m", "gunicorn", "--check-config", "--config", "release/gunicorn.conf.py"]
        done = subprocess.run(command, cwd=tmp_path, env={"SLOT": "blue"}, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    @pytest.mark.parametrize(("slot", "port"), [("blue", 6001), ("green", 6002)])
    def test_a_slot_has_its_port_and_answers_with_its_release(self, slot: str, port: int, tmp_path: Path) -> None:
        [settings] = started(tmp_path, THREE[1], slot)
        assert settings["bind"] == [f"0.0.0.0:{port}"]
        assert settings["server"] == "1f0c3a5e7b9d"
        assert settings["trusted"] == ["192.0.2.11", "192.0.2.12"]
        assert (settings["workers"], settings["threads"], settings["worker_class_str"]) == (3, 3 * 4 * 2 + 4, "gthread")
        assert (settings["wsgi_app"], settings["preload_app"]) == ("app:app", True)

    def test_a_worker_that_imports_the_app_has_as_long_as_the_app(self, tmp_path: Path) -> None:
        """Also where the import was seen to begin what does not live on in a fork. Gunicorn ends a worker that does not move."""
        slow = replace(THREE[1], start_seconds=180)
        [once], [each] = started(tmp_path, slow), started(tmp_path, replace(slow, preload=False))
        [quick] = started(tmp_path, replace(slow, preload=False, start_seconds=5))
        write(tmp_path, {"1f0c3a5e7b9d/no-preload": "the thread ticker\n"})
        [noted] = started(tmp_path, slow)
        assert [(one["preload_app"], one["timeout"]) for one in (once, each, quick, noted)] == [
            (True, 30),
            (False, 180),
            (False, 30),
            (False, 180),
        ]

    def test_an_asgi_app_has_its_own_kind_of_worker_that_is_never_replaced(self, tmp_path: Path) -> None:
        [settings] = started(tmp_path, THREE[2])
        assert (settings["worker_class_str"], settings["threads"], settings["max_requests"]) == ("asgi", 1, 0)

    def test_workers_are_one_a_core_and_two_at_least(self, tmp_path: Path) -> None:
        [settings] = started(tmp_path, ONE[0])
        assert settings["workers"] >= 2

    def test_the_balancers_close_idle_connections_first(self, tmp_path: Path) -> None:
        [settings] = started(tmp_path, ONE[0])
        idle = [int(seconds) for seconds in re.findall(r"timeout (?:http-keep-alive|client) (\d+)s", haproxy(ONE))]
        assert settings["keepalive"] > max(idle)

    def test_the_unit_waits_longer_than_gunicorn_and_gunicorn_longer_than_a_request(self, tmp_path: Path) -> None:
        [settings] = started(tmp_path, THREE[1])
        assert THREE[1].timeout < settings["graceful_timeout"] < int(unit(THREE[1])["Service"]["TimeoutStopSec"])

    def test_every_request_is_one_line_of_json_whatever_was_asked_for(self, tmp_path: Path) -> None:
        visit = {"REQUEST_METHOD": "GET", "HTTP_X_FORWARDED_FOR": "198.51.100.7", "HTTP_X_REQUEST_ID": "f00", "HTTP_USER_AGENT": '"\n'}
        _, *lines = started(tmp_path, ONE[0], requests=[{**visit, "RAW_URI": path} for path in PATHS])
        assert [line["path"] for line in lines] == PATHS
        expected = {"request_id": "f00", "method": "GET", "status": 200, "bytes": 5, "ms": 1.3}
        assert lines[0] == {**expected, "path": "/", "release": "1f0c3a5e7b9d"}

    def test_what_a_visitor_said_after_the_path_is_not_logged(self, tmp_path: Path) -> None:
        """It may be a token, and the balancer's line has it where somebody wants that."""
        _, line = started(tmp_path, ONE[0], requests=[{"HTTP_X_REQUEST_ID": "f00", "RAW_URI": "/reset?token=s3cret?x"}])
        assert line["path"] == "/reset"

    def test_the_journal_gets_each_line_with_fields(self, tmp_path: Path) -> None:
        """Where systemd reads what Gunicorn prints; what would be a field of the visitor's is printed instead."""
        numbers = ["f00", "f01\nPRIORITY=0"]
        visits = [{"REQUEST_METHOD": "GET", "HTTP_X_REQUEST_ID": number, "RAW_URI": "/\n\u20ac"} for number in numbers]
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
            journal.bind(str(tmp_path / "journal"))
            journal.settimeout(5)
            _, printed = started(tmp_path, ONE[0], "green", visits, JOURNAL_STREAM="9:5")
            fields = dict(field.split("=", 1) for field in journal.recv(9999).decode().splitlines())
        assert printed["request_id"] == numbers[1]
        message = json.loads(fields.pop("MESSAGE"))
        assert (message["path"], message["ms"]) == ("/\n\u20ac", 1.3)
        assert fields == {
            "PRIORITY": "6",
            "SYSLOG_IDENTIFIER": "gunicorn",
            "APP": "hello",
            "SLOT": "green",
            "RELEASE": "1f0c3a5e7b9d",
            "REQUEST_ID": "f00",
            "METHOD": "GET",
            "STATUS": "200",
            "MILLISECONDS": "1.3",
        }

    def test_a_line_is_printed_where_there_is_no_journal(self, tmp_path: Path) -> None:
        _, line = started(tmp_path, ONE[0], requests=[{"HTTP_X_REQUEST_ID": "f00"}], JOURNAL_STREAM="9:5")
        assert line["request_id"] == "f00"

    def test_the_balancers_own_checks_are_not_logged(self, tmp_path: Path) -> None:
        assert len(started(tmp_path, ONE[0], requests=[{"HTTP_USER_AGENT": "hostler-check"}])) == 1

    def test_where_an_app_tells_metrics_does_not_make_another_release(self) -> None:
        apps = [app(), app(metrics="/metrics")]
        assert len({TEXTS.settings(each, ["192.0.2.11"]) + TEXTS.slots(each) for each in apps}) == 1

    def test_the_order_of_balancers_does_not_make_another_release(self) -> None:
        addresses = ["192.0.2.11", "192.0.2.12"]
        assert TEXTS.settings(ONE[0], addresses) == TEXTS.settings(ONE[0], addresses[::-1])


def unit(each: App) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, delimiters=["="], strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(TEXTS.slots(each))
    return parser


class TestUnit:
    """The unit of an app's slots."""

    def test_it_runs_the_release_of_its_slot_as_the_app_s_user(self) -> None:
        service = unit(THREE[1])["Service"]
        assert (service["User"], service["Group"]) == ("shop", "shop")
        folder = "/srv/shop/slots/%i"
        assert service["ExecStart"] == f"{folder}/venv/bin/gunicorn --config {folder}/gunicorn.conf.py"
        assert service["WorkingDirectory"] == f"{folder}/app"
        text = TEXTS.slots(THREE[1])
        assert "Environment=SLOT=%i" in text.splitlines()
        assert f"Environment=PATH={folder}/venv/bin:/usr/local/bin:/usr/bin:/bin" in text.splitlines()
        files = [line for line in text.splitlines() if line.startswith("EnvironmentFile=")]
        # Secrets last: what stands in both is theirs; not every release has some
        assert files == [f"EnvironmentFile={folder}/environment", f"EnvironmentFile=-{folder}/secrets"]

    def test_it_is_ready_when_the_app_is_and_comes_back_when_it_ends(self) -> None:
        service = unit(ONE[0])["Service"]
        assert (service["Type"], service["Restart"], service["TimeoutStartSec"]) == ("notify", "always", "60")
        assert unit(ONE[0])["Unit"]["StartLimitIntervalSec"] == "0"

    def test_one_process_that_takes_too_much_memory_does_not_end_the_others(self) -> None:
        assert unit(ONE[0])["Service"]["OOMPolicy"] == "continue"

    def test_it_has_the_limits_of_the_inventory(self) -> None:
        service = unit(app(memory="512M", tasks=99))["Service"]
        assert (service["MemoryMax"], service["TasksMax"]) == ("512M", "99")

    def test_it_has_no_rights_and_sees_little(self) -> None:
        service = unit(ONE[0])["Service"]
        assert service["CapabilityBoundingSet"] == service["AmbientCapabilities"] == ""
        expected = {"NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes", "PrivateDevices": "yes"}
        assert expected.items() <= dict(service).items()
