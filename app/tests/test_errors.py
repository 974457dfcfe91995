"""What a visitor gets where the app itself fails."""

import socket

import pytest

from hello import create_app


@pytest.mark.parametrize(("sent", "shown"), [("de358ab1-2ccd", "de358ab1-2ccd"), ("<b>", "&lt;b&gt;")])
def test_the_page_of_a_failure_has_the_request_s_id(sent: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> str:
        raise RuntimeError("a secret of the code")

    monkeypatch.setattr(socket, "gethostname", fails)
    # In development mode, which tests are in, Flask hands the error on
    app = create_app({})
    app.debug = False
    client = app.test_client()
    answer = client.get("/", headers={"X-Request-ID": sent})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (500, "no-store")
    assert f'<code id="number">{shown}</code>' in answer.text
    assert "secret" not in answer.text
    assert "number" not in client.get("/").text
