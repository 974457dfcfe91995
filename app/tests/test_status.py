"""The health check, and what ENV decides."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from hello import create_app


def test_status_is_ok(client: Callable[..., FlaskClient]) -> None:
    answer = client().get("/status")
    assert (answer.status_code, answer.mimetype, answer.json) == (200, "application/json", {"status": "ok"})


@pytest.mark.parametrize(
    ("environ", "debug"),
    [({}, True), ({"ENV": "development"}, True), ({"ENV": "production"}, False), ({"ENV": "staging"}, False)],
)
def test_env_decides_debug(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], debug: bool) -> None:
    monkeypatch.setenv("FLASK_DEBUG", str(int(not debug)))  # Flask's own variable has no say
    assert create_app(environ).debug is debug
