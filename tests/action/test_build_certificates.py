"""``build_certificates`` and ``put_files``: what is refused before anything is touched, and what the balancers get."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ansible_collections.hostler.fleet.plugins.action import build_certificates, put_files
from ansible_collections.hostler.fleet.plugins.module_utils.build.account import account
from ansible_collections.hostler.fleet.plugins.module_utils.model import App
from tests.shared.certificates import DAY, signed
from tests.shared.samples import action, app

NO_ACCOUNT = [{"path": f"/etc/hostler/acme/{name}", "absent": True} for name in ("eab", "private/key.pem")]
PASSWORD = [("default", VaultSecret(b"open sesame"))]


def loader() -> DataLoader:
    """Return what reads an operator's files, with the password of the vault."""
    made = DataLoader()
    made.set_vault_secrets(PASSWORD)
    return made


def build(folder: Path, *apps: App, check: bool = False, eab: str = "", page: dict[str, Any] | None = None) -> dict[str, Any]:
    """Run the action with an authority in a folder."""
    args = {
        "apps": [one.json() for one in apps],
        "pages": [page] if page else [],
        "folder": str(folder),
        "name": "lab",
        "addresses": ["192.0.2.11"],
        "eab": eab,
    }
    made = action(build_certificates.ActionModule, check, **args)
    made._loader = loader()
    return dict(made.run())


def put(*files: dict[str, Any], check: bool = False) -> list[dict[str, Any]]:
    """Return the files as the module is given them."""
    made = action(put_files.ActionModule, check, secrets=list(files), files=[])
    made._loader = loader()
    made._execute_module = lambda *args, **_: args[1]  # type: ignore[method-assign]
    return list(made.run()["files"])


def test_an_app_without_https_has_nothing(tmp_path: Path) -> None:
    """Nor an account of one that had."""
    made = build(tmp_path / "authority", app(tls="off"))
    assert (made["changed"], made["files"], list(tmp_path.iterdir())) == (False, NO_ACCOUNT, [])


def test_who_gets_certificates_has_an_account_and_one_of_ours_for_each_domain_until_then(tmp_path: Path) -> None:
    """Nothing is made twice, and what the balancers got is left alone."""
    given, folder = app(domains=["b.example", "a.example"], tls="acme"), tmp_path / "authority"
    told = build(folder, given, check=True)
    assert (told["made"], folder.exists()) == (["hello", "account.key"], False)
    made = build(folder, given, eab="kid:one")
    assert not build(folder, given)["changed"]
    files = {file["path"]: file for file in put(*made["files"])}
    first, second, key, public, eab = files.values()
    assert list(files) == [
        "/etc/haproxy/tls/a.example.pem",
        "/etc/haproxy/tls/b.example.pem",
        "/etc/hostler/acme/private/key.pem",
        "/etc/haproxy/tls/account.map",
        "/etc/hostler/acme/eab",
    ]
    assert first["initial"]
    assert first["secret"] == second["secret"]
    assert (key["group"], key["secret"].count("BEGIN PRIVATE KEY")) == ("root", 1)
    assert len(public["text"].removeprefix("account ").strip()) == 43
    assert eab["secret"] == "kid:one"
    (folder / "account.key").unlink()
    again = {file["path"]: file for file in put(*build(folder, given)["files"])}
    assert again["/etc/haproxy/tls/account.map"] != public


def test_a_thumbprint_is_as_the_rfc_has_it(tmp_path: Path) -> None:
    """As uacme has it, too, of this key."""
    key = ec.derive_private_key(0x624A73D1D50D45159D9C208D8B2A17FACB3E8938A08386EBA9417296CF6332E0, ec.SECP256R1())
    (tmp_path / "account.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    assert account(tmp_path, keep=True) == ("6gN3L2HL3ZfGvOiNoPWjR0hebRAASZ5m10XB-bUW_Lw", False)


def test_what_is_made_is_made_once_and_reaches_balancers_with_its_key(tmp_path: Path) -> None:
    """An app that is the default is asked for by address, too."""
    folder = tmp_path / "authority"
    shop = app(name="shop", default=False, domains=["shop.example"], tls="selfsigned")
    given = (app(domains=["hello.example"], tls="selfsigned"), shop)
    told = build(folder, *given, check=True)
    assert (told["changed"], told["made"], folder.exists()) == (True, ["hello", "shop"], False)
    assert [file["secret"] for file in put(*told["files"], check=True) if "secret" in file] == ["made by the run\n"] * 2
    made = build(folder, *given)
    assert made["files"] == told["files"]
    assert [file["path"] for file in made["files"] if file not in NO_ACCOUNT] == ["/etc/haproxy/tls/hello.pem", "/etc/haproxy/tls/shop.pem"]
    assert not build(folder, *given)["changed"]
    texts = [file["secret"] for file in put(*made["files"]) if "secret" in file]
    assert [(text.count("BEGIN CERTIFICATE"), text.count("BEGIN PRIVATE KEY")) for text in texts] == [(1, 1)] * 2


def test_an_operator_s_files_may_be_encrypted(tmp_path: Path) -> None:
    pair = signed(tmp_path, "shop.example", now=datetime.now().astimezone())
    certificate, key = tmp_path / "own.pem", tmp_path / "own.key"
    certificate.write_text(pair.text())
    key.write_bytes(VaultLib(PASSWORD).encrypt(pair.key_text()))
    shop = app(name="shop", domains=["shop.example"], tls="files", certificate=str(certificate), key=str(key))
    made = build(tmp_path / "authority", shop)
    found = put(*made["files"])[0]
    assert (found["path"], found["group"], found["secret"]) == ("/etc/haproxy/tls/shop.pem", "haproxy", pair.text() + pair.key_text())


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    signed(tmp_path, "shop.example", now=datetime.now().astimezone() - 400 * DAY)
    files = {"certificate": str(tmp_path / "shop.crt"), "key": str(tmp_path / "none.key")}
    apps = [app(name=name, domains=[f"{name}.example"], tls="files", **files) for name in ("shop", "api")]
    files["key"] = str(tmp_path / "shop.key")
    apps.append(app(name="old", domains=["old.example"], tls="files", **files))
    with pytest.raises(AnsibleActionFail) as refused:
        build(tmp_path / "authority", *apps)
    lines = str(refused.value).splitlines()
    assert [line.partition(": ")[0] for line in lines] == ["apps.shop.key", "apps.api.key", "apps.old.certificate", "apps.old.certificate"]
    assert "none.key cannot be read" in lines[0]
    assert not (tmp_path / "authority").exists()


def test_the_page_has_one_as_an_app_has(tmp_path: Path) -> None:
    page = {"name": "fleet.example.org", "domains": ["fleet.example.org"], "default": False, "certificate": "", "key": ""}
    made = build(tmp_path, app(tls="off"), page={**page, "tls": "selfsigned"})
    assert made["made"] == ["fleet.example.org"]
    assert put(*made["files"])[0]["path"] == "/etc/haproxy/tls/fleet.example.org.pem"
    made = build(tmp_path, app(tls="off"), page={**page, "tls": "acme"})
    assert (made["made"], made["files"][0]["initial"]) == (["account.key"], True)
    with pytest.raises(AnsibleActionFail, match=r"^monitor_page\.certificate: none\.pem cannot be read: "):
        build(tmp_path, page={**page, "tls": "files", "certificate": "none.pem", "key": str(tmp_path / "fleet.example.org.key")})


def test_an_authority_that_a_hand_has_spoilt_is_told(tmp_path: Path) -> None:
    given = app(domains=["hello.example"], tls="selfsigned")
    build(tmp_path, given)
    (tmp_path / "ca.key").write_text("nothing")
    with pytest.raises(AnsibleActionFail, match="Put the folder back, or remove it for a new one"):
        build(tmp_path, given)
