"""Run a command of the app once, as the app itself runs in a slot."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.host import journal, state
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "run_command",
  "short_description": "Run a command of the app once, as the app itself runs in a slot",
  "description": [
    "The shell runs it in the app's folder, as the app's user, with the release's environment, and its packages' programs on the path.",
    "Returns C(stdout), the end of what it printed, and C(code), with which it ended.",
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
    "any_code": {
      "description": "Whether to take whatever it ends with for an answer, and return all that it printed; else it has to end with 0.",
      "type": "bool", "default": false
    }
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    params = module.params
    app, command = App(params["name"]), params["command"]
    # systemd would put in the values of variables itself; the shell has to
    shell = ("/bin/sh", "-c", command.replace("$", "$$"))
    before = state.files(app.state) if params["only"] else None
    try:
        if module.check_mode:
            module.exit_json(changed=True, line=app.at_a_terminal(app.slot(params["slot"]), *shell, slot=params["slot"]))
        done = app.sandboxed(app.slot(params["slot"]), *shell, seconds=params["seconds"], slot=params["slot"])
    except Failed as error:
        module.fail_json(str(error))
    if params["any_code"]:
        module.exit_json(changed=True, stdout=journal.whole(done, app.slot(params["slot"])), code=done.returncode)
    said = journal.output(done, app.slot(params["slot"]))
    if done.returncode:
        module.fail_json(
            f"{app.name}: '{command}' ended with {done.returncode}, or took more than {params['seconds']} s. It said:\n"
            f"{said}{journal.hint(app, said)}"
        )
    if params["only"] and (new := state.left(before, state.files(app.state))):
        module.warn(
            f"{app.name}: '{command}' ran on {params['only']} alone, and {new} came up there in {app.state}. If the other web hosts "
            "need that too, set 'release_command_once: false', and each of them runs it; what all of them share belongs into a database server."
        )
    module.exit_json(changed=True, stdout=said, code=0)


if __name__ == "__main__":
    main()
