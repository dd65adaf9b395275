"""tui.*: what the terminal app costs on a terminal of 160 x 45, measured from outside through a pseudo-terminal.

CPU is user and system time of all threads of the process; bytes are those that reach the terminal.
"""

import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.pseudoterminal import Terminal
from benchmarks.report import Row, run
from benchmarks.terminal_loop import Held, held_up
from benchmarks.terminal_runs import key_times, live_costs

PAGE_DOWN = "\x1b[6~"
FIRST_FRAME_MS, RSS_MB = 450, 80
BLOCKED_MS = 50
LIVE_PCT, LIVE_BYTES_S, KEY_MS = 1, 2_000, 50
LOAD_MS, PAGE_MS, PAGE_BYTES, CURSOR_BYTES = 300, 15, 20_000, 1_000


def measure(quick: bool) -> Sequence[Row]:
    """Measure the table alone, the app over this checkout, then the runs screen over a live run."""
    times = 3 if quick else 20
    return [*_table(times, mixed=False), *_table(times, mixed=True), *_app(quick), *_runs(quick), *_loop(quick)]


def _table(times: int, mixed: bool) -> list[Row]:
    command = [sys.executable, "-m", "benchmarks.terminal_table", *(["mixed"] if mixed else [])]
    with Terminal(command, Path.cwd()) as terminal:
        terminal.until(b"Nothing here")
        terminal.settle()
        # What is imported and compiled at the first key is no part of a load.
        terminal.press("j")
        _, load = terminal.press("L")
        pages = [terminal.press(PAGE_DOWN) for _ in range(times)]
        terminal.press("g")
        moves = [terminal.press("j")[0] for _ in range(times)]
        terminal.end("Q")
    size = "1,000 rows x 40 columns"
    kind = "every value of another origin than its neighbour's" if mixed else "origins in stretches of 6 or 12 cells"
    if mixed:
        worst = max(count for count, _ in pages)
        return [
            Row("tui.page_bytes.mixed", worst, "bytes", None, None, f"{size}, {kind}; the most of {times} pages"),
            Row("tui.cursor_bytes.mixed", max(moves), "bytes", None, None, f"{size}, {kind}; the most of {times}"),
        ]
    page = statistics.median(cpu for _, cpu in pages)
    bytes_of_page, bytes_of_move = max(count for count, _ in pages), max(moves)
    how = f"{size}, {kind}"
    return [
        _at_most("tui.load_cpu_ms", load, "CPU-ms", LOAD_MS, f"{how}: cells made, loaded and drawn once"),
        _at_most("tui.page_cpu_ms", page, "CPU-ms", PAGE_MS, f"{how}; median of {times} PageDown, key to last byte"),
        _at_most("tui.page_bytes", bytes_of_page, "bytes", PAGE_BYTES, f"{how}; the most of {times} PageDown"),
        _at_most("tui.cursor_bytes", bytes_of_move, "bytes", CURSOR_BYTES, f"{how}; the most of {times} moves down"),
    ]


def _app(quick: bool) -> list[Row]:
    command, listened = [sys.executable, "-m", "tui"], 3 if quick else 20
    starts = [_first_frame(command) for _ in range(3 if quick else 11)]
    times = [milliseconds for milliseconds, _ in starts]
    with Terminal(command, Path.cwd()) as terminal:
        terminal.until(b"launch")
        terminal.settle()
        first = terminal.rss_mb()
        terminal.press("3")
        terminal.settle()
        idle = terminal.listen(listened) / listened
        moves = [terminal.press(key)[0] for key in "jkjkjk"]
        terminal.press("c")
        memory = terminal.rss_mb()
        terminal.end("q")
    frame = statistics.median(times)
    return [
        _at_most(
            "tui.first_frame_ms", frame, "ms", FIRST_FRAME_MS,
            f"`python -m tui` in this checkout, exec to the first text on the terminal; median of {len(times)}, "
            f"{min(times):.0f} to {max(times):.0f}",
        ),
        Row(
            "tui.first_frame_cpu_ms", statistics.median(cpu for _, cpu in starts), "CPU-ms", None, None,
            "CPU used until then, which other processes on the machine change less",
        ),
        _at_most("tui.idle_bytes_s", idle, "bytes/s", 0, f"the list of experiments, {listened} s without a key"),
        Row("tui.list_cursor_bytes", max(moves), "bytes", None, None, "one row down or up in it, its lines of detail included"),
        _at_most("tui.rss_mb", memory, "MB", RSS_MB, "launch, experiments and compare opened; resident"),
        Row("tui.rss_mb.first", first, "MB", None, None, "the first screen alone"),
    ]  # fmt: skip


def _runs(quick: bool) -> list[Row]:
    seconds, keys = (5, 10) if quick else (60, 100)
    percent, written = live_costs(seconds)
    times = key_times(keys)
    p95 = statistics.quantiles(times, n=20)[-1]
    how = "a run of 3 cells of which one trains and tells an epoch a second: its row, its forecast, its curve"
    return [
        _at_most("tui.live_cpu_pct", percent, "% CPU", LIVE_PCT, f"{how}; over {seconds} s"),
        _at_most("tui.live_bytes_s", written, "bytes/s", LIVE_BYTES_S, f"{how}; over {seconds} s"),
        _at_most(
            "tui.key_p95_ms", p95, "ms", KEY_MS,
            f"a key to the first bytes of its repaint while a run tells 20 epochs a second; {keys} keys, median "
            f"{statistics.median(times):.0f}",
        ),
    ]  # fmt: skip


def _loop(quick: bool) -> list[Row]:
    experiments = 100 if quick else 1_000
    opening, later = held_up(experiments)
    how = f"the longest call of the event loop, CPU-ms of its thread, {experiments} experiments and {experiments // 10} branches"
    return [
        _at_most("tui.blocked_ms", later.milliseconds, "CPU-ms", BLOCKED_MS, f"{how}; {_of(later)}"),
        _at_most(
            "tui.blocked_ms.opening", opening.milliseconds, "CPU-ms", BLOCKED_MS,
            f"{how}, while each screen opens for the first time: Textual parses its styles and mounts it; {_of(opening)}",
        ),
    ]  # fmt: skip


def _of(held: Held) -> str:
    return f"on {held.screen}: {held.what}" if held.screen else held.what


def _first_frame(command: Sequence[str]) -> tuple[float, float]:
    """Milliseconds and CPU-ms from the process's start to the first text."""
    with Terminal(command, Path.cwd()) as terminal:
        found = terminal.until(b"launch"), terminal.cpu_ms()
        terminal.settle()
        terminal.end("q")
    return found


def _at_most(id: str, value: float, unit: str, most: float, how: str) -> Row:
    return Row(id, value, unit, f"<= {most:,}" if most else "0", value <= most, how)


if __name__ == "__main__":
    sys.exit(run("terminal", measure, ["textual", "rich"]))
