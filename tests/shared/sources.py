"""Files of an app, of every kind, and the same files as another machine would have them."""

import os
import shutil
from pathlib import Path

from tests.shared.samples import write


def sample(folder: Path) -> Path:
    """Write an app with a module, a program, a folder and a link; return its folder."""
    write(folder, {"app.py": "app = 1\n", "run": "#!/bin/sh\n", "static/page.css": "p {}\n"})
    (folder / "run").chmod(0o755)
    (folder / "link").symlink_to("app.py")
    return folder


def copy(source: Path, folder: Path) -> Path:
    """Write the same app to another folder, in another order, with other dates and rights; return that folder."""
    (folder / "static").mkdir(parents=True)
    (folder / "link").symlink_to("app.py")
    for name in ("static/page.css", "run", "app.py"):
        shutil.copyfile(source / name, folder / name)
        (folder / name).chmod(0o600)
        os.utime(folder / name, (0, 0))
    (folder / "run").chmod(0o700)
    return folder
