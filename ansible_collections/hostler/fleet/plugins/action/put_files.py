"""Read modules of this collection on the control node, then have the module of the same name put all files in place."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.hostler.fleet.plugins.action.step import ActionModule as Step
from ansible_collections.hostler.fleet.plugins.action.step import Result, Variables

PLUGINS = Path(__file__).parents[1]
PACKAGE = "ansible_collections/hostler/fleet/plugins/module_utils"


class ActionModule(Step):
    """``put_files``: the module's options, and ``modules``, files of ``module_utils`` that come to be below ``library``, to be imported.

    ``copies``, folders of the host, each ``to`` have the files of one of the control node, ``from``, and no others.
    And ``secrets``, files that come before the others: each as the module has it, or with ``from`` in place
    of its text: files of the control node that it is made of, one after the other; Ansible Vault may have encrypted them.
    """

    def act(self, args: Result, task_vars: Variables) -> Result:
        """Return the module's result."""
        library = args.pop("library", "")
        modules = [
            {"path": f"{library}/{PACKAGE}/{name}", "text": (PLUGINS / "module_utils" / name).read_text(encoding="utf-8")}
            for name in args.pop("modules", [])
        ]
        copies = args.pop("copies", [])
        copied = [
            {"path": f"{one['to']}/{path.name}", "text": path.read_text(encoding="utf-8")}
            for one in copies
            for path in sorted(Path(one["from"]).iterdir())
        ]
        folders = [*args.pop("folders", []), *(one["to"] for one in copies)]
        secrets = [self._secret(file) for file in args.pop("secrets", [])]
        return self.ask({**args, "folders": folders, "files": [*modules, *copied, *secrets, *args["files"]]}, task_vars)

    def _secret(self, file: Result) -> Result:
        """Return a file with its text. In check mode, what is made on the control node may not be there yet."""
        if "from" not in file:
            return file
        missing = self._task.check_mode and not all(Path(path).exists() for path in file["from"])
        texts = [] if missing else [Path(self._loader.get_real_file(path)).read_text(encoding="utf-8") for path in file["from"]]
        text = "".join(f"{text.rstrip()}\n" for text in texts) or "made by the run\n"
        return {"secret": text, **{key: value for key, value in file.items() if key != "from"}}
