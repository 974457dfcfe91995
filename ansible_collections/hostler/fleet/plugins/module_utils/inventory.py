"""Check what no type can express: names, ports and host names across all apps, and the shape of the fleet.

Opens no connection. Source of the rules: the documentation of ``check_fleet``.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.hostler.fleet.plugins.module_utils import environment, shape
from ansible_collections.hostler.fleet.plugins.module_utils import places as places_of
from ansible_collections.hostler.fleet.plugins.module_utils.database import dsn, placed
from ansible_collections.hostler.fleet.plugins.module_utils.database.placed import NO_DATA, Data
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Certified, Job, Json, Refused
from ansible_collections.hostler.fleet.plugins.module_utils.places import Place
from ansible_collections.hostler.fleet.plugins.module_utils.shown import by_default

Kind = TypeVar("Kind", bound=Certified)
NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
SERVER = re.compile(r"[\w.:-]+", re.ASCII)  # what HAProxy takes for a server's name
HOST_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
MODULE = re.compile(r"\w+(\.\w+)*")
HEALTH = re.compile(r"/[\w./~%?&=+-]*", re.ASCII)
METRICS = re.compile(r"(/(?!\.+(/|$))[\w.~-]+)+", re.ASCII)  # of which the balancers know each way to write it
# What git takes as the name of a commit, but for its operators such as main~1
REF = re.compile(r"(?![-/.])(?!.*(\.\.|//|@\{))[^\x00-\x20\x7f~^:?*\[\\]+(?<![/.])")
# A user is part of an address for ssh, as in ssh://git@host/ or git@host:, but never a password
CREDENTIALS = re.compile(r"(?!(git\+)?ssh://)[\w+]+://.*@|[\w+]+://[^/@]*:[^@]*@|[^/@:]+:[^/@]*@")
UNIT = re.compile(r"[a-z][a-z0-9-]{0,15}")  # of jobs and workers
SCHEDULE = re.compile(r"[\w ,.:*/~+-]*\w[\w ,.:*/~+-]*", re.ASCII)  # the rest is for systemd to say, on the hosts
MEMORY = re.compile(r"([1-9][0-9]*[KMGT]?|[1-9][0-9]?%|100%)")
FOLDER = re.compile(r"(/(?!\.{1,2}(/|$))[\w.@+~-]+)+", re.ASCII)  # nothing that means something else in a unit
# Of the host, of Hostler, or not to be seen in the sandbox; nothing below or above one of these is an app's to write to
NOT_WRITABLE = (
    *("/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib32", "/lib64", "/proc", "/root", "/run", "/sbin", "/sys", "/tmp", "/usr"),
    *("/var/lib/hostler", "/var/tmp"),
)
PATH = re.compile(r"/[\w./~-]*", re.ASCII)
PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]*[a-z0-9+]")  # apt would take a minus at the end for a removal
URL = "url"  # of a database that is elsewhere; a value of the key ``database``
# What PostgreSQL has itself, or takes for something else where it is said who may come in
NOT_DATABASES = {"all", "none", "postgres", "public", "replication", "samegroup", "samerole", "sameuser", "template0", "template1"}
DATABASE = re.compile(r"(?!pg_)(?!hostler)[a-z][a-z0-9_]{0,30}")
THREADS = {"wsgi": 8, "asgi": 256}  # where none are given
MOST_THREADS = {"wsgi": 512, "asgi": 4096}
# Whole numbers, the least and the most
LIMITS = {
    "start_seconds": (1, 3600),
    "timeout": (1, 3600),
    "processes": (0, 512),
    "keep_releases": (2, 100),
    "canary_percent": (0, 99),
    "canary_seconds": (1, 86400),
    "watch_seconds": (0, 3600),
    "release_command_seconds": (1, 86400),
    "release_command_lock_seconds": (0, 3600),
    "build_seconds": (1, 86400),
    "tasks": (16, 65536),
}
DATABASE_LIMITS = {"statement_seconds": (0, 86400), "idle_seconds": (0, 86400), "connections": (0, 1000)}


def complete(apps: list[Json], spec: Json) -> list[App]:
    """Return the apps with every default filled in; raise ValueError for what `spec`, their documentation, does not allow.

    ``env`` and ``secrets`` are left out of the result, for results are printed with ``-v``.
    """
    if wrong := [problem for number, app in enumerate(apps, 1) for problem in shape.problems(app, number, spec)]:
        raise ValueError("\n".join(wrong))
    result = ArgumentSpecValidator({"apps": spec}).validate({"apps": [{**app, **_with_database(app)} for app in apps]})
    if result.error_messages:
        raise ValueError("; ".join(result.error_messages))
    completed = result.validated_parameters["apps"]
    for app in completed:
        app["domains"] = [in_ascii(domain) for domain in app["domains"]]
        app["tls"] = by_default(app["domains"]) if app["tls"] == "auto" else app["tls"]
        if given := app["database"]:
            app["database"] = {**given, "name": given["name"] or database_of(app["name"])}
            app["generate"] = [*app["generate"], dsn.NAME, dsn.READ]
    return [App.of({**app, "threads": app["threads"] or THREADS[app["interface"]]}) for app in completed]


def database_of(app: str) -> str:
    """Return how the database of an app is called where nothing is said of it."""
    return app.replace("-", "_")


def _with_database(app: Json) -> Json:
    """Return the key ``database`` of an app as a mapping, or as None where it has none on the fleet's own server."""
    given = app.get("database", False)
    return {"database": None if given is False or (given is not True and URL in given) else {} if given is True else given}


def in_ascii(domain: str) -> str:
    """Return a host name with letters of other scripts as DNS has it, such as xn--bcher-kva.example; as it is where there are two ways."""
    try:
        written = domain.encode("idna")
        return written.decode("ascii") if written.decode("idna") == domain else domain
    except UnicodeError:
        return domain


def checked(
    apps: object,
    spec: Json,
    web: list[str],
    balancers: list[str],
    hosts: list[str],
    places: list[Place],
    root: Path,
    builds: bool,
    monitors: Sequence[str] = (),
    data: Data = NO_DATA,
) -> list[App]:
    """Return the apps completed, with their sources found from `root`; Refused with every problem, one a line.

    `hosts` are those that the run may touch, `places` where those of the fleet are; sources have to be there only where it `builds`.
    """
    given = [] if apps is None else apps
    if not isinstance(given, list):
        raise Refused("apps: it is no list; begin each app with '- name: ...'.")
    found = [] if given else ["apps is empty; name at least one app, such as '- {name: hello, source: ../app, default: true}'."]
    wrong = [shape.problems(app, number, spec) for number, app in enumerate(given, 1)]
    found += [problem for of_one in wrong for problem in of_one]
    found += places_of.problems(places)
    root = root.resolve()
    # Of an app that cannot be read, there is no more to say
    good = [app for app, of_one in zip(given, wrong, strict=True) if not of_one]
    try:
        done = complete(good, spec)
    except ValueError as error:
        raise Refused("\n".join([*found, str(error)])) from error
    found += [problem for app in good for problem in _twice(app)]
    # Nobody but a build has looked at what may be in a vault
    found += [problem for app in good for problem in _of_url(app)] if builds else []
    found += problems(done, web, balancers, hosts, root if builds else None, monitors, data)
    if found:
        raise Refused("\n".join(found))
    return [_located(app, root) for app in done]


def problems(
    apps: list[App],
    web: list[str],
    balancers: list[str],
    hosts: list[str],
    root: Path | None,
    monitors: Sequence[str] = (),
    data: Data = NO_DATA,
) -> Iterator[str]:
    """Yield one sentence for each thing that is wrong, naming the variable, its value and what would have worked.

    Sources are looked for from `root`; not at all without it.
    """
    if not web:
        yield "The group 'web' has no host; give it at least one, such as 'web1: {ansible_host: 192.0.2.21}'."
    if not balancers:
        yield "The group 'balancer' has no host; give it at least one, such as 'balancer1: {ansible_host: 192.0.2.11}'."
    if both := sorted(set(web) & set(balancers)):
        yield f"{', '.join(both)} is in both groups 'web' and 'balancer'; a host does one of the two."
    if len(monitors) > 1:
        yield f"The group 'monitor' has {', '.join(monitors)}; one host watches a fleet, so leave one there."
    if both := sorted(set(monitors) & {*web, *balancers}):
        yield f"{', '.join(both)} is in the group 'monitor' and serves visitors too; what watches is a host of its own."
    yield from placed.problems(apps, data, {"web": web, "balancer": balancers, "monitor": monitors})
    every = dict.fromkeys((*web, *balancers, *monitors, *data.databases, *data.backups))
    for host in (name for name in every if not SERVER.fullmatch(name)):
        yield f"The host {host!r} cannot be a server of HAProxy; name it with letters, digits, '.', '_' and '-' alone, such as 'web-1'."
    if left := sorted(set(every) - set(hosts)):
        yield f"This run leaves out {', '.join(left)}; a fleet is deployed whole, so run it without --limit."
    for app in apps:
        yield from (f"apps.{app.name}.{problem}" for problem in _of_one(app, root, len(balancers)))
        yield from (f"apps.{app.name}.{problem}" for problem in _of_writable(app, [one.name for one in apps]))
    yield from _across(apps)


def _of_one(app: App, root: Path | None, balancers: int) -> Iterator[str]:
    if not NAME.fullmatch(app.name):
        yield (
            f"name: {app.name!r} cannot name a user and a unit; use lower case letters, digits and '-', "
            "a letter first, 31 at most, such as 'hello-2'."
        )
    if root:
        yield from _of_repository(app) if app.repository else _of_folder(app, root)
    for slot, port in app.ports.items():
        if not 1024 <= port <= 65535:
            yield f"ports.{slot}: {port} is outside 1024 to 65535; such as 5001."
    for domain in app.domains:
        if not HOST_NAME.fullmatch(below := domain.removeprefix("*.")) or (below != domain and "." not in below):
            yield (
                f"domains: {domain!r} is no host name; write it in lower case without port or path, such as 'www.example.org', or "
                "'*.example.org' for all names with one label more."
            )
    if not app.domains and not app.default:
        yield "domains: the app has no host name and is not the default; nobody could reach it. Add 'default: true' or a name."
    yield from of_tls(app)
    if not is_callable(app.callable):
        yield (
            f"callable: {app.callable!r} is not 'module:name', such as 'app:app', or with a function that makes the app, "
            "'shop:create_app()' or \"shop:create_app('prod')\"."
        )
    for problem in environment.problems(dict.fromkeys(app.generate, "")):
        yield f"generate: {problem}"
    yield from _of_database(app)
    yield from _of_included(app)
    for folder in app.static:
        if not folder or not _is_inside(folder):
            yield f"static: {folder!r} is no folder within the app's own; such as 'static'."
    hooks = app.gunicorn_hooks
    if hooks and (not _is_inside(hooks) or Path(hooks).suffix != ".py" or not hooks.isprintable()):
        yield f"gunicorn_hooks: {hooks!r} is no file of Python within the app's own folder; such as 'gunicorn.conf.py'."
    if not HEALTH.fullmatch(app.health):
        yield f"health: {app.health!r} is no path, such as '/status'."
    if app.metrics and not METRICS.fullmatch(app.metrics):
        yield f"metrics: {app.metrics!r} is no path of names of letters, digits and '._~-', such as '/metrics'."
    if not MEMORY.fullmatch(app.memory):
        yield f"memory: {app.memory!r} is no amount of memory, such as '512M' or '50%'."
    for package in app.packages:
        if not PACKAGE.fullmatch(package):
            yield f"packages: {package!r} is no name of a package of Debian's, such as 'libmagic1'; those of Python are in the app's lock."
    needed = app.processes * (app.processes * app.threads * balancers + 6) + 8  # all threads that Gunicorn may make
    if app.interface == "wsgi" and app.processes and app.tasks < needed:
        yield f"tasks: {app.tasks} is too few for {app.processes} processes of {app.threads} threads; use {needed} at least."
    for limit in app.limits:
        if not PATH.fullmatch(limit.path):
            yield f"limits: {limit.path!r} is no path of letters, digits and './_~-', such as '/login'."
        if not 1 <= limit.per_minute <= 100_000:
            yield f"limits.per_minute: {limit.per_minute} is outside 1 to 100000."
    if app.after_migration and not app.release_command:
        yield "after_migration: it is run after 'release_command', and there is none; name that one, or take the line out."
    yield from _of_units(app)
    for key, (low, high) in {**LIMITS, "threads": (1, MOST_THREADS[app.interface])}.items():
        if not low <= getattr(app, key) <= high:
            yield f"{key}: {getattr(app, key)} is outside {low} to {high}."


def _of_database(app: App) -> Iterator[str]:
    if not (database := app.database):
        return
    if not DATABASE.fullmatch(database.name) or database.name in NOT_DATABASES:
        yield (
            f"database.name: {database.name!r} cannot name a database and its owner; use lower case letters, digits and '_', a letter "
            "first, 31 at most, and no name of PostgreSQL's own, such as 'shop'."
        )
    for key, (low, high) in DATABASE_LIMITS.items():
        if not low <= getattr(database, key) <= high:
            yield f"database.{key}: {getattr(database, key)} is outside {low} to {high}."


def of_tls(app: Certified) -> Iterator[str]:
    """Yield what can be said of an app's certificate, or the page's, without its files."""
    given = [key for key in ("certificate", "key") if getattr(app, key)]
    if app.tls == "files" and len(given) < 2:
        yield "tls: files needs 'certificate' and 'key', such as 'certificate: tls/shop.pem' and 'key: tls/shop.key'."
    elif app.tls == "acme" and not app.domains:
        yield "tls: acme is for host names; name them in 'domains', such as 'www.example.org'."
    elif app.tls == "acme" and (short := [domain for domain in app.domains if "." not in domain]):
        yield f"domains: nobody has a certificate for {short[0]!r} in the world; 'tls: acme' wants whole names, such as 'www.example.org'."
    elif app.tls != "files" and given:
        yield f"{given[0]}: it is of no use with 'tls: {app.tls}'; write 'tls: files', or take the line out."


def _is_inside(path: str) -> bool:
    """Tell whether a path leads to nothing outside of the folder that it starts from."""
    return not Path(path).is_absolute() and ".." not in Path(path).parts


def _twice(app: Json) -> Iterator[str]:
    """Yield a sentence for each name whose value is both made and given."""
    for key in shape.PRIVATE:
        for name in app.get("generate", []):
            if name in app.get(key, {}):
                yield f"apps.{app['name']}.generate: {name} stands in {key} too; leave it in one of them."
    database = app.get("database", False)
    for key in (*shape.PRIVATE, "generate") if database is not False else ():
        if dsn.NAME in app.get(key, ()):
            yield (
                f"apps.{app['name']}.database: it makes {dsn.NAME}, which stands in {key} too; leave it in one of them. Of a database that "
                "is elsewhere, 'database: {url: ...}' or the secret is all there is to say."
            )
    ours = database is not False and not (isinstance(database, dict) and URL in database)
    for key in (*shape.PRIVATE, "generate") if ours else ():
        if dsn.POOL in app.get(key, ()):
            yield (
                f"apps.{app['name']}.database: it makes {dsn.POOL}, which stands in {key} too; leave that out, and say "
                "'database: {connections: 4}' for another number."
            )
        if dsn.READ in app.get(key, ()):
            yield f"apps.{app['name']}.database: it makes {dsn.READ}, which stands in {key} too; leave that out."
    if isinstance(database, dict) and URL in database and len(database) > 1:
        more = ", ".join(sorted(set(database) - {URL}))
        yield f"apps.{app['name']}.database: {more} is of no use with 'url', which names a database that is elsewhere; take it out."


def _of_url(app: Json) -> Iterator[str]:
    """Yield why the URL of a database that is elsewhere cannot reach the app; it is not shown."""
    database = app.get("database", False)
    if isinstance(database, dict) and URL in database:
        empty = () if database[URL] else ("it is empty; write one as libpq takes it, such as 'postgresql://shop:...@db.example.org/shop'.",)
        for problem in (*empty, *environment.problems({dsn.NAME: database[URL]})):
            yield f"apps.{app['name']}.database.{URL}: {problem}"


def _of_included(app: App) -> Iterator[str]:
    for pattern in app.include:
        inside = pattern and not pattern.startswith(("/", "!", "#")) and ".." not in Path(pattern).parts
        if not inside or not pattern.isprintable() or not pattern.strip("*/. "):
            yield f"include: {pattern!r} is no folder or pattern within the app's own; such as 'staticfiles' or '*.mo'."


def _of_writable(app: App, names: list[str]) -> Iterator[str]:
    """Yield what is wrong with the folders that an app may write to, in a fleet of apps of these names."""
    closed = [Path(path) for path in (*NOT_WRITABLE, *(f"{above}/{name}" for name in names for above in ("/srv", "/var/lib")))]
    for path in app.writable:
        if not FOLDER.fullmatch(path):
            yield f"writable: {path!r} is no absolute path of letters, digits and '._@+~-', such as '/mnt/media'."
        elif near := next((one for one in closed if one == Path(path) or one in Path(path).parents or Path(path) in one.parents), None):
            yield f"writable: {path!r} has to do with {near}, which no app may write to so; take one such as '/mnt/media'."


def is_callable(text: str) -> bool:
    """Tell whether a text names what Gunicorn takes: a module's attribute, or its function with arguments that are literals."""
    module, _, name = text.partition(":")
    try:
        found = ast.parse(name, mode="eval").body
        if isinstance(found, ast.Call):
            for value in (*found.args, *(keyword.value for keyword in found.keywords)):
                ast.literal_eval(value)
            good = isinstance(found.func, ast.Name) and all(keyword.arg for keyword in found.keywords)
        else:
            good = isinstance(found, ast.Name)
    except (SyntaxError, ValueError):
        return False
    return good and text.isprintable() and bool(MODULE.fullmatch(module))


def _of_units(app: App) -> Iterator[str]:
    """Yield what can be said of jobs and workers without systemd."""
    taken = set()
    for unit in app.units:
        key, name = f"{unit.kind}s", f"{unit.kind}s.{unit.name}"
        if not UNIT.fullmatch(unit.name):
            yield (
                f"{key}: {unit.name!r} cannot name a unit; use lower case letters, digits and '-', a letter first, 16 at most, "
                "such as 'mail'."
            )
        if unit.name in taken:
            yield f"{name}: two jobs or workers have this name; each needs its own."
        taken.add(unit.name)
        if not unit.command.strip() or not unit.command.isprintable():
            yield f"{name}.command: {unit.command!r} is no command on one line, such as 'flask report'; put more into a file of the app."
        if isinstance(unit, Job) and not SCHEDULE.fullmatch(unit.schedule):
            yield f"{name}.schedule: {unit.schedule!r} is no schedule of systemd's, such as '*-*-* 03:00:00' or 'hourly'."
        option, seconds, most = ("seconds", unit.seconds, 86400) if isinstance(unit, Job) else ("stop_seconds", unit.stop_seconds, 3600)
        if not 1 <= seconds <= most:
            yield f"{name}.{option}: {seconds} is outside 1 to {most}."


def _of_folder(app: App, root: Path) -> Iterator[str]:
    source = _from(root, app.source)
    if app.ref != "HEAD":
        yield f"ref: {app.ref} is of no use without 'repository'; a folder is deployed as it is."
    if not app.source:
        yield "source: there is none; give the app's folder, such as 'source: ../app', or a 'repository'."
    elif not source.is_dir():
        yield f"source: there is no folder {source}; a relative path starts at {root}."


def _of_repository(app: App) -> Iterator[str]:
    """Yield what can be said of a repository without fetching it; the rest is for the build."""
    if CREDENTIALS.match(app.repository):
        without = re.sub(r"^([\w+]+://)?.*@", r"\1", app.repository)
        yield (
            f"repository: the URL has a user or password, and would be printed with them; write {without!r}, "
            "and leave them to git's credential helper, or use SSH."
        )
    if not REF.fullmatch(app.ref):
        yield f"ref: {app.ref!r} is no branch, tag or commit, such as 'main', 'v1.2' or '3f9d2c1'."
    if not _is_inside(app.source):
        yield f"source: {app.source!r} is no folder within the repository; write it from its top, such as 'app'."


def _located(app: App, root: Path) -> App:
    """Return an app with what lies on the control node as it is found from any folder."""
    source = app.source or "." if app.repository else str(_from(root, app.source))
    return replace(with_files(app, root), source=source, repository=located(app.repository, root))


def with_files(one: Kind, root: Path) -> Kind:
    """Return an app, or the page, with the files of its certificate as they are found from any folder."""
    certificate, key = (str(_from(root, path)) if path else "" for path in (one.certificate, one.key))
    return replace(one, certificate=certificate, key=key)


def located(repository: str, root: Path) -> str:
    """Return a repository as it is found from any folder: a URL as it is, and a path, by git's rule of what is one, from `root`."""
    return repository if not repository or ":" in repository.split("/")[0] else str(_from(root, repository))


def _from(root: Path, path: str) -> Path:
    """Return a path of the inventory as it is found from `root`, and as one would write it: without ``..``, unless a link is before it."""
    found = root / Path(path).expanduser()
    short = Path(os.path.normpath(found))
    return short if short.resolve() == found.resolve() else found


def _across(apps: list[App]) -> Iterator[str]:
    taken: dict[tuple[str, object], str] = {}
    for app in apps:
        claims: list[tuple[str, object]] = [("name", app.name)]
        claims += [("port", port) for port in app.ports.values()]
        claims += [("domain", domain) for domain in app.domains]
        claims += [("default", "true")] if app.default else []
        claims += [("database", app.database.name)] if app.database else []
        for claim in claims:
            if claim in taken:
                yield f"apps: {taken[claim]} and {app.name} both have the {claim[0]} {claim[1]}; each needs its own."
            taken[claim] = app.name
