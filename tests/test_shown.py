"""Which certificates balancers show."""

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
