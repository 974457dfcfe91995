"""The inventory is refused before any host is touched, with a sentence that names the variable and what would have worked."""

import json
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils import inventory
from ansible_collections.hostler.fleet.plugins.module_utils.database import placed
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Check, Database, Hooks, Job, Json, Refused, Worker
from ansible_collections.hostler.fleet.plugins.module_utils.places import Place
from tests.shared.samples import SPEC, app, complete, write

JOB: Json = {"name": "report", "command": "flask report", "schedule": "hourly"}
UNFIT: list[tuple[Json, str]] = [
    ({"name": "Re.port"}, ": 'Re.port' cannot name a unit; use lower case letters, digits and '-', a letter first, 16 at most"),
    ({"name": "a" * 17}, f": {'a' * 17!r} cannot name a unit"),
    (
        {"command": " "},
        ".report.command: ' ' is no command on one line, such as 'flask report'; put more into a file of the app.",
    ),
    ({"command": "a\nb"}, ".report.command: 'a\\nb' is no command on one line"),
    ({"schedule": ""}, ".report.schedule: '' is no schedule of systemd's, such as '*-*-* 03:00:00' or 'hourly'."),
    ({"schedule": "hourly\nUnit=x"}, ".report.schedule: 'hourly\\nUnit=x' is no schedule"),
    ({"seconds": 0}, ".report.seconds: 0 is outside 1 to 86400."),
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a folder with an app in it."""
    return write(tmp_path, {"app/requirements.txt": "gunicorn\n"})


def problems(root: Path, *changes: Json, **fleet: list[str]) -> list[str]:
    """Return what is wrong with apps that are good but for `changes`, and with a fleet that is good but for `fleet`."""
    apps = complete([{"name": "hello", "source": "app", "domains": ["www.example.org"], **change} for change in changes])
    whole: dict[str, Any] = {"web": ["web1", "web2"], "balancers": ["balancer1"], "hosts": ["web1", "web2", "balancer1"], **fleet}
    return list(inventory.problems(apps, **whole, root=root))


def test_where_nothing_is_built_sources_need_not_be_there() -> None:
    """As for a rollback from a machine that has the inventory alone."""
    apps = complete([{"name": "hello", "default": True}])
    assert list(inventory.problems(apps, ["web1"], ["balancer1"], ["web1", "balancer1"], root=None)) == []


def test_good_jobs_and_workers_have_no_problems(root: Path) -> None:
    schedules = ["hourly", "Mon..Fri *-*-* 03:00:00 Europe/Berlin", "*:0/15", "*-*~1 04:00 UTC"]
    jobs = [{"name": f"a-{number}", "command": "flask x", "schedule": schedule} for number, schedule in enumerate(schedules)]
    assert problems(root, {"jobs": jobs, "workers": [{"name": "mail", "command": 'echo "$A" 100% \\ ü'}]}) == []


@pytest.mark.parametrize("name", ["a_b.c:make()", "app:make('prod')", "app:make(1, debug=False, names=['a', 'b'], more={'x': None})"])
def test_a_function_that_makes_the_app_is_a_callable(root: Path, name: str) -> None:
    """Gunicorn, which takes the same, calls it with arguments that are literals."""
    assert problems(root, {"callable": name}) == []


def test_folders_of_the_operator_s_may_be_written_to_but_no_other_app_s(root: Path) -> None:
    folders = ["/mnt/media", "/srv/media", "/srv/hello-2", "/var/log/hello", "/opt/a.b_c@d+e~f-g", "/data", "/etcetera", "/mnt/..x"]
    assert problems(root, {"writable": folders}) == []
    [said] = problems(
        root, {"writable": ["/srv/shop/releases"]}, {"name": "shop", "domains": ["x"], "ports": {"blue": 1025, "green": 1026}}
    )
    assert said.startswith("apps.hello.writable: '/srv/shop/releases' has to do with /srv/shop, ")


def test_names_of_packages_are_taken(root: Path) -> None:
    assert problems(root, {"packages": ["ffmpeg", "libmagic1", "g++", "libstdc++6", "fonts-dejavu-core", "7zip", "python3.11-dev"]}) == []


def test_a_good_inventory_has_no_problems(root: Path) -> None:
    other: Json = {
        "name": "other-2",
        "domains": ["other.example.org", "xn--4ca.example", "*.shop.example", "*.a.b"],
        "ports": {"blue": 5003, "green": 65535},
    }
    odd: Json = {
        "callable": "a_b.c:make()",
        "health": "/a/b?c=d&e=%20~",
        "metrics": "/My/m-1_~.txt",
        "memory": "512M",
        "processes": 0,
        "default": True,
    }
    assert problems(root, odd, other) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        *[
            ({"name": name}, f"apps.{name}.name: {name!r} cannot name a user and a unit; use lower case letters")
            for name in ("Hello", "1a", "-a", "a_b", "a.b", "a b", "", "a" * 32, "hell\u00f6", "a\n", "../a")
        ],
        *[
            (change, "apps.hello.tls: files needs 'certificate' and 'key', such as 'certificate: tls/shop.pem' and 'key: tls/shop.key'.")
            for change in ({"tls": "files"}, {"tls": "files", "key": "a"}, {"tls": "files", "certificate": "a"})
        ],
        (
            {"certificate": "a", "key": "b"},
            "apps.hello.certificate: it is of no use with 'tls: off'; write 'tls: files', or take the line out.",
        ),
        (
            {"tls": "acme", "domains": [], "default": True},
            "apps.hello.tls: acme is for host names; name them in 'domains', such as 'www.example.org'.",
        ),
        ({"tls": "acme", "domains": ["a.example", "intranet"]}, "apps.hello.domains: nobody has a certificate for 'intranet' in the world"),
        ({"tls": "acme", "key": "b"}, "apps.hello.key: it is of no use with 'tls: acme'; write 'tls: files'"),
        ({"tls": "selfsigned", "key": "b"}, "apps.hello.key: it is of no use with 'tls: selfsigned'; write 'tls: files'"),
        ({"source": "gone"}, "apps.hello.source: there is no folder {root}/gone; a relative path starts at {root}."),
        ({"source": "app/requirements.txt"}, "apps.hello.source: there is no folder {root}/app/requirements.txt;"),
        ({"source": ""}, "apps.hello.source: there is none; give the app's folder, such as 'source: ../app', or a 'repository'."),
        ({"ref": "main"}, "apps.hello.ref: main is of no use without 'repository'; a folder is deployed as it is."),
        *[
            (
                {"repository": "../shop.git", "source": path},
                f"apps.hello.source: {path!r} is no folder within the repository; write it from",
            )
            for path in ("/srv/app", "..", "a/../b")
        ],
        *[
            ({"repository": "../shop.git", "ref": ref}, f"apps.hello.ref: {ref!r} is no branch, tag or commit, such as 'main', 'v1.2' or ")
            for ref in ("", "-x", "main~1", "main^", "a b", "a..b", "/main", "main/", "refs/heads/*", "main:app", "@{u}", "main\n")
        ],
        *[
            (
                {"repository": url},
                f"apps.hello.repository: the URL has a user or password, and would be printed with them; write {without!r}, and leave",
            )
            for url, without in {
                "https://me:hunter2@example.org/x.git": "https://example.org/x.git",
                "https://hunter2@example.org/x.git": "https://example.org/x.git",
                "https://me:hunter2/@2@example.org/x.git": "https://example.org/x.git",
                "ssh://git:hunter2@example.org/x.git": "ssh://example.org/x.git",
                "me:hunter2@example.org/x.git": "example.org/x.git",
            }.items()
        ],
        ({"ports": {"blue": 80, "green": 5002}}, "apps.hello.ports.blue: 80 is outside 1024 to 65535; such as 5001."),
        ({"ports": {"blue": 5001, "green": 65536}}, "apps.hello.ports.green: 65536 is outside 1024 to 65535; such as 5001."),
        ({"ports": {"blue": 5001, "green": 5001}}, "apps: hello and hello both have the port 5001; each needs its own."),
        *[
            ({"domains": [name]}, f"apps.hello.domains: {name!r} is no host name; write it in lower case without port or path")
            for name in (
                "WWW.example.org",
                "example.org:80",
                "example.org/x",
                "-a.org",
                "a-.org",
                "a..org",
                ".org",
                "",
                "*.org",
                "a\n",
                "a" * 64,
            )
        ],
        (
            {"domains": []},
            "apps.hello.domains: the app has no host name and is not the default; nobody could reach it. Add 'default: true'",
        ),
        *[
            ({"callable": name}, f"apps.hello.callable: {name!r} is not 'module:name', such as 'app:app', or with a function that makes")
            for name in (
                *("app", "app:", ":app", "app:app --x", "a/b:app", "a..b:app", "app:app\n", "app:a.b", "app:a.b()", "app:make(", "app:1"),
                *("app:make(x)", "app:make(x())", "app:make(*'ab')", "app:make(**{'a': 1})", "app:make()()", "app:make('a\n')"),
            )
        ],
        *[
            ({"static": [folder]}, f"apps.hello.static: {folder!r} is no folder within the app's own; such as 'static'.")
            for folder in ("", "/srv", "..", "static/../..")
        ],
        *[
            ({"include": ["*.mo", pattern]}, f"apps.hello.include: {pattern!r} is no folder or pattern within the app's own; such as 'stat")
            for pattern in ("", "/dist", "../dist", "a/../../b", "!x", "#x", "*", "**/*", ".", "a\n")
        ],
        ({"build_seconds": 0}, "apps.hello.build_seconds: 0 is outside 1 to 86400."),
        *[
            ({"health": path}, f"apps.hello.health: {path!r} is no path, such as '/status'.")
            for path in ("", "status", "/a b", "/a\n", "http://a/", "/\u00e4", '/"', "/#a")
        ],
        *[
            ({"metrics": path}, f"apps.hello.metrics: {path!r} is no path of names of letters, digits and '._~-', such as '/metrics'.")
            for path in (
                "metrics",
                "/",
                "/metrics/",
                "//metrics",
                "/a/../b",
                "/./a",
                "/a/.../b",
                "/a?b",
                "/a%20",
                "/a b",
                "/a\n",
                "/\u00e4",
                "/a'",
            )
        ],
        *[
            ({"memory": amount}, f"apps.hello.memory: {amount!r} is no amount of memory, such as '512M' or '50%'.")
            for amount in ("", "0", "0%", "101%", "1.5G", "512 M", "512MB", "infinity", "-1")
        ],
        *[
            (
                {"writable": ["/mnt/media", path]},
                f"apps.hello.writable: {path!r} is no absolute path of letters, digits and '._@+~-', such",
            )
            for path in (
                "",
                "media",
                "/",
                "/mnt/",
                "/mnt//x",
                "/mnt/../etc",
                "/mnt/./x",
                "/mnt/a b",
                "/mnt/%i",
                "/mnt/x\n",
                "/mnt/\u00e4",
                "-/x",
            )
        ],
        *[
            (
                {"writable": [path]},
                f"apps.hello.writable: {path!r} has to do with {near}, which no app may write to so; take one such as",
            )
            for path, near in {
                "/etc": "/etc",
                "/etc/ssl": "/etc",
                "/usr/local": "/usr",
                "/home/me": "/home",
                "/tmp/x": "/tmp",
                "/var": "/var/lib/hostler",
                "/srv": "/srv/hello",
                "/srv/hello": "/srv/hello",
                "/srv/hello/releases": "/srv/hello",
                "/var/lib": "/var/lib/hostler",
                "/var/lib/hello/x": "/var/lib/hello",
            }.items()
        ],
        *[
            (
                {"packages": ["ffmpeg", name]},
                f"apps.hello.packages: {name!r} is no name of a package of Debian's, such as 'libmagic1'; those of",
            )
            for name in ("", "a", "Pillow", "a b", "vim-", "x=1.0", "lib*", "../x.deb", "x:i386", "-y", "ffmpeg\n", "python3_x")
        ],
        *[
            ({"gunicorn_hooks": file}, f"apps.hello.gunicorn_hooks: {file!r} is no file of Python within the app's own folder; such as ")
            for file in ("/etc/x.py", "../x.py", "a/../../x.py", "hooks", "hooks.txt", "a\n.py")
        ],
        *[({"jobs": [{**JOB, **job}]}, f"apps.hello.jobs{said}") for job, said in UNFIT],
        (
            {"workers": [{"name": "mail", "command": "x", "stop_seconds": 3601}]},
            "apps.hello.workers.mail.stop_seconds: 3601 is outside 1 to 3600.",
        ),
        (
            {"jobs": [{"name": "mail", "command": "x", "schedule": "hourly"}], "workers": [{"name": "mail", "command": "x"}]},
            "apps.hello.workers.mail: two jobs or workers have this name; each needs its own.",
        ),
        *[
            (
                {"limits": [{"path": path, "per_minute": 9}]},
                f"apps.hello.limits: {path!r} is no path of letters, digits and './_~-', such as ",
            )
            for path in ("", "login", "/a b", "/a?b", "/%61", "/a\n", "/\u00e4", "/a*")
        ],
        ({"limits": [{"path": "/login", "per_minute": 0}]}, "apps.hello.limits.per_minute: 0 is outside 1 to 100000."),
        ({"start_seconds": 0}, "apps.hello.start_seconds: 0 is outside 1 to 3600."),
        ({"timeout": 3601}, "apps.hello.timeout: 3601 is outside 1 to 3600."),
        ({"processes": -1}, "apps.hello.processes: -1 is outside 0 to 512."),
        ({"threads": 513}, "apps.hello.threads: 513 is outside 1 to 512."),
        ({"interface": "asgi", "threads": 4097}, "apps.hello.threads: 4097 is outside 1 to 4096."),
        ({"keep_releases": 1}, "apps.hello.keep_releases: 1 is outside 2 to 100."),
        ({"release_command_seconds": 0}, "apps.hello.release_command_seconds: 0 is outside 1 to 86400."),
        ({"release_command_lock_seconds": -1}, "apps.hello.release_command_lock_seconds: -1 is outside 0 to 3600."),
        ({"after_migration": "flask check"}, "apps.hello.after_migration: it is run after 'release_command', and there is none;"),
        ({"canary_percent": 100}, "apps.hello.canary_percent: 100 is outside 0 to 99."),
        ({"canary_seconds": 0}, "apps.hello.canary_seconds: 0 is outside 1 to 86400."),
        ({"watch_seconds": -1}, "apps.hello.watch_seconds: -1 is outside 0 to 3600."),
        ({"tasks": 15}, "apps.hello.tasks: 15 is outside 16 to 65536."),
        ({"processes": 32}, "apps.hello.tasks: 4096 is too few for 32 processes of 8 threads; use 8392 at least."),
    ],
    ids=lambda value: ascii(value)[:50] if isinstance(value, dict) else "",
)
def test_a_wrong_value_is_refused(root: Path, change: Json, said: str) -> None:
    [problem] = problems(root, change)
    assert problem.startswith(said.replace("{root}", str(root)))
    assert "hunter2" not in problem


@pytest.mark.parametrize("ref", ["HEAD", "main", "v1.0-rc+1", "feature/next", "refs/tags/v1", "3f9d2c1", "a" * 40, "\u00e4", "user@work"])
@pytest.mark.parametrize("source", [{}, {"source": "."}, {"source": "apps/hello"}], ids=["top", "dot", "folder"])
def test_a_repository_is_not_looked_into(root: Path, ref: str, source: Json) -> None:
    [found] = complete([{"name": "hello", "default": True, "repository": "https://example.org/x.git", "ref": ref, **source}])
    assert list(inventory.problems([found], ["web1"], ["balancer1"], ["web1", "balancer1"], root)) == []


@pytest.mark.parametrize(
    "url", ["git@example.org:x.git", "ssh://git@example.org:22/x.git", "host:x.git", "file:///srv/x.git", "../a@b.git"]
)
def test_a_user_of_ssh_is_no_secret(root: Path, url: str) -> None:
    assert problems(root, {"repository": url}) == []


@pytest.mark.parametrize(
    ("repository", "found"),
    [
        ("", ""),
        ("../shop.git", "/shop.git"),
        ("/srv/shop.git", "/srv/shop.git"),
        ("./a:b", "/inventory/a:b"),
        *[(url, url) for url in ("https://example.org/x.git", "git@example.org:x.git", "file:///srv/x.git")],
    ],
)
def test_a_path_of_a_repository_starts_at_the_inventory_and_a_url_stays(repository: str, found: str) -> None:
    assert inventory.located(repository, Path("/inventory")) == found


def test_names_in_other_scripts_are_taken_as_dns_has_them(root: Path) -> None:
    """Those that the two rules for that read differently are refused, by the name itself."""
    given = ["bücher.example", "*.bücher.example", "例え.example", "xn--4ca.example"]
    [done] = checked(root, {"name": "one", "source": "app", "domains": given})
    assert done.domains == ["xn--bcher-kva.example", "*.xn--bcher-kva.example", "xn--r8jz45g.example", "xn--4ca.example"]
    for name in ("straße.example", "Bücher.example", "b\u200dc.example", f"{'ü' * 60}.example"):
        [said] = problems(root, {"domains": [name]})
        assert said.startswith(f"apps.hello.domains: {name!r} is no host name; ")


@pytest.mark.parametrize(
    ("domains", "asked"),
    [(["*.a.example", "b.example"], "b.example"), (["*.a.example"], "www.a.example"), ([], "localhost")],
)
def test_the_health_check_asks_for_a_name_and_not_for_a_wildcard(domains: list[str], asked: str) -> None:
    assert app(domains=domains).check.host == asked


def test_a_path_is_told_as_one_would_write_it(tmp_path: Path) -> None:
    """A link before ``..`` leads elsewhere."""
    (tmp_path / "far/away").mkdir(parents=True)
    (tmp_path / "here").symlink_to("far/away")
    paths = "../shop", "inner/../../shop", "here/../shop", "~/shop"
    found = [inventory.located(path, tmp_path).replace(str(Path.home()), "~") for path in paths]
    assert found == [f"{tmp_path.parent}/shop", f"{tmp_path.parent}/shop", f"{tmp_path}/here/../shop", "~/shop"]


@pytest.mark.parametrize(("ref", "shown"), [(1.10, "1.1"), (123456, "123456"), (True, "true"), (date(2025, 1, 31), "2025-01-31")])
def test_a_ref_that_yaml_takes_for_something_else_is_refused(ref: object, shown: str) -> None:
    with pytest.raises(ValueError, match=rf"^apps\.hello\.ref: {shown} is no string to YAML; quote what you wrote\.$"):
        complete([{"name": "hello", "repository": "../shop.git", "ref": ref}])


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ({"name": "hello"}, "the name hello"),
        ({"ports": {"blue": 5002, "green": 5003}}, "the port 5002"),
        ({"domains": ["a.example.org", "www.example.org"]}, "the domain www.example.org"),
        ({"default": True}, "the default true"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_two_apps_do_not_share_what_each_needs_alone(root: Path, second: Json, said: str) -> None:
    apart: Json = {"name": "other", "domains": ["other.example.org"], "ports": {"blue": 5003, "green": 5004}}
    names = f"hello and {second.get('name', 'other')}"
    assert problems(root, {"default": True}, {**apart, **second}) == [f"apps: {names} both have {said}; each needs its own."]


@pytest.mark.parametrize(
    ("fleet", "said"),
    [
        ({"web": []}, "The group 'web' has no host; give it at least one, such as 'web1: {ansible_host: 192.0.2.21}'."),
        ({"balancers": []}, "The group 'balancer' has no host; give it at least one, such as 'balancer1: {ansible_host: 192.0.2.11}'."),
        ({"balancers": ["web1"]}, "web1 is in both groups 'web' and 'balancer'; a host does one of the two."),
        ({"hosts": ["web2"]}, "This run leaves out balancer1, web1; a fleet is deployed whole, so run it without --limit."),
    ],
    ids=["no web host", "no balancer", "both", "limit"],
)
def test_a_fleet_of_the_wrong_shape_is_refused(root: Path, fleet: dict[str, list[str]], said: str) -> None:
    assert problems(root, {}, **fleet) == [said]


def test_everything_that_is_wrong_is_said_at_once(root: Path) -> None:
    assert len(problems(root, {"memory": "much", "health": "x"}, {"keep_releases": 0}, web=[])) == 8


def test_defaults_are_filled_in_and_secrets_left_out() -> None:
    [found] = complete([{"name": "hello", "source": "app", "env": {"A": "b"}, "secrets": {"KEY": "hunter2"}, "timeout": "30"}])
    assert found.json() == {
        "name": "hello",
        "source": "app",
        "repository": "",
        "ref": "HEAD",
        "lock": "",
        "include": [],
        "build": "",
        "build_seconds": 600,
        "interface": "wsgi",
        "callable": "app:app",
        "static": [],
        "domains": [],
        "default": False,
        "ports": {"blue": 5001, "green": 5002},
        "health": "/status",
        "metrics": "",
        "start_seconds": 60,
        "timeout": 30,
        "processes": 0,
        "threads": 8,
        "preload": True,
        "gunicorn_hooks": "",
        "memory": "50%",
        "writable": [],
        "packages": [],
        "tasks": 4096,
        "standby": "warm",
        "balance": "roundrobin",
        "sticky": False,
        "limits": [],
        "release_command": "",
        "release_command_once": True,
        "release_command_seconds": 300,
        "release_command_lock_seconds": 1,
        "after_migration": "",
        "hooks": {"before": "", "after": ""},
        "canary_percent": 0,
        "canary_seconds": 30,
        "watch_seconds": 5,
        "jobs": [],
        "workers": [],
        "keep_releases": 5,
        "keep_secrets": False,
        "tls": "off",
        "certificate": "",
        "key": "",
        "generate": [],
        "database": None,
    }


@pytest.mark.parametrize("key", ["env", "secrets"])
@pytest.mark.parametrize("env", ["KEY=hunter2", None, ["KEY"]])
def test_an_environment_that_is_no_mapping_is_refused_without_being_shown(key: str, env: object) -> None:
    with pytest.raises(ValueError, match=rf"^apps\.hello\.{key} is not a mapping; write a line for each name, such as '[^']*'\.$"):
        complete([{"name": "hello", "source": "app", key: env}])


@pytest.mark.parametrize(
    ("given", "threads"),
    [({}, 8), ({"interface": "asgi"}, 256), ({"threads": 4}, 4), ({"interface": "asgi", "threads": 4}, 4)],
    ids=["wsgi", "asgi", "wsgi as given", "asgi as given"],
)
def test_how_much_a_worker_is_given_depends_on_the_interface_unless_it_is_said(given: Json, threads: int) -> None:
    [found] = complete([{"name": "hello", "source": "app", **given}])
    assert found.threads == threads


def test_an_app_has_every_key_of_the_manual_but_what_travels_apart() -> None:
    assert {field.name for field in fields(App)} == set(SPEC["options"]) - {"env", "secrets"}
    for key, kind in (("jobs", Job), ("workers", Worker), ("hooks", Hooks)):
        assert {field.name for field in fields(kind)} == set(SPEC["options"][key]["options"])


def test_an_app_that_has_travelled_is_the_same() -> None:
    given = app(jobs=[JOB], workers=[{"name": "mail", "command": "x"}], hooks={"after": "true"}, domains=["a.example"])
    assert App.of(json.loads(json.dumps(given.json()))) == given


def test_an_asgi_app_has_no_threads_to_be_counted(root: Path) -> None:
    assert problems(root, {"interface": "asgi", "processes": 32, "tasks": 64}) == []


def test_what_is_completed_is_not_the_inventory_itself() -> None:
    apps = [{"name": "hello", "source": "app"}]
    complete(apps)
    assert apps == [{"name": "hello", "source": "app"}]


def checked(root: Path, *apps: Json, builds: bool = True) -> list[App]:
    """Return apps as ``check_fleet`` hands them on, in a fleet that is good."""
    return inventory.checked(list(apps), SPEC, ["web1"], ["balancer1"], ["web1", "balancer1"], [], root, builds)


class TestChecked:
    """What ``check_fleet`` hands on."""

    def test_sources_are_found_from_the_inventory_and_health_is_asked_for_under_a_name_of_the_app(self, root: Path) -> None:
        one: Json = {"name": "one", "source": "app", "domains": ["www.example.org", "example.org"], "health": "/ready"}
        two: Json = {"name": "two", "repository": "../shop.git", "default": True, "ports": {"blue": 5003, "green": 5004}}
        done = checked(root, one, two)
        assert [app.source for app in done] == [str(root / "app"), "."]
        assert [app.repository for app in done] == ["", str(root.parent / "shop.git")]
        assert [app.check for app in done] == [Check("/ready", "www.example.org"), Check("/status", "localhost")]

    def test_every_problem_is_a_line_of_the_refusal(self, root: Path) -> None:
        with pytest.raises(Refused) as refusal:
            checked(root, {"name": "hello", "source": "gone", "health": "x"})
        assert [line.split(":")[0] for line in str(refusal.value).splitlines()] == [
            "apps.hello.source",
            "apps.hello.domains",
            "apps.hello.health",
        ]

    @pytest.mark.parametrize("apps", [[], None])
    def test_a_fleet_without_an_app_is_refused(self, root: Path, apps: object) -> None:
        with pytest.raises(
            Refused, match="^apps is empty; name at least one app, such as '- {name: hello, source: ../app, default: true}'.$"
        ):
            inventory.checked(apps, SPEC, ["web1"], ["balancer1"], ["web1", "balancer1"], [], root, True)

    @pytest.mark.parametrize("apps", [{"name": "hello"}, "hello", 7])
    def test_apps_that_are_no_list_are_refused(self, root: Path, apps: object) -> None:
        with pytest.raises(Refused, match="^apps: it is no list; begin each app with '- name: ...'.$"):
            inventory.checked(apps, SPEC, ["web1"], ["balancer1"], ["web1", "balancer1"], [], root, True)

    @pytest.mark.parametrize("key", ["env", "secrets"])
    def test_what_is_made_is_not_given_too(self, root: Path, key: str) -> None:
        with pytest.raises(Refused) as refusal:
            checked(root, {"name": "hello", "source": "app", "default": True, "generate": ["A", "KEY"], key: {"KEY": "hunter2"}})
        assert str(refusal.value) == f"apps.hello.generate: KEY stands in {key} too; leave it in one of them."

    @pytest.mark.parametrize("name", ["SLOT", "A B", "PORT"])
    def test_what_is_made_has_a_name_that_the_environment_takes(self, root: Path, name: str) -> None:
        with pytest.raises(Refused, match=rf"^apps\.hello\.generate: .*{name}[^\n]*$"):
            checked(root, {"name": "hello", "source": "app", "default": True, "generate": [name]})

    def test_of_an_app_that_cannot_be_read_only_that_is_said_and_all_else_of_the_others(self, root: Path) -> None:
        """At once: who has put one thing right is not to meet the next."""
        with pytest.raises(Refused) as refusal:
            inventory.checked(
                [{"name": "one", "domain": ["a.example.org"]}, None, {"name": "two", "source": "gone", "default": True}],
                SPEC,
                ["web1"],
                [],
                ["web1"],
                [Place("web1", "192.0.2.1", "", "", ""), Place("web2", "192.0.2.1", "22", "", "")],
                root,
                True,
            )
        assert [line.split(";")[0] for line in str(refusal.value).splitlines()] == [
            "apps.one.domain: there is no such key",
            "apps.#2: it has no value, and a mapping is wanted, such as 'name: ...'.",
            "web1 and web2 are one host, 192.0.2.1 port 22",
            "The group 'balancer' has no host",
            f"apps.two.source: there is no folder {root}/gone",
        ]

    def test_sources_have_to_be_there_only_where_something_is_built(self, root: Path) -> None:
        assert checked(root, {"name": "hello", "source": "gone", "default": True}, builds=False)
        with pytest.raises(Refused, match="there is no folder"):
            checked(root, {"name": "hello", "source": "gone", "default": True})


def test_a_host_may_be_called_what_haproxy_takes_for_a_server(root: Path) -> None:
    names = ["Web_1.example.org", "2001:db8::21"]
    assert problems(root, {}, web=names, hosts=[*names, "balancer1"]) == []
    [problem] = problems(root, {}, web=["web 1"], hosts=["web 1", "balancer1"])
    assert problem.startswith("The host 'web 1' cannot be a server of HAProxy; name it with letters, digits")


DB: list[str] = ["db1"]
STORED = placed.Data(DB, ["backup1"])
SHOP: Json = {"name": "a-shop", "source": "app", "domains": ["shop.example"], "ports": {"blue": 6001, "green": 6002}}
URL = "postgresql://me:hunter2@db.example/shop"


def refused(root: Path, *apps: Json, data: placed.Data = STORED, builds: bool = True) -> list[str]:
    """Return what is said against apps that are good but for these, in a fleet that has a database; nothing where all is well."""
    hosts = ["web1", "balancer1", *data.databases, *data.backups]
    given = [{**SHOP, **app} for app in apps]
    try:
        inventory.checked(given, SPEC, ["web1"], ["balancer1"], hosts, [], root, builds, (), data)
    except Refused as refusal:
        return str(refusal).splitlines()
    return []


class TestDatabase:
    """The key ``database`` of an app."""

    @pytest.mark.parametrize(
        ("given", "read"),
        [
            (True, Database("a_shop", 30, 60, 0)),
            ({}, Database("a_shop", 30, 60, 0)),
            ({"name": "shop", "statement_seconds": "5"}, Database("shop", 5, 60, 0)),
            ({"connections": 4, "idle_seconds": 0}, Database("a_shop", 30, 0, 4)),
            (False, None),
            ({"url": URL}, None),
        ],
        ids=str,
    )
    def test_what_is_said_is_completed(self, given: Any, read: Database | None, root: Path) -> None:
        """Only of one on the fleet's own server is there a password to make."""
        [one] = complete([{**SHOP, "generate": ["KEY"], "database": given}])
        assert one.database == read
        assert one.generate == (["KEY", "DATABASE_URL", "DATABASE_URL_READ"] if read else ["KEY"])
        assert App.of(json.loads(json.dumps(one.json()))) == one
        assert refused(root, {"database": given}) == []

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            (None, "apps.a-shop.database: it has no value; give it one, or take the line out."),
            *[
                (given, "apps.a-shop.database: it is neither true nor false nor a mapping; write 'database: true', or with more to say 'da")
                for given in ("true", URL, "", 1, 0, [], [URL])
            ],
            ({"nme": "x"}, "apps.a-shop.database.nme: there is no such key; did you mean name?"),
            ({"name": 5}, "apps.a-shop.database.name: 5 is no string to YAML; quote what you wrote."),
            ({"url": 5}, "apps.a-shop.database.url: 5 is no string to YAML; quote what you wrote."),
            ({"url": None}, "apps.a-shop.database.url: it has no value; give it one, or take the line out."),
            ({"connections": "many"}, "apps.a-shop.database.connections: 'many' is no whole number, such as"),
            ({"connections": 1001}, "apps.a-shop.database.connections: 1001 is outside 0 to 1000."),
            ({"statement_seconds": -1}, "apps.a-shop.database.statement_seconds: -1 is outside 0 to 86400."),
            ({"idle_seconds": 86401}, "apps.a-shop.database.idle_seconds: 86401 is outside 0 to 86400."),
            ({"url": URL, "name": "x", "connections": 1}, "apps.a-shop.database: connections, name is of no use with 'url', which names a"),
        ],
        ids=str,
    )
    def test_what_cannot_be_meant_is_refused_by_one_sentence(self, given: Any, said: str, root: Path) -> None:
        [problem] = refused(root, {"database": given})
        assert problem.startswith(said)
        assert "hunter2" not in problem

    @pytest.mark.parametrize("builds", [True, False])
    @pytest.mark.parametrize(
        ("url", "said"),
        [
            ("", "it is empty"),
            ("a\0b", "DATABASE_URL has the character U+0000, which systemd does not carry"),
            ("\ufffe", "DATABASE_URL has the character U+FFFE"),
            ("x" * 2**17, "DATABASE_URL is longer than 131071 bytes"),
        ],
        ids=ascii,
    )
    def test_a_url_that_cannot_reach_the_app_is_refused(self, url: str, said: str, builds: bool, root: Path) -> None:
        """Where it is looked at: who goes back at 3 a.m. has no password for a vault, and it is left out as by ``hostler.fleet.bare``."""
        found = refused(root, {"database": {"url": url if builds else ""}}, builds=builds)
        assert [problem.startswith(f"apps.a-shop.database.url: {said}") for problem in found] == ([True] if builds else [])

    @pytest.mark.parametrize(
        "name",
        [
            *("Shop", "1shop", "_shop", "shop-a", "shop a", "shöp", "shop\n", "x" * 32, '"x"', "+shop", "@file", "/x"),
            *("all", "replication", "sameuser", "samerole", "samegroup"),
            *("postgres", "template0", "template1", "public", "none", "pg_monitor", "pg_x", "hostler", "hostler_x"),
        ],
    )
    def test_a_name_that_postgresql_takes_for_something_else_is_refused(self, name: str, root: Path) -> None:
        [said] = refused(root, {"database": {"name": name}})
        assert said.startswith(f"apps.a-shop.database.name: {name!r} cannot name a database and its owner; use lower case letters")

    @pytest.mark.parametrize("name", ["all", "public", "none", "postgres", "hostler-2"])
    def test_so_is_an_app_s_own_where_it_would_be_the_database_s(self, name: str, root: Path) -> None:
        """The way out is in the sentence, for an app is not easily called otherwise."""
        [said] = refused(root, {"name": name, "database": True})
        assert said.startswith(f"apps.{name}.database.name: {name.replace('-', '_')!r} cannot name a database")
        assert refused(root, {"name": name, "database": {"name": "shop"}}) == []

    @pytest.mark.parametrize("name", ["a", "a_b", "shop_1", "user", "x" * 31, "pgx", "alls"])
    def test_other_names_are_taken(self, name: str, root: Path) -> None:
        assert refused(root, {"database": {"name": name}}) == []

    @pytest.mark.parametrize("database", [True, {}, {"url": URL}])
    @pytest.mark.parametrize("key", ["env", "secrets", "generate"])
    def test_a_url_that_is_given_and_made_is_refused(self, database: Any, key: str, root: Path) -> None:
        given: Any = ["DATABASE_URL"] if key == "generate" else {"DATABASE_URL": URL}
        [said] = refused(root, {"database": database, key: given})
        assert said.startswith(f"apps.a-shop.database: it makes DATABASE_URL, which stands in {key} too; leave it in one of them.")
        assert "hunter2" not in said
        assert refused(root, {"database": False, key: given}) == []

    @pytest.mark.parametrize("key", ["env", "secrets", "generate"])
    def test_so_is_the_number_of_connections(self, key: str, root: Path) -> None:
        """Hostler tells it by what it has counted with; of a database that is elsewhere, it tells none."""
        given: Any = ["DATABASE_POOL"] if key == "generate" else {"DATABASE_POOL": "50"}
        [said] = refused(root, {"database": True, key: given})
        assert said == (
            f"apps.a-shop.database: it makes DATABASE_POOL, which stands in {key} too; leave that out, and say "
            "'database: {connections: 4}' for another number."
        )
        assert refused(root, {"database": {"url": URL}, key: given}) == []

    @pytest.mark.parametrize("key", ["env", "secrets", "generate"])
    def test_so_is_the_url_of_who_only_reads(self, key: str, root: Path) -> None:
        given: Any = ["DATABASE_URL_READ"] if key == "generate" else {"DATABASE_URL_READ": URL}
        [said] = refused(root, {"database": True, key: given})
        assert said == f"apps.a-shop.database: it makes DATABASE_URL_READ, which stands in {key} too; leave that out."
        assert refused(root, {"database": {"url": URL}, key: given}) == []

    @pytest.mark.parametrize(
        ("first", "second", "name"),
        [
            ({"database": {"name": "one"}}, {"database": {"name": "one"}}, "one"),
            ({"database": True}, {"database": {"name": "a_shop"}}, "a_shop"),
            ({"name": "a-b-c", "database": True}, {"database": {"name": "a_b_c"}}, "a_b_c"),
        ],
    )
    def test_two_apps_do_not_share_one(self, first: Json, second: Json, name: str, root: Path) -> None:
        other: Json = {"name": "other", "domains": ["b.example"], "ports": {"blue": 7001, "green": 7002}}
        [said] = refused(root, first, {**other, **second})
        assert said == f"apps: {first.get('name', 'a-shop')} and other both have the database {name}; each needs its own."
        assert refused(root, first, {**other, "database": True}) == []
        assert refused(root, {"database": {"url": URL}}, {**other, "database": {"url": URL}}) == []

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (placed.NO_DATA, "apps.a-shop.database: no host is in the group 'database'; "),
            (placed.Data(["db1"]), "The group 'database' has a host and 'backup' has none, "),
            (placed.Data(["db1", "db2", "db3"], ["backup1"]), "The group 'database' has db1, db2, db3; "),
            (placed.Data(["web1"], ["backup1"]), "web1 is in both groups 'web' and 'database'; "),
            (placed.Data(["db 1"], ["backup1"]), "The host 'db 1' cannot be a server of HAProxy; "),
        ],
    )
    def test_a_fleet_that_cannot_have_one_is_refused(self, data: placed.Data, said: str, root: Path) -> None:
        [problem] = refused(root, {"database": True}, data=data)
        assert problem.startswith(said)

    @pytest.mark.parametrize("left", ["db1", "backup1"])
    def test_a_run_goes_through_its_hosts_too(self, left: str, root: Path) -> None:
        hosts = [host for host in ("web1", "balancer1", "db1", "backup1") if host != left]
        with pytest.raises(Refused, match=rf"^This run leaves out {left}; a fleet is deployed whole"):
            inventory.checked([{**SHOP, "database": True}], SPEC, ["web1"], ["balancer1"], hosts, [], root, True, (), STORED)
