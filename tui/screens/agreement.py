"""How far two annotators agree, and the texts on which they differ, with both labels."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich.text import Text
from textual import on
from textual.containers import ScrollableContainer, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from pipeline.errors import InputError
from tui import actions
from tui.annotating.agreement_text import kappa_sentence, matrix_lines, often_sentence, rest_sentence
from tui.annotating.answers import ask
from tui.annotating.labelling import Labelling
from tui.annotating.opening import Opened, open_adjudication
from tui.annotating.sessions import read_both
from tui.annotating.who import annotator
from tui.output import plain
from tui.screens.base import DetourScreen
from tui.screens.labelling import LabellingScreen
from tui.widgets.cells import fitted
from tui.widgets.lines import Lines


class AgreementScreen(DetourScreen):
    """Kappa, the confusion matrix, the texts to adjudicate."""

    name_in_registry = "agreement"
    families = ("move",)
    BINDINGS = actions.bindings("agreement")
    DEFAULT_CSS = """
    AgreementScreen #body { height: 1fr; }
    AgreementScreen #kappa { height: auto; padding: 0 1; background: $panel; }
    AgreementScreen #matrix { height: auto; max-height: 60%; padding: 0 1; }
    AgreementScreen #matrix Static { width: auto; height: auto; }
    AgreementScreen #texts { height: 1fr; min-height: 3; border-top: solid $border; }
    """
    AUTO_FOCUS = "#texts"

    class Found(Message):
        """The agreement, and the keys of the labels."""

        def __init__(self, answer: Mapping[str, Any], keys: Mapping[str, str]) -> None:
            super().__init__()
            self.answer, self.keys = answer, keys

    class Listed(Message):
        """The texts that differ."""

        def __init__(self, opened: Opened | None) -> None:
            super().__init__()
            self.opened = opened

    def __init__(self, corpus: str) -> None:
        super().__init__()
        self._corpus = corpus
        self.answer: Mapping[str, Any] | None = None
        self._keys: Mapping[str, str] = {}
        self._opened: Opened | None = None

    def compose_body(self) -> Iterable[Widget]:
        """Sentences, matrix, texts."""
        with Vertical(id="body"):
            yield Static(plain(f"comparing the labels of {self._corpus} …"), id="kappa")
            with ScrollableContainer(id="matrix"):
                yield Static(id="counts")
            yield Lines(id="texts")

    def on_mount(self) -> None:
        """Compare."""
        self.action_reload()

    def on_screen_resume(self) -> None:
        """Something was adjudicated meanwhile, which changes no kappa."""
        if self._opened is not None:
            try:
                self._opened.labelling.file.read()
            except InputError as error:
                self.post_message(self.Refused(str(error)))
            self._show_texts()

    def action_reload(self) -> None:
        """Compare again."""
        checkout, journal, named, corpus = (
            self.detour.checkout,
            self.detour.journal,
            self.detour.annotator,
            self._corpus,
        )

        def read() -> None:
            try:
                keys = {label.name: label.key for label in read_both(checkout, corpus)[1].labels}
                answer = ask(checkout.here, ["agreement", corpus], journal)
                self.post_message(self.Found(answer, keys))
                by = annotator(checkout, named)
                opened = open_adjudication(checkout, corpus, by, journal=journal) if answer["differ"] else None
                self.post_message(self.Listed(opened))
            except InputError as error:
                self.post_message(self.Refused(str(error)))

        self.work(read, "read")

    @on(Found)
    def _take(self, event: Found) -> None:
        self.answer, self._keys = event.answer, event.keys
        self.query_one("#counts", Static).update(Text("\n").join(matrix_lines(event.answer, event.keys)))
        self._tell()

    @on(Listed)
    def _list(self, event: Listed) -> None:
        self._opened = event.opened
        self._show_texts()

    def _show_texts(self) -> None:
        labelling = self._opened.labelling if self._opened else None
        lines = [(text.id, _line(labelling, index)) for index, text in enumerate(labelling.texts)] if labelling else []
        self.query_one("#texts", Lines).show(lines or [("", plain("No text differs."))])
        self._tell()

    def _tell(self) -> None:
        answer = self.answer
        if answer is None:
            return
        labelling = self._opened.labelling if self._opened else None
        decided = sum(labelling.count()) if labelling else 0
        lines = [plain(f"{self._corpus}: {kappa_sentence(answer)}", "bold"), plain(rest_sentence(answer, decided))]
        if often := often_sentence(answer):
            lines.append(plain(often))
        self.query_one("#kappa", Static).update(Text("\n").join(lines))
        self.keys_changed()

    def is_enabled(self, method: str) -> bool:
        """By whether something was compared and differs."""
        match method:
            case "adjudicate":
                return self._opened is not None
            case "copy":
                return self.answer is not None
            case _:
                return True

    @on(Lines.Chosen)
    def action_adjudicate(self) -> None:
        """Decide the text under the cursor."""
        checkout, journal, named = self.detour.checkout, self.detour.journal, self.detour.annotator
        key = self.query_one("#texts", Lines).cursor
        if self._opened is not None and key:
            self.app.push_screen(
                LabellingScreen(
                    self._corpus,
                    lambda: open_adjudication(checkout, self._corpus, annotator(checkout, named), journal=journal),
                    key,
                )
            )

    def action_export(self) -> None:
        """Write the labels that were agreed or adjudicated."""
        from tui.screens.exporting import export_then_tell

        export_then_tell(self, self._corpus)

    def action_copy(self) -> None:
        """Copy the sentence with kappa."""
        if self.answer is not None:
            self.detour.copy(f"{self._corpus}: {kappa_sentence(self.answer)}")


def _line(labelling: Labelling, index: int) -> Text:
    """`joy / love  -> joy  the beginning of the text`."""
    text = labelling.texts[index]
    compared, ruling = labelling.sides[text.id], labelling.file.rows.get(text.id)
    sides = [given.label if given and given.label else "skipped" for given in (compared.first, compared.second)]
    room = max(len(name) for name in (*labelling.scheme.names, "left out"))
    decided = (ruling.label or "left out") if ruling else "?"
    line = plain(f"{fitted(sides[0], room)} {fitted(sides[1], room)} ")
    line.append_text(plain(f"-> {fitted(decided, room)}  ", "bold" if ruling is None else ""))
    return line.append_text(plain(" ".join(text.text.split())[:200]))
