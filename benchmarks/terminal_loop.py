"""The app with its event loop watched, for `benchmarks.terminal`: `python -m benchmarks.terminal_loop FILE` writes what held it up.

Whatever runs between two looks at the terminal is one call of the loop. While it runs no key is seen, so the longest of them is what a
person may have to wait. Its CPU time is what the app is to blame for; on a busy machine the clock says more.
"""

import asyncio
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

from tui.app import DetourApp

WORTH_TELLING_MS = 20.0


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
            found.append({"cpu_ms": milliseconds, "ms": wall, "screen": app.place, "what": _what(handle)})

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
