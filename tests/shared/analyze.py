"""A ``systemd-analyze`` of few words."""

from pathlib import Path

from tests.shared.samples import write

# It tells what it was given, all files of it; and complains of each line that is wrong, as systemd does, of the unit and of its part alike
ANALYZE = """\
#!/bin/sh
echo "$@" >"{here}/asked"
for path; do :; done
for file in "$path" "$path".d/*; do
    [ -e "$file" ] || continue
    echo "== ${{file##*/}}" >>"{here}/asked"
    cat "$file" >>"{here}/asked"
    grep -n wrong "$file" | sed "s|^|$file:|" >&2
done
echo "another.service: something else is wrong" >&2
exit {code}
"""
UNIT = "[Service]\nExecStart=/usr/sbin/haproxy\n"
GOOD, BAD = "[Service]\nExecReload=/bin/true\n", "[Service]\nwrong=1\n"


class Analyze:
    """A host with a unit of the distribution's, HAProxy's, and the program."""

    def __init__(self, folder: Path) -> None:
        """Take the test's own folder."""
        self.folder = folder
        self.distribution = write(folder / "lib", {"haproxy.service": UNIT})
        self.system = folder / "etc"
        self.system.mkdir()
        self.ends_with(0)

    def ends_with(self, code: int) -> None:
        """Have ``systemd-analyze`` end with this code."""
        write(self.folder / "bin", {"systemd-analyze": ANALYZE.format(here=self.folder, code=code)})
        (self.folder / "bin/systemd-analyze").chmod(0o755)

    def asked(self) -> str:
        """Return what ``systemd-analyze`` was asked, and about which texts."""
        path = self.folder / "asked"
        return path.read_text() if path.exists() else ""
