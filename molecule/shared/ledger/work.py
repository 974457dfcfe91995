"""What the ledger's worker and job do: note that they are there, and of which release."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

STATE = Path(os.environ.get("STATE_DIRECTORY", "."))


def note(event: str) -> None:
    """Add a line to ``work``: what happened, the name that was given, the release, and a value of the environment."""
    with (STATE / "work").open("a") as file:
        print(event, sys.argv[1], os.environ["RELEASE"], os.environ["VALUE"], file=file)


def finish(*_: int | FrameType | None) -> None:
    """End what is under way, then leave."""
    time.sleep(1)
    note("ended")
    sys.exit()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, finish)
    note("began")
    while sys.argv[1] != "job":
        time.sleep(0.1)
