"""The app with its event loop watched, for `benchmarks.terminal`: `python -m benchmarks.terminal_loop FILE` writes what held it up.

Whatever runs between two looks at the terminal is one call of the loop. While it runs no key is seen, so the longest of them is what a
person may have to wait. Its CPU time is what the app is to blame for; on a busy machine the clock says more.
"""

import asyncio
import json
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.browse_repository import build
from benchmarks.pseudoterminal import Terminal
from tui.app import DetourApp

WORTH_TELLING_MS = 5.0
OPEN_ALL = "2345678"
WALK = (
    *"3jjGgsS", "\x1b[6~", "/", *"accuracy>0.2", "\r", "\x1b", *"  b", *"jj c", "x", "m", "\x1b", *"tt", "v", "\x1b",
    "?", "\x1b", ":", "\x1b", "@", "\x1b", *"5jl", *"6", *"2", *"8jk", *"4", *"3", "r",
)  # fmt: skip
"""Keys over the list of experiments and from screen to screen, each pressed when the one before has done what it does."""


@dataclass(frozen=True)
class Held:
    """The longest call of the loop."""

    milliseconds: float
    """CPU time of its thread."""
    screen: str
    what: str


def held_up(experiments: int) -> tuple[Held, Held]:
    """The longest call while each screen opens for the first time, and the longest afterwards, over so many experiments."""
    with tempfile.TemporaryDirectory() as folder:
        study = build(Path(folder) / "study", experiments, experiments // 10)
        file = Path(folder) / "loop.json"
        with Terminal([sys.executable, "-m", "benchmarks.terminal_loop", str(file)], study) as terminal:
            terminal.until(b"launch")
            terminal.settle()
            for key in OPEN_ALL:
                terminal.press(key)
            opened = time.time()
            for key in WALK:
                terminal.press(key)
            terminal.end("q")
        calls = json.loads(file.read_text(encoding="utf-8"))
    return _longest(calls, lambda call: call["at"] <= opened), _longest(calls, lambda call: call["at"] > opened)


def _longest(calls: list[dict[str, Any]], wanted: Any) -> Held:
    fitting = [call for call in calls if wanted(call)]
    if not fitting:
        return Held(WORTH_TELLING_MS, "", f"none took longer than {WORTH_TELLING_MS:g} ms")
    worst = max(fitting, key=lambda call: float(call["cpu_ms"]))
    return Held(worst["cpu_ms"], worst["screen"], worst["what"])


def main(file: Path) -> None:
    """Run the app in the present folder until it is left; then write the calls that were long."""
    found: list[dict[str, Any]] = []
    run = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        begun, cpu = time.perf_counter(), time.thread_time()
        run(handle)
        milliseconds = (time.thread_time() - cpu) * 1000
        if milliseconds > WORTH_TELLING_MS:
            wall = (time.perf_counter() - begun) * 1000
            found.append(
                {"at": time.time(), "cpu_ms": milliseconds, "ms": wall, "screen": app.place, "what": _what(handle)}
            )

    app = DetourApp()
    asyncio.Handle._run = timed  # type: ignore[method-assign]
    app.run()
    file.write_text(json.dumps(found, indent=1), encoding="utf-8")


def _what(handle: asyncio.Handle) -> str:
    """The message pump whose turn it was, without addresses."""
    task = getattr(getattr(handle, "_callback", None), "__self__", None)
    name = task.get_name() if isinstance(task, asyncio.Task) else repr(handle)
    return re.sub(r" at 0x[0-9a-f]+", "", name)[:120]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
