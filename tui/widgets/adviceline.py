"""Whether the detour is worth it for the cell under the cursor: asked of `detour advise`, one target at a time, while it is wanted."""

from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

from tui.journal import Journal
from tui.output import plain
from tui.runs.spawn import Spawned, spawn

if TYPE_CHECKING:
    from tui.evidence.advice import Advice
    from tui.evidence.cells import Parts

ASK_AFTER_SECONDS = 0.3
"""A cursor that goes by asks nothing."""


class AdviceLine(Static):
    """The advice on one cell; hidden until it is wanted."""

    DEFAULT_CSS = "AdviceLine { height: auto; display: none; }"

    class Given(Message):
        """A target was advised on."""

        def __init__(self, target: str, advice: "Advice") -> None:
            super().__init__()
            self.target = target
            self.advice = advice

    def __init__(self, folder: Path, journal: Journal, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._folder, self._journal = folder, journal
        self._parts: Parts | None = None
        self._known: dict[str, Advice] = {}
        self._asking: tuple[str, Spawned] | None = None
        self._timer: Timer | None = None

    @property
    def wanted(self) -> bool:
        """Whether it is shown."""
        return bool(self.display)

    def toggle(self) -> None:
        """Show it, or hide it again."""
        self.display = not self.display
        self._show()

    def follow(self, parts: "Parts | None") -> None:
        """Speak of this cell from now on."""
        self._parts = parts
        self._show()

    def forget(self) -> None:
        """Ask anew: the reports may be others."""
        self._known.clear()
        self.end()
        self._show()

    def end(self) -> None:
        """End what is being asked."""
        if self._timer is not None:
            self._timer.stop()
        if self._asking is not None:
            self._asking[1].end()
        self._timer = self._asking = None

    def on_unmount(self) -> None:
        """Nobody waits for the answer any more."""
        self.end()

    def _show(self) -> None:
        if not self.wanted or self._parts is None:
            return
        known = self._known.get(self._parts.target)
        if known is not None:
            self.update(plain(known.sentence(self._parts)))
            return
        self.update(plain(f"Is the detour worth it for {self._parts.target}? Asking …", "dim"))
        if self._asking is None or self._asking[0] != self._parts.target:
            self.end()
            self._timer = self.set_timer(ASK_AFTER_SECONDS, self._ask)

    def _ask(self) -> None:
        if self._parts is None:
            return
        target, words = self._parts.target, ["advise", self._parts.target, "--json"]
        asked = spawn(self._folder, words)
        self._asking = target, asked
        entry = self._journal.begin("detour", *words)

        def wait() -> None:
            # Its imports take longer than the first frame of the app may.
            from tui.evidence.advice import read_advice

            entry.status, said, complained = asked.wait()
            self.post_message(self.Given(target, read_advice(entry.status, said, complained)))

        # Not exclusive: a thread whose process was ended comes back by itself, and its answer is not wanted any more.
        self.run_worker(wait, group="advice", thread=True)

    @on(Given)
    def _take(self, event: Given) -> None:
        event.stop()
        # What was ended answers too.
        if self._asking is not None and self._asking[0] == event.target:
            self._known[event.target], self._asking = event.advice, None
            self._show()
