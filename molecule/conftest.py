"""Let the tests of all scenarios import what they share, and the roles' own Python."""

import sys
from pathlib import Path

import ansible.module_utils

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "shared"))
ansible.module_utils.__path__.extend(str(folder) for folder in sorted(HERE.parent.glob("roles/*/module_utils")))
