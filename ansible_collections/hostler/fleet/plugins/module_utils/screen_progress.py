"""The line that tells what runs now: rewritten in place on a terminal, printed now and then elsewhere."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

TICK = 0.5  # seconds between two looks; what ends before the first is never drawn
FIRST, EVERY = 15, 30  # seconds after which a log tells that a step still runs
WRITERS = ("display", "prompt", "prompt_until", "do_var_prompt")  # how Ansible's Display reaches the terminal


class Progress:
    """Tells of what runs, from a thread of its own, and keeps out of the way of all else that is printed.

    Escape sequences are not needed for it: a line is overwritten with blanks. In Ansible's workers, which are forks, nothing is drawn.
    """

    def __init__(self, say: Callable[[str], None], terminal: bool, width: Callable[[], int]) -> None:
        """Take how a line is printed, whether to rewrite it in place on standard output, and how wide the terminal is."""
        self._say, self._terminal, self._width = say, terminal, width
        self._lock = threading.RLock()
        self._drawn = ""  # what is on the line
        self._text: Callable[[float], str] | None = None
        self._began = self._due = 0.0
        self._process = os.getpid()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def guard(self, display: object) -> None:
        """Have the line cleared before the methods of a Display print or ask."""
        for name in WRITERS:
            method = getattr(display, name, None)
            if method is not None:
                setattr(display, name, self._clearing(method))

    def _clearing(self, method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def call(*args: Any, **kwargs: Any) -> Any:
            # A worker hands on what it has to print, and its copy of the lock may be held for ever
            if os.getpid() != self._process:
                return method(*args, **kwargs)
            with self._lock:
                self._clear()
                return method(*args, **kwargs)

        return call

    def run(self, text: Callable[[float], str], began: float) -> None:
        """Tell from now on what this function returns of a time; ``began`` is when it began, by ``time.monotonic``."""
        with self._lock:
            self._clear()
            self._text, self._began = text, began
            self._due = began + FIRST
            while self._due <= time.monotonic():
                self._due += EVERY
        if self._thread is None:
            self._thread = threading.Thread(target=self._tick, name="hostler-screen", daemon=True)
            self._thread.start()

    def rest(self) -> None:
        """Tell nothing until something runs again."""
        with self._lock:
            self._clear()
            self._text = None

    def stop(self) -> None:
        """End the thread."""
        self.rest()
        self._stopped.set()

    def _tick(self) -> None:
        while not self._stopped.wait(TICK):
            with self._lock:
                now = time.monotonic()
                if self._text is None or now - self._began < TICK:
                    continue
                if self._terminal:
                    self._draw(self._text(now))
                elif now >= self._due:
                    self._due += EVERY
                    if text := self._text(now):
                        self._say(f"still running: {text}")

    def _draw(self, text: str) -> None:
        text = text[: max(self._width() - 1, 0)]
        if text and text != self._drawn:
            self._put("\r" + text.ljust(len(self._drawn)))
            self._drawn = text
        elif not text:
            self._clear()

    def _clear(self) -> None:
        if self._drawn:
            self._put("\r" + " " * len(self._drawn) + "\r")
            self._drawn = ""

    @staticmethod
    def _put(text: str) -> None:
        """Write at once and past Python's buffers, whose locks a fork would take along."""
        with contextlib.suppress(OSError, ValueError):
            os.write(sys.stdout.fileno(), text.encode(errors="replace"))
