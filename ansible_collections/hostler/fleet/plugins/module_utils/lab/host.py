"""A host of a lab: the container that is as good as a bare VM, and its first boot."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from ansible_collections.hostler.fleet.plugins.module_utils.lab.podman import LABEL, Failed, must, run
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json

ADDRESS = "hostler.address"
BOOT_SECONDS = 600  # on a machine with nothing else to do it takes 2; the screen tells of who is waited for

# What systemd needs to enforce its sandboxes and limits. Never --privileged: it shares the machine's clock and sysctls.
CAPABILITIES = "SYS_ADMIN,NET_ADMIN,NET_RAW,SYS_NICE,SYS_PTRACE,MKNOD,AUDIT_WRITE"

CONTAINER = [
    "--cgroupns=private", "--systemd=false", f"--cap-add={CAPABILITIES}", "--env=container=podman",
    # The machine's AppArmor and SELinux profiles are made for applications: they forbid the mounts of a systemd
    "--security-opt=apparmor=unconfined", "--security-opt=label=disable",
    "--tmpfs=/run:rw,mode=755", "--tmpfs=/run/lock", "--tmpfs=/tmp",
    "--shm-size=512m", "--stop-signal=SIGRTMIN+3", "--ulimit=nofile=16384:16384", "--ulimit=nproc=30000:30000", "--pids-limit=-1",
]  # fmt: skip


@dataclass(frozen=True)
class Host:
    """What a host is to be; `network` is also the prefix of its container's name."""

    name: str
    address: str
    network: str
    image: str

    @property
    def container(self) -> str:
        """Name of its container."""
        return f"{self.network}-{self.name}"

    def difference(self, found: Json) -> str | None:
        """Return in what an existing container, as podman inspects it, differs from what is asked for."""
        labels = found["Config"].get("Labels") or {}
        if labels.get(LABEL) != self.network:
            return "was not made as a part of this lab"
        if found["ImageName"] != self.image:
            return f"was made from the image {found['ImageName']}, not {self.image}"
        if labels.get(ADDRESS) != self.address:
            return f"has the address {labels.get(ADDRESS)}, not {self.address}"
        return None

    def command(self, legacy: bool) -> list[str]:
        """Return the command that makes and starts its container; `legacy` is a machine with cgroup v1."""
        # As a VM keeps its network card over a reboot: other hosts would go on for a while to ask the old one
        card = "02:00:" + ":".join(f"{int(part):02x}" for part in self.address.split("."))
        return [
            # crun, which podman prefers, refuses a machine with cgroup v1
            "podman", *(["--runtime", "runc"] if legacy else []), "run", "--detach", *CONTAINER,
            f"--name={self.container}", f"--hostname={self.name}", f"--network={self.network}", f"--ip={self.address}",
            f"--mac-address={card}", f"--label={LABEL}={self.network}", f"--label={ADDRESS}={self.address}", self.image, "/vm-init",
        ]  # fmt: skip


def start(host: Host, check: bool) -> bool:
    """Have the host run; tell whether it did not. Failed says in what an existing one differs, or how the first boot of another ended."""
    found = json.loads(run("podman", "container", "inspect", host.container).stdout or "[]")
    if found and (difference := host.difference(found[0])):
        raise Failed(f"The container {host.container} {difference}: it is kept as it is, remove it first (make down).")
    if found and found[0]["State"]["Running"]:
        return False
    if found and not check:
        must("podman", "start", host.container)
        boot(host)
    elif not check:
        must(*host.command(legacy=must("podman", "info", "--format", "{{.Host.CgroupsVersion}}").strip() != "v2"))
        if (state := boot(host)) != "running":
            failed = inside(host, "systemctl", "--failed", "--plain", "--no-legend")
            journal = inside(host, "journalctl", "--priority=warning", "--lines=30", "--no-pager")
            logs = run("podman", "logs", "--tail=10", host.container).stdout
            raise Failed(f"{host.name} has booted to {state or 'nothing'!r}, not 'running'.\n{failed}{journal}{logs}")
    return True


def inside(host: Host, *command: str) -> str:
    """Return what a command prints in the host, whether or not it succeeds."""
    return run("podman", "exec", host.container, *command).stdout


def boot(host: Host) -> str:
    """Wait until systemd has started everything, and return what it calls its state then; nothing of a container that has ended."""
    end, state = time.monotonic() + BOOT_SECONDS, ""
    while time.monotonic() < end:
        state = inside(host, "systemctl", "is-system-running").strip()
        ended = not state and run("podman", "container", "inspect", "--format={{.State.Running}}", host.container).stdout.strip() == "false"
        if state in ("running", "degraded") or ended:
            break
        time.sleep(0.2)
    return state
