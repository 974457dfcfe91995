"""What HAProxy's configuration says, as the role has written it."""

from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import config
from tests.shared.rendered import render
from tests.shared.samples import app


def test_domains_are_those_of_each_app() -> None:
    apps = [app(domains=["b.example", "a.example", "*.a.example"])]
    apps.append(app(name="shop", default=False, domains=[f"{n}.example" for n in range(50)]))
    hosts = {"web1": {"name": "web1", "address": "192.0.2.21", "cores": 1}}
    fleet = {
        "apps": [one.json() for one in apps],
        "hosts": hosts,
        "monitors": ["monitor1"],
        "pages": [],
        "ports": {"balancer": 9101},
        "identity": "/etc/ssl/hostler",
    }
    text = render("balancer", "etc/haproxy/haproxy.cfg.j2", fleet=fleet, ansible_facts={"hostler": {"ipv6": True}})
    expected = {"a.example": "hello", "b.example": "hello", "*.a.example": "hello", "": "hello"} | {
        f"{n}.example": "shop" for n in range(50)
    }
    assert config.domains(text) == expected


def test_ports_are_those_of_each_backend_s_servers() -> None:
    text = """\
frontend visitors
    bind :80
backend hello_blue
    default-server check inter 250ms
    server web1 192.0.2.21:5001 maxconn 16
    server web2 [2001:db8::1]:5001 maxconn 16 cookie web-2

backend hello_green
    server web1 192.0.2.21:5002 maxconn 16
"""
    assert config.ports(text) == {"hello_blue": 5001, "hello_green": 5002}
