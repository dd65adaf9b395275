"""The parent's loop: requests in, children out, signals and ends passed on.

One thread, which never waits for one client: a request is read as it comes, a child is forked, and from then on its client's
connection brings signals (a byte each) until it closes. The loop returns only in a child, or when its owner is gone.
"""

import contextlib
import json
import os
import selectors
import signal
import socket
import struct
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from pipeline.warm.client import ANSWER, FORWARDED, LENGTH

LONGEST_REQUEST = 16 * 2**20
LOOK_SECONDS = 1.0
"""Between two looks at whether the owner is still there."""


@dataclass
class Line:
    """A client's connection."""

    socket: socket.socket
    text: bytes = b""
    """Of the request, as far as it has come."""
    streams: list[int] = field(default_factory=list)
    """The client's standard streams, until the child has them."""
    child: int = 0
    """The process that runs for it."""

    def answer(self, kind: bytes, number: int = 0) -> None:
        """Tell the client; OSError where it has hung up."""
        self.socket.send(ANSWER.pack(kind, number))

    def close(self) -> None:
        """Hang up and let go of the streams, on which somebody may wait for the end of the output."""
        self.socket.close()
        self.close_streams()

    def close_streams(self) -> None:
        """Let go of the streams."""
        while self.streams:
            os.close(self.streams.pop())


@dataclass(frozen=True)
class Job:
    """What a child has to become."""

    request: dict[str, Any]
    line: Line


class Server:
    """Forks children for the clients of one listening socket.

    Args:
        listener: Not blocking.
        unlike: The topics in which a request differs from this process; it is refused where there are any.
        owner: The process that this one was started by.
    """

    def __init__(self, listener: socket.socket, unlike: Callable[[dict[str, Any]], Sequence[str]], owner: int) -> None:
        self._listener, self._unlike, self._owner = listener, unlike, owner
        self._process = os.getpid()
        self._lines: dict[int, Line] = {}
        self._children: dict[int, Line] = {}
        self._selector = selectors.DefaultSelector()
        self._woken, self._waker = socket.socketpair()
        for end in (self._woken, self._waker):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(self._waker.fileno())
        for source in (listener, self._woken):
            self._selector.register(source, selectors.EVENT_READ)

    def __enter__(self) -> "Server":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A child leaves as well: what is its parent's is not its own to end.
        if os.getpid() == self._process:
            for process in self._children:
                os.kill(process, signal.SIGKILL)
            while self._children:
                self._children.pop(os.wait()[0], None)
            self._let_go(None)

    def serve(self) -> Job | None:
        """Serve clients. Returns in a child with what it has to become, in the parent with None once its owner is gone."""
        while os.getppid() == self._owner:
            for key, _ in self._selector.select(LOOK_SECONDS):
                if key.fileobj is self._listener:
                    self._accept()
                elif key.fileobj is self._woken:
                    self._woken.recv(4096)
                elif (job := self._hear(self._lines[key.fd])) is not None:
                    return job
            self._reap()
        return None

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            accepted = self._listener.accept()[0]
            accepted.setblocking(False)
            uid = struct.unpack("3i", accepted.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[1]
            if uid != os.getuid():
                accepted.close()
                return
            self._lines[accepted.fileno()] = Line(accepted)
            self._selector.register(accepted, selectors.EVENT_READ)

    def _hear(self, line: Line) -> Job | None:
        """Read what a client has to say; what comes back is this process's own if it is a child."""
        try:
            text, streams, flags, _ = socket.recv_fds(line.socket, 2**16, 3)
        except BlockingIOError:
            return None
        except OSError:
            text, streams, flags = b"", [], 0
        line.streams += streams
        if not text or flags & socket.MSG_CTRUNC or len(line.streams) > 3:
            self._drop(line)
            return None
        if line.child:
            self._forward(line, text)
            return None
        line.text += text
        return self._begin(line) if _is_whole(line.text) else None

    def _begin(self, line: Line) -> Job | None:
        try:
            request = json.loads(line.text[LENGTH.size :])
            topics = self._unlike(request) or ([] if len(line.streams) == 3 else ["streams"])
            # What could not be forked is begun cold.
            child = -1 if topics else os.fork()
        except (OSError, ValueError, LookupError, TypeError) as error:
            topics, child = [repr(error)], -1
        if child == 0:
            self._let_go(line)
            return Job(request, line)
        line.text = b""
        line.close_streams()
        if child < 0:
            print(f"Left to start cold: another {', '.join(topics)}", file=sys.stderr, flush=True)
            with contextlib.suppress(OSError):
                line.answer(b"R")
            self._drop(line)
        else:
            line.child = child
            self._children[child] = line
        return None

    def _forward(self, line: Line, numbers: bytes) -> None:
        for number in numbers:
            # Not reaped yet, so that the id is still the child's.
            if number in FORWARDED and line.child in self._children:
                os.kill(line.child, number)

    def _drop(self, line: Line) -> None:
        """A client that has hung up, or says what none would: its child ends as the client has."""
        if line.child in self._children:
            os.kill(line.child, signal.SIGKILL)
        if self._lines.pop(line.socket.fileno(), None) is not None:
            self._selector.unregister(line.socket)
        line.close()

    def _reap(self) -> None:
        """Tell the clients of children that have ended how they did."""
        while self._children:
            child, status = os.waitpid(-1, os.WNOHANG)
            if not child:
                return
            line = self._children.pop(child)
            if line.socket.fileno() >= 0:
                with contextlib.suppress(OSError):
                    line.answer(b"S", os.waitstatus_to_exitcode(status))
                self._drop(line)

    def _let_go(self, kept: Line | None) -> None:
        """Close everything but one line."""
        signal.set_wakeup_fd(-1)
        self._selector.close()
        for end in (self._listener, self._woken, self._waker):
            end.close()
        for line in self._lines.values():
            if line is not kept:
                line.close()


def _is_whole(text: bytes) -> bool:
    """Whether a request has come to its end; one without an end is given up as if it had."""
    if len(text) < LENGTH.size:
        return False
    length = int(LENGTH.unpack(text[: LENGTH.size])[0])
    return len(text) >= min(length, LONGEST_REQUEST) + LENGTH.size
