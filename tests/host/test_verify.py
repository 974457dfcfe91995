"""What systemd itself says of a unit before it is installed."""

from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import verify
from tests.shared.rendered import TEXTS
from tests.shared.samples import app, write


def test_systemd_itself_accepts_the_unit_of_an_app() -> None:
    assert verify.complaints("hello@.service", TEXTS.slots(app())) == ""


def test_systemd_itself_refuses_one_with_a_wrong_value() -> None:
    assert "'lots'" in verify.complaints("hello@.service", TEXTS.slots(app(memory="lots")))


def test_systemd_itself_reads_a_part_with_its_unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "DISTRIBUTION", (write(tmp_path, {"hostler-test.service": "[Service]\nExecStart=/bin/true\n"}),))
    assert verify.complaints_of_part("hostler-test.service", "hostler.conf", "[Service]\nExecReload=/bin/true\n") == ""
    assert "'lots'" in verify.complaints_of_part("hostler-test.service", "hostler.conf", "[Service]\nMemoryMax=lots\n")
