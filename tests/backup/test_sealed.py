"""What is encrypted: whole and readable by its passphrase alone, or not there."""

import contextlib
import subprocess
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.backup import sealed
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed

SECRET = "s3cr=et#;+/x" * 2
TEXT = b"precious" * 100_000


def test_what_is_sealed_comes_back_as_the_manual_says(tmp_path: Path) -> None:
    path, passphrase = tmp_path / "x.tar", tmp_path / "passphrase"
    sealed.seal_bytes(TEXT, path, SECRET)
    passphrase.write_text(f"{SECRET}\n")
    assert (path.stat().st_mode & 0o777, b"precious" in path.read_bytes()) == (0o600, False)
    assert sealed.opened(path, SECRET) == TEXT
    by_hand = ["openssl", "enc", "-d", "-aes-256-cbc", "-pbkdf2", "-pass", f"file:{passphrase}", "-in", str(path)]
    assert subprocess.run(by_hand, capture_output=True, check=True).stdout == TEXT


def test_what_a_command_prints_is_sealed_and_read_once_before_it_counts(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(TEXT)
    path = tmp_path / "x.dump"
    sealed.seal(["cat", str(tmp_path / "text")], path, SECRET, ["cmp", "-", str(tmp_path / "text")])
    assert sealed.opened(path, SECRET) == TEXT


@pytest.mark.parametrize(
    ("command", "check", "told"),
    [
        (["sh", "-c", "echo half; echo it broke >&2; exit 3"], ["cat"], "'sh' failed: it broke"),
        (["echo", "no dump"], ["sh", "-c", "cat >/dev/null; echo no archive >&2; exit 1"], "'sh' failed: no archive"),
    ],
    ids=["it breaks off", "it cannot be read"],
)
def test_what_is_not_whole_is_not_there(command: list[str], check: list[str], told: str, tmp_path: Path) -> None:
    with pytest.raises(Failed, match=told):
        sealed.seal(command, tmp_path / "x.dump", SECRET, check)
    assert list(tmp_path.iterdir()) == []


def test_by_another_passphrase_it_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    sealed.seal_bytes(TEXT, path, SECRET)
    found = b""
    # Of many, some open by chance, to noise
    with contextlib.suppress(Failed):
        found = sealed.opened(path, f"{SECRET}y")
    assert found != TEXT
