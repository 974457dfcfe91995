"""Who owns what in a fleet's PostgreSQL, and who comes in: what it is to be, held against what there is. No Ansible, no I/O.

Each app has a database and a role that owns it and all in it, of one name. The app comes in by a login role that is a member of the owner
and acts as it, so what one login makes, the next one has. What puts right what differs is in an order in which each statement may be the
last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ansible_collections.hostler.fleet.plugins.module_utils.database import scram
from ansible_collections.hostler.fleet.plugins.module_utils.database.dsn import is_login, login
from ansible_collections.hostler.fleet.plugins.module_utils.model import Data, Json


@dataclass(frozen=True)
class Admitted(Data):
    """An app's database: its `name`, the `password` by which the app comes in, `connections` at once, and the seconds that one statement
    may take and that a transaction may stand idle, 0 for any time. `former`, whether the login before this one may stay.
    """

    name: str
    password: str = field(repr=False)
    connections: int
    statement_seconds: int
    idle_seconds: int
    former: bool

    @property
    def login(self) -> str:
        """The role by which the app comes in."""
        return login(self.name, self.password)


@dataclass(frozen=True)
class Role(Data):
    """A role that there is: its number, of which a later one has a higher; what PostgreSQL keeps of its password; its limit of connections;
    its settings, each as ``name=value``; the roles that it is a member of; whether it may log in.
    """

    name: str
    oid: int
    verifier: str
    limit: int
    settings: list[str]
    member: list[str]
    logs_in: bool


# One JSON object: what `statements` takes as `roles` and `databases`, each with its owner and whether everybody may connect
STATE = """
select json_build_object(
    'roles', (select coalesce(json_agg(json_build_object(
        'name', rolname, 'oid', oid::bigint, 'verifier', coalesce(rolpassword, ''), 'limit', rolconnlimit, 'logs_in', rolcanlogin,
        'settings', coalesce((select to_json(setconfig) from pg_db_role_setting
            where setrole = pg_authid.oid and setdatabase = 0), '[]'),
        'member', (select coalesce(json_agg(pg_get_userbyid(roleid)), '[]') from pg_auth_members where member = pg_authid.oid))
        order by oid), '[]') from pg_authid where oid >= 16384),
    'databases', (select coalesce(json_object_agg(datname, json_build_object(
        'owner', pg_get_userbyid(datdba),
        'open', datacl is null or exists (select from aclexplode(datacl) where grantee = 0))), '{}')
        from pg_database where oid >= 16384))
"""


def statements(wanted: Admitted, state: Json) -> Iterator[tuple[str, str]]:
    """Yield for an app each statement that is due, with the database in which it is run; nothing where all is as it should be."""
    name, login = wanted.name, wanted.login
    roles = {role.name: role for role in map(Role.of, state["roles"])}
    databases = state["databases"]
    if name not in roles:
        yield "postgres", f'create role "{name}" nologin'
    if name not in databases:
        yield "postgres", f'create database "{name}" owner "{name}" template template0'
    elif databases[name]["owner"] != name:
        yield "postgres", f'alter database "{name}" owner to "{name}"'
    if databases.get(name, {"open": True})["open"]:
        yield "postgres", f'revoke all on database "{name}" from public'
    has = roles.get(login)
    if not has:
        yield "postgres", f'create role "{login}" nologin in role "{name}"'
    elif name not in has.member:
        yield "postgres", f'grant "{name}" to "{login}"'
    settings = {
        "role": name,
        "statement_timeout": f"{wanted.statement_seconds}s",
        "idle_in_transaction_session_timeout": f"{wanted.idle_seconds}s",
    }
    had = has.settings if has else []
    for key, value in settings.items():
        if f"{key}={value}" not in had:
            yield "postgres", f"alter role \"{login}\" set {key} = '{value}'"
    # Last: by then it is whole
    if not (has and has.logs_in and has.limit == wanted.connections and scram.verifies(has.verifier, wanted.password)):
        verifier = scram.verifier(wanted.password)
        yield "postgres", f"alter role \"{login}\" login connection limit {wanted.connections} password '{verifier}'"


def former(wanted: Admitted, state: Json) -> list[str]:
    """Return the logins of an app that are to come in no more: those before this one, but for the last of them where that may stay."""
    roles = [Role.of(one) for one in state["roles"]]
    own = next((role.oid for role in roles if role.name == wanted.login), None)
    # A member by another name is somebody else's, such as of an operator who lets one read what an app has
    mine = [role for role in roles if is_login(wanted.name, role.name) and wanted.name in role.member]
    # Later ones are of a run that is about to begin with them
    before = [role.name for role in mine if own and role.oid < own]
    return before[:-1] if wanted.former else before


def shut(name: str, logins: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each statement that takes logins of an app away, with the database in which it is run; what they own goes to the owner."""
    for one in logins:
        yield "postgres", f'alter role "{one}" nologin'
        yield "postgres", f"select pg_terminate_backend(pid) from pg_stat_activity where usename = '{one}'"
        yield name, f'reassign owned by "{one}" to "{name}"'
        yield name, f'drop owned by "{one}"'
        yield "postgres", f'drop role "{one}"'


def dropped(name: str, logins: Sequence[str]) -> Iterator[str]:
    """Yield each statement that takes away an app's database, and then who came in there; who else was a member of its owner stays."""
    yield f'drop database "{name}" with (force)'
    for role in (*logins, name):
        yield f'drop role "{role}"'
