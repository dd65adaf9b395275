"""Ends a group of processes when whoever holds the other end of its standard input is gone: `leash.py GROUP`.

A worker that Ray kills cannot end the stage that it began; this process, in a session of its own, can. A line on standard input lets
the group go. Until it ends it holds the files that it has inherited open, and so the lock of the worker's clone.
"""

import os
import signal
import sys
import time

GRACE_SECONDS = 5.0
"""Between the polite and the hard end."""


def main() -> None:
    """Wait for a line, or for the end."""
    # Ray kills the children of a worker that ends, but not theirs.
    if os.fork():
        return
    group = int(sys.argv[1])
    if not sys.stdin.readline():
        end(group)


def end(group: int, grace: float = GRACE_SECONDS) -> None:
    """End a group: SIGTERM, and SIGKILL to what is left after the grace."""
    until = time.monotonic() + grace
    try:
        os.killpg(group, signal.SIGTERM)
        while time.monotonic() < until:
            time.sleep(0.05)
            os.killpg(group, 0)
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


if __name__ == "__main__":
    main()
