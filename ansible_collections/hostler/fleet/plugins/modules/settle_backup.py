"""Have a host keep the fleet's data: its repository is there, and backups are made."""

from __future__ import annotations

import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.backup import repository
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed, must
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "settle_backup",
  "short_description": "Have a host keep the fleet's data",
  "description": [
    "The repository is made where there is none. Where it has no backup, a first one is begun, and not waited for. The same of a bucket, where its settings have one.",
    "One that is of a former version of PostgreSQL is told of the one that there is, keeps what it has, and gets a first backup of that.",
    "Returns C(begun), whether that is so."
  ],
  "options": {
    "version": {"description": "PostgreSQL's major version.", "type": "str", "required": true},
    "seconds": {"description": "How long to wait for the host with the data, which may just have begun to answer.", "type": "int", "default": 60}
  }
}
"""

FULL = {repository.HERE: "hostler-backup@full.service", repository.S3: "hostler-backup-s3@full.service"}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    try:
        if module.check_mode and not repository.here():
            module.exit_json(changed=True, begun=False)
        numbers = [repository.HERE, *([repository.S3] if repository.has_bucket() else [])]
        found = {number: repository.stanza(number) for number in numbers}
        missing = any(status == repository.MISSING for status, _, _ in found.values())
        former = [
            number
            for number, (status, _, version) in found.items()
            if status != repository.MISSING and version not in ("", module.params["version"])
        ]
        empty = [number for number, (_, backups, _) in found.items() if not backups or number in former]
        if not module.check_mode:
            if former:
                _have("stanza-upgrade", module.params["seconds"])
            if missing:
                _have("stanza-create", module.params["seconds"])
            # The bucket's begins by itself once the other one is over: there is one at a time
            if empty:
                _begin(FULL[empty[0]])
    except (Failed, OSError) as error:
        module.fail_json(str(error))
    module.exit_json(changed=missing or bool(empty), begun=bool(empty) and not module.check_mode)


def _begin(unit: str) -> None:
    """Begin a first backup, also where one that failed waits for its next try."""
    if must("systemctl", "show", "--property=SubState", "--value", unit).strip() == "auto-restart":
        must("systemctl", "stop", unit)
    must("systemctl", "start", "--no-block", unit)


def _have(command: str, seconds: int) -> None:
    """Have pgBackRest make what is missing of the repositories, once the host with the data answers."""
    end = time.monotonic() + seconds
    while True:
        try:
            repository.must(command)
        except Failed:
            if time.monotonic() > end:
                raise
            time.sleep(2)
        else:
            return


if __name__ == "__main__":
    main()
