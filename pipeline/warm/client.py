"""A stage's side of a warm start: it hands itself over and ends as its child ends, or goes on cold.

Once the child has answered, this process only waits: a signal is passed on, the child's exit status or the signal that killed
it becomes its own, and a parent that is lost meanwhile is a failure. Before that, whatever is wrong (no socket, another user's,
no answer, a parent unlike this process) means that the stage starts cold: it never runs twice.
"""

import array
import io
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

from pipeline.warm.likeness import THREADS, likeness

ANSWER = struct.Struct("!ci")
"""Kind and number: A 0, the child begins; R 0, start cold; S status, it has ended (negative: by that signal)."""
LENGTH = struct.Struct("!I")
"""Before the request, which is JSON."""
PATIENCE_SECONDS = 30.0
"""For the answer. A parent that is still importing is worth waiting for; one that is gone is known at once."""
LOOK_SECONDS = 0.1
"""While no child has begun, a signal waits so long at most."""
FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)


def hand_over(address: str, patience: float = PATIENCE_SECONDS) -> None:
    """Let the parent at `address` run what `python -m` was asked for and exit with its status; return to go on cold."""
    module = _module()
    if module is None or not _can_be_handed_over():
        return
    try:
        # Closed with the process: a child whose client is gone is ended.
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(patience)
        line.connect(address)
        if _uid(line) != os.getuid():
            line.close()
            return
        text = json.dumps(_request(module)).encode()
    except (OSError, ValueError):
        return
    # Held back from here on, so that a signal that comes when the child has begun reaches it.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)
    try:
        _send(line, text)
        accepted = _is_accepted(line, patience, mask)
    except OSError:
        accepted = False
    if accepted:
        line.settimeout(None)
        _end_as(_wait(line, mask))
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    line.close()


def _module() -> str | None:
    """What stands after `-m`; None where the interpreter was called in another form."""
    words = sys.orig_argv[: len(sys.orig_argv) - len(sys.argv) + 1]
    return words[-1] if words[-2:-1] == ["-m"] else None


def _can_be_handed_over() -> bool:
    streams = (sys.stdin, sys.stdout, sys.stderr)
    # Without a number of threads every library chooses its own while it is loaded.
    return None not in streams and os.environ.get(THREADS, "").isdecimal()


def _request(module: str) -> dict[str, Any]:
    """Everything that makes a process this one."""
    umask = os.umask(0o077)
    os.umask(umask)
    limits = [getattr(resource, name) for name in dir(resource) if name.startswith("RLIMIT_")]
    return {
        "likeness": likeness(),
        "module": module,
        "arguments": sys.argv[1:],
        "words": sys.orig_argv,
        "executable": sys.executable,
        "path": sys.path,
        "environment": dict(os.environ),
        "folder": str(Path.cwd()),
        "umask": umask,
        "streams": [_stream(stream) for stream in (sys.stdin, sys.stdout, sys.stderr)],
        "ignored": [number for number in FORWARDED if signal.getsignal(number) == signal.SIG_IGN],
        "limits": [[number, *resource.getrlimit(number)] for number in sorted(set(limits))],
        "cores": sorted(os.sched_getaffinity(0)),
        "nice": os.getpriority(os.PRIO_PROCESS, 0),
    }


def _stream(stream: Any) -> dict[str, Any]:
    """How the interpreter opened a standard stream."""
    names = ("encoding", "errors", "line_buffering", "write_through")
    return {"raw": isinstance(stream.buffer, io.RawIOBase), **{name: getattr(stream, name) for name in names}}


def _uid(line: socket.socket) -> int:
    """Whose process listens there."""
    return int(struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[1])


def _send(line: socket.socket, text: bytes) -> None:
    """The request, and with its first bytes the three standard streams."""
    message = LENGTH.pack(len(text)) + text
    streams = array.array("i", (0, 1, 2))
    sent = line.sendmsg([message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, streams)])
    # With all of it sent, a short stage may have ended and its line be closed: sending nothing would fail, and the stage run twice.
    if sent < len(message):
        line.sendall(message[sent:])


def _is_accepted(line: socket.socket, patience: float, mask: Collection[int]) -> bool:
    """Whether a child has begun, or will as soon as it has said so."""
    end = time.monotonic() + patience
    while not select.select([line], [], [], min(LOOK_SECONDS, max(0.0, end - time.monotonic())))[0]:
        if time.monotonic() >= end:
            # From here on no child can say that it begins; one that has said so already is ours.
            line.shutdown(socket.SHUT_RD)
            break
        # Nothing has begun: a signal that came meanwhile is this process's own.
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)
    return _answer(line)[0] == b"A"


def _answer(line: socket.socket) -> tuple[bytes, int]:
    """The next answer; kind E at the end of the connection."""
    found = b""
    while len(found) < ANSWER.size:
        part = line.recv(ANSWER.size - len(found))
        if not part:
            return b"E", 0
        found += part
    kind, number = ANSWER.unpack(found)
    return kind, number


def _wait(line: socket.socket, mask: Collection[int]) -> int | None:
    """The child's end, signals passed on meanwhile; None where the parent was lost."""

    def forward(number: int, _frame: Any) -> None:
        try:
            line.send(bytes([number]))
        except OSError:
            return

    for number in FORWARDED:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, forward)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    try:
        kind, status = _answer(line)
    except OSError:
        return None
    return status if kind == b"S" else None


def _end_as(status: int | None) -> None:
    """End with the child's status; this process has written nothing and holds nothing."""
    if status is None:
        os.write(2, b"error: the warm parent of this stage is gone; run it again, or cold with DETOUR_WARM=off\n")
        os._exit(1)
    if status >= 0:
        os._exit(status)
    # One core file, the child's, is enough.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    if -status not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(-status, signal.SIG_DFL)
    os.kill(os.getpid(), -status)
    signal.pause()
