# Managed by Hostler, role:lab
"""Keep the bytecode of what Python imports from archives: the modules of Ansible, which come as one each time that a task is run.

Elsewhere Python keeps it by itself, but not for archives: it compiles the same 60 to 90 files in each task anew, and twice, which is half
of what a task costs a host. A lab has all its hosts on one machine, and nobody can buy more of that for them. The distribution's Python
alone does this; the apps have another.
"""

# Each start of Python imports this, and pathlib would take longer than all else
# ruff: noqa: PTH103, PTH105, PTH108, PTH110, PTH123
import _imp
import marshal
import os
import sys
import zipimport

KEPT = "/var/cache/lab-bytecode"

_compile = zipimport._compile_source


def kept(path, source):
    """Return the code of a source that an archive has at a path; where it cannot be read here, it is compiled, and kept if that can be."""
    file = f"{KEPT}/{sys.implementation.cache_tag}-{_imp.source_hash(len(source), source).hex()}"
    try:
        with open(file, "rb") as found:
            return marshal.load(found)
    except (OSError, EOFError, ValueError, TypeError):
        code = _compile(path, source)
    partial = f"{file}.{os.getpid()}"
    try:
        os.makedirs(KEPT, mode=0o755, exist_ok=True)
        with open(partial, "xb") as new:
            marshal.dump(code, new)
        os.replace(partial, file)
    except OSError:  # not root, or no room: all goes on as on any other host
        if os.path.exists(partial):
            os.unlink(partial)
    return code


zipimport._compile_source = kept
