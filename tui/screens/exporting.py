"""Exporting labels from a screen, and telling what came of it."""

from collections.abc import Mapping
from typing import Any

from pipeline.errors import InputError
from tui.annotating.answers import ask
from tui.annotating.export_text import export_lines
from tui.output import plain
from tui.screens.base import DetourScreen


def export_then_tell(screen: DetourScreen, corpus: str) -> None:
    """Write annotations/CORPUS/labels.csv in a process of its own and open what it says."""
    checkout, journal = screen.detour.checkout, screen.detour.journal

    def export() -> None:
        try:
            answer = ask(checkout.here, ["export", corpus], journal)
            screen.app.call_from_thread(_tell, screen, corpus, answer)
        except InputError as error:
            screen.post_message(screen.Refused(str(error)))

    screen.work(export, "export")


def _tell(screen: DetourScreen, corpus: str, answer: Mapping[str, Any]) -> None:
    from tui.screens.reading import ReadingScreen

    screen.app.push_screen(ReadingScreen([plain(line) for line in export_lines(corpus, answer)], answer["block"]))
