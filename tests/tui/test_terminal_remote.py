"""`detour --host` in a terminal over a real sshd: keys, signals and the window's size, a lost connection, the app."""

import os
import pty
import shlex
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Thread

import pytest

from tests.tui.ssh import Server, install_detour, needs_sshd, sshd, telling
from tests.tui.test_terminal import Terminal
from tests.tui.toy import environment

pytestmark = needs_sshd

COMMAND_HERE = [sys.executable, "-m", "tui"]


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Server]:
    with sshd(tmp_path) as server:
        yield server


class Window:
    """A program in a terminal of its own."""

    def __init__(self, server: Server, command: Sequence[str]) -> None:
        self.text = ""
        self.process, self._terminal = pty.fork()
        if self.process == 0:
            os.environ.update({**environment(), **server.variables, "TERM": "xterm", "COLORTERM": "truecolor"})
            os.execvp(command[0], command)
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                got = os.read(self._terminal, 4096)
            except OSError:
                return
            self.text += got.decode()

    def wait_for(self, text: str) -> None:
        end = time.monotonic() + 60
        while text not in self.text:
            assert time.monotonic() < end, f"{text!r} did not appear: {self.text!r}"
            time.sleep(0.02)

    def send(self, keys: bytes) -> None:
        os.write(self._terminal, keys)

    def resize(self, rows: int, columns: int) -> None:
        import fcntl
        import struct
        import termios

        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def status(self) -> int:
        """The program's exit status, once it has ended and all it said is read."""
        status = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
        self._reader.join()
        return status

    def close(self) -> None:
        """Hang up."""
        os.close(self._terminal)


@pytest.fixture
def opened(box: Server, tmp_path: Path) -> Iterator[Callable[..., Window]]:
    """Opens `detour --host` on a folder whose `detour` answers keys, signals and a change of the window's size."""
    telling(tmp_path / "study", *IN_TERMINAL.strip().split("\n"))
    windows: list[Window] = []

    def make(*words: str) -> Window:
        windows.append(Window(box, words or [*COMMAND_HERE, "--host", f"box:{tmp_path}/study"]))
        return windows[0]

    yield make
    for window in windows:
        window.close()


IN_TERMINAL = """
test -t 0 && test -t 1 && echo terminal $TERM $COLORTERM with "$#" words
trap 'stty size; echo resized' WINCH
trap 'echo interrupted; exit 130' INT
while :; do read line; echo "read $line"; done
"""


def test_in_a_terminal_keys_interrupts_and_the_size_of_the_window_go_through(opened: Callable[..., Window]) -> None:
    window = opened()
    window.wait_for("terminal xterm truecolor with 0 words")
    window.send(b"hello\r")
    window.wait_for("read hello")
    window.resize(31, 97)
    window.send(b"\r")
    window.wait_for("31 97")
    window.send(b"\x03")
    window.wait_for("interrupted")
    assert window.status() == 130


def test_a_connection_that_breaks_off_is_told_as_that(
    box: Server, opened: Callable[..., Window], tmp_path: Path
) -> None:
    window = opened()
    window.wait_for("with 0 words")
    box.cut()
    assert window.status() == 1
    assert f"The connection to box:{tmp_path}/study broke off;" in window.text


def test_ssh_stopped_by_its_own_escape_stops_us_too_and_both_go_on(
    opened: Callable[..., Window], tmp_path: Path
) -> None:
    # A shell that gives each command a process group, since one without would not be stopped by a terminal.
    window = opened("sh", "-i")
    window.send(shlex.join([*COMMAND_HERE, "--host", f"box:{tmp_path}/study"]).encode() + b"; echo ended $?\r")
    window.wait_for("with 0 words")
    window.send(b"\r~\x1a")
    window.wait_for("ended 147")
    window.send(b"fg\r")
    window.wait_for("study\r\n")
    window.send(b"again\r")
    window.wait_for("read again")


def test_ended_from_outside_it_takes_ssh_with_it(box: Server, opened: Callable[..., Window]) -> None:
    window = opened()
    window.wait_for("with 0 words")
    os.kill(window.process, signal.SIGTERM)
    assert window.status() == 130
    end = time.monotonic() + 30
    while box.sessions():
        assert time.monotonic() < end, "ssh is still connected"
        time.sleep(0.02)


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed; `make system` installs it")
def test_the_app_opens_there_without_a_command(box: Server, finished: Path, tmp_path: Path) -> None:
    install_detour(finished)
    terminal = Terminal(tmp_path / "tmux", tmp_path)
    try:
        terminal.type(f'PATH="{box.folder}/bin:$PATH" python -m tui --host "box:{finished}"; echo left with $?')
        terminal.wait_for("Space mark")
        terminal.press("Space")
        terminal.wait_for("1 of 8 cells")
        terminal.press("q")
        terminal.wait_for("left with 0")
    finally:
        terminal.run("kill-server")
