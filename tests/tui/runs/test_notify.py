"""Notifications: real servers on loopback, real commands, and tmux in a terminal that is read byte by byte."""

import contextlib
import io
import json
import os
import pty
import select
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.tui.toy import environment
from tui.config import Notify
from tui.runs.notify import Ended, announce, announcement, notify

ENDED = Ended("20261121-100000-abcd", "first", "failed", "first", 35, 1, 192.4, "/home/ada/a study")
SENTENCE = "Run first failed: 35 cells done, 1 failed in 3:12"


class Server(ThreadingHTTPServer):
    """A webhook that answers with `status`, or not at all until it is closed."""

    def __init__(self, status: int | None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = status
        self.got: list[tuple[str, str, Any]] = []
        self.closing = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?key=secret"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.got.append((self.path, self.headers["Content-Type"], body))
        if self.server.status is None:
            self.server.closing.wait(60)
            return
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int | None], Server]]:
    """Starts servers, which end with the test."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    servers: list[Server] = []

    def start(status: int | None) -> Server:
        servers.append(Server(status))
        threading.Thread(target=servers[-1].serve_forever, args=(0.01,), daemon=True).start()
        return servers[-1]

    yield start
    for server in servers:
        server.closing.set()
        server.shutdown()
        server.server_close()


class TestWebhook:
    def test_is_sent_what_ended_as_json(self, served: Callable[[int | None], Server]) -> None:
        server = served(204)
        assert notify(Notify(webhook=server.address), ENDED) == []
        path, kind, body = server.got[0]
        assert (path, kind) == ("/hook?key=secret", "application/json")
        assert body == {
            "run": ENDED.run, "name": "first", "outcome": "failed", "experiment": "first", "done": 35, "failed": 1,
            "seconds": 192.4, "study": "/home/ada/a study", "sentence": SENTENCE,
        }  # fmt: skip

    @pytest.mark.parametrize("status", [302, 307, 404, 500])
    def test_another_answer_is_a_sentence_without_the_key_and_no_redirect_is_followed(
        self, served: Callable[[int | None], Server], status: int
    ) -> None:
        server = served(status)
        assert notify(Notify(webhook=server.address), ENDED) == [
            f"The webhook of notify at 127.0.0.1 was not told: it answered {status}."
        ]
        assert len(server.got) == 1

    def test_one_that_hangs_is_given_up(self, served: Callable[[int | None], Server]) -> None:
        told = notify(Notify(webhook=served(None).address), ENDED, webhook_seconds=0.2)
        assert told == ["The webhook of notify at 127.0.0.1 was not told: it did not answer within 0.2 seconds."]

    def test_one_that_speaks_letter_by_letter_is_given_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        over = threading.Event()
        with socket.create_server(("127.0.0.1", 0)) as listening:

            def drip() -> None:
                with listening.accept()[0] as connection, contextlib.suppress(OSError):
                    while not over.wait(0.05):
                        connection.send(b"H")

            thread = threading.Thread(target=drip)
            thread.start()
            address = f"http://127.0.0.1:{listening.getsockname()[1]}"
            told = notify(Notify(webhook=address), ENDED, webhook_seconds=0.5)
            over.set()
            thread.join()
        assert len(told) == 1 and "it did not answer within" in told[0]

    def test_one_that_is_not_there_is_a_sentence(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = listening.getsockname()[1]
        told = notify(Notify(webhook=f"http://127.0.0.1:{port}/"), ENDED)
        assert len(told) == 1 and "it cannot be reached" in told[0] and told[0].endswith(".")

    def test_one_that_speaks_no_http_is_a_sentence(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        with socket.create_server(("127.0.0.1", 0)) as listening:

            def answer() -> None:
                with listening.accept()[0] as connection:
                    connection.recv(65536)
                    connection.send(b"220 mail.example.org ESMTP\r\n")

            thread = threading.Thread(target=answer)
            thread.start()
            told = notify(Notify(webhook=f"http://127.0.0.1:{listening.getsockname()[1]}"), ENDED)
            thread.join()
        assert len(told) == 1 and "it cannot be reached" in told[0] and "\n" not in told[0]


WRITE = (
    "import json, os, pathlib, sys\n"
    "told = {key: value for key, value in os.environ.items() if key.startswith('DETOUR_')}\n"
    "pathlib.Path(sys.argv[1]).write_text(json.dumps([sys.argv[2:], told, json.load(sys.stdin)]))\n"
)


class TestCommand:
    def test_gets_variables_and_json_and_no_shell_reads_its_words(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DETOUR_WARM", "off")
        monkeypatch.delenv("DETOUR_MACHINE")
        out = tmp_path / "told"
        words = (sys.executable, "-c", WRITE, str(out), "$HOME; touch x", "`id`")
        assert notify(Notify(command=words), ENDED) == []
        arguments, found, body = json.loads(out.read_text())
        assert arguments == ["$HOME; touch x", "`id`"]
        assert found == {
            "DETOUR_RUN": ENDED.run, "DETOUR_NAME": "first", "DETOUR_OUTCOME": "failed", "DETOUR_EXPERIMENT": "first",
            "DETOUR_DONE": "35", "DETOUR_FAILED": "1", "DETOUR_SECONDS": "192", "DETOUR_STUDY": "/home/ada/a study",
            "DETOUR_SENTENCE": SENTENCE, "DETOUR_WARM": "off",
        }  # fmt: skip
        assert body["sentence"] == SENTENCE

    def test_its_failure_is_a_sentence_with_its_last_words(self) -> None:
        words = (sys.executable, "-c", "import sys; sys.exit('no display.\\n\\n')")
        told = notify(Notify(command=words), ENDED)
        assert told == [f"notify.command ({sys.executable}) ended with status 1 and said: no display."]

    def test_a_missing_program_is_a_sentence(self, tmp_path: Path) -> None:
        told = notify(Notify(command=(str(tmp_path / "none"),)), ENDED)
        assert len(told) == 1 and "No such file" in told[0]

    def test_one_that_does_not_end_is_ended_with_its_children(self, tmp_path: Path) -> None:
        out = tmp_path / "child"
        words = ("sh", "-c", 'sleep 60 & echo $! > "$0"; wait', str(out))
        told = notify(Notify(command=words), ENDED, command_seconds=2)
        assert told == ["notify.command (sh) did not end within 2 seconds and was ended."]
        child = Path("/proc", out.read_text().strip(), "status")
        assert not child.exists() or "\nState:\tZ" in child.read_text()

    def test_one_that_reads_nothing_and_leaves_a_child_behind_is_not_waited_for(self) -> None:
        code = "import subprocess; print(subprocess.Popen(['sleep', '5']).pid)"
        assert notify(Notify(command=(sys.executable, "-c", code)), ENDED, command_seconds=4) == []

    def test_the_webhook_is_told_although_the_command_failed(self, served: Callable[[int | None], Server]) -> None:
        server = served(200)
        told = notify(Notify(command=("false",), webhook=server.address), ENDED)
        assert told == ["notify.command (false) ended with status 1."]
        assert len(server.got) == 1


class TestAnnouncement:
    XTERM = {"TERM": "xterm-256color"}  # noqa: RUF012

    def test_rings_and_notifies(self) -> None:
        assert announcement("done", environment=self.XTERM) == "\x1b]9;Detour: done\x1b\\\a"
        assert announcement("done", bell=False, environment=self.XTERM) == "\x1b]9;Detour: done\x1b\\"
        assert announcement("done", osc9=False, environment=self.XTERM) == "\a"
        assert announcement("done", bell=False, osc9=False, environment=self.XTERM) == ""

    @pytest.mark.parametrize("name", ["dumb", "linux", "screen.xterm-256color", "vt100", ""])
    def test_only_rings_where_an_unknown_sequence_does_harm(self, name: str) -> None:
        assert announcement("done", environment={"TERM": name} if name else {}) == "\a"

    def test_nothing_in_the_sentence_ends_or_begins_a_sequence(self) -> None:
        made = announcement("a\x1b\\b\x07c\x9cd\n" + "e" * 500, environment=self.XTERM)
        inside = made.removeprefix("\x1b]9;").removesuffix("\x1b\\\a")
        assert inside.isprintable() and len(inside) < 250

    def test_what_is_no_terminal_gets_nothing(self) -> None:
        stream = io.StringIO()
        announce(stream, "done")
        assert stream.getvalue() == ""

    def test_a_terminal_gets_it(self) -> None:
        leader, follower = pty.openpty()
        with os.fdopen(follower, "w") as stream:
            announce(stream, "done", osc9=False)
            assert os.read(leader, 10) == b"\a"
        os.close(leader)


class Outside:
    """A terminal in which a tmux client runs, read byte by byte."""

    def __init__(self, socket_path: Path, passthrough: str) -> None:
        self.tmux = ["tmux", "-S", str(socket_path), "-f", "/dev/null"]
        self.variables = {**environment(), "TERM": "xterm-256color"}
        self.variables.pop("TMUX", None)
        self._tmux("new-session", "-d", "-x", "80", "-y", "24", "cat")
        self._tmux("set-option", "-g", "allow-passthrough", passthrough)
        self.leader, follower = pty.openpty()
        self.client = subprocess.Popen(
            [*self.tmux, "attach"], env=self.variables, stdin=follower, stdout=follower, stderr=follower,
            start_new_session=True,
        )  # fmt: skip
        os.close(follower)
        self.seen = b""

    def _tmux(self, *words: str) -> str:
        return subprocess.run(
            [*self.tmux, *words], env=self.variables, check=True, capture_output=True, text=True
        ).stdout

    def write(self, text: str) -> None:
        """Write as a program inside the pane would."""
        pane = self._tmux("display-message", "-p", "#{pane_tty}").strip()
        Path(pane).write_text(text)

    def read_until(self, wanted: bytes) -> None:
        end = time.monotonic() + 60
        while wanted not in self.seen:
            assert time.monotonic() < end, self.seen
            if select.select([self.leader], [], [], 0.2)[0]:
                self.seen += os.read(self.leader, 65536)

    def close(self) -> None:
        subprocess.run([*self.tmux, "kill-server"], env=self.variables, check=False, capture_output=True)
        os.close(self.leader)
        self.client.wait(60)


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed; `make system` installs it")
class TestTmux:
    INSIDE = {"TERM": "screen-256color", "TMUX": "/tmp/tmux-0/default,1,0"}  # noqa: RUF012

    @pytest.mark.parametrize(("passthrough", "notified"), [("on", True), ("off", False)])
    def test_the_terminal_outside_notifies_where_tmux_lets_it_and_rings_in_any_case(
        self, tmp_path: Path, passthrough: str, notified: bool
    ) -> None:
        outside = Outside(tmp_path / "tmux", passthrough)
        try:
            outside.write("ready")
            outside.read_until(b"ready")
            outside.write(announcement("done", environment=self.INSIDE) + "over")
            outside.read_until(b"over")
            outside.read_until(b"\a")
        finally:
            outside.close()
        assert (b"\x1b]9;Detour: done\x1b\\" in outside.seen) is notified
        assert b"Detour: done" not in outside.seen.replace(b"\x1b]9;Detour: done\x1b\\", b"")
