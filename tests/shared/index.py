"""A package index of few wheels."""

import base64
import hashlib
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any


class Index:
    """A folder of tiny wheels that stands in for the package index."""

    def __init__(self, folder: Path) -> None:
        """Take an empty folder."""
        self.folder = folder

    def add(self, name: str, version: str, tag: str = "py3-none-any") -> str:
        """Make a wheel; return the line that locks it."""
        info = f"{name}-{version}.dist-info"
        files = {
            f"{name}/__init__.py": b"",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
            f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n".encode(),
            f"{info}/entry_points.txt": f"[console_scripts]\n{name} = {name}:main\n".encode(),
        }
        sums = {path: base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode() for path, data in files.items()}
        record = "".join(f"{path},sha256={digest},{len(files[path])}\n" for path, digest in sums.items())
        return self._write(f"{name}-{version}-{tag}.whl", {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n".encode()})

    def add_source(self, name: str, version: str) -> str:
        """Make a source distribution; return the line that locks it."""
        path = self.folder / f"{name}-{version}.tar.gz"
        metadata = self.folder / "PKG-INFO"
        metadata.write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        with tarfile.open(path, "w:gz") as tar:
            tar.add(metadata, f"{name}-{version}/PKG-INFO")
        return self._line(path)

    def _write(self, name: str, files: dict[str, bytes]) -> str:
        with zipfile.ZipFile(self.folder / name, "w") as wheel:
            for path, data in files.items():
                wheel.writestr(path, data)
        return self._line(self.folder / name)

    def _line(self, path: Path) -> str:
        name, version = path.name.removesuffix(".tar.gz").split("-")[:2]
        return f"{name}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"

    def lock(self, *lines: str) -> Path:
        """Write the lock."""
        path = self.folder / "requirements.txt"
        path.write_text("".join(lines))
        return path

    @contextmanager
    def served(self, credentials: str = "") -> Iterator[str]:
        """Serve the wheels as a package index does, with their hashes, to who has the credentials, if there are any; give its URL."""
        for wheel in self.folder.glob("*.whl"):
            page = self.folder / "simple" / wheel.name.split("-")[0] / "index.html"
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(f'<a href="/{wheel.name}#sha256={hashlib.sha256(wheel.read_bytes()).hexdigest()}">{wheel.name}</a>')
        with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, credentials, directory=str(self.folder))) as server:
            Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}/simple"
            server.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    """A server that logs nothing, and wants credentials such as ``ann:hunter2``; any where these are empty."""

    def __init__(self, credentials: str, *args: Any, **more: Any) -> None:
        """Take the credentials, and what every server is given."""
        self.wanted = f"Basic {base64.b64encode(credentials.encode()).decode()}" if credentials else ""
        super().__init__(*args, **more)

    def do_GET(self) -> None:
        """Answer who has the credentials."""
        if self.wanted and self.headers["Authorization"] != self.wanted:
            self.send_response(401)
            self.send_header("WWW-Authenticate", "Basic realm=packages")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
