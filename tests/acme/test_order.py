"""A certificate is asked for by uacme, and what that says is understood."""

import contextlib
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.acme import order as orders
from ansible_collections.hostler.fleet.plugins.module_utils.acme import place
from ansible_collections.hostler.fleet.plugins.module_utils.acme.order import NoAnswer, order
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from tests.acme.conftest import SETTINGS
from tests.shared.programs import Programs

# It signs with the same key; what it leaves is where uacme leaves it
ISSUES = (
    'for request; do :; done; openssl x509 -req -days 90 -in "$request" -signkey "${request%.csr}.key" '
    '-out "${request%.csr}-cert.pem" 2>/dev/null; exit 0'
)
REFUSED = """\
uacme: challenge https://ca.example/chal/1 failed with status invalid
uacme: the server reported the following error:
{
    "type": "urn:ietf:params:acme:error:unauthorized",
    "detail": "No \\"A\\" record for a.example",
    "status": 403
}
uacme: failed to authorize order at https://ca.example/order/1
"""
MADE = "uacme: terms at a autoaccepted (-y)\n"
NONCE = '{\n "type": "urn:ietf:params:acme:error:badNonce",\n "detail": "JWS has an invalid anti-replay nonce: a"\n}\n'


def says(text: str, code: int) -> str:
    """Return what has a program say a text and end so."""
    return f"cat >&2 <<'END'\n{text}END\nexit {code}"


def test_a_certificate_comes_with_a_key_of_its_own_that_nobody_else_has(uacme: Programs, states: Path) -> None:
    uacme.add("uacme", body=ISSUES)
    first, second = order(SETTINGS, "a.example", only_if_due=False), order(SETTINGS, "*.a.example", only_if_due=False)
    assert first
    assert second
    assert first.ends - first.begins == 90 * 86400
    assert [line for line in first.text.splitlines() if "BEGIN" in line] == ["-----BEGIN CERTIFICATE-----", "-----BEGIN PRIVATE KEY-----"]
    assert first.text.partition("PRIVATE")[2] != second.text.partition("PRIVATE")[2]
    assert {path.name for path in states.iterdir()} == {"hook", "a.example-cert.pem", "_.a.example-cert.pem"}
    [call, _] = uacme.calls
    assert call[1:5] == ["--confdir", str(place.ACCOUNT), "--acme-url", SETTINGS.directory]


def test_its_request_names_the_domain(uacme: Programs, tmp_path: Path) -> None:
    uacme.add("uacme", body=f'for request; do :; done; cp "$request" {tmp_path}/kept.csr; {ISSUES}')
    order(SETTINGS, "*.a.example", only_if_due=False)
    read = subprocess.run(["openssl", "req", "-in", tmp_path / "kept.csr", "-noout", "-text"], capture_output=True, text=True, check=True)
    assert "DNS:*.a.example" in read.stdout
    assert "prime256v1" in read.stdout


def test_the_authority_may_have_the_present_one_last_longer(uacme: Programs, states: Path) -> None:
    """It is asked about that alone that is there."""
    uacme.add("uacme", body='for request; do :; done; [ -e "${request%.csr}-cert.pem" ] && exit 1; ' + ISSUES)
    assert order(SETTINGS, "a.example", only_if_due=True)
    assert order(SETTINGS, "a.example", only_if_due=True) is None
    assert order(SETTINGS, "a.example", only_if_due=False)


def test_what_is_no_certificate_is_not_taken_for_one(uacme: Programs) -> None:
    uacme.add("uacme", body='for request; do :; done; echo nothing >"${request%.csr}-cert.pem"; exit 0')
    with pytest.raises(Failed, match="openssl x509"):
        order(SETTINGS, "a.example", only_if_due=False)


def test_why_there_is_none_is_told_in_the_authority_s_words(uacme: Programs, states: Path) -> None:
    uacme.add("uacme", body=says(REFUSED, 2))
    with pytest.raises(Failed) as failed:
        order(SETTINGS, "a.example", only_if_due=False)
    assert str(failed.value) == 'No "A" record for a.example'
    assert not list(states.glob("*.key"))


def test_an_authority_that_does_not_answer_is_told_from_one_that_refuses(uacme: Programs) -> None:
    lines = "uacme: curl_get: GET https://ca.example/dir failed: Could not connect to server\nuacme: failed to fetch directory at a\n"
    uacme.add("uacme", body=says(lines, 2))
    with pytest.raises(NoAnswer, match="^curl_get: GET https://ca.example/dir failed: Could not connect to server$"):
        order(SETTINGS, "a.example", only_if_due=False)


@pytest.fixture
def silent() -> Iterator[Callable[[str], str]]:
    """Return what makes the directory of an authority that gives no answer, in one way or another."""
    with contextlib.ExitStack() as stack:

        def made(how: str) -> str:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
            where = listener.getsockname()
            if how == "refuses":
                listener.close()
            if how == "drops":
                # What comes once its queue is full gets no word, as from behind a firewall
                for _ in range(3):
                    one = stack.enter_context(socket.socket())
                    one.setblocking(False)
                    one.connect_ex(where)
            if how == "ends":
                threading.Thread(target=lambda: listener.accept()[0].close(), daemon=True).start()
            return f"http://{where[0]}:{where[1]}/dir"

        yield made


@pytest.mark.parametrize("how", ["refuses", "drops", "says nothing", "ends"])
def test_an_authority_that_gives_no_answer_is_soon_known_for_one(
    states: Path, silent: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """In seconds, and for all domains at once: uacme alone waits for minutes, for each."""
    monkeypatch.setattr(orders, "ANSWER_SECONDS", 0.2)
    directory = silent(how)
    with pytest.raises(NoAnswer, match=f"^{directory} does not answer: .+"):
        order(replace(SETTINGS, directory=directory), "a.example", only_if_due=False)
    assert not list(states.iterdir())


def test_an_authority_without_a_name_gives_no_answer(states: Path) -> None:
    with pytest.raises(NoAnswer, match="does not answer"):
        order(replace(SETTINGS, directory="http://ca.invalid/dir"), "a.example", only_if_due=False)


def test_why_no_account_is_made_is_told(uacme: Programs) -> None:
    said = (
        MADE + "uacme: failed to create account at a\nuacme: the server reported the following error:\n" + REFUSED.partition("error:\n")[2]
    )
    unknown = says("uacme: no account associated with key.pem found\n", 2)
    uacme.add("uacme", body=f'case "$*" in *new*)\n{says(said, 2)}\n;; esac\n{unknown}')
    with pytest.raises(Failed, match='^No "A" record for a.example$'):
        order(SETTINGS, "a.example", only_if_due=False)


@pytest.mark.parametrize(
    ("said", "code"),
    [(MADE, 0), ("uacme: Account already exists at a\n", 2), (f"{MADE}uacme: failed to create account\n", 2)],
    ids=["made", "there", "made by another"],
)
def test_an_account_is_made_for_the_first(uacme: Programs, tmp_path: Path, said: str, code: int) -> None:
    """Balancers are put to work at the same moment."""
    place.EAB.write_text("kid:hmac")
    new = f"touch {tmp_path}/known; {says(said, code)}"
    unknown = says("uacme: no account associated with key.pem found\n", 2)
    uacme.add("uacme", body=f'case "$*" in *new*)\n{new}\n;; esac\nif ! [ -e {tmp_path}/known ]; then\n{unknown}\nfi\n{ISSUES}')
    assert order(replace(SETTINGS, email="ops@example.org"), "a.example", only_if_due=False)
    assert [call[-1].rpartition(".")[2] for call in uacme.calls] == ["csr", "org", "csr"]
    assert uacme.calls[1][5:] == ["--eab", "kid:hmac", "--yes", "new", "ops@example.org"]


@pytest.mark.parametrize(("refusals", "comes"), [(1, True), (2, True), (9, False)])
def test_a_number_that_counts_as_used_is_no_refusal(uacme: Programs, tmp_path: Path, refusals: int, comes: bool) -> None:
    again = f'echo >>{tmp_path}/tries; if [ "$(wc -l <{tmp_path}/tries)" -le {refusals} ]; then\n{says(NONCE, 2)}\nfi\n'
    uacme.add("uacme", body=again + ISSUES)
    if comes:
        assert order(SETTINGS, "a.example", only_if_due=False)
    else:
        with pytest.raises(Failed, match="invalid anti-replay nonce"):
            order(SETTINGS, "a.example", only_if_due=False)


def test_an_authority_that_is_not_done_is_given_up_and_no_secret_told(uacme: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "SECONDS", 0.2)
    place.EAB.write_text("kid:hmac")
    unknown = says("uacme: no account associated\n", 2)
    uacme.add("uacme", body=f'case "$*" in *new*) exec sleep 5 ;; esac\n{unknown}')
    with pytest.raises(NoAnswer) as failed:
        order(SETTINGS, "a.example", only_if_due=False)
    assert "hmac" not in str(failed.value)


@pytest.mark.parametrize(("kind", "hook", "code"), [("http-01", "", 0), ("dns-01", "", 1), ("tls-alpn-01", "", 1), ("dns-01", "true", 0)])
def test_only_what_is_answered_is_taken_on(uacme: Programs, states: Path, kind: str, hook: str, code: int) -> None:
    uacme.add("uacme", body=ISSUES)
    order(replace(SETTINGS, dns_hook=hook), "a.example", only_if_due=False)
    assert subprocess.run([states / "hook", "begin", kind, "a.example", "token", "auth"], check=False).returncode == code
