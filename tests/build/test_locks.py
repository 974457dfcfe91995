"""What a project's packages are locked in: it works, or one sentence has the command that makes it work."""

import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.build import advice, locks, packages
from tests.shared.built import build
from tests.shared.index import Index
from tests.shared.samples import repository, write

HOST = packages.Target("3.13", "x86_64", "2.41")
HASH = f"--hash=sha256:{'0' * 64}"
COMPILE = "uv pip compile --universal --python-version 3.13"
REQUIREMENTS = f"{COMPILE} --generate-hashes requirements.in -o requirements.txt"
PROJECT = '[project]\nname = "my-shop"\nversion = "1.2.0"\nrequires-python = ">=3.11"\ndependencies = ["gunicorn>=27"]\n'
POETRY = "poetry export --only main --format requirements.txt --output requirements.txt"


def refused(folder: Path, lock: str, python: str = "3.13") -> str:
    """Return the sentence by which a lock is refused."""
    with pytest.raises(ValueError, match=".") as error:
        locks.ready(folder / lock, python, folder)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (f"gunicorn==27.0.1 {HASH}\n# the app\n-e .\n", r"'-e \.' in line 3 is the app itself, .*'" + COMPILE),
        (f"a==1 \\\n    {HASH}\n\n--editable=./\n", r"'--editable=\./' in line 4 is the app itself"),
        (f"./libs/x {HASH}\n", r"'\./libs/x' in line 1 is a folder, which has no wheel to lock; put its code into the app's folder"),
        ("-e libs/x\n", r"'-e libs/x' in line 1 is a folder"),
        ("x @ file:///srv/x\n", r"'x @ file:///srv/x' in line 1 is a folder"),
        ("file:./x\n", r"'file:\./x' in line 1 is a folder"),
        ("git+https://me:hunter2@example.org/x\n", r"'git\+https://\*\*\*@example.org/x' in line 1 is a repository, .*'uv build --wheel'"),
        ("x @ git+ssh://git@example.org/x@v1\n", "in line 1 is a repository, which has no wheel to lock"),
        ("-e git+https://example.org/x#egg=x\n", "in line 1 is a repository"),
        ("flask\n", rf"'flask' has no hash; lock it with '{COMPILE} --generate-hashes requirements.txt -o {advice.OWN}', and say"),
        (f"flask>=3 # or 4\ngunicorn\nx==1 {HASH}\n", r"'flask>=3' has no hash, nor 1 more; lock it with"),
    ],
)
def test_a_line_that_hashes_cannot_pin_is_refused(tmp_path: Path, lines: str, said: str) -> None:
    write(tmp_path, {"requirements.txt": lines})
    assert re.search(said, refused(tmp_path, "requirements.txt"))


@pytest.mark.parametrize(
    "lines",
    [
        f"gunicorn==27.0.1 \\\n    {HASH} \\\n    {HASH}\n    # via -e .\n",
        f"--index-url https://me:${{PASS}}@example.org/simple\n-c ./other.txt\nx[a,b]==1 ; python_version < '3.12' {HASH}\n",
        f"shop @ https://example.org/shop-1.0-py3-none-any.whl {HASH}\n",
    ],
)
def test_lines_that_hashes_pin_are_left_to_uv(tmp_path: Path, lines: str) -> None:
    lock = write(tmp_path, {"requirements.txt": lines}) / "requirements.txt"
    assert locks.ready(lock, "3.13", tmp_path) == locks.Ready(lock)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, f"; lock it with '{COMPILE} --generate-hashes requirements.txt -o requirements-locked.txt', and say 'lock: "),
        ({"requirements.in": ""}, f"; make it with '{COMPILE} --generate-hashes requirements.in -o requirements.txt'"),
        ({"uv.lock": ""}, "; say 'lock: uv.lock', which is there"),
        ({"poetry.lock": ""}, f"; make it with '{POETRY}'"),
    ],
    ids=["alone", "compiled", "uv", "poetry"],
)
def test_requirements_of_one_s_own_are_told_how_to_be_locked(tmp_path: Path, files: dict[str, str], said: str) -> None:
    write(tmp_path, {"requirements.txt": "flask\n", **files})
    assert refused(tmp_path, "requirements.txt").startswith(f"'flask' has no hash{said}")


@pytest.mark.parametrize(
    ("files", "lock", "said"),
    [
        ({}, "", f"has no requirements.txt; make it with '{REQUIREMENTS}', once requirements.in says what the app needs, 'gunicorn>="),
        ({"requirements.in": ""}, "", f"has no requirements.txt; make it with '{REQUIREMENTS}'."),
        ({"requirements.in": ""}, "a.txt", f"has no a.txt; make it with '{COMPILE} --generate-hashes requirements.in -o a.txt'."),
        ({"pyproject.toml": PROJECT}, "", "has no requirements.txt; make uv.lock with 'uv lock', once the project depends on Gunicorn"),
        ({"pyproject.toml": PROJECT}, "uv.lock", "has no uv.lock; make uv.lock with 'uv lock', once"),
        ({"pyproject.toml": PROJECT}, "a.txt", f"has no a.txt; make it with '{COMPILE} --generate-hashes pyproject.toml -o a.txt'."),
        (
            {"pyproject.toml": PROJECT},
            "pylock.toml",
            f"has no pylock.toml; make it with '{COMPILE} --format pylock.toml pyproject.toml -o pylock.toml'.",
        ),
        ({"pyproject.toml": "[tool.ruff]\n"}, "", f"has no requirements.txt; make it with '{COMPILE}"),
        ({"pyproject.toml": "no toml"}, "", f"has no requirements.txt; make it with '{COMPILE}"),
        ({"../uv.lock": "", "pyproject.toml": PROJECT}, "", "has no requirements.txt; the workspace's uv.lock lies above it; make requi"),
        ({"poetry.lock": "", "pyproject.toml": PROJECT}, "", f"poetry.lock is not read; make requirements.txt of it with '{POETRY}'."),
        ({"pdm.lock": ""}, "", "pdm.lock is not read; make requirements.txt of it with 'pdm export --prod "),
        ({"Pipfile.lock": ""}, "", "Pipfile.lock is not read; make requirements.txt of it with 'pipenv requirements"),
    ],
)
@pytest.mark.parametrize("fetched", [False, True], ids=["folder", "repository"])
def test_a_project_without_a_lock_is_told_the_command_for_its_hosts(
    tmp_path: Path, files: dict[str, str], lock: str, said: str, fetched: bool
) -> None:
    top = write(tmp_path / "top", {f"app/{name}": text for name, text in {"app.py": "", **files}.items()})
    where: dict[str, Any] = {"repository": str(repository(top)), "source": "app"} if fetched else {"source": str(top / "app")}
    platforms = [{"python": python, "machine": "x86_64", "glibc": "2.41"} for python in ("3.14", "3.13")]
    with pytest.raises(ValueError, match="^apps.hello.lock: ") as error:
        build(tmp_path / "cache", {}, lock=lock, platforms=platforms, **where)
    assert (said if not fetched else said.rstrip(".")) in str(error.value)
    assert not fetched or str(error.value).endswith(", and commit it.")


@pytest.mark.parametrize(("lock", "command"), advice.FOREIGN.items())
def test_another_tool_s_lock_is_refused_with_the_command_that_exports_it(tmp_path: Path, lock: str, command: str) -> None:
    write(tmp_path, {lock: "x"})
    assert refused(tmp_path, lock) == f"it is not read; make requirements.txt of it with '{command}', and leave 'lock' out"


class TestPylock:
    """A lock of PEP 751."""

    def lock(self, folder: Path, *packages: str, python: str = ">=3.11") -> Path:
        """Write one with these packages."""
        head = f'lock-version = "1.0"\ncreated-by = "x"\nrequires-python = "{python}"\n'
        return write(folder, {"pylock.toml": head + "".join(f"[[packages]]\n{package}" for package in packages)}) / "pylock.toml"

    def test_it_is_installed_for_the_hosts_whatever_python_the_control_node_has(self, index: Index, tmp_path: Path) -> None:
        line = index.add("gunicorn", "27.0.1")
        wheel = next(index.folder.glob("gunicorn*.whl"))
        digest = line.split("sha256:")[1].strip()
        package = f'name = "gunicorn"\nversion = "27.0.1"\nwheels = [{{ url = "file://{wheel}", hashes = {{ sha256 = "{digest}" }} }}]\n'
        packages.build(self.lock(tmp_path, package, python=">=3.13"), HOST, tmp_path / "packages.tar.gz")
        with tarfile.open(tmp_path / "packages.tar.gz") as tar:
            assert "gunicorn/__init__.py" in tar.getnames()
        wrong = self.lock(tmp_path, package.replace(digest, "0" * 64))
        with pytest.raises(
            ValueError, match=r"gunicorn==27\.0\.1 is not what was locked; if that is no surprise, lock it again with 'uv pip"
        ):
            packages.build(wrong, HOST, tmp_path / "wrong.tar.gz")

    def test_one_for_another_python_is_refused(self, tmp_path: Path) -> None:
        self.lock(tmp_path, python=">=3.14")
        said = f"it is for Python >=3.14, and web hosts have 3.13; make it anew with '{COMPILE} --format pylock.toml requirements.in"
        assert refused(tmp_path, "pylock.toml").startswith(said)

    @pytest.mark.parametrize(
        ("package", "said"),
        [
            ('name = "x"\ndirectory = { path = "../x", editable = true }\n', "the package x is a folder, which has no wheel"),
            ('name = "x"\nvcs = { type = "git", url = "https://example.org/x" }\n', "the package x is a repository, which has no wheel"),
        ],
    )
    def test_what_has_no_wheel_is_refused(self, tmp_path: Path, package: str, said: str) -> None:
        self.lock(tmp_path, package)
        assert refused(tmp_path, "pylock.toml").startswith(said)

    def test_what_is_no_lock_is_refused(self, tmp_path: Path) -> None:
        write(tmp_path, {"pylock.toml": "no toml"})
        assert refused(tmp_path, "pylock.toml").startswith("pylock.toml cannot be read: ")


class TestUv:
    """The lock that uv makes of a project."""

    @pytest.fixture
    def shop(self, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
        """Return a project that is locked, with a group for developers, from an index of its own."""
        index.add("gunicorn", "27.0.1")
        index.add("tool", "1.0")
        monkeypatch.delenv("UV_NO_INDEX")
        monkeypatch.delenv("UV_FIND_LINKS")
        more = '[dependency-groups]\ndev = ["tool"]\n[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        folder = write(tmp_path / "shop", {"pyproject.toml": PROJECT + more, "src/my_shop/__init__.py": ""})
        with index.served() as url, monkeypatch.context() as patch:
            self.url = url
            self.run(folder)
            patch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:1/simple")  # the lock says where its packages are
            yield folder

    def run(self, folder: Path) -> None:
        """Lock the project as its developer does."""
        subprocess.run(
            [sys.executable, "-m", "uv", "lock", "--quiet", "--python", sys.executable, "--default-index", self.url], cwd=folder, check=True
        )

    def names(self, folder: Path, tmp_path: Path) -> set[str]:
        """Return what the packages of its lock are."""
        packages.build(folder / "uv.lock", HOST, tmp_path / "packages.tar.gz")
        with tarfile.open(tmp_path / "packages.tar.gz") as tar:
            return set(tar.getnames())

    def test_its_own_dependencies_are_installed_and_its_name_and_version_known(self, shop: Path, tmp_path: Path) -> None:
        names = self.names(shop, tmp_path)
        assert {"gunicorn/__init__.py", "bin/gunicorn", "my_shop-1.2.0.dist-info/METADATA"} < names
        assert not [name for name in names if name.startswith(("tool", "my_shop/", "src"))]
        assert sorted(path.name for path in shop.iterdir()) == ["pyproject.toml", "src", "uv.lock"]
        tell = (
            f"import sys; sys.path.insert(0, {str(tmp_path / 'out')!r}); from importlib.metadata import version; print(version('my-shop'))"
        )
        subprocess.run(["tar", "--extract", "--file", "packages.tar.gz", "--one-top-level=out"], cwd=tmp_path, check=True)
        assert subprocess.run([sys.executable, "-c", tell], cwd=tmp_path / "out", stdout=subprocess.PIPE, check=True).stdout == b"1.2.0\n"

    def test_settings_of_the_app_for_uv_do_not_change_the_build(self, shop: Path, tmp_path: Path) -> None:
        before = self.names(shop, tmp_path)
        settings = '[tool.uv]\nno-binary = true\nrequired-version = ">=99"\nindex-url = "https://nowhere.invalid/simple"\noffline = true\n'
        (shop / "pyproject.toml").write_text((shop / "pyproject.toml").read_text() + settings)
        assert self.names(shop, tmp_path) == before
        write(shop, {"uv.toml": settings.replace("[tool.uv]\n", "")})
        assert self.names(shop, tmp_path) == before

    def test_so_it_is_for_requirements(self, index: Index, tmp_path: Path) -> None:
        lock = index.lock(index.add("gunicorn", "27.0.1"))
        write(index.folder, {"pyproject.toml": '[tool.uv]\nno-binary = true\nrequired-version = ">=99"\n'})
        packages.build(lock, HOST, tmp_path / "packages.tar.gz")

    def test_one_that_is_older_than_the_project_is_refused(self, shop: Path) -> None:
        text = (shop / "pyproject.toml").read_text()
        write(shop, {"pyproject.toml": text.replace('"gunicorn>=27"', '"gunicorn>=27", "Flask_Login[x]>=1"')})
        assert refused(shop, "uv.lock") == "it is older than pyproject.toml, for it lacks flask-login; run 'uv lock'"

    def test_one_for_another_python_is_refused(self, shop: Path) -> None:
        assert refused(shop, "uv.lock", "3.10") == (
            "it is for Python >=3.11, and web hosts have 3.10; set requires-python in pyproject.toml to '>=3.10' and run 'uv lock'"
        )

    def test_one_without_gunicorn_says_how_to_add_it(self, shop: Path, tmp_path: Path) -> None:
        write(shop, {"pyproject.toml": PROJECT.replace("gunicorn>=27", "tool")})
        self.run(shop)
        with pytest.raises(ValueError, match="^it has no gunicorn; run 'uv add \"gunicorn>=27.0.1\"'$"):
            packages.build(shop / "uv.lock", HOST, tmp_path / "packages.tar.gz")

    def test_a_package_of_the_workspace_is_refused(self, shop: Path) -> None:
        text = (shop / "pyproject.toml").read_text().replace('"gunicorn>=27"', '"gunicorn>=27", "inner"')
        more = '[tool.uv.workspace]\nmembers = ["inner"]\n[tool.uv.sources]\ninner = { workspace = true }\n'
        write(shop, {"pyproject.toml": text + more, "inner/pyproject.toml": PROJECT.replace("my-shop", "inner")})
        self.run(shop)
        assert re.search("'(-e )?./inner' is a folder", refused(shop, "uv.lock"))

    def test_what_is_no_lock_is_refused(self, shop: Path) -> None:
        write(shop, {"uv.lock": "no toml"})
        assert refused(shop, "uv.lock").startswith("uv.lock cannot be read: ")
        write(shop, {"uv.lock": 'version = 99\nrequires-python = ">=3.11"\n'})
        assert refused(shop, "uv.lock").startswith("uv cannot read it: ")


BEST = ("--index-strategy", "unsafe-best-match")
OURS = "https://own/simple"


@pytest.mark.parametrize(
    ("indexes", "given", "asked"),
    [
        ([], {}, ((), {})),
        ([locks.PYPI], {}, ((), {})),
        ([OURS], {}, (BEST, {"UV_DEFAULT_INDEX": OURS})),
        ([OURS, locks.PYPI], {}, (BEST, {"UV_DEFAULT_INDEX": locks.PYPI, "UV_INDEX": OURS})),
        (["wheels"], {}, (("--find-links", "{here}/wheels"), {})),
        (["https://named/simple"], {}, (BEST, {"UV_DEFAULT_INDEX": "ours=https://named/simple/"})),
        ([OURS], {"UV_INDEX": "https://x/ a=https://me:p@own/simple/"}, (BEST, {"UV_DEFAULT_INDEX": "a=https://me:p@own/simple/"})),
        (
            [locks.PYPI, OURS],
            {"UV_DEFAULT_INDEX": "https://me:p@own/simple"},
            (BEST, {"UV_DEFAULT_INDEX": locks.PYPI, "UV_INDEX": "https://me:p@own/simple"}),
        ),
        ([OURS], {"UV_INDEX_URL": "https://me:p@owner/simple"}, (BEST, {"UV_DEFAULT_INDEX": OURS})),
    ],
)
def test_the_indexes_that_a_lock_names_are_asked_with_the_operator_s_credentials(
    indexes: list[str], given: dict[str, str], asked: tuple[tuple[str, ...], dict[str, str]], tmp_path: Path
) -> None:
    write(tmp_path, {"pyproject.toml": '[[tool.uv.index]]\nname = "ours"\nurl = "https://named/simple/"\n'})
    options, environment = locks._asked(tmp_path, indexes, given)
    assert (tuple(option.replace(str(tmp_path), "{here}") for option in options), environment) == asked


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("requirements.txt", "--index-url https://me:hunter2@own/simple"),
        ("requirements.txt", "# uv pip compile --index-url https://me:hunter2@own/simple"),
        ("requirements.txt", f"x @ https://me:hunter2@own/x-1.0-py3-none-any.whl {HASH}"),
        ("requirements.txt", "--index-url https://hunter2:@own/simple"),
        ("pyproject.toml", "[[tool.uv.index]]\nurl = 'https://${ME}:hunter2@own/simple'"),
        ("uv.toml", "index-url = 'https://me:${A}hunter2@own/simple'"),
    ],
)
def test_a_password_in_a_file_that_hosts_are_sent_is_refused_and_not_shown(file: str, line: str, tmp_path: Path) -> None:
    write(tmp_path, {"requirements.txt": "", file: f"\n{line}\n"})
    said = refused(tmp_path, "requirements.txt")
    assert said.startswith(f"line {1 + len(line.splitlines())} of {file} has a URL with a password, which each web host would be sent")
    assert "hunter2" not in said


class TestOwnIndex:
    """An index that wants a user and a password: the control node has them, and nobody else gets to see them."""

    @pytest.fixture
    def url(self, index: Index, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
        """Return the index's URL; ann may read it, with the password hunter2."""
        self.line = index.add("gunicorn", "27.0.1")
        monkeypatch.delenv("UV_NO_INDEX")
        monkeypatch.delenv("UV_FIND_LINKS")
        with index.served("ann:hunter2") as url:
            yield url

    @pytest.mark.parametrize("way", ["default", "former", "lock", "netrc", "named"])
    def test_each_way_to_give_them_works_and_leaves_nothing_in_the_archive(
        self, way: str, url: str, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with_password = url.replace("://", "://ann:hunter2@")
        lock = index.lock(self.line)
        if way == "lock":
            lock = index.lock(f"--index-url {url.replace('://', '://ann:${PASSWORD}@')}\n", self.line)
            monkeypatch.setenv("PASSWORD", "hunter2")
        elif way == "netrc":
            write(tmp_path, {"netrc": "machine 127.0.0.1 login ann password hunter2\n"})
            monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
            monkeypatch.setenv("UV_DEFAULT_INDEX", url)
        elif way == "named":
            monkeypatch.setenv("UV_DEFAULT_INDEX", f"ours={url}")
            monkeypatch.setenv("UV_INDEX_OURS_USERNAME", "ann")
            monkeypatch.setenv("UV_INDEX_OURS_PASSWORD", "hunter2")
        else:
            monkeypatch.setenv({"default": "UV_DEFAULT_INDEX", "former": "UV_INDEX_URL"}[way], with_password)
        packages.build(lock, HOST, tmp_path / "packages.tar.gz")
        with tarfile.open(tmp_path / "packages.tar.gz") as tar:
            files = [tar.extractfile(member) for member in tar.getmembers() if member.isfile()]
            assert not [file for file in files if file and b"hunter2" in file.read()]

    @pytest.mark.parametrize("way", ["named", "in the URL"])
    def test_a_lock_of_uv_s_names_the_index_and_the_control_node_has_the_password(
        self, way: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        own = f'[[tool.uv.index]]\nname = "ours"\nurl = "{url}"\ndefault = true\n'
        folder = write(tmp_path / "shop", {"pyproject.toml": PROJECT + own})
        with monkeypatch.context() as developer:
            developer.setenv("UV_INDEX_OURS_USERNAME", "ann")
            developer.setenv("UV_INDEX_OURS_PASSWORD", "hunter2")
            subprocess.run([sys.executable, "-m", "uv", "lock", "--quiet", "--python", sys.executable], cwd=folder, check=True)
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "another"))
        if way == "named":
            monkeypatch.setenv("UV_INDEX_OURS_USERNAME", "ann")
            monkeypatch.setenv("UV_INDEX_OURS_PASSWORD", "hunter2")
        else:
            monkeypatch.setenv("UV_DEFAULT_INDEX", url.replace("://", "://ann:hunter2@"))
        packages.build(folder / "uv.lock", HOST, tmp_path / "packages.tar.gz")

    @pytest.mark.parametrize("user", ["", "ann:swordfish@"])
    def test_without_them_that_is_the_cause_and_no_password_is_shown(
        self, user: str, url: str, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("UV_DEFAULT_INDEX", url.replace("://", f"://{user}"))
        with pytest.raises(
            ValueError, match=rf"the package index {re.escape(url)} wants credentials, or others \(401 Unauthorized\); "
        ) as said:
            packages.build(index.lock(self.line), HOST, tmp_path / "packages.tar.gz")
        assert "swordfish" not in str(said.value)

    def test_what_uv_says_of_a_url_has_none(self, url: str, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PASSWORD", "swordfish")
        name = next(index.folder.glob("*.whl")).name
        line = f"gunicorn @ {url.replace('://', '://ann:${PASSWORD}@').removesuffix('/simple')}/{name} {self.line.split(' ', 1)[1]}"
        with pytest.raises(ValueError, match="401") as said:
            packages.build(index.lock(line), HOST, tmp_path / "packages.tar.gz")
        assert "swordfish" not in str(said.value)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (
            "error: Request failed after 3 retries in 4.4s\n  cause: Failed to fetch: https://own/simple/x/\n  cause: client error\n"
            "  cause: Connection refused (os error 111)",
            "the package index does not answer, https://own/simple/x/ (Connection refused (os error 111)); see that the control node",
        ),
        (
            "error: Failed to fetch: `https://own/simple/x/`\n  cause: HTTP status client error (401 Unauthorized) for url (https://own/simple/x/)",
            "the package index does not answer, https://own/simple/x/ (HTTP status client error (401 Unauthorized)); see that",
        ),
        (
            "error: No solution found\n  cause: Because x==1.0 has no usable wheels and you require x==1.0, we can conclude",
            "x==1.0 has no wheel that fits and has a locked hash, and nothing is compiled; take a version that has one, or lock again",
        ),
        (
            "error: No solution found\n  cause: Because there is no version of x==9 and you require x==9, we can conclude",
            "the package index has no x==9; lock again, with 'uv lock', or name the index that has it in UV_DEFAULT_INDEX",
        ),
        (
            "error: No solution found\n  cause: Because x was not found in the package registry and you require x==9",
            "the package index has no x; lock again, with 'uv lock'",
        ),
        ("error: something else", "error: something else; lock again, with 'uv lock'"),
    ],
)
def test_what_uv_says_is_said_in_our_words(said: str, why: str) -> None:
    assert packages._why(said, "uv lock").startswith(why)
