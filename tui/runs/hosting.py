"""A run's side of DVC: processes that carry out one DVC command after another (`tui.runs.host`)."""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from tui.runs.host import GRAPH

CLOSING_SECONDS = 5.0
"""An idle process ends at once when it is told that there is no more to do."""

TRIES = 3
"""For a command that only looks or puts back, and was killed; a machine that is out of memory kills every one."""

Follow = Callable[[str], None]
"""Called with each line that DVC and the stages print, line break included, while they do."""


class Host:
    """One process, begun when it is made, so that DVC is imported while there is other work; made anew where it has died.

    Not for two threads at a time. It has a session and a process group of its own, which its stages share.
    """

    def __init__(self) -> None:
        self._process = self._start()
        self._is_busy = False
        self._is_closed = False

    def __enter__(self) -> "Host":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ready(self) -> int:
        """The process group that the next command will run in."""
        if self._process.poll() is not None:
            self._end()
            self._process = self._start()
        return self._process.pid

    def run(self, folder: Path, words: list[str], variables: Mapping[str, str], follow: Follow) -> int:
        """Carry out a DVC command in `folder`; its exit status, negative where a signal ended the process."""
        return self._ask(folder, words, variables, follow)[0]

    def ask(self, folder: Path, *words: str) -> tuple[int, list[str]]:
        """The status of a DVC command in `folder`, and the lines it printed; one that may be said again, since it is if it is killed."""
        status, _, said = self._answered(folder, list(words))
        return status, said

    def graph(self, folder: Path) -> tuple[int, Any]:
        """0 and what `tui.runs.graph` tells of `folder`, or another status and why DVC cannot read it."""
        status, answer, said = self._answered(folder, GRAPH)
        return status, answer if answer is not None else (said or ["no output"])[-1].strip()

    def close(self) -> None:
        """End the process; one that is at work, because of an interruption, is killed with its stages."""
        self._is_closed = True
        self._end()

    def _end(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(0 if self._is_busy else CLOSING_SECONDS)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process.stdout.close()

    @staticmethod
    def _start() -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            # -P: this program's own modules, not those of the current folder.
            [sys.executable, "-P", "-m", "tui.runs.host"],
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        threading.Thread(target=_bury, args=(process,), daemon=True).start()
        return process

    def _answered(self, folder: Path, words: list[str]) -> tuple[int, Any, list[str]]:
        """Status, answer and printed lines of a command that is said again where a signal ended its process."""
        for _ in range(TRIES):
            said: list[str] = []
            status, answer = self._ask(folder, words, {}, said.append)
            if status >= 0 or self._is_closed:
                break
        return status, answer, [line.rstrip("\n") for line in said]

    def _ask(self, folder: Path, words: list[str], variables: Mapping[str, str], follow: Follow) -> tuple[int, Any]:
        self.ready()
        process, end = self._process, secrets.token_hex(16)
        assert process.stdin is not None and process.stdout is not None
        request = {"folder": str(folder), "variables": dict(variables), "words": words, "end": end}
        self._is_busy = True
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
        for line in process.stdout:
            before, found, told = line.partition(end)
            if before:
                follow(before)
            if found:
                self._is_busy = False
                status, answer = told.split(maxsplit=1)
                return int(status), json.loads(answer)
        self._is_busy = False
        return process.wait(), None


def _bury(process: "subprocess.Popen[str]") -> None:
    """Kill what a process leaves of its group when it ends: a stage whose DVC is gone would go on, and hold its output open."""
    process.wait()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
