"""What is put back after a step has failed, and what there is to say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ansible_collections.hostler.fleet.plugins.module_utils import history, slots
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json, Step


@dataclass(frozen=True)
class Undo:
    """``on``, who does what, as in a step; ``events``, for the history; ``hook``, what the hook after is told; ``msg``, what is live."""

    on: dict[str, list[str]]
    events: list[history.Event]
    hook: Json
    msg: str


def turns(step: Step, switched: Mapping[str, Json]) -> dict[str, int]:
    """Return the last turn of the app that each balancer has confirmed in this run; 0 for none."""
    return {balancer: slots.turn_of(result.get("entries") or {}, step.app) for balancer, result in switched.items()}


def is_back(step: Step, said: Json) -> bool:
    """Tell whether a balancer sends visitors to the live slot, by what its last change of the map returned: it was put back, or it could
    not be, as with a full disk, and stands there.
    """
    there = (said.get("stands") or {}).get(step.app) == step.live
    return there or slots.turn_of(said.get("entries") or {}, step.app) == step.turn + 1


def why(failed: Mapping[str, Json]) -> str:
    """Return the first line of the first failure that says anything."""
    said = (str(result.get("msg") or "") for result in failed.values())
    return next(filter(None, said), "").split("\n")[0]


def left(step: Step, failed: Mapping[str, Json], commanded: Mapping[str, Json]) -> str:
    """Return what there is to say of a database that a release command may have changed; nothing where none was begun.

    Nobody but the app knows what it did. Nothing here ever undoes it: the new release may have written what the old schema cannot hold.
    """
    results = [result for result in commanded.values() if result.get("commanded") == step.app]
    if not results:
        return ""
    live = step.live_release
    failure = any(result.get("failed") for result in results)
    begun = "failed, and may have changed the database: what it did there" if failure else "has run: what it did to the database"
    stays = f" The release command {begun} stays, for nothing here takes that back."
    if any(result.get("borne") is False for result in failed.values()):
        return (
            f"{stays} {live} does not bear it, and visitors may get errors now: have the schema suit {live} again (playbooks/run.yml), or "
            f"deploy once more to go on to {step.release}; docs/migrations.md says when which."
        )
    bears = f" {live} has to bear it until then." if live else ""
    return f"{stays} Put right what failed and deploy again, which runs the command again.{bears} See docs/migrations.md."


def undo(
    step: Step, failed: Mapping[str, Json], switched: Mapping[str, Json], at: str, commanded: Mapping[str, Json] = MappingProxyType({})
) -> Undo:
    """Return what is to be put back.

    `failed`, for each host the result that it failed with, empty for none; `switched`, for each balancer what its last change of the map
    returned, the one that puts back too once that is done; `commanded`, for each host what the task of the release command last returned,
    which may be of another app.
    """
    confirmed = turns(step, switched)
    # Where nobody knows, the other slot may be what visitors are sent to
    astray = [balancer for balancer, said in switched.items() if not is_back(step, said)]
    cause = why(failed)
    # Only a release that was seen to be worse is bad; one whose deploy lost a host is not
    bad = step.release if any("worse" in result for result in failed.values()) else ""
    back = step.options["watch"]["back_event"]
    events = [{**back, "at": at, "bad": bad}] if step.turn in confirmed.values() else []
    counted = [result["counted"] for result in failed.values() if "counted" in result]
    sums = {key: sum(count[key] for count in counted) for key in ("requests", "failed")} if counted else {}
    msg = f"{step.app}: the release {step.release} is not up on the whole fleet; the reason is above."
    if astray:
        silent = [balancer for balancer in astray if "stands" not in switched[balancer]]
        there = [balancer for balancer in astray if balancer not in silent]
        reasons = [f"there is no word from {', '.join(silent)}"] if silent else []
        reasons += [f"{', '.join(there)} did not go back to what was live"] if there else []
        msg += f" Slots were left as they are, for {', and '.join(reasons)}."
    else:
        msg += f" The fleet serves {step.live_release} as before." if step.live_release else " Nothing was live before."
        if unwritten := [balancer for balancer, said in switched.items() if "stands" in said]:
            msg += f" The map's file of {', '.join(unwritten)} could not be changed and is of before; the next run writes it."
    msg += left(step, failed, commanded)
    return Undo(
        on={"restart": [] if astray else step.on["restart"], "follow": [] if astray else step.on["follow_live"]},
        events=[*events, history.failed(step.event, at, cause)],
        hook={**step.options["after"], "facts": {**step.facts, "result": "failed", "why": cause, **sums}},
        msg=msg,
    )


def ended(step: Step, watched: Mapping[str, Json]) -> tuple[str, Json]:
    """Return what is to be said of a step that went well, with what the balancers counted, and what the hook after is told."""
    counts = [result["count"] for result in watched.values() if result.get("count")]
    total = {key: sum(count[key] for count in counts) for key in ("requests", "failed")}
    # The web hosts that were not up in the end; as one that died after the gate
    down = sorted({host for result in watched.values() for host in result.get("down") or []})
    msg = f"{step.app}: {step.release} is live in {step.slot}; {total['failed']} of {total['requests']} requests failed since the switch."
    msg += f" Not up in it: {', '.join(down)}; see playbooks/status.yml." if down else ""
    return msg, {**step.options["after"], "facts": {**step.facts, "result": "live", **total}}
