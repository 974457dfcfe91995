"""Which certificates balancers show."""

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.shown import Shown, shown
from tests.shared.samples import app


def test_an_app_has_one_or_one_for_each_domain() -> None:
    """Who asks for no known name is shown the default app's."""
    apps = [
        app(name="api", default=False, domains=["b.example", "*.api.example", "a.example"], tls="acme"),
        app(name="shop", default=False, domains=["www.shop.example", "shop.example"], tls="files", certificate="a", key="b"),
        app(name="plain", default=False, domains=["plain.example"], tls="off"),
        app(name="site", domains=["site.example"], tls="acme"),
    ]
    assert shown(apps) == [
        Shown("site.example", "site", ["site.example"], True),
        Shown("_.api.example", "api", ["*.api.example"], True),
        Shown("a.example", "api", ["a.example"], True),
        Shown("b.example", "api", ["b.example"], True),
        Shown("shop", "shop", ["shop.example", "www.shop.example"], False),
    ]


@pytest.mark.parametrize(
    ("domains", "tls"),
    [
        (["shop.de"], "acme"),
        (["shop.de", "www.shop.co.uk"], "acme"),
        (["xn--bcher-kva.de"], "acme"),
        (["myexample.org"], "acme"),
        (["latest.dev"], "acme"),
        ([], "off"),
        (["shop.de", "*.shop.de"], "off"),
        (["shop.de", "shop.internal"], "off"),
        *[([name], "off") for name in ("shop", "shop.test", "shop.example", "www.example.org", "example.com", "a.home.arpa", "nas.local")],
    ],
)
def test_who_says_nothing_has_certificates_where_the_world_has_his_names(domains: list[str], tls: str) -> None:
    """An authority would refuse the others, or a wildcard without a way into its DNS."""
    assert app(domains=domains).tls == tls
    assert app(domains=domains, tls="off").tls == "off"
