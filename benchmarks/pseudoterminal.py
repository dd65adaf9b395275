"""A process on a pseudo-terminal: what it writes and what it costs, while keys are sent to it."""

import fcntl
import os
import pty
import select
import signal
import struct
import tempfile
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

COLUMNS, LINES = 160, 45
_UNSET = ("TMUX", "NO_COLOR", "DETOUR_CONFIG")
QUIET_S = 0.3
LONGEST_S = 60.0


def environment() -> dict[str, str]:
    """The variables of a terminal with 24-bit colour, of somebody who has seen the tour and configured nothing."""
    home = tempfile.gettempdir() + "/detour-benchmarks"
    seen = Path(home, "detour", "tour-seen")
    seen.parent.mkdir(parents=True, exist_ok=True)
    seen.touch()
    kept = {key: value for key, value in os.environ.items() if key not in _UNSET}
    homes = {"XDG_STATE_HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home}
    # The packages of this checkout, from whatever folder the process begins in.
    homes["PYTHONPATH"] = str(Path(__file__).resolve().parents[1])
    return {**kept, **homes, "TERM": "xterm-256color", "COLORTERM": "truecolor"}


class Terminal:
    """A command in a terminal of 160 x 45 with 24-bit colour.

    Args:
        command: Program and arguments; the program is an absolute path.
        folder: Where it runs.
    """

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        self.begun = time.monotonic()
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execve(command[0], command, environment())
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._master)
        os.waitpid(self.pid, 0)

    def until(self, text: bytes) -> float:
        """Read until `text` was written; milliseconds since the process began."""
        written = b""
        while text not in written:
            if time.monotonic() - self.begun > LONGEST_S:
                raise SystemExit(f"{text!r} did not come in {LONGEST_S:g} s; what came ends with {written[-300:]!r}")
            written += self._read(1.0)
        return (time.monotonic() - self.begun) * 1000

    def press(self, keys: str) -> tuple[int, float]:
        """Send keys and wait until nothing is written any more; bytes written and CPU-ms used."""
        before = self.cpu_ms()
        os.write(self._master, keys.encode())
        return self.settle(), self.cpu_ms() - before

    def send(self, keys: str) -> None:
        """Send keys and wait for nothing."""
        os.write(self._master, keys.encode())

    def answer(self, key: str) -> float:
        """Milliseconds from a key to the first bytes behind it, after a moment in which nothing was written."""
        while self._read(0.1):
            pass
        begun = time.monotonic()
        self.send(key)
        while not self._read(1.0):
            if time.monotonic() - begun > LONGEST_S:
                raise SystemExit(f"nothing was written within {LONGEST_S:g} s of {key!r}")
        return (time.monotonic() - begun) * 1000

    def settle(self) -> int:
        """Wait until nothing was written and no CPU used for a while; the bytes written until then."""
        count, last, cpu = 0, time.monotonic(), self.cpu_ms()
        while time.monotonic() - last < QUIET_S:
            found = len(self._read(QUIET_S / 3))
            count += found
            # Waiting itself wakes the process now and then.
            if found or self.cpu_ms() - cpu > 5:
                last, cpu = time.monotonic(), self.cpu_ms()
        return count

    def listen(self, seconds: float) -> int:
        """The bytes that are written in `seconds` in which no key is pressed."""
        end, count = time.monotonic() + seconds, 0
        while (left := end - time.monotonic()) > 0:
            count += len(self._read(left))
        return count

    def end(self, keys: str) -> None:
        """Send the keys that end the process, and read until it has."""
        os.write(self._master, keys.encode())
        asked = time.monotonic()
        while self._gives():
            if time.monotonic() - asked > LONGEST_S:
                os.kill(self.pid, signal.SIGKILL)
                raise SystemExit(f"the process did not end within {LONGEST_S:g} s of {keys!r}")

    def cpu_ms(self) -> float:
        """CPU time of all threads of the process so far."""
        tasks = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e6

    def rss_mb(self) -> float:
        """Resident memory now, in MB of 2^20 bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def _gives(self) -> bool:
        """Whether the process is still there, after a while in which it may have written."""
        ready, _, _ = select.select([self._master], [], [], 1.0)
        try:
            return not ready or bool(os.read(self._master, 65536))
        except OSError:
            return False

    def _read(self, seconds: float) -> bytes:
        ready, _, _ = select.select([self._master], [], [], max(0.0, seconds))
        try:
            return os.read(self._master, 65536) if ready else b""
        except OSError as error:
            raise SystemExit("the process ended before its measurement did") from error
