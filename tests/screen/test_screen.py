"""What the screen says of steps and of failures, without Ansible."""

import threading
import time

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils import screen_progress
from ansible_collections.hostler.fleet.plugins.module_utils.screen import State, Step, names, recap, span, still, title
from ansible_collections.hostler.fleet.plugins.module_utils.screen_causes import Failure, causes, fold, plain, recovered, why

TRACEBACK = """\
Traceback (most recent call last):
  File "/srv/hello/venvs/1/lib/python3.13/site-packages/gunicorn/arbiter.py", line 608, in spawn_worker
    worker.init_process()
    ~~~~~~~~~~~~~~~~~~~^^
  File "/srv/hello/venvs/1/lib/python3.13/site-packages/gunicorn/util.py", line 371, in import_app
    mod = importlib.import_module(module)
  File "/usr/lib/python3.13/importlib/__init__.py", line 88, in import_module
    return _bootstrap._gcd_import(name[level:], package, level)
  File "<frozen importlib._bootstrap>", line 1387, in _gcd_import
  File "/srv/hello/releases/1/app/hello/__init__.py", line 3, in <module>
    import nothing
ModuleNotFoundError: No module named 'nothing'"""
FOLDED = """\
Traceback (most recent call last):
  [4 frames of Gunicorn]
  File "/srv/hello/releases/1/app/hello/__init__.py", line 3, in <module>
    import nothing
ModuleNotFoundError: No module named 'nothing'"""


def step(action: str = "command", /, **results: tuple[State, dict[str, object]]) -> Step:
    """Return a step that began at 0, and ended after two seconds so on these hosts."""
    made = Step("Start the standby", action, 0)
    for host, (state, result) in results.items():
        made.end(host, state, result, 2)
    return made


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("release : build | Build the wheels", "Build the wheels"),
        ("release_app | Switch", "Switch"),
        ("hostler.fleet.web : Write: all", "Write: all"),
        ("Ask | a | b", "b"),
        ("Say : what | is", "is"),
        ("Read the\n  file\x1b[31m", "Read the file"),
    ],
)
def test_a_title_has_no_role_and_no_file(name: str, shown: str) -> None:
    assert title(name) == shown


@pytest.mark.parametrize(("seconds", "shown"), [(0.04, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (119.4, "119 s"), (119.6, "2 min 00 s")])
def test_times_are_read_by_people(seconds: float, shown: str) -> None:
    assert span(seconds) == shown


def test_few_hosts_are_named_and_many_counted() -> None:
    assert names(["a", "b", "c"], 9) == "a, b, c"
    assert names(["a", "b", "c", "d"], 9) == "4 of 9 hosts"
    assert names(["a", "b", "c", "d"]) == "4 hosts"


def test_hosts_are_told_in_the_play_s_order() -> None:
    made = Step("Start", "command", 0)
    for host in ("web1", "web2"):
        made.start(host)
    made.end("web2", "failed", {}, 1)
    made.end("web1", "failed", {}, 1)
    assert made.came() == "failed on web1, web2"
    assert list(made.ordered({"web2": 2, "web1": 1})) == ["web1", "web2"]


def test_a_line_has_name_hosts_time_and_what_came_of_it() -> None:
    line = step(web1=("changed", {}), web2=("ok", {})).line(["web1", "web2"])
    assert line.split() == ["Start", "the", "standby", "all", "2.0", "s", "1", "of", "2", "changed"]


def test_only_hosts_that_did_something_are_told() -> None:
    some = step(web1=("changed", {}), web2=("skipped", {}), web3=("skipped", {}))
    assert some.line(["web1", "web2", "web3"]).split()[3:] == ["web1", "2.0", "s", "changed"]


@pytest.mark.parametrize(
    ("results", "came"),
    [
        ([("ok", {"said": "blue", "count": {"requests": 1, "failed": 0}}), ("changed", {"said": "blue"})], "blue"),
        ([("ok", {"said": "blue"}), ("ok", {"said": "green"})], "blue, green"),
        ([("ok", {"results": [{"said": "blue"}, {"said": "green"}]})], "blue, green"),
        ([("ok", {"count": {"requests": 800, "failed": 1}}), ("ok", {"count": {"requests": 76, "failed": 2}})], "3 of 876 requests failed"),
        ([("changed", {}), ("changed", {})], "changed"),
        ([("ok", {"count": 3, "said": ["of another module"]}), ("ok", {"count": {"requests": "many"}})], "ok"),
        ([("ok", {})], "ok"),
        ([("failed", {"said": "blue"}), ("ok", {"said": "green"})], "failed on web0"),
        ([("failed", {}), ("unreachable", {})], "failed on web0; web1 unreachable"),
        ([("ignored", {})], "failed on web0, ignored"),
    ],
)
def test_what_came_of_a_step(results: list[tuple[State, dict[str, object]]], came: str) -> None:
    assert step(**{f"web{number}": result for number, result in enumerate(results)}).came() == came


@pytest.mark.parametrize(
    ("action", "state", "result", "shown"),
    [
        ("command", "ok", {}, True),
        ("command", "skipped", {}, False),
        ("command", "ok", {"said": ""}, False),
        ("command", "changed", {"said": ""}, True),
        ("command", "failed", {"said": ""}, True),
        ("ansible.builtin.set_fact", "ok", {}, False),
        ("ansible.builtin.set_fact", "failed", {}, True),
        ("other.collection.assert", "ok", {}, True),
        ("ansible.builtin.debug", "ok", {"msg": "told"}, False),
    ],
)
def test_which_steps_have_a_line(action: str, state: State, result: dict[str, object], shown: bool) -> None:
    assert step(action, web1=(state, result)).shown is shown


@pytest.mark.parametrize(
    ("results", "printed"),
    [
        ([{"msg": "told"}, {"msg": "told"}], ["told"]),
        ([{"msg": ["one", "two"]}], ["one\ntwo"]),
        ([{"msg": "one"}, {"msg": "two"}], ["web0: one", "web1: two"]),
        ([{"msg": ["one", "1"]}, {"msg": "two"}], ["web0:\none\n1", "web1: two"]),
        ([{"results": [{"msg": "one"}, {"msg": "one"}, {"msg": "two"}, {"msg": "three", "skipped": True}]}], ["one\ntwo"]),
        ([{"port": 80, "changed": False, "_ansible_verbose_always": True}], ["port: 80"]),
        ([{"msg": "hidden", "_ansible_no_log": True}], []),
    ],
)
def test_what_debug_says_is_plain_text(results: list[dict[str, object]], printed: list[str]) -> None:
    told: dict[str, tuple[State, dict[str, object]]] = {f"web{number}": ("ok", result) for number, result in enumerate(results)}
    assert list(step("ansible.builtin.debug", **told).printed()) == printed


def test_a_running_step_tells_for_which_hosts_it_waits() -> None:
    running = Step("Build", "command", 0)
    assert still(running, 3) == ""
    for host in ("web1", "web2"):
        running.start(host)
    assert still(running, 3) == "Build, 3 s"
    running.end("web1", "ok", {}, 3)
    running.note = "try 2 of 3"
    assert still(running, 4) == "Build, 4 s, on web2, try 2 of 3"


def test_the_last_line_of_a_run_that_went_well() -> None:
    assert recap({"web2": 2, "web1": 1, "web3": 0}, 3, 42.2) == "changed: web1 1, web2 2; 42 s"
    assert recap({}, 3, 2) == "nothing changed; 2.0 s"
    assert recap({"web1": 1}, 3, 2, check=True) == "would change: web1 1; 2.0 s"
    assert recap({f"web{number}": 1 for number in range(9)}, 10, 2) == "changed: 9 of 10 hosts; 2.0 s"


def test_frames_of_gunicorn_are_one_line() -> None:
    assert list(fold(TRACEBACK.splitlines())) == FOLDED.splitlines()


def test_frames_at_a_traceback_s_end_are_folded_too() -> None:
    lines = ['  File "/v/site-packages/gunicorn/config.py", line 1, in run', "    run()", "RuntimeError: no"]
    assert list(fold(lines)) == ["  [1 frame of Gunicorn]", "RuntimeError: no"]
    assert list(fold(lines[:2])) == ["  [1 frame of Gunicorn]"]


def test_what_imports_an_app_as_gunicorn_does_is_folded_with_it() -> None:
    first = ['  File "/srv/hello/releases/.1.part/imports.py", line 89, in main', "    gunicorn.load()", "    ~~~~~~~~~~~~~^^"]
    lines = TRACEBACK.splitlines()
    assert list(fold([lines[0], *first, *lines[1:]])) == FOLDED.replace("[4 frames", "[5 frames").splitlines()


@pytest.mark.parametrize("file", ["/v/site-packages/gunicornish/config.py", "/srv/hello/releases/1/app/imports.py"])
def test_frames_of_others_stay(file: str) -> None:
    lines = [f'  File "{file}", line 1, in run', "    run()"]
    assert list(fold(lines)) == lines


def test_one_traceback_in_two_log_entries_is_told_once() -> None:
    entries = (
        f"[2026-01-01 10:00:0{second} +0000] [{process}] [ERROR] Exception in worker process" for second, process in ((1, 7), (2, 8))
    )
    text = "\n".join(f"{entry}\n{TRACEBACK}" for entry in entries)
    assert why({"msg": text}) == text
    [told] = causes([Failure("Start", "web1", text)])
    assert [line.strip() for line in told.splitlines()[2:]] == [line.strip() for line in FOLDED.splitlines()]
    assert told.splitlines()[1] == "    [2026-01-01 10:00:01 +0000] [7] [ERROR] Exception in worker process"


def test_one_cause_on_several_hosts_is_told_once() -> None:
    failures = [Failure("Start", host, f"{host} does not listen.\npid: {pid}") for host, pid in (("web1", 1), ("web2", 22))]
    assert causes(failures) == ["Failed: Start, on web1, web2\n    web1 does not listen.\n    pid: 1"]


def test_different_causes_are_each_told() -> None:
    failures = [Failure("Start", "web1", "No room."), Failure("Start", "web2", "No memory.")]
    assert causes(failures) == ["Failed: Start, on web1\n    No room.", "Failed: Start, on web2\n    No memory."]


def test_one_text_of_two_steps_stands_below_both() -> None:
    failures = [Failure("Start", "web1", "No room."), Failure("Put back", "web2", "No room.")]
    assert causes(failures) == ["Failed: Start, on web1\n    No room.", "Failed: Put back, on web2\n    No room."]


def test_what_is_live_comes_last() -> None:
    failures = [
        Failure("Start", "web1", "No room."),
        Failure("Say what is live", "web1", "The fleet serves as before.", closing=True),
        Failure("Tell the others", "web2", "No route.", unreachable=True),
    ]
    assert causes(failures) == [
        "Failed: Start, on web1\n    No room.",
        "Unreachable: Tell the others, on web2\n    No route.",
        "The fleet serves as before.",
    ]


def test_what_is_live_does_not_tell_the_cause_again() -> None:
    failures = [Failure("Start", "web1", TRACEBACK), Failure("Say", "web1", f"Not up.\n\n{TRACEBACK}\n\nDeploy again.", closing=True)]
    assert causes(failures)[1] == "Not up.\n\nDeploy again."


def test_what_is_too_long_keeps_its_ends() -> None:
    lines = causes([Failure("Start", "web1", "\n".join(map(str, range(100))))])[0].splitlines()
    assert (lines[1], lines[21], lines[-1]) == ("    0", "    [40 lines are left out; -v shows them]", "    99")
    assert len(lines) == 62


def test_a_rescued_failure_is_one_line() -> None:
    assert recovered([Failure("Start", "web1", "No room.\nSee df.")]) == ["recovered: Start, on web1: No room."]


@pytest.mark.parametrize(
    ("result", "text"),
    [
        ({"msg": "No room.", "stderr": "more", "cmd": "secret"}, "No room."),
        ({"msg": "Task failed: Module failed: No room."}, "No room."),
        ({"msg": ["No room.", "Go."]}, "No room.\nGo."),
        ({"msg": "non-zero return code", "rc": 3, "stderr": "err", "stdout": "out"}, "It ended with code 3.\nerr"),
        ({"msg": "non-zero return code", "rc": 3, "stderr": "", "stdout": "out"}, "It ended with code 3.\nout"),
        ({"msg": "The command exited with a non-zero return code.", "rc": 3, "stderr": "err"}, "It ended with code 3.\nerr"),
        ({"msg": "", "rc": 0, "stdout": "out", "failed_when_result": True}, "Its failed_when calls this a failure.\nout"),
        ({"msg": "Broken", "rc": 1, "module_stderr": "no python"}, "Broken\nno python"),
        ({"reason": "No such file"}, "No such file"),
        ({"censored": "x", "msg": "secret"}, "What it said is hidden: the task has no_log."),
        ({"_ansible_no_log": True, "msg": "secret"}, "What it said is hidden: the task has no_log."),
        ({"msg": "Some", "results": [{"failed": True, "msg": "a"}, {"failed": True, "msg": "a"}, {"msg": "b"}]}, "a"),
        ({"results": [{"failed": True, "msg": "a", "_ansible_no_log": True}]}, "What it said is hidden: the task has no_log."),
    ],
)
def test_a_cause_is_a_message_or_the_end_of_an_output(result: dict[str, object], text: str) -> None:
    assert why(result) == text


def test_the_end_of_an_output_is_twenty_lines() -> None:
    assert why({"rc": 1, "stderr": "\n".join(map(str, range(50)))}).splitlines() == ["It ended with code 1.", *map(str, range(30, 50))]


def test_items_are_named_only_as_the_operator_labelled_them() -> None:
    item = {"failed": True, "msg": "No room.", "_ansible_item_label": "/srv"}
    assert why({"results": [item]}) == "No room."
    assert why({"results": [item]}, labels=True) == "/srv: No room."


def test_a_text_cannot_move_the_cursor() -> None:
    assert plain("\x1b[31mred\x1b[0m\x1b]0;title\x07 a\rb\tc\x08\x9b1m") == "red a\nb\tc1m"


class Terminal:
    """A Display whose writing is kept, as the line that is rewritten is."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, terminal: bool) -> None:
        """Have a progress that looks very often."""
        monkeypatch.setattr(screen_progress, "TICK", 0.01)
        monkeypatch.setattr(screen_progress, "FIRST", 0.05)
        monkeypatch.setattr(screen_progress, "EVERY", 0.1)
        monkeypatch.setattr(screen_progress.Progress, "_put", staticmethod(lambda text: self.text.append(text)))
        self.text: list[str] = []
        self.drawn = threading.Event()
        self.progress = screen_progress.Progress(self.say, terminal, lambda: 12)
        self.progress.guard(self)

    def display(self, text: str) -> None:
        """Print a line."""
        self.text.append(f"{text}\n")

    def say(self, text: str) -> None:
        """Print a line."""
        self.display(text)

    def running(self, now: float) -> str:
        """Tell of a step."""
        self.drawn.set()
        return "Build the wheels"

    def wait(self, texts: int) -> None:
        """Wait until so many texts were written."""
        end = time.monotonic() + 10
        while len(self.text) < texts and time.monotonic() < end:
            time.sleep(0.005)


def test_on_a_terminal_the_line_is_cleared_for_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal(monkeypatch, terminal=True)
    terminal.progress.run(terminal.running, time.monotonic())
    terminal.wait(1)
    terminal.display("A warning")
    terminal.wait(4)
    terminal.progress.stop()
    assert terminal.text[:4] == ["\rBuild the w", "\r           \r", "A warning\n", "\rBuild the w"]
    assert terminal.text[4:] == ["\r           \r"]


def test_elsewhere_a_step_that_runs_long_is_told_of_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    log = Terminal(monkeypatch, terminal=False)
    began = time.monotonic()
    log.progress.run(log.running, began)
    log.wait(2)
    took = time.monotonic() - began
    log.progress.stop()
    assert log.text[:2] == ["still running: Build the wheels\n"] * 2
    assert took >= 0.15


def test_what_rests_is_not_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal(monkeypatch, terminal=True)
    terminal.progress.run(terminal.running, time.monotonic())
    terminal.wait(1)
    terminal.progress.rest()
    terminal.drawn.clear()
    assert not terminal.drawn.wait(0.1)
    terminal.progress.stop()
