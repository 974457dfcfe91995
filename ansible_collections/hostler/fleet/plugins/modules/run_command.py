"""Run a command of the app once, as the app itself runs in a slot."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils import migration
from ansible_collections.hostler.fleet.plugins.module_utils.host import journal, state
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "run_command",
  "short_description": "Run a command of the app once, as the app itself runs in a slot",
  "description": [
    "The shell runs it in the app's folder, as the app's user, with the release's environment, and its packages' programs on the path.",
    "Returns C(stdout), the end of what it printed, and C(code), with which it ended; of one that failed C(lacked_lock), whether for a lock of PostgreSQL's.",
    "The action of the same name tries such a one again where C(lock_seconds) is given.",
    "In check mode it is not run, and C(line) is the command by which root runs it at a terminal there."
  ],
  "options": {
    "name": {"description": "Name of the app.", "type": "str", "required": true},
    "slot": {"description": "The slot that has the release.", "type": "str", "choices": ["blue", "green"], "required": true},
    "command": {"description": "The command.", "type": "str", "required": true},
    "seconds": {"description": "How long it may take.", "type": "int", "required": true},
    "only": {
      "description": [
        "Name of this host where it alone of several runs the command; then there is a warning of files that come up meanwhile in the app's state folder, for the others do not have them.",
        "Empty where that is no matter."
      ],
      "type": "str", "default": ""
    },
    "lock_seconds": {
      "description": [
        "How long a statement may wait for a lock in PostgreSQL, 0 for as long as it takes, and with it, that no statement takes longer than the command may.",
        "By C(PGOPTIONS), where the app's environment has none. Without it the command gets none."
      ],
      "type": "int"
    },
    "tried": {"description": "How often it was tried before, in vain.", "type": "int", "default": 0},
    "judges": {
      "description": "The release in the slot, where it is live and says by this command whether it bears what the release command did; then a failure has C(borne), false.",
      "type": "str", "default": ""
    },
    "any_code": {
      "description": "Whether to take whatever it ends with for an answer, and return all that it printed; else it has to end with 0.",
      "type": "bool", "default": false
    }
  }
}
"""


def failure(params: Json, code: int, lacked: bool) -> str:
    """Return in a sentence how a command failed: with a code, or for a lock that it lacked."""
    command, tries = params["command"], params["tried"] + 1
    if params["judges"]:
        return (
            f"the release {params['judges']}, which is live, does not bear what the release command did: '{command}', run in it, ended "
            f"with {code}, or took more than {params['seconds']} s."
        )
    if lacked:
        return f"'{command}' ended with {code}, for it did not get a lock of the database{f', in {tries} tries' if tries > 1 else ''}."
    again = f", in its try {tries}" if tries > 1 else ""
    return f"'{command}' ended with {code}, or took more than {params['seconds']} s{again}."


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    params = module.params
    app, command = App(params["name"]), params["command"]
    # systemd would put in the values of variables itself; the shell has to
    shell = ("/bin/sh", "-c", command.replace("$", "$$"))
    before = state.files(app.state) if params["only"] else None
    lock = params["lock_seconds"]
    env = {} if lock is None else {"PGOPTIONS": migration.pgoptions(lock, params["seconds"])}
    try:
        if module.check_mode:
            module.exit_json(changed=True, line=app.at_a_terminal(app.slot(params["slot"]), *shell, slot=params["slot"]))
        done = app.sandboxed(app.slot(params["slot"]), *shell, seconds=params["seconds"], slot=params["slot"], env=env)
    except Failed as error:
        # On a host that is bare yet, there is nothing to run a release command in
        if module.check_mode and lock is not None:
            module.exit_json(changed=True, line="")
        module.fail_json(str(error))
    if params["any_code"]:
        module.exit_json(changed=True, stdout=journal.whole(done, app.slot(params["slot"])), code=done.returncode)
    said = journal.output(done, app.slot(params["slot"]))
    if done.returncode:
        lacked = migration.lacked_lock(done.stdout)
        module.fail_json(
            f"{app.name}: {failure(params, done.returncode, lacked)} It said:\n{said}{journal.hint(app, said)}",
            lacked_lock=lacked,
            **({"borne": False} if params["judges"] else {}),
        )
    if params["only"] and (new := state.left(before, state.files(app.state))):
        module.warn(
            f"{app.name}: '{command}' ran on {params['only']} alone, and {new} came up there in {app.state}. If the other web hosts "
            "need that too, set 'release_command_once: false', and each of them runs it; what all of them share belongs into a database server."
        )
    module.exit_json(changed=True, stdout=said, code=0)


if __name__ == "__main__":
    main()
