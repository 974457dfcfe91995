"""Read modules of this collection on the control node, then have the module of the same name put all files in place."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.hostler.fleet.plugins.action.step import ActionModule as Step
from ansible_collections.hostler.fleet.plugins.action.step import Result, Variables

PLUGINS = Path(__file__).parents[1]
PACKAGE = "ansible_collections/hostler/fleet/plugins/module_utils"


class ActionModule(Step):
    """``put_files``: the module's options, and ``modules``, files of ``module_utils`` that come to be below ``library``, to be imported.

    And ``secrets``, files for root alone that come before the others: each a ``path``, and ``from``, files of the control node that it is
    made of, one after the other; Ansible Vault may have encrypted them.
    """

    def act(self, args: Result, task_vars: Variables) -> Result:
        """Return the module's result."""
        library = args.pop("library", "")
        modules = [
            {"path": f"{library}/{PACKAGE}/{name}", "text": (PLUGINS / "module_utils" / name).read_text(encoding="utf-8")}
            for name in args.pop("modules", [])
        ]
        secrets = [self._secret(file["path"], file["from"]) for file in args.pop("secrets", [])]
        return self.ask({**args, "files": [*modules, *secrets, *args["files"]]}, task_vars)

    def _secret(self, path: str, made_of: list[str]) -> Result:
        """Return a file with its text. In check mode, what is made on the control node may not be there yet."""
        missing = self._task.check_mode and not all(Path(one).exists() for one in made_of)
        texts = [] if missing else [Path(self._loader.get_real_file(one)).read_text(encoding="utf-8") for one in made_of]
        return {"path": path, "secret": "".join(f"{text.rstrip()}\n" for text in texts) or "made by the run\n"}
