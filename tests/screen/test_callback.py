"""The screen in real runs, on hosts that are this machine."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tests.screen.test_screen import TRACEBACK
from tests.shared.samples import ROOT, write

PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "NO_COLOR"))}
# An action whose result is its arguments
TELL = """
from ansible.plugins.action import ActionBase

class ActionModule(ActionBase):
    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        return {**super().run(tmp, task_vars), **self._task.args}
"""
HOSTS = """
[web]
web1
web2
web3

[all:vars]
ansible_connection=local
"""


def prepared(folder: Path, plays: str) -> tuple[list[str], dict[str, str]]:
    """Write a playbook and all that it needs; return how to run it."""
    write(folder, {"action_plugins/tell.py": TELL, "hosts.ini": HOSTS, "site.yml": dedent(plays)})
    environment = {**ENVIRONMENT, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_HOME": str(folder / ".ansible"), "COLUMNS": "80"}
    return (
        [str(PLAYBOOK), "-i", "hosts.ini", "-e", f"ansible_python_interpreter={sys.executable}", "site.yml"],
        {**environment, "TERM": "xterm"},
    )


def run(folder: Path, plays: str, *arguments: str, code: int = 0, **environment: str) -> str:
    """Run a playbook whose output is a file's; return the output."""
    command, usual = prepared(folder, plays)
    done = subprocess.run(
        [*command, *arguments],
        cwd=folder,
        env={**usual, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
    )
    output = done.stdout.decode()  # with its carriage returns, if there are any
    assert done.returncode == code, output
    return output


def on_terminal(folder: Path, plays: str, answer: str = "", **environment: str) -> str:
    """Run a playbook on a terminal, and answer its question a second late; return what the terminal got."""
    command, usual = prepared(folder, plays)
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(folder)
        os.execve(command[0], command, {**usual, **environment})
    got = b""
    while True:
        try:
            got += os.read(terminal, 4096)
        except OSError:
            break
        if answer and b"Go on?" in got:
            subprocess.run(["sleep", "1.5"], check=True)
            os.write(terminal, answer.encode())
            answer = ""
    os.close(terminal)
    _, status = os.waitpid(process, 0)
    assert os.waitstatus_to_exitcode(status) == 0, got
    return got.decode()


def steps(output: str) -> list[list[str]]:
    """Return the lines that are steps: name, hosts, what came of it."""
    found = (re.match(r"(.+?) {2,}(.+?) {2,}[\d.]+ s  (.*)", line) for line in output.splitlines())
    return [list(match.groups()) for match in found if match]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the output of a run that goes well."""
    plays = """
        - hosts: all
          tasks:
            - name: "release : build | Build the wheels"
              tell: {changed: true}
              run_once: true
            - name: Skip this
              tell: {changed: true}
              when: false
            - name: Take long enough to be drawn
              ansible.builtin.command: sleep 1.2
              changed_when: false
              run_once: true
            - name: Ask some
              tell: {changed: "{{ inventory_hostname == 'web1' }}"}
            - name: Switch
              tell: {said: blue is live}
              when: inventory_hostname != 'web3'
            - name: Watch
              tell: {count: {requests: 292, failed: 0}}
            - name: Print a report
              tell: {said: ""}
            - name: Do much
              tell: {changed: true}
              loop: [1, 2]
              loop_control: {label: "item {{ item }}"}
              notify: Reload
            - ansible.builtin.set_fact: {x: 1}
            - ansible.builtin.include_tasks: more.yml
            - name: Say it
              ansible.builtin.debug: {msg: ["a first line", "and \\e[31ma second"]}
            - name: Say items
              ansible.builtin.debug: {msg: "item {{ item }}"}
              loop: [1, 2]
            - name: Fail and go on
              tell: {failed: true, msg: the reason}
              ignore_errors: true
          handlers:
            - name: Reload
              tell: {warnings: [a warning of an action]}
        - hosts: nobody
        - name: Of hosts which this fleet has not
          hosts: "{{ [] }}"
          tasks: []
    """
    folder = tmp_path_factory.mktemp("good")
    write(folder, {"more.yml": "- {name: Inner, tell: {}}\n"})
    return run(folder, plays)


def test_a_line_for_each_step_that_came_to_something(good: str) -> None:
    assert steps(good) == [
        ["Build the wheels", "web1", "changed"],
        ["Take long enough to be drawn", "web1", "ok"],
        ["Ask some", "all", "1 of 3 changed"],
        ["Switch", "web1, web2", "blue is live"],
        ["Watch", "all", "0 of 876 requests failed"],
        ["Do much", "all", "changed"],
        ["Inner", "all", "ok"],
        ["Fail and go on", "all", "failed on web1, web2, web3, ignored"],
        ["Reload", "all", "ok"],
    ]


def test_what_debug_says_stands_once_as_it_is(good: str) -> None:
    assert good.count("a first line\nand a second\nitem 1\nitem 2\n") == 1
    assert good.count("item 1") == 1


def test_a_good_run_ends_with_what_was_changed(good: str) -> None:
    assert re.fullmatch(r"changed: web1 3, web2 1, web3 1; [\d.]+ s", good.splitlines()[-1])


def test_warnings_are_not_swallowed(good: str) -> None:
    assert "[WARNING]: a warning of an action" in good


def test_a_file_gets_no_escapes(good: str) -> None:
    assert not set("\x1b\r") & set(good)


def test_a_good_run_has_nothing_else(good: str) -> None:
    others = [line for line in good.splitlines() if not steps(line) and "WARNING" not in line]
    assert others[:-1] == ["a first line", "and a second", "item 1", "item 2", "No hosts for the play nobody"]


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the output of a deploy whose release does not import."""
    journal = "".join(f"[2026-01-01 10:00:0{pid} +0000] [{pid}] [ERROR] Exception in worker process\n{TRACEBACK}\n" for pid in (1, 2, 3))
    plays = """
        - hosts: all
          any_errors_fatal: true
          tasks:
            - block:
                - name: Start the standby
                  tell: {failed: true, msg: "{{ lookup('file', 'journal') }}", secret: a value that is nobody's business}
                  when: inventory_hostname != 'web3'
              rescue:
                - name: Put back what was there
                  tell: {changed: true}
                - ansible.builtin.include_tasks: last.yml
            - name: Never
              tell: {}
    """
    folder = tmp_path_factory.mktemp("failed")
    write(
        folder,
        {
            "journal": journal,
            "last.yml": "- {name: Say what is live, run_once: true, ansible.builtin.fail: {msg: The fleet serves as before.}}\n",
        },
    )
    return run(folder, plays, code=2)


def test_the_cause_comes_once_and_after_the_steps(failed: str) -> None:
    assert failed.count("No module named 'nothing'") == 1
    during, _, after = failed.partition("Failed: Start the standby, on web1, web2\n")
    assert steps(during) == [
        ["Start the standby", "web1, web2", "failed on web1, web2"],
        ["Put back what was there", "all", "changed"],
        ["Say what is live", "web1", "failed on web1"],
    ]
    assert "No module named" in after


def test_a_traceback_is_folded(failed: str) -> None:
    assert "      [4 frames of Gunicorn]\n" in failed
    assert "site-packages" not in failed


def test_what_is_live_is_the_last_line(failed: str) -> None:
    assert failed.splitlines()[-1] == "The fleet serves as before."
    assert failed.count("The fleet serves as before.") == 1


def test_a_failure_fits_a_screen_and_has_only_messages(failed: str) -> None:
    assert len(failed.splitlines()) < 20
    assert "business" not in failed


def test_a_command_that_fails_tells_its_code_and_its_error(tmp_path: Path) -> None:
    plays = """
        - hosts: web1
          tasks:
            - name: Migrate
              ansible.builtin.command: sh -c 'echo much; echo no table >&2; exit 3'
    """
    assert run(tmp_path, plays, code=2).endswith("\n\nFailed: Migrate, on web1\n    It ended with code 3.\n    no table\n")


def test_a_rescue_that_makes_good_is_told_in_a_line(tmp_path: Path) -> None:
    plays = """
        - hosts: web1
          tasks:
            - block:
                - name: Ask
                  tell: {failed: true, msg: "No answer.\\nNone."}
              rescue:
                - name: Do without
                  tell: {}
    """
    output = run(tmp_path, plays)
    assert "\nrecovered: Ask, on web1: No answer.\nnothing changed; " in output
    assert "Failed" not in output


def test_a_host_that_cannot_be_reached_is_a_failure(tmp_path: Path) -> None:
    plays = """
        - hosts: web1, web2
          tasks:
            - name: Ask
              ansible.builtin.command: "true"
              vars:
                ansible_connection: "{{ 'local' if inventory_hostname == 'web2' else 'ssh' }}"
                ansible_host: 127.0.0.1
                ansible_port: 1
    """
    output = run(tmp_path, plays, code=4)
    assert steps(output) == [["Ask", "all", "web1 unreachable"]]
    assert "\nUnreachable: Ask, on web1\n    " in output
    # Ansible may find the end of ssh before it finds why
    assert re.search("Connection refused|Broken pipe", output.splitlines()[-1])


def test_no_log_never_leaks(tmp_path: Path) -> None:
    plays = """
        - hosts: all
          tasks:
            - tell: {changed: true, said: s3cret, diff: {before: "", after: s3cret}}
              no_log: true
            - ansible.builtin.debug: {msg: "{{ item }}"}
              loop: [s3cret]
              no_log: true
            - tell: {failed: true, msg: s3cret, stderr: s3cret, exception: s3cret}
              no_log: true
              ignore_errors: true
            - name: Write them
              tell: {failed: true, msg: s3cret, stderr: s3cret, said: s3cret}
              loop: [s3cret]
              loop_control: {label: s3cret}
              no_log: true
    """
    output = run(tmp_path, plays, "--diff", code=2)
    assert "s3cret" not in output
    assert output.endswith("Failed: Write them, on web1, web2, web3\n    What it said is hidden: the task has no_log.\n")


def test_check_mode_says_so_first_and_shows_differences(tmp_path: Path) -> None:
    plays = """
        - hosts: all
          tasks:
            - name: Write
              ansible.builtin.copy:
                content: "{{ 'a' if inventory_hostname == 'web3' else 'b' }}\\n"
                dest: "{{ playbook_dir }}/made"
                mode: "0644"
              loop: [1]
    """
    output = run(tmp_path, plays, "--check", "--diff").replace(str(tmp_path), "")
    assert output.splitlines()[0] == "Check mode: nothing is changed."
    assert steps(output) == [["Write", "all", "would change"]]
    difference = "--- before\n+++ after: /made\n@@ -0,0 +1 @@\n+{}\n"
    assert f"would change\nweb1, web2:\n{difference.format('b')}web3:\n{difference.format('a')}would change: web1 1, web2 1" in output


def test_verbose_is_ansible_s_own_output(tmp_path: Path) -> None:
    plays = """
        - name: A play
          hosts: web1
          tasks:
            - {name: A task, tell: {changed: true, said: blue}, loop: [1, 2]}
            - {tell: {}, when: false}
            - {tell: {failed: true, msg: no}, ignore_errors: true}
            - {name: Warn, tell: {warnings: [careful]}, notify: Note}
            - {name: Fail, tell: {failed: true, msg: no}}
    """
    ours = run(tmp_path, plays, "-v", code=2)
    assert ours == run(tmp_path, plays, "-v", code=2, ANSIBLE_STDOUT_CALLBACK="default")
    assert "PLAY RECAP" in ours


def test_hosts_that_go_their_own_ways_are_told_one_by_one(tmp_path: Path) -> None:
    plays = """
        - hosts: all
          strategy: free
          tasks:
            - name: First
              ansible.builtin.command: sleep {{ 2 if inventory_hostname == 'web3' else 0 }}
              changed_when: false
            - {name: Second, tell: {changed: true}}
    """
    told = steps(run(tmp_path, plays))
    assert told.index(["Second", "web1", "changed"]) < told.index(["First", "web3", "ok"])
    assert sorted(told) == [[name, f"web{host}", came] for name, came in (("First", "ok"), ("Second", "changed")) for host in (1, 2, 3)]


def test_a_listing_is_ansible_s_own(tmp_path: Path) -> None:
    assert "      A task" in run(tmp_path, "[{hosts: all, tasks: [{name: A task, tell: {}}]}]", "--list-tasks")


LONG = """
    - hosts: all
      tasks:
        - name: Wait
          ansible.builtin.command: sleep 1.5
        - name: Ask
          ansible.builtin.pause: {prompt: Go on?}
        - name: Wait for a try
          tell: {failed: "{{ inventory_hostname == 'web1' }}", warnings: [careful]}
          register: tried
          until: tried is succeeded
          retries: 1
          delay: 1
          ignore_errors: true
"""


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return what a terminal gets without colours, without the line feeds' returns."""
    return on_terminal(tmp_path_factory.mktemp("terminal"), LONG, "\r", NO_COLOR="1").replace("\r\n", "\n")


def drawn(text: str) -> str:
    """Return what is seen at the end of each line on a terminal that was sent this text."""
    seen = []
    # Ansible's own, by which it clears a line, come when its buffer does
    for line in re.sub(r"\x1b\[(\x1b\[)?K?", "", text).split("\n"):
        shown: list[str] = []
        for part in line.split("\r"):
            shown[: len(part)] = part
        seen.append("".join(shown).rstrip())
    return "\n".join(seen)


def test_on_a_terminal_what_runs_is_rewritten_in_place(terminal: str) -> None:
    assert "\rWait, 1 s" in terminal
    assert "Wait, 1 s" not in drawn(terminal)
    assert steps(drawn(terminal)) == [["Wait", "all", "changed"], ["Wait for a try", "all", "failed on web1, ignored"]]


def test_a_warning_has_a_line_of_its_own(terminal: str) -> None:
    assert "[WARNING]: careful" in drawn(terminal).splitlines()


def test_a_question_has_the_terminal_for_itself(terminal: str) -> None:
    _, _, asked = terminal.partition("Go on?:\n")
    # Until the answer is echoed: on a busy machine the task itself ends later
    assert "Ask, " not in asked.partition("^M")[0]
    assert "Ask" not in [name for name, *_ in steps(drawn(terminal))]


def test_without_colours_a_terminal_gets_no_escapes_from_the_screen(terminal: str) -> None:
    # Ansible itself clears the line on which an answer was typed
    before, _, rest = terminal.partition("Go on?:\n")
    assert "\x1b" not in before + rest.partition("Wait for a try")[2]


def test_a_terminal_gets_colours(tmp_path: Path) -> None:
    plays = "[{hosts: web1, tasks: [{name: A task, tell: {changed: true}}]}]"
    assert "\x1b[0;33mA task" in on_terminal(tmp_path, plays)
