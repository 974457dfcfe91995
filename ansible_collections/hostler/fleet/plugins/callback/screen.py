"""Show a run as a screen: what happens now, what came of it, the cause once and last."""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from ansible import constants as C
from ansible import context
from ansible.plugins.callback.default import CallbackModule as Default  # type: ignore[import-untyped]
from ansible.utils import color as colors

from ansible_collections.hostler.fleet.plugins.module_utils.screen import Failure, State, Step, recap, still, title
from ansible_collections.hostler.fleet.plugins.module_utils.screen_causes import causes, plain, recovered, why
from ansible_collections.hostler.fleet.plugins.module_utils.screen_progress import Progress

DOCUMENTATION = """
name: screen
type: stdout
short_description: a line for each step, the cause of a failure once and last
version_added: 0.1.0
description:
  - Prints one line for each task as it ends, with its hosts, its time and what came of it; nothing for a task that all hosts skipped.
  - What C(ansible.builtin.debug) says is printed as it is.
  - A run that fails ends with each cause once, under all its hosts, and then with what C(ansible.builtin.fail) said in a C(rescue).
  - A result's key RV(said) (a string) or RV(count) (requests, failed) tells what came of a task; an empty RV(said) keeps its line away.
  - On a terminal, the line of the task that runs is rewritten in place. Elsewhere, a task that runs long is told of now and then.
  - With C(-v) or more, this is C(ansible.builtin.default).
extends_documentation_fragment:
  - default_callback
  - result_format_callback
"""

Method = TypeVar("Method", bound=Callable[..., None])
FREE = {"free", "host_pinned"}  # strategies that do not take all hosts through a task before they begin the next


def brief(method: Method) -> Method:
    """Leave an event to Ansible's own callback where the operator asks for more with ``-v``."""
    own = getattr(Default, method.__name__)

    @functools.wraps(method)
    def choose(self: CallbackModule, *args: Any, **kwargs: Any) -> None:
        (own if self.verbose else method)(self, *args, **kwargs)

    return choose  # type: ignore[return-value]  # wraps keeps the signature


def in_rescue(task: Any) -> bool:
    """Tell whether a task stands in the ``rescue`` of a block, however deep, or in what that includes."""
    below: set[str] = set()
    while task is not None:
        if below & {inner._uuid for inner in getattr(task, "rescue", None) or []}:
            return True
        below.add(getattr(task, "_uuid", ""))
        task = getattr(task, "_parent", None)
    return False


class CallbackModule(Default):  # type: ignore[misc]  # a class without types
    """The stdout callback ``hostler.fleet.screen``."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "hostler.fleet.screen"

    def __init__(self) -> None:
        """Begin with nothing to tell."""
        super().__init__()
        self.verbose = self._display.verbosity > 0
        self._check = bool(context.CLIARGS.get("check"))
        self._steps: dict[tuple[str, str], Step] = {}  # those that run, by the task, and by the host where hosts go their own ways
        self._hosts: dict[str, None] = {}  # of this play, in their order
        self._failures: list[Failure] = []
        self._free = False
        self._any = False
        self._began = time.monotonic()
        if not self.verbose:
            terminal = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
            self._progress = Progress(self._say, terminal, lambda: shutil.get_terminal_size().columns)
            self._progress.guard(self._display)
            atexit.register(self._progress.stop)

    # What is printed

    def _say(self, text: str, color: str | None = None) -> None:
        self._display.display(text, color=color)
        with contextlib.suppress(OSError):
            sys.stdout.flush()  # a log is read while it grows

    def _close(self, steps: Iterable[tuple[str, str]]) -> None:
        """Print what came of steps that have ended."""
        self._progress.rest()
        for key in list(steps):
            step = self._steps.pop(key)
            self._failures += step.ordered(step.failures).values()
            for text in step.printed():
                self._say(text)
            if step.shown:
                self._any = True
                shade = {"failed": C.COLOR_ERROR, "unreachable": C.COLOR_ERROR, "ignored": C.COLOR_WARN, "changed": C.COLOR_CHANGED}
                self._say(step.line(self._hosts, self._check), shade.get(step.state))
            for text in step.differences():
                self._say(text)
        for step in list(self._steps.values())[:1]:  # where hosts go their own ways, others still run
            self._follow(step)

    # What runs

    def _key(self, task: Any, host: Any) -> tuple[str, str]:
        return (task._uuid, host.get_name() if self._free else "")

    def _begin(self, task: Any) -> None:
        if not self._free:
            self._close(self._steps)
            self._open(task, (task._uuid, ""))

    def _open(self, task: Any, key: tuple[str, str]) -> Step:
        step = self._steps.get(key)
        if step is None:
            step = self._steps[key] = Step(title(task.name or task.get_name()), task.action, time.monotonic())
            self._follow(step)
        return step

    def _follow(self, step: Step) -> None:
        self._progress.run(functools.partial(still, step), step.began)

    def _end(self, result: Any, state: State) -> None:
        """Note what came of a task on a host."""
        told = result.result
        self._handle_warnings(told)
        key = self._key(result.task, result.host)
        step = self._open(result.task, key)
        host = result.host.get_name()
        if state in ("failed", "unreachable"):
            labels = getattr(getattr(result.task, "loop_control", None), "label", None) is not None
            closing = step.action.rpartition(".")[2] == "fail" and in_rescue(result.task)
            step.failures[host] = Failure(step.name, host, why(told, labels), state == "unreachable", closing)
        step.end(host, state, told, time.monotonic())
        if self._free:
            self._close([key])

    # What Ansible tells

    @brief
    def v2_playbook_on_start(self, playbook: Any) -> None:
        """Begin the clock; say so if nothing is going to be changed."""
        self._began = time.monotonic()
        if self._check:
            self._say("Check mode: nothing is changed.")

    @brief
    def v2_playbook_on_play_start(self, play: Any) -> None:
        """Forget the hosts of the play before."""
        self._close(self._steps)
        self._play = play
        self._hosts = {}
        self._free = str(play.strategy).rpartition(".")[2] in FREE

    @brief
    def v2_playbook_on_vars_prompt(self, *args: Any, **kwargs: Any) -> None:
        """Have the terminal free for a question."""
        self._close(self._steps)

    @brief
    def v2_playbook_on_no_hosts_matched(self) -> None:
        """Say that a play is for nobody, but for one that names nobody: that is of hosts which this fleet has not."""
        if self._play and self._play.hosts:
            self._say(f"No hosts for the play {plain(self._play.get_name())}")

    @brief
    def v2_playbook_on_no_hosts_remaining(self) -> None:
        """Leave it to the end, which has the causes."""

    @brief
    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        """Tell what came of the task before; follow this one."""
        self._begin(task)

    @brief
    def v2_playbook_on_handler_task_start(self, task: Any) -> None:
        """Follow a handler as any task."""
        self._begin(task)

    @brief
    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        """Note that a host begins a task."""
        self._hosts[host.get_name()] = None
        self._open(task, self._key(task, host)).start(host.get_name())

    @brief
    def v2_runner_on_ok(self, result: Any) -> None:
        """Note it."""
        self._end(result, "changed" if result.is_changed() else "ok")

    @brief
    def v2_runner_on_skipped(self, result: Any) -> None:
        """Note it."""
        self._end(result, "skipped")

    @brief
    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Keep the cause for the end."""
        self._end(result, "ignored" if ignore_errors else "failed")

    @brief
    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Keep the cause for the end."""
        self._end(result, "ignored" if result.task.ignore_unreachable else "unreachable")

    @brief
    def v2_on_file_diff(self, result: Any) -> None:
        """Keep the differences for the step's end."""
        told = result.result
        if told.get("_ansible_no_log"):
            return
        found = told["results"] if result.task.loop and "results" in told else [told]
        diffs = [
            self._get_diff(item["diff"]) for item in found if item.get("diff") and item.get("changed") and not item.get("_ansible_no_log")
        ]
        text = "".join(diffs) if colors.ANSIBLE_COLOR else plain("".join(diffs))
        if text.strip():
            step, host = self._open(result.task, self._key(result.task, result.host)), result.host.get_name()
            step.diffs[host] = "\n".join(filter(None, [step.diffs.get(host), text.rstrip()]))

    @brief
    def v2_runner_item_on_ok(self, result: Any) -> None:
        """Pass on its warnings; the task's result has all items."""
        self._handle_warnings(result.result)

    @brief
    def v2_runner_item_on_failed(self, result: Any) -> None:
        """Pass on its warnings."""
        self._handle_warnings(result.result)

    @brief
    def v2_runner_item_on_skipped(self, result: Any) -> None:
        """Pass on its warnings."""
        self._handle_warnings(result.result)

    @brief
    def v2_runner_retry(self, result: Any) -> None:
        """Show which try it is."""
        step = self._steps.get(self._key(result.task, result.host))
        if step:
            step.note = f"try {result.result.get('attempts', 0) + 1} of {result.result.get('retries')}"

    @brief
    def v2_playbook_on_include(self, included_file: Any) -> None:
        """Say nothing: the tasks are shown."""

    @brief
    def v2_playbook_on_notify(self, handler: Any, host: Any) -> None:
        """Say nothing: the handler is shown when it runs."""

    @brief
    def v2_runner_on_async_poll(self, result: Any) -> None:
        """Say nothing: the progress shows that it runs."""

    @brief
    def v2_runner_on_async_ok(self, result: Any) -> None:
        """Say nothing: the task's result comes too."""

    @brief
    def v2_runner_on_async_failed(self, result: Any) -> None:
        """Say nothing: the task's result comes too."""

    @brief
    def v2_playbook_on_stats(self, stats: Any) -> None:
        """End with the causes, or with what was changed."""
        self._close(self._steps)
        if stats.failures or stats.dark:
            for text in causes(self._failures):
                self._say(f"\n{text}", C.COLOR_ERROR)
        else:
            for line in recovered(self._failures):
                self._say(line, C.COLOR_WARN)
            if self._any:
                self._say(recap(stats.changed, len(stats.processed), time.monotonic() - self._began, self._check))
        self._failures, self._any = [], False
