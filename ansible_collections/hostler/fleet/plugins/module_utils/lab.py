"""What the labs of a machine have in common: their mark, and a lock under which they make and remove what they share."""

from __future__ import annotations

import fcntl
import os

LABEL = "hostler.lab"  # on all that belongs to a lab; its value is the name of the lab's network
FOLDER = "hostler.dir"  # on a network: the folder of the lab that made it, and so the checkout
REPOSITORY = "localhost/hostler-lab"
LOCK = "/run"


def alone() -> None:
    """Be the only one, of all labs of this machine and whatever checkout they are of, until this process ends."""
    fcntl.flock(os.open(LOCK, os.O_RDONLY), fcntl.LOCK_EX)
