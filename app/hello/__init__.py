"""A page that greets its visitor, and says which host, slot and release answered; with a database, a guestbook."""

from collections.abc import Mapping

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from . import config, errors, pages, status


def create_app(environ: Mapping[str, str]) -> Flask:
    """Build the app from environment variables.

    Raises `config.ConfigError` for a value that the app cannot work with.
    """
    app = Flask(__name__)
    app.config.from_mapping(config.read(environ))
    app.register_blueprint(errors.blueprint)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(status.blueprint)
    if app.config["DATABASE_URL"]:
        from . import guestbook  # what it needs takes a while to import

        guestbook.register(app)
    if proxies := app.config["PROXY_COUNT"]:
        # Not X-Forwarded-Host: a proxy that keeps Host need not set it, and a visitor's own would be believed
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    return app
