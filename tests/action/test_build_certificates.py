"""``build_certificates`` and ``put_files``: what is refused before anything is touched, and what the balancers get."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret

from ansible_collections.hostler.fleet.plugins.action import build_certificates, put_files
from ansible_collections.hostler.fleet.plugins.module_utils.model import App
from tests.shared.certificates import DAY, signed
from tests.shared.samples import action, app

PASSWORD = [("default", VaultSecret(b"open sesame"))]


def loader() -> DataLoader:
    """Return what reads an operator's files, with the password of the vault."""
    made = DataLoader()
    made.set_vault_secrets(PASSWORD)
    return made


def build(folder: Path, *apps: App, check: bool = False) -> dict[str, Any]:
    """Run the action with an authority in a folder."""
    args = {"apps": [one.json() for one in apps], "folder": str(folder), "name": "lab", "addresses": ["192.0.2.11"]}
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
    made = build(tmp_path / "authority", app(tls="off"))
    assert (made["changed"], made["files"], list(tmp_path.iterdir())) == (False, [], [])


def test_what_is_made_is_made_once_and_reaches_balancers_with_its_key(tmp_path: Path) -> None:
    """An app that is the default is asked for by address, too."""
    folder = tmp_path / "authority"
    shop = app(name="shop", default=False, domains=["shop.example"], tls="selfsigned")
    given = (app(domains=["hello.example"], tls="selfsigned"), shop)
    told = build(folder, *given, check=True)
    assert (told["changed"], told["made"], folder.exists()) == (True, ["hello", "shop"], False)
    assert [file["secret"] for file in put(*told["files"], check=True)] == ["made by the run\n"] * 2
    made = build(folder, *given)
    assert made["files"] == told["files"]
    assert [file["path"] for file in made["files"]] == ["/etc/haproxy/tls/hello.pem", "/etc/haproxy/tls/shop.pem"]
    assert not build(folder, *given)["changed"]
    texts = [file["secret"] for file in put(*made["files"])]
    assert [(text.count("BEGIN CERTIFICATE"), text.count("BEGIN PRIVATE KEY")) for text in texts] == [(1, 1)] * 2


def test_an_operator_s_files_may_be_encrypted(tmp_path: Path) -> None:
    pair = signed(tmp_path, "shop.example", now=datetime.now().astimezone())
    certificate, key = tmp_path / "own.pem", tmp_path / "own.key"
    certificate.write_text(pair.text())
    key.write_bytes(VaultLib(PASSWORD).encrypt(pair.key_text()))
    shop = app(name="shop", domains=["shop.example"], tls="files", certificate=str(certificate), key=str(key))
    made = build(tmp_path / "authority", shop)
    assert put(*made["files"]) == [{"path": "/etc/haproxy/tls/shop.pem", "group": "haproxy", "secret": pair.text() + pair.key_text()}]


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


def test_an_authority_that_a_hand_has_spoilt_is_told(tmp_path: Path) -> None:
    given = app(domains=["hello.example"], tls="selfsigned")
    build(tmp_path, given)
    (tmp_path / "ca.key").write_text("nothing")
    with pytest.raises(AnsibleActionFail, match="Put the folder back, or remove it for a new one"):
        build(tmp_path, given)
