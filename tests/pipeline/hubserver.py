"""A hub on loopback: the endpoints that huggingface_hub calls, with the headers of the real one, and its faults.

Repositories are made of bytes and committed like on the real hub: a commit's name is a digest of its files, weights and
Parquet files are stored apart (LFS: a redirect, their hash in X-Linked-Etag), other files carry git's own hash.
"""

import hashlib
import http.server
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from huggingface_hub.utils.sha import git_hash

from tests.pipeline.background import in_background

REFUSALS: dict[str, tuple[int, dict[str, str]]] = {
    "gated": (401, {"X-Error-Code": "GatedRepo"}),
    "waiting": (403, {"X-Error-Code": "GatedRepo"}),
    "private": (401, {}),
    "bad token": (401, {"X-Error-Message": "Invalid credentials in Authorization header"}),
    "forbidden": (403, {}),
    "busy": (429, {"Retry-After": "77"}),
    "busy without a word": (429, {}),
    "patient": (429, {"Retry-After": "0"}),
    "down": (503, {}),
    "teapot": (418, {}),
}
"""What a hub answers in the place of anything: status and headers by the name of the fault."""


@dataclass
class Repositories:
    """What a hub holds, and how it behaves."""

    commits: dict[str, dict[str, dict[str, bytes]]] = field(default_factory=dict)
    """Files by `models/ID` or `datasets/ID` and commit; the last commit is main."""
    fault: str | None = None
    """A key of REFUSALS, or `moved`, `half`, `short`, `altered`."""
    times: int = 10**9
    """After so many faulty answers the hub behaves."""
    requests: list[str] = field(default_factory=list)
    """Method and path of everything that was asked for."""

    def commit(self, name: str, files: Mapping[str, bytes]) -> str:
        """Put files under `models/ID` or `datasets/ID` as its new commit, and return the commit's name."""
        told = {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}
        revision = hashlib.sha1(json.dumps([name, told], sort_keys=True).encode()).hexdigest()
        self.commits.setdefault(name, {})[revision] = dict(files)
        return revision

    def commit_folder(self, name: str, folder: Path) -> str:
        """As `commit`, with the files of a folder."""
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        return self.commit(name, {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths})

    def faulty(self) -> bool:
        """Whether this answer is to be a faulty one."""
        self.times -= self.fault is not None
        return self.fault is not None and self.times >= 0


class _Handler(http.server.BaseHTTPRequestHandler):
    server: "_Server"

    def do_GET(self) -> None:
        held = self.server.held
        path = unquote(self.path.split("?")[0]).strip("/")
        held.requests.append(f"{self.command} {path}")
        if held.fault in REFUSALS and held.faulty():
            status, headers = REFUSALS[held.fault]
            self.answer(status, b"", headers)
        elif path.startswith("stored/"):
            self.send_stored(path.removeprefix("stored/"))
        else:
            self.route(path.split("/"))

    def route(self, words: list[str]) -> None:
        """An endpoint about a repository."""
        if words[0] == "api":
            self.describe(f"{words[1]}/{words[2]}/{words[3]}", words[4:])
            return
        kind = "datasets" if words[0] == "datasets" else "models"
        words = words[1:] if kind == "datasets" else words
        self.resolve(f"{kind}/{words[0]}/{words[1]}", words[3], "/".join(words[4:]))

    do_HEAD = do_GET

    def describe(self, name: str, words: list[str]) -> None:
        """api/models/OWNER/NAME, .../revision/REVISION and .../tree/REVISION."""
        found = self.find(name, words[1] if words else "main")
        if found is None:
            return
        revision, files = found
        if words[:1] == ["tree"]:
            self.send_json([_entry(path, data) for path, data in files.items()])
        else:
            siblings = [{"rfilename": path} for path in files]
            self.send_json({"id": name.split("/", 1)[1], "sha": revision, "siblings": siblings})

    def resolve(self, name: str, asked: str, path: str) -> None:
        """OWNER/NAME/resolve/REVISION/PATH."""
        found = self.find(name, asked)
        if found is None:
            return
        revision, files = found
        if path not in files:
            self.answer(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": revision})
            return
        if self.server.held.fault == "moved" and self.server.held.faulty():
            revision = "f" * 40
        data, headers = files[path], {"X-Repo-Commit": revision}
        if not _is_stored_apart(path):
            self.answer(200, data, {**headers, "ETag": f'"{git_hash(data)}"'})
            return
        sha256 = hashlib.sha256(data).hexdigest()
        linked = {"X-Linked-Etag": f'"{sha256}"', "X-Linked-Size": str(len(data))}
        # The real hub redirects to another host, from which no X-Repo-Commit comes.
        place = f"http://localhost:{self.server.server_port}/stored/{sha256}"
        self.answer(302, b"", {**headers, **linked, "Location": place})

    def send_stored(self, sha256: str) -> None:
        held = self.server.held
        every = (data for commits in held.commits.values() for files in commits.values() for data in files.values())
        data = next(data for data in every if hashlib.sha256(data).hexdigest() == sha256)
        length = len(data)
        if self.command == "GET" and held.fault in ("half", "short", "altered") and held.faulty():
            if held.fault == "altered":
                data = data[:-1] + bytes([data[-1] ^ 1])
            else:
                data = data[: length // 2]
                length = length if held.fault == "half" else len(data)
        self.answer(200, data, {"ETag": f'"{sha256}"'}, length)

    def find(self, name: str, asked: str) -> tuple[str, dict[str, bytes]] | None:
        """The commit and its files; None where the answer has been given."""
        commits = self.server.held.commits.get(name)
        if commits is None:
            # Like the real hub, which does not tell strangers whether a private repository exists.
            self.answer(401, b"", {"X-Error-Code": "RepoNotFound"})
            return None
        revision = list(commits)[-1] if asked == "main" else asked
        if revision not in commits:
            self.answer(404, b"", {"X-Error-Code": "RevisionNotFound"})
            return None
        return revision, commits[revision]

    def send_json(self, value: Any) -> None:
        self.answer(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def answer(self, status: int, body: bytes, headers: Mapping[str, str], length: int | None = None) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body) if length is None else length)}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    held: Repositories

    def handle_error(self, *_: object) -> None:
        """A client that hangs up on a faulty answer is what the test wants."""


def _is_stored_apart(path: str) -> bool:
    return path.endswith((".safetensors", ".parquet", ".bin", ".model"))


def _entry(path: str, data: bytes) -> dict[str, Any]:
    """A file as the tree endpoint tells it."""
    entry: dict[str, Any] = {"type": "file", "path": path, "size": len(data), "oid": git_hash(data)}
    if _is_stored_apart(path):
        sha256 = hashlib.sha256(data).hexdigest()
        pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {len(data)}\n".encode()
        entry["oid"] = git_hash(pointer)
        entry["lfs"] = {"oid": sha256, "size": len(data), "pointerSize": len(pointer)}
    return entry


@contextmanager
def serving(held: Repositories) -> Iterator[str]:
    """Serve repositories on loopback; yields the address."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.held = held
    with in_background(server) as address:
        yield address


def point_here(monkeypatch: pytest.MonkeyPatch, url: str, home: Path) -> None:
    """Let this process and its children use the hub at `url` and a cache of their own in `home`."""
    from huggingface_hub import constants

    from pipeline import hub

    monkeypatch.setattr(hub, "WAITS", (0.0, 0.0))
    monkeypatch.setattr(constants, "ENDPOINT", url)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", url + "/{repo_id}/resolve/{revision}/{filename}")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(home / "hub"))
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "HF_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (("HF_ENDPOINT", url), ("HF_HOME", str(home)), ("HF_HUB_OFFLINE", "0"), ("HF_TOKEN", "")):
        monkeypatch.setenv(name, value)
