"""A HAProxy of few words, for what asks and tells a running one."""

import socket
import threading
from pathlib import Path

# What a HAProxy sees of the servers of a slot, one in each state
STATISTICS = """\
# pxname,svname,status,check_status,check_code,last_chk,
visitors,FRONTEND,OPEN,,,,
hello_blue,web1,UP,L7OK,200,,
hello_blue,web2,UP,* L7OK,200,,
hello_blue,web3,UP 1/2,L7STS,503,"HTTP status check returned code <3C>503<3E>, not 200",
hello_blue,web4,DOWN,L4CON,,Connection refused,
hello_blue,web5,UP,L7STS,500,,
hello_blue,web6,MAINT,L7OK,200,,
hello_blue,BACKEND,UP,,,,
hello_green,web1,DOWN,L4CON,,,
"""


class HAProxy(threading.Thread):
    """A runtime socket that knows one map and statistics, and answers as HAProxy 3.0 does."""

    def __init__(self, folder: Path) -> None:
        """Listen at admin.sock in `folder`, with the map slots.map there."""
        super().__init__(daemon=True)
        self.map = folder / "slots.map"
        self.socket = str(folder / "admin.sock")
        self.entries = {"hello": "blue"}
        self.checked: dict[str, str] = {}  # of the map checked.map
        self.changes: list[str] = []
        self.refusal = ""
        self.refused = ""  # what a change has in it that is refused; all have an empty string
        self.statistics = [""]  # one after the other, and then always the last
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.socket)
        self.listener.listen()

    def run(self) -> None:
        """Answer one command a connection, until the listener is closed."""
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                answer = self.answer(connection.recv(65536).decode().rstrip("\n"))
                connection.sendall(answer.encode() + b"\n")

    def end(self) -> None:
        """Stop, as HAProxy does when it is stopped."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.join()
        self.listener.close()

    def answer(self, command: str) -> str:
        """Return the answer to a command."""
        if command == "show stat":
            return self.statistics.pop(0) if len(self.statistics) > 1 else self.statistics[0]
        if command.startswith("set server "):
            self.changes.append(command)
            return self.refusal
        verb, _, file, *words = command.split(None, 4)
        entries = {self.map: self.entries, self.map.with_name("checked.map"): self.checked}[Path(file)]
        if verb == "show":
            return "".join(f"0x55d0c0ffee{index:02} {key} {value}\n" for index, (key, value) in enumerate(entries.items()))
        self.changes.append(" ".join([verb, *words]))
        if self.refusal and self.refused in self.changes[-1]:
            return self.refusal
        if verb == "del":
            del entries[words[0]]
        else:
            assert (words[0] in entries) == (verb == "set")
            entries[words[0]] = words[1]
        return ""
