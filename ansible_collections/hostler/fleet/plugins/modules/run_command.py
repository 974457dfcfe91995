"""Run a command of the app once, as the app itself runs in a slot."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.host import journal
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "run_command",
  "short_description": "Run a command of the app once, as the app itself runs in a slot",
  "description": [
    "The shell runs it in the app's folder, as the app's user, with the release's environment, and its packages' programs on the path.",
    "Returns C(stdout), the end of what it printed."
  ],
  "options": {
    "name": {"description": "Name of the app.", "type": "str", "required": true},
    "slot": {"description": "The slot that has the release.", "type": "str", "choices": ["blue", "green"], "required": true},
    "command": {"description": "The command.", "type": "str", "required": true},
    "seconds": {"description": "How long it may take.", "type": "int", "required": true}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    params = module.params
    if module.check_mode:
        module.exit_json(changed=True)
    app, command = App(params["name"]), params["command"]
    # systemd would put in the values of variables itself; the shell has to
    shell = ("/bin/sh", "-c", command.replace("$", "$$"))
    try:
        done = app.sandboxed(app.slot(params["slot"]), *shell, seconds=params["seconds"], slot=params["slot"])
    except Failed as error:
        module.fail_json(str(error))
    said = journal.output(done, app.slot(params["slot"]))
    if done.returncode:
        module.fail_json(f"{app.name}: '{command}' ended with {done.returncode}, or took more than {params['seconds']} s. It said:\n{said}")
    module.exit_json(changed=True, stdout=said)


if __name__ == "__main__":
    main()
