"""Tell what a host keeps of the fleet's data."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils import environment
from ansible_collections.hostler.fleet.plugins.module_utils.backup import drill, repository
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "backup_info",
  "short_description": "Tell what a host keeps of the fleet's data",
  "description": [
    "Returns C(here), whether it has a repository; C(status), pgBackRest's code of it, 0 for good; C(backups), the newest last; C(drill), what came of the last one, or none; and C(wrong), what cannot be told, empty for nothing, for C(no_log) would hide a failure.",
    "C(s3) has the same of a bucket, or none.",
    "Where C(secret) is asked for, C(passphrase) too, by which the repository is encrypted, empty where this host does not know it, and C(fresh), a new one. Such values are seen by who asks, so the task has C(no_log)."
  ],
  "options": {
    "keeps": {"description": "Whether this host has the repository; else it is asked for the passphrase alone.", "type": "bool", "required": true},
    "secret": {"description": "Whether the passphrase is returned.", "type": "bool", "default": false}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    there = module.params["keeps"] and repository.here()
    found: Json = {"here": there, "status": 0, "backups": [], "drill": None, "wrong": "", "s3": None}
    try:
        if module.params["secret"]:
            found |= {"passphrase": repository.passphrase(), "fresh": environment.new_value()}
        if there:
            found |= _kept(repository.HERE)
        if there and repository.has_bucket():
            found["s3"] = _kept(repository.S3)
    except (Failed, OSError) as error:
        found["wrong"] = str(error)
    module.exit_json(changed=False, **found)


def _kept(number: int) -> Json:
    """Return what a repository keeps."""
    last = drill.last(number)
    found: Json = {"status": 0, "backups": [], "drill": last.json() if last else None, "wrong": ""}
    try:
        status, backups = repository.known(number)
    except (Failed, OSError) as error:
        return {**found, "wrong": str(error)}
    return {**found, "status": status, "backups": [one.json() for one in backups]}


if __name__ == "__main__":
    main()
