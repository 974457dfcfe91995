# Managed by Hostler, role:balancer
"""Tell which files of a host are not as they should be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: compare_files
short_description: Tell which files of a host are not as they should be
description:
  - Returns C(differ), the paths of those that are missing or have another text. Blank lines at the end do not count.
options:
  files: {description: The text of each file by its path., type: dict, required: true}
"""

OPTIONS: dict[str, dict[str, Any]] = {"files": {"type": "dict", "required": True}}


def unlike(path: Path, text: str) -> bool:
    """Tell whether a file is missing or has another text."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").rstrip("\n") != text.rstrip("\n")
    except FileNotFoundError:
        return True


def main() -> None:
    """Run the module."""
    module = AnsibleModule(OPTIONS, supports_check_mode=True)
    module.exit_json(changed=False, differ=sorted(path for path, text in module.params["files"].items() if unlike(Path(path), text)))


if __name__ == "__main__":
    main()
