"""A site in a folder, served over HTTP on loopback: `python -m pipeline.corpora.crawler.bundled FOLDER` until Ctrl-C.

The folder holds a file for every page, at the path of its address (`index.html` where that ends in a slash). `site.json` beside
them says, by path, how the server misbehaves: `wait` seconds before it answers, `fail` with these statuses before it answers
well, `redirect` to a path, `cut` the answer in its middle, or another `type` than text/html.

A crawler reaches it as a proxy, so that addresses keep the site's own name and no port; a browser may ask for the paths alone.
Two crawls of one folder get the same bytes: no date but `SERVED_AT` is sent. With the name of a file in `DETOUR_REQUESTS`, each
path that is asked for is written there, a line each.
"""

import json
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pipeline.errors import InputError
from pipeline.files import digest, sha256_of_file

SERVED_AT = "2022-10-03T00:00:00Z"
"""The time of every answer of a bundled site."""
BEHAVIOUR = "site.json"
HTML = "text/html; charset=utf-8"


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, folder: Path, behaviour: dict[str, dict[str, Any]], port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.folder, self.behaviour = folder.resolve(), behaviour
        self.asked: Counter[str] = Counter()
        journal = os.environ.get("DETOUR_REQUESTS")
        self.journal = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND) if journal else None

    def handle_error(self, *_: Any) -> None:
        """A client that hangs up, as one that is killed does, is no fault of the server's."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer for a page."""
        path = unquote(urlsplit(self.path).path)
        if self.server.journal is not None:
            os.write(self.server.journal, f"{path}\n".encode())
        behaviour = self.server.behaviour.get(path, {})
        self.server.asked[path] += 1
        time.sleep(behaviour.get("wait", 0))
        refusals = behaviour.get("fail", [])
        if self.server.asked[path] <= len(refusals):
            self.answer(refusals[self.server.asked[path] - 1], b"")
        elif "redirect" in behaviour:
            self.answer(302, b"", Location=behaviour["redirect"])
        elif (body := self.read(path)) is None:
            self.answer(404, b"<h1>404</h1>")
        else:
            self.answer(200, body, behaviour.get("cut", False), behaviour.get("type", HTML))

    def read(self, path: str) -> bytes | None:
        """The file of a path; None where there is none, and for whatever lies outside the folder."""
        name = f"{path}index.html" if path.endswith("/") else path
        if "\0" in name:
            return None
        resolved = (self.server.folder / name.lstrip("/")).resolve()
        if not resolved.is_relative_to(self.server.folder) or resolved.name == BEHAVIOUR or not resolved.is_file():
            return None
        return resolved.read_bytes()

    def answer(self, status: int, body: bytes, cut: bool = False, kind: str = HTML, **headers: str) -> None:
        """Send an answer."""
        self.send_response_only(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)
        self.close_connection = self.close_connection or cut

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _open(folder: Path, port: int = 0) -> _Server:
    try:
        behaviour = json.loads((folder / BEHAVIOUR).read_text(encoding="utf-8"))
        if not isinstance(behaviour, dict) or not all(isinstance(value, dict) for value in behaviour.values()):
            raise ValueError("it should map paths to mappings")
    except FileNotFoundError:
        raise InputError(
            f"{folder} holds no {BEHAVIOUR}, so it is no bundled site; `python -m pipeline.corpora.sample data` writes the sample's."
        ) from None
    except (OSError, ValueError) as error:
        raise InputError(f"{folder / BEHAVIOUR} cannot be read ({error}); mend it.") from None
    return _Server(folder, behaviour, port)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback, and yield the address of the proxy that does.

    Raises:
        InputError: It is no bundled site.
    """
    server = _open(folder)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def content(folder: Path) -> str:
    """The digest of everything in a folder, which tells one version of a bundled site from another."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return digest([[path.relative_to(folder).as_posix(), sha256_of_file(path)] for path in files])


def main() -> None:
    """Serve the folder of the command line, for a look at it in a browser."""
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m pipeline.corpora.crawler.bundled FOLDER")
    try:
        server = _open(Path(sys.argv[1]))
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()
    except InputError as error:
        raise SystemExit(f"error: {error}") from None
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
