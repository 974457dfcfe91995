"""What an operator reads of a run: a line for each step as it ends, and one at the end. No Ansible, no I/O.

A result of a module or an action may say what came of it, by two keys:

    said    a short string; the values of all hosts are joined. An empty one keeps a step that changed nothing off the screen
    count   {"requests": int, "failed": int}: added up over the hosts
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from ansible_collections.hostler.fleet.plugins.module_utils.screen_causes import Failure, causes, plain

__all__ = ["Failure", "Outcome", "Step", "causes", "names", "plain", "recap", "span", "still", "title"]

State = Literal["ok", "changed", "skipped", "failed", "unreachable", "ignored"]
Result = Mapping[str, Any]
Value = TypeVar("Value")

# The columns of a step's line; what is longer pushes the rest to the right
NAME, HOSTS, TIME = 48, 14, 9
FEW = 3  # hosts that are named; more are counted
LISTED = 8  # hosts that the last line names
# What these do is for the playbook itself, or for who runs it: nothing comes of them on a host
SILENT = {
    *("add_host", "assert", "group_by", "include_role", "include_tasks", "include_vars", "import_role", "import_tasks", "meta"),
    *("pause", "set_fact", "set_stats", "validate_argument_spec"),
}


def short(action: str) -> str:
    """Return an action's name without the prefix that Ansible's own may have."""
    return re.sub(r"^ansible\.(builtin|legacy)\.", "", action)


def title(name: str) -> str:
    """Return a task's name without its role and its file: ``release : build | Build the wheels`` is ``Build the wheels``."""
    name = " ".join(plain(name).split())
    return re.sub(r"^[\w.-]+ : ", "", name).rpartition(" | ")[2]


def span(seconds: float) -> str:
    """Return a time that people read: ``0.4 s``, ``47 s``, ``3 min 05 s``."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if round(seconds) < 120:
        return f"{seconds:.0f} s"
    return f"{round(seconds) // 60} min {round(seconds) % 60:02} s"


def names(hosts: Iterable[str], of: int = 0) -> str:
    """Return hosts by their names, or how many of all hosts they are where names would be too many."""
    listed = list(hosts)
    if len(listed) <= FEW:
        return ", ".join(listed)
    return f"{len(listed)} of {of} hosts" if of > len(listed) else f"{len(listed)} hosts"


def unique(values: Iterable[str]) -> list[str]:
    """Return each value once, in the order in which they came."""
    return list(dict.fromkeys(values))


def items(result: Result) -> list[Result]:
    """Return the results of a loop's items, or the only one."""
    results = result.get("results")
    return [item for item in results if isinstance(item, Mapping)] if isinstance(results, list) else [result]


def by_host(texts: Mapping[str, str]) -> Iterator[str]:
    """Yield each text once, after the names of the hosts that have it."""
    for text in unique(filter(None, texts.values())):
        between = "\n" if "\n" in text else " "
        yield f"{names(host for host in texts if texts[host] == text)}:{between}{text}"


def lines_of(value: object) -> str:
    """Return what a playbook printed as text: strings as they are, a list of them line by line, all else as JSON."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return plain("\n".join(value))
    return plain(json.dumps(value, indent=4, ensure_ascii=False, default=str))


def printed(result: Result) -> Iterator[str]:
    """Yield what ``debug`` printed: its message, or a variable under its name."""
    for item in items(result):
        if item.get("_ansible_no_log") or item.get("skipped"):
            continue
        if "msg" in item:
            yield lines_of(item["msg"])
            continue
        told = {"changed", "failed", "skipped", "skip_reason", "invocation", "item", "warnings", "deprecations", "exception", "censored"}
        loop = item.get("ansible_loop_var")
        for key, value in item.items():
            if key not in told and key != loop and not key.startswith(("_ansible", "ansible_loop", "ansible_index_var", "failed_when")):
                yield f"{plain(key)}: {lines_of(value)}"


def counted(result: Result) -> tuple[int, int] | None:
    """Return how many requests a result has counted and how many failed; nothing where its ``count`` is another module's."""
    count = result.get("count")
    requests, failed = (count.get("requests"), count.get("failed")) if isinstance(count, Mapping) else (None, None)
    return (requests, failed) if isinstance(requests, int) and isinstance(failed, int) else None


@dataclass(frozen=True)
class Outcome:
    """What came of a step on one host."""

    state: State
    said: tuple[str, ...] | None = None  # nothing where the result has no such key
    count: tuple[int, int] | None = None  # requests, and how many of them failed

    @classmethod
    def of(cls, state: State, result: Result) -> Outcome:
        """Read a result."""
        said = [plain(item["said"]).strip() for item in items(result) if isinstance(item.get("said"), str)]
        counts = list(filter(None, map(counted, items(result))))
        total = (sum(requests for requests, _ in counts), sum(failed for _, failed in counts))
        return cls(state, tuple(said) if said else None, total if counts else None)


@dataclass
class Step:
    """A task, on the hosts for which it runs; times are seconds of a clock that never goes back."""

    name: str
    action: str
    began: float
    ended: float = 0
    started: list[str] = field(default_factory=list)  # hosts, in the play's order
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)  # what debug printed, by host
    diffs: dict[str, str] = field(default_factory=dict)  # by host
    failures: dict[str, Failure] = field(default_factory=dict)  # by host
    note: str = ""  # while it runs, such as the number of a try

    def start(self, host: str) -> None:
        """Note that a host begins."""
        if host not in self.started:
            self.started.append(host)

    def ordered(self, by_name: Mapping[str, Value]) -> dict[str, Value]:
        """Return what there is by host in the hosts' order, which is not the one in which they ended."""
        return {host: by_name[host] for host in self.started if host in by_name}

    @property
    def running(self) -> list[str]:
        """The hosts that have not ended it."""
        return [host for host in self.started if host not in self.outcomes]

    def end(self, host: str, state: State, result: Result, now: float) -> None:
        """Note what came of it on a host."""
        self.start(host)
        self.ended = now
        self.outcomes[host] = Outcome.of(state, result)
        if short(self.action) == "debug" and state in ("ok", "changed"):
            self.texts[host] = "\n".join(unique(printed(result)))

    def in_state(self, *states: State) -> list[str]:
        """Return the hosts on which it ended so."""
        return [host for host, outcome in self.ordered(self.outcomes).items() if outcome.state in states]

    @property
    def state(self) -> State:
        """The gravest of what came of it."""
        order: tuple[State, ...] = ("unreachable", "failed", "ignored", "changed", "ok")
        return next((state for state in order if self.in_state(state)), "skipped")

    @property
    def shown(self) -> bool:
        """Whether the step has a line."""
        if self.state in ("unreachable", "failed", "ignored"):
            return True
        if short(self.action) in SILENT | {"debug"}:
            return False
        told = [outcome.said for outcome in self.outcomes.values() if outcome.state != "skipped"]
        return self.state == "changed" or any(said is None or any(said) for said in told)

    def came(self, check: bool = False) -> str:
        """Return what came of it, in a few words."""
        failed, ignored = self.in_state("failed"), self.in_state("ignored")
        wrong = [f"failed on {names(failed)}"] if failed else []
        wrong += [f"{names(lost)} unreachable" for lost in [self.in_state("unreachable")] if lost]
        wrong += [f"failed on {names(ignored)}, ignored"] if ignored else []
        if wrong:
            return "; ".join(wrong)
        done = [self.outcomes[host] for host in self.in_state("ok", "changed")]
        said = unique(word for outcome in done for word in outcome.said or () if word)
        if said:
            return ", ".join(said)
        counts = [outcome.count for outcome in done if outcome.count]
        if counts:
            requests, lost_requests = (sum(column) for column in zip(*counts, strict=True))
            return f"{lost_requests} of {requests} requests failed"
        changed, word = len(self.in_state("changed")), "would change" if check else "changed"
        if not changed:
            return "ok"
        return word if changed == len(done) else f"{changed} of {len(done)} {word}"

    def line(self, known: Iterable[str], check: bool = False) -> str:
        """Return the step's line; ``known`` are the hosts of the play."""
        hosts = self.in_state("ok", "changed", "failed", "unreachable", "ignored")
        everyone = set(known)
        where = "all" if len(hosts) > 1 and everyone <= set(hosts) else names(hosts, len(everyone))
        return f"{self.name:<{NAME}} {where:<{HOSTS}} {span(self.ended - self.began):>{TIME}}  {self.came(check)}"

    def printed(self) -> Iterator[str]:
        """Yield what the step printed: as it is where all hosts say the same, else under the hosts' names."""
        texts = self.ordered(self.texts)
        yield from by_host(texts) if len(set(texts.values())) > 1 else unique(filter(None, texts.values()))

    def differences(self) -> Iterator[str]:
        """Yield the differences of files, under the names of the hosts that have them."""
        yield from by_host(self.ordered(self.diffs))


def still(step: Step, now: float) -> str:
    """Return how a step is told while it runs: its name, for how long, and for which hosts it waits; empty where it waits for none."""
    running = step.running
    if not running:
        return ""
    waits = f", on {names(running)}" if step.outcomes else ""
    return f"{step.name}, {now - step.began:.0f} s{waits}{f', {step.note}' if step.note else ''}"


def recap(changed: Mapping[str, int], hosts: int, seconds: float, check: bool = False) -> str:
    """Return the last line of a run that went well; ``changed`` has for each host how many steps changed it."""
    listed = {host: count for host, count in sorted(changed.items()) if count}
    word = "would change" if check else "changed"
    if not listed:
        return f"nothing {word}; {span(seconds)}"
    told = ", ".join(f"{host} {count}" for host, count in listed.items()) if len(listed) <= LISTED else f"{len(listed)} of {hosts} hosts"
    return f"{word}: {told}; {span(seconds)}"
