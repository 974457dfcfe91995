"""Put configuration files in place, once their own programs have accepted them."""

from __future__ import annotations

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.host.files import KEY, File, note, others, put_all, unapplied
from ansible_collections.hostler.fleet.plugins.module_utils.host.pending import Pending
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "put_files",
  "short_description": "Put configuration files in place, once their own programs have accepted them",
  "description": [
    "They are put in place in their order, each only if its program accepts it; one may name those before it. Where one is refused, all stay as they were.",
    "Returns C(differ), the paths of those that were missing, had another text, or are pending: in place since an earlier run, which did not bring them in; and C(pending), the paths of the latter."
  ],
  "options": {
    "files": {
      "description": "The files.",
      "type": "list", "elements": "dict", "required": true,
      "options": {
        "path": {"description": "Where it lies.", "type": "path", "required": true},
        "text": {"description": "Its text.", "type": "str", "default": ""},
        "secret": {"description": "Its text where that is for nobody to see. Of a private key, a diff shows that it is another one, and the rest; else no more than that.", "type": "str", "no_log": true, "default": ""},
        "validate": {"description": "A command by which its program accepts it; C(%s) stands for the file.", "type": "list", "elements": "str", "default": []},
        "part_of": {"description": "A unit of the distribution's that it is added to; systemd has to accept both together.", "type": "str", "default": ""},
        "unit": {"description": "Whether it is a unit that systemd has to accept.", "type": "bool", "default": false},
        "initial": {"description": "Whether it is only written where it is missing.", "type": "bool", "default": false},
        "group": {"description": "The one group that may read it beside root; empty where everybody may.", "type": "str", "default": ""},
        "absent": {"description": "Whether it is to be taken away.", "type": "bool", "default": false},
        "apply": {"description": "A command by which it takes effect, once all are in place; where that fails, all are put back.", "type": "list", "elements": "str", "default": []}
      }
    },
    "folders": {"description": "Folders in which nothing else is to lie; what does goes.", "type": "list", "elements": "path", "default": []},
    "kept": {"description": "What may lie there all the same, as it is.", "type": "list", "elements": "path", "default": []},
    "pending": {"description": "Name of the role whose handlers bring in what is put in place; it is pending until C(brought_in). Empty where there are none.", "type": "str", "default": ""}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    files = [
        File(
            Path(one["path"]),
            one["text"] or one["secret"],
            tuple(one["validate"]),
            one["part_of"],
            one["unit"],
            one["initial"],
            one["absent"],
            tuple(one["apply"]),
            one["group"],
            hidden=bool(one["secret"]) and KEY.search(one["secret"]) is None,
        )
        for one in module.params["files"]
    ]
    role = module.params["pending"]
    try:
        due = [file for file in files if file.differs()]
        known = {file.path for file in files} | {Path(path) for path in module.params["kept"]}
        due += others(map(Path, module.params["folders"]), known)
        diff = [file.diff() for file in due]
        differ = {str(file.path) for file in due}
        again = unapplied(files)
        pending = ({str(file.path) for file in again} | (Pending(role).read() if role else set())) - differ
        if not module.check_mode:
            put_all([*due, *again], role)
            # Those that were right already too: a host may have them since before there was a ledger
            note(files)
    except (Failed, OSError) as error:
        module.fail_json(str(error))
    module.exit_json(changed=bool(differ or pending), differ=sorted(differ | pending), pending=sorted(pending), diff=diff)


if __name__ == "__main__":
    main()
