"""Tests that a shell has begun in the background: what they begin ends by the signals that such a shell has them ignore."""

import signal
import subprocess
import sys

import pytest

from tests.shared.samples import ROOT

CHILD = """
import subprocess
import tests.conftest

print(subprocess.run(["sh", "-c", "kill -{number} $$; echo it lives on"], check=False).returncode)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT], ids=lambda number: number.name)
def test_what_tests_begin_ends_by_it(number: signal.Signals) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD.format(number=int(number))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: signal.signal(number, signal.SIG_IGN),
    )
    assert done.stdout == f"{-number}\n"
