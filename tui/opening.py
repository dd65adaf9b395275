"""Opening the app as fast as it can be: what its first frame does not need waits, and git is asked while Python imports."""

import gc
import threading
from collections.abc import Sequence

from pipeline.errors import InputError
from tui.checkout import Checkout, find_checkout, heard


class EarlyCheckout:
    """The study of the present folder, being looked for in a thread."""

    def __init__(self) -> None:
        self._found: Checkout | None = None
        self._fault: InputError | None = None
        self.commands: list[tuple[Sequence[str], int]] = []
        """The git commands that were given for it, with their exit status."""
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def result(self) -> Checkout:
        """The study, once it is found; raises as `find_checkout`."""
        self._thread.join()
        if self._fault is not None:
            raise self._fault
        assert self._found is not None
        return self._found

    def _look(self) -> None:
        def note(words: Sequence[str], status: int) -> None:
            self.commands.append((words, status))

        heard.append(note)
        try:
            self._found = find_checkout(browsing=True)
        except InputError as error:
            self._fault = error
        finally:
            heard.remove(note)


def open_at_once() -> int:
    """Run the app until it is left; its exit status."""
    early = EarlyCheckout()
    # Importing makes many objects and drops few: looking through them again and again is a tenth of the way to the first frame. The
    # app turns it on again (`tui.tidying`).
    gc.disable()
    from tui.app import open_app

    return open_app(early=early)
