"""A site on loopback for tests: pages by path, any of which may misbehave, and a journal of what was asked for."""

import http.server
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.pipeline.background import in_background

Headers = Mapping[str, str]


@dataclass
class Answer:
    """What a path answers."""

    body: bytes | str = b""
    status: int = 200
    headers: Headers = field(default_factory=lambda: {"Content-Type": "text/html; charset=utf-8"})
    write: Callable[[http.server.BaseHTTPRequestHandler], None] | None = None
    """Takes the place of everything else."""


@dataclass(frozen=True)
class Asked:
    """A request."""

    path: str
    agent: str
    at: float


@dataclass
class Loopback:
    """A site: change `pages` at any time."""

    pages: dict[str, Answer]
    asked: list[Asked] = field(default_factory=list)
    address: str = ""
    sent: int = 0
    """Bytes of bodies that a `write` has sent."""

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [one.path for one in self.asked]

    def forget(self) -> None:
        """Begin the journal anew."""
        self.asked.clear()


class _Handler(http.server.BaseHTTPRequestHandler):
    server: "_Server"
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        site = self.server.site
        site.asked.append(Asked(self.path, self.headers["User-Agent"], time.monotonic()))
        answer = site.pages.get(self.path, Answer("<h1>nothing here</h1>", 404))
        if answer.write is not None:
            answer.write(self)
            return
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        self.send_response(answer.status)
        for name, value in {**answer.headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    site: Loopback

    def handle_error(self, *_: object) -> None:
        """A crawler that hangs up is what some tests want."""


@contextmanager
def serving(pages: dict[str, Answer]) -> Iterator[Loopback]:
    """Serve pages; the site knows its address."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.site = Loopback(pages, address=f"http://127.0.0.1:{server.server_port}")
    with in_background(server):
        yield server.site


def hang_up(handler: http.server.BaseHTTPRequestHandler) -> None:
    """No answer at all."""
    handler.close_connection = True
    handler.connection.close()


def endless(mebibytes: int) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    """A page of so many MiB, sent as long as somebody reads."""

    def write(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.end_headers()
        handler.close_connection = True
        for _ in range(mebibytes):
            handler.wfile.write(b"<p>more and more</p>" * 52429)
            handler.server.site.sent += 2**20  # type: ignore[attr-defined]

    return write
