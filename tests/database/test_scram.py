"""What PostgreSQL keeps of a password: by the example of RFC 7677, and as PostgreSQL itself makes it."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.hostler.fleet.plugins.module_utils.database import scram
from tests.shared.postgres import Server

# Of RFC 7677, section 3: what both said, up to the proof, and how each proves that it knows the password
SALT = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
NONCE = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
SAID = f"n=user,r=rOprNGfwEbeRWgbNEkqO,r={NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r={NONCE}".encode()
PROOF = base64.b64decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
SIGNATURE = base64.b64decode("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
ASCII = st.text(st.characters(min_codepoint=1, max_codepoint=127), min_size=1)


def test_who_has_it_can_tell_the_client_of_the_rfc_s_example_and_prove_itself() -> None:
    kept = scram.verifier("pencil", SALT, 4096)
    assert kept.startswith(f"SCRAM-SHA-256$4096:{base64.b64encode(SALT).decode()}$")
    stored, server = map(base64.b64decode, kept.rpartition("$")[2].split(":"))
    assert hmac.digest(server, SAID, "sha256") == SIGNATURE
    key = bytes(a ^ b for a, b in zip(PROOF, hmac.digest(stored, SAID, "sha256"), strict=True))
    assert hashlib.sha256(key).digest() == stored


@pytest.mark.parametrize("password", ["secret", "a b", "'\"\\$:%", "x" * 64])
def test_what_postgresql_makes_is_known_again(password: str, fresh: Server) -> None:
    with fresh.connect() as connection:
        connection.execute(f"create role shop login password '{password.replace(chr(39), chr(39) * 2)}'".encode())
        [[kept]] = connection.execute("select rolpassword from pg_authid where rolname = 'shop'").fetchall()
    assert scram.verifies(kept, password)
    assert not scram.verifies(kept, f"{password}x")


def test_two_of_one_password_are_not_alike() -> None:
    assert scram.verifier("secret") != scram.verifier("secret")


@given(ASCII)
def test_each_is_known_again(password: str) -> None:
    kept = scram.verifier(password, iterations=2)
    assert scram.verifies(kept, password)
    assert not scram.verifies(kept, f"{password}x")
    assert not scram.verifies(f"{kept}\n", password)


@given(st.one_of(st.text(), st.from_regex(scram.VERIFIER, fullmatch=True).filter(lambda text: len(text.split(":")[0]) < 18)))
@example("")
@example("md5c4ca4238a0b923820dcc509a6f75849b")
@example("SCRAM-SHA-256$4096:abc$abc:abc")
@example("SCRAM-SHA-256$0:YWJj$YWJj:YWJj")
@example("SCRAM-SHA-256$4096:====$YWJj:YWJj")
def test_what_is_no_verifier_is_of_no_password(kept: str) -> None:
    assert not scram.verifies(kept, "secret")
