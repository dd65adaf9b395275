"""When the app looks for cycles of objects that nobody uses: young ones at once, old ones while nobody is at the keys.

Python goes through every object that is alive whenever there are a quarter more of them than before. With a thousand experiments
read that takes a fifth of a second, in whatever thread happens to make the next object, and no key is seen meanwhile
(`python -m benchmarks.terminal`, tui.blocked_ms).
"""

import gc
import time

QUIET_S = 60.0
"""Without a key, after which nobody is taken to wait for an answer."""

LOOK_S = 15.0
"""Between two looks."""

WORTH = 10
"""Collections of young objects from which on old ones are looked through: some 70,000 more objects than before."""

TOO_MANY = 200
"""And from which on they are, whoever may wait: of that many some would be missed elsewhere."""

_NEVER = 1_000_000


class Tidying:
    """Takes over from Python's own collection of old objects, from `begin` to `end`."""

    def __init__(self) -> None:
        self._usual = gc.get_threshold()
        self._touched = time.monotonic()

    def begin(self) -> None:
        """Collect again, what is alive now excepted: it stays."""
        gc.set_threshold(*self._usual[:2], _NEVER)
        gc.freeze()
        gc.enable()

    def touched(self) -> None:
        """Somebody is at the keys."""
        self._touched = time.monotonic()

    def look(self) -> None:
        """Collect old objects, if there may be many and nobody waits."""
        waiting = gc.get_count()[2]
        if waiting > TOO_MANY or (waiting > WORTH and time.monotonic() - self._touched > QUIET_S):
            gc.unfreeze()
            gc.collect()
            gc.freeze()

    def end(self) -> None:
        """Leave it to Python again."""
        gc.set_threshold(*self._usual)
        gc.enable()
