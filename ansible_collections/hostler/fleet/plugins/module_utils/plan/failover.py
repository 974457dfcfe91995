"""Which database host apps write to from now on: what there is held against what the operator asks for. Opens no connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.hostler.fleet.plugins.module_utils import history
from ansible_collections.hostler.fleet.plugins.module_utils.agreement import Known
from ansible_collections.hostler.fleet.plugins.module_utils.database.primary import Host, primary
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Data, Json, Refused

IN_ORDER, AT_ONCE = "in order", "at once"


@dataclass(frozen=True)
class Plan(Data):
    """What is done: `stop`, how the host `former` is stopped, empty for not at all; apps write to `leads` then, which is empty where that
    does not change; `follows`, the host that follows it in the end, empty for none, with data `anew` or those it has; `word`, what the
    operator has to type, empty for nothing; and `lines`, what there is to say.
    """

    leads: str = ""
    former: str = ""
    stop: str = ""
    follows: str = ""
    anew: bool = False
    word: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked(Data):
    """What the operator says: the host `to` which apps are to write; one that is `lost`, which does not answer and will not write; one
    that is to `rejoin`, and follow.
    """

    to: str
    lost: str
    rejoin: str


def plan(asked: Asked, hosts: Mapping[str, Host | None], reached: Mapping[str, Sequence[str]]) -> Plan:
    """Return what is done; Refused with one sentence for what cannot be. `hosts` in the inventory's order, None for one that Ansible does
    not reach; `reached`, for one that it does not, the hosts which come to its PostgreSQL.
    """
    if len(hosts) < 2:
        raise Refused("failover: no second host is in the group 'database', so there is none that could take over.")
    for name, value in (("to", asked.to), ("lost", asked.lost), ("rejoin", asked.rejoin)):
        if value and value not in hosts:
            raise Refused(f"{name}: no host {value!r} is in the group 'database'; there is {' and '.join(hosts)}.")
    if bool(asked.to) == bool(asked.rejoin):
        raise Refused(
            "failover: say which host apps are to write to, -e to=NAME, or which one that was written to is to follow, -e rejoin=NAME; "
            f"there is {' and '.join(hosts)}."
        )
    if asked.rejoin and asked.lost:
        raise Refused("lost: it is said with 'to'; a host that is lost cannot rejoin.")
    known = {name: one for name, one in hosts.items() if one}
    if (name := asked.to or asked.rejoin) not in known:
        raise Refused(f"{'to' if asked.to else 'rejoin'}: {name} is not reached; see to that, then run this again.")
    return _rejoining(asked.rejoin, known) if asked.rejoin else _taking_over(asked, hosts, known, reached)


def _rejoining(name: str, known: Mapping[str, Host]) -> Plan:
    """Return how a host comes to follow."""
    writing = [other for other, one in known.items() if one.writes and other != name]
    own = known[name]
    if not writing:
        raise Refused(f"rejoin: no other host takes writes, so there is none that {name} could follow; -e to=NAME has one take over.")
    if own.streams:
        return Plan(lines=(f"{name} follows {writing[0]} already.",))
    alone = own.led or own.writes
    lines = [f"{name} gets data anew, and follows {writing[0]}."]
    if alone:
        lines.append(
            f"It was written to. What it has and {writing[0]} has not goes: who may want that copies /var/lib/postgresql on {name} first."
        )
    return Plan(follows=name, anew=True, word=name if alone else "", lines=tuple(lines))


def _taking_over(asked: Asked, hosts: Mapping[str, Host | None], known: Mapping[str, Host], reached: Mapping[str, Sequence[str]]) -> Plan:
    """Return how a host takes over."""
    own = known[asked.to]
    [former] = [name for name in hosts if name != asked.to]
    other = hosts[former]
    if asked.lost and asked.lost != former:
        raise Refused(f"lost: it is {former} from which {asked.to} takes over, and not {asked.lost}.")
    if own.writes:
        if other and other.writes:
            raise Refused(primary(known)[1])
        # Left by a run that broke off once it had taken over
        if other and other.follows and not other.streams:
            return Plan(follows=former, lines=(f"{asked.to} takes writes already; {former} follows it.",))
        back = f" 'failover.yml -e rejoin={former}' has {former} follow it." if other and other.led else ""
        return Plan(lines=(f"{asked.to} takes writes already.{back}",))
    if not (own.ready or own.led) or own.lost:
        raise Refused(f"to: {asked.to} has no data by which it could take over; site.yml has it follow first.")
    if other and other.writes:
        if asked.lost:
            raise Refused(f"lost: {former} takes writes; leave that out, and {asked.to} takes over in order, by which nothing is lost.")
        if not own.streams:
            raise Refused(
                f"to: {asked.to} is not told what {former} writes, as that does, so it cannot take over in order; see status.yml and "
                f"'journalctl -u postgresql@*' there."
            )
        return Plan(asked.to, former, IN_ORDER, follows=former, lines=(f"{asked.to} takes over from {former}, which follows it then.",))
    if other and other.wrong and not other.lost:
        raise Refused(f"to: what {former} does cannot be told, so it might take writes too. {other.wrong}")
    # Left by a run that broke off: both follow, and what one was stopped with, the other one has
    if other and other.ready and own.ready and (other.clean or other.answers):
        if other.at > own.at:
            raise Refused(f"to: {former} has more than {asked.to}, and takes writes as little; -e to={former} loses nothing.")
        return Plan(asked.to, former, follows=former, lines=(f"{asked.to} takes over; {former} had stopped, and follows it then.",))
    return _without(asked, former, other, reached.get(former, ()))


def _without(asked: Asked, former: str, other: Host | None, reached: Sequence[str]) -> Plan:
    """Return how a host takes over from one that does not answer."""
    if not asked.lost and other and other.answers:
        raise Refused(
            f"to: {former} has followed, and may have more than {asked.to}, which does not answer. site.yml has {asked.to} run, and is "
            f"enough where it does; to go on with what {asked.to} has, say -e lost={former}."
        )
    if not asked.lost:
        raise Refused(
            f"to: {former} does not answer, so what it has not sent to {asked.to} would be lost. If it comes back soon, nothing is lost; "
            f"to go on without it, say -e lost={former}"
            + ("." if other else f", once it is off, or no web host can reach it: {asked.to} does not know whether it still takes writes.")
        )
    if reached and not other:
        raise Refused(
            f"lost: {former} is not lost: {', '.join(reached)} can reach its PostgreSQL, and apps may write to it. Turn it off first, then "
            "run this again."
        )
    if other and other.bare:
        return Plan(asked.to, former, lines=(f"{asked.to} takes over. {former} has no data; site.yml has it follow.",))
    how = "is stopped, and follows it with data anew" if other else "was not reached; once it is back, have it rejoin"
    lines = (f"{asked.to} takes over. {former} {how}; what it had not sent is lost.",)
    return Plan(asked.to, former, AT_ONCE if other else "", follows=former if other else "", anew=bool(other), lines=lines)


def events(apps: Sequence[App], known: Known, at: str, made: Plan) -> list[Json]:
    """Return the event for the history of each app with a database."""
    return [history.moved(known.run, known.by, at, app.name, made.former, made.leads) for app in apps if app.database]
