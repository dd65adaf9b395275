"""What processes owe each other: to end with whoever began them."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
"""prctl(2)."""


def die_with_parent(parent: int, number: signal.Signals) -> None:
    """Have the kernel send this process `number` when the thread that made it ends; ends at once where `parent` is gone.

    Linux alone; elsewhere only the second holds.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
