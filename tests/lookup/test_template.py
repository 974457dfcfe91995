"""A template is filled in as Ansible's own lookup does it, and what it is told beside stays its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import yaml

from tests.shared.samples import ROOT, write

TEMPLATE = """{% set known = known ~ '!' %}
{{ known }} {{ inner.name }} {{ told | default('nothing') }}
{% for each in names %}
{{ each }}
{% endfor %}
"""
VARIABLES = {"known": "{{ inner.name | upper }}", "inner": {"name": "web"}, "names": ["{{ known }}", "a\\b"]}
ASKED = "'a.j2', template_vars={'told': 'more'}", "'a.j2'"


def test_it_is_as_ansible_s_own_with_what_it_is_told_and_without(tmp_path: Path) -> None:
    """The second time nothing is left of what the first was told."""
    lookups = [f"lookup('{plugin}', {asked})" for asked in ASKED for plugin in ("hostler.fleet.template", "ansible.builtin.template")]
    task = {"ansible.builtin.copy": {"content": f"{{{{ [{', '.join(lookups)}, known] | to_json }}}}", "dest": str(tmp_path / "said")}}
    play = [{"hosts": "localhost", "gather_facts": False, "vars": VARIABLES, "tasks": [task]}]
    write(tmp_path, {"play.yml": yaml.safe_dump(play), "templates/a.j2": TEMPLATE})
    command = [sys.executable, "-m", "ansible", "playbook", str(tmp_path / "play.yml"), "-i", "localhost,", "-c", "local"]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_PRIVATE_KEY_FILE": ""}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    ours, theirs, ours_alone, theirs_alone, known = json.loads((tmp_path / "said").read_text())
    assert (ours, ours_alone) == (theirs, theirs_alone)
    assert [text.splitlines()[0] for text in (ours, ours_alone)] == ["WEB! web more", "WEB! web nothing"]
    assert known == "WEB"
