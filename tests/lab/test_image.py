"""The image of lab hosts: named by its recipe, built once, kept as a tarball."""

import shlex
import subprocess
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.lab.image import make, recipe
from ansible_collections.hostler.fleet.plugins.module_utils.lab.podman import Failed
from tests.shared.programs import Programs
from tests.shared.samples import write

MISSING = 'case "$*" in "image exists"*) exit 1 ;; esac'


@pytest.fixture
def init(tmp_path: Path) -> Path:
    """Return the first program of a host, in a checkout with a blank in its path."""
    return write(tmp_path, {"a checkout/vm-init": "exec /sbin/init\n"}) / "a checkout/vm-init"


@pytest.fixture
def files(init: Path) -> dict[str, str]:
    """Return what is copied into the image."""
    return {str(init): "/"}


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Return a cache with tarballs of other recipes."""
    return write(tmp_path / "images", {"trixie-0.tar": "", "bookworm-0.tar": ""})


def name_of(init: Path, cache: Path, packages: tuple[str, ...] = ("sudo",), folder: str = "/") -> str:
    return make("trixie", [*packages], ["console-getty.service"], {str(init): folder}, cache, check=True)[1]


def test_an_image_is_named_by_what_it_is_made_of_and_not_by_where_that_lies(
    machine: Programs, init: Path, cache: Path, tmp_path: Path
) -> None:
    machine.add("podman", body=MISSING)
    name = name_of(init, cache)
    assert name.startswith("localhost/hostler-lab:trixie-")
    assert name_of(write(tmp_path, {"second/vm-init": init.read_text()}) / "second/vm-init", cache) == name
    assert name_of(init, cache, ("sudo", "less")) != name
    assert name_of(init, cache, folder="/usr") != name
    init.write_text("exec /bin/sh\n")
    assert name_of(init, cache) != name
    assert machine.verbs("podman image exists") == []


def test_the_first_program_is_found_in_a_checkout_with_a_blank(init: Path) -> None:
    """mmdebstrap splits what begins with copy-in as a shell would."""
    hooks = [option.partition("=")[2] for option in recipe("trixie", ["sudo"], [], {str(init): "/"}) if "copy-in" in option]
    assert [shlex.split(hook) for hook in hooks] == [["copy-in", str(init), "/"]]


def test_units_and_generators_that_have_nothing_to_do_in_a_container_are_masked(tmp_path: Path) -> None:
    masked = ["console-getty.service", "systemd-fstab-generator", "systemd-ssh-generator"]
    [hook] = [option.partition("=")[2] for option in recipe("trixie", ["sudo"], masked, {}) if "/dev/null" in option]
    root = write(tmp_path / "a root", {"etc/systemd/system/default.target": ""})
    subprocess.run(["sh", "-ec", hook, "sh", str(root)], check=True)
    links = {
        str(path.relative_to(root / "etc/systemd"))
        for path in root.rglob("*")
        if path.is_symlink() and path.readlink() == Path("/dev/null")
    }
    assert links == {f"system/{masked[0]}", *(f"system-generators/{name}" for name in masked[1:])}


def test_an_image_that_podman_has_is_not_made(machine: Programs, files: dict[str, str], cache: Path) -> None:
    machine.add("podman")
    assert not make("trixie", ["sudo"], [], files, cache, check=False)[0]
    assert machine.verbs() == ["podman image exists"]


def test_an_image_is_built_imported_and_kept_in_place_of_older_ones(
    machine: Programs, files: dict[str, str], cache: Path, tmp_path: Path
) -> None:
    machine.add("podman", body=MISSING)
    free = f"flock --nonblock '{tmp_path}' touch '{tmp_path}/free'"
    machine.add("mmdebstrap", body=f'{free}\nfor file; do :; done; echo debian >"$file"')
    missing, image = make("trixie", ["sudo"], [], files, cache, check=False)
    tarball = cache / f"{image.partition(':')[2]}.tar"
    assert missing
    assert machine.calls[1:] == [
        ["mmdebstrap", "--quiet", *recipe("trixie", ["sudo"], [], files), str(cache / f".{tarball.name}")],
        ["podman", "import", "--quiet", str(tarball), image],
    ]
    assert sorted(path.name for path in cache.iterdir()) == ["bookworm-0.tar", tarball.name]
    assert not (tmp_path / "free").exists()  # another lab that asks for it waits meanwhile

    machine.noted.unlink()
    assert make("trixie", ["sudo"], [], files, cache, check=False) == (True, image)
    assert machine.verbs() == ["podman image exists", "podman import --quiet"]


def test_a_build_that_fails_is_told_and_leaves_the_cache_as_it_was(machine: Programs, files: dict[str, str], cache: Path) -> None:
    machine.add("podman", body=MISSING)
    machine.add("mmdebstrap", body="echo E: no mirror >&2; exit 25")
    with pytest.raises(Failed, match="^mmdebstrap failed: E: no mirror$"):
        make("trixie", ["sudo"], [], files, cache, check=False)
    assert sorted(path.name for path in cache.iterdir()) == ["bookworm-0.tar", "trixie-0.tar"]
