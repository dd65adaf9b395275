"""Translation services on loopback: Google's page and LibreTranslate's API, with the faults of the real ones.

A text comes back with its language before it, and such a text loses it again on the way back, so that every text has a
translation of its own.
"""

import html
import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from tests.pipeline.background import in_background

CAPTCHA = """<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN"><html><body><form id="captcha-form" action="index">
<div id="recaptcha" class="g-recaptcha"></div></form>Our systems have detected unusual traffic from your network.</body></html>"""
PAGE = """<!DOCTYPE html><html><head><meta charset="UTF-8"><title>Translate</title></head><body><form action="/m">
<input name="q" value="{text}"></form><div class="result-container">{translation}</div><div class="links-container"></div></body></html>"""


def translation_of(source: str, target: str, text: str) -> str:
    """What the services answer."""
    return text.removeprefix(f"{target}~") if text.startswith(f"{target}~") else f"{source}~{text}"


@dataclass
class Services:
    """What the services were asked, and how they behave."""

    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Source, target and text of every request."""
    paths: list[str] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    fault: str | None = None
    times: int = 10**9
    """After so many faulty answers they behave."""
    texts: frozenset[str] | None = None
    """Only these texts meet the fault."""
    after: int = 0
    """So many requests are answered well before the fault."""
    delay: float = 0.0
    """Seconds before each answer."""
    unchanged: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def meets(self, source: str, target: str, text: str) -> str | None:
        """Note a request; the fault that it meets."""
        with self.lock:
            self.asked.append((source, target, text))
            if self.fault is None or self.times <= 0 or len(self.asked) <= self.after:
                return None
            if self.texts is not None and text not in self.texts:
                return None
            self.times -= 1
            return self.fault


class _Handler(http.server.BaseHTTPRequestHandler):
    server: "_Server"
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Google's page."""
        held = self.server.held
        parts = urlsplit(self.path)
        held.paths.append(self.path)
        if parts.path.startswith("/sorry/"):
            self.answer(429, CAPTCHA)
            return
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        fault = held.meets(query["sl"], query["tl"], query["q"])
        if not self.misbehaves(fault):
            told = self.told(query["sl"], query["tl"], query["q"], fault)
            page = PAGE.format(text=html.escape(query["q"]), translation=html.escape(told))
            page = page.replace('<div class="result-container">', "<div>") if fault == "other form" else page
            self.answer(
                200, page[: page.index("result-container") + 22] if fault == "cut page" else page, cut=fault == "cut"
            )

    def do_POST(self) -> None:
        """LibreTranslate's API."""
        held = self.server.held
        held.paths.append(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        query = {name: values[0] for name, values in parse_qs(body).items()}
        held.keys.append(query.get("api_key"))
        fault = held.meets(query["source"], query["target"], query["q"])
        if fault == "language":
            self.answer(400, json.dumps({"error": f"{query['source']} is not supported"}))
        elif fault == "key":
            self.answer(403, json.dumps({"error": "Invalid API key"}))
        elif fault == "too long":
            self.answer(400, json.dumps({"error": "Invalid request: request (9000) exceeds text limit (5000)"}))
        elif not self.misbehaves(fault):
            told = json.dumps({"translatedText": self.told(query["source"], query["target"], query["q"], fault)})
            self.answer(200, told[:-9] if fault == "cut page" else told, cut=fault == "cut")

    def told(self, source: str, target: str, text: str, fault: str | None) -> str:
        """The translation."""
        if fault == "empty":
            return " "
        return text if self.server.held.unchanged else translation_of(source, target, text)

    def misbehaves(self, fault: str | None) -> bool:
        """Wait, and give the answer of a fault that is the same for both services."""
        held = self.server.held
        time.sleep(held.delay)
        if fault in ("busy", "busy for an hour"):
            self.answer(
                429, json.dumps({"error": "Slowdown"}), {"Retry-After": "3600" if fault.endswith("hour") else "0"}
            )
        elif fault == "broken":
            self.answer(500, "<html>")
        elif fault == "captcha":
            self.answer(200, CAPTCHA)
        elif fault == "sorry":
            self.answer(302, "", {"Location": "/sorry/index?q=x"})
        elif fault == "slow":
            time.sleep(0.6)
            self.close_connection = True
        elif fault == "drip":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            for _ in range(8):
                self.wfile.write(b" ")
                time.sleep(0.1)
            self.close_connection = True
        elif fault == "gone":
            self.answer(404, "")
        elif fault == "huge":
            self.answer(200, "x" * 10_000_001)
        else:
            return False
        return True

    def answer(self, status: int, body: str, headers: dict[str, str] | None = None, cut: bool = False) -> None:
        data = body.encode()
        self.send_response(status)
        for name, value in {"Content-Type": "text/html; charset=UTF-8", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data) + 100 * cut))
        self.end_headers()
        self.wfile.write(data)
        self.close_connection = self.close_connection or cut

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    held: Services

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is what the test wants."""


@contextmanager
def serving(held: Services) -> Iterator[str]:
    """Serve both on loopback; yields the address of the host, without a path."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.held = held
    with in_background(server) as address:
        yield address
