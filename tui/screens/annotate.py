"""Labels by hand: the corpora that are being labelled, how far each annotator is, and the ways on.

Nothing here shows a label: annotators stay blind to each other until both are through.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from rich.text import Text
from textual import on
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from pipeline.corpora.annotation.scheme import read_scheme
from pipeline.errors import InputError
from pipeline.study import load_study
from tui import actions
from tui.annotating.answers import ask
from tui.annotating.opening import Opened, open_adjudication, open_labelling
from tui.annotating.sessions import Standing, read_standings
from tui.annotating.who import annotator
from tui.checkout import NO_STUDY, GitFault, git
from tui.output import plain
from tui.screens.base import DetourScreen
from tui.screens.fields import Blank, FieldsDialog, whole_number
from tui.widgets.lines import Lines

NO_CORPORA = f"{NO_STUDY} It has no corpora to label."


class AnnotateScreen(DetourScreen):
    """The corpora of the study and their labels by hand."""

    name_in_registry = "annotate"
    families = ("move",)
    BINDINGS = actions.bindings("annotate")
    DEFAULT_CSS = """
    AnnotateScreen #body { height: 1fr; }
    AnnotateScreen #head { height: 1; text-style: bold; }
    AnnotateScreen #corpora { height: 1fr; }
    AnnotateScreen #about { height: auto; max-height: 50%; background: $panel; padding: 0 1; }
    """
    AUTO_FOCUS = "#corpora"

    class Found(Message):
        """The corpora as they are now."""

        def __init__(self, standings: Sequence[Standing], name: str, changed: bool, is_study: bool) -> None:
            super().__init__()
            self.standings, self.name, self.changed, self.is_study = standings, name, changed, is_study

    class Done(Message):
        """Something was asked for in a process of its own, and this comes after it."""

        def __init__(self, then: Callable[[], None]) -> None:
            super().__init__()
            self.then = then

    def __init__(self) -> None:
        super().__init__()
        self.standings: Sequence[Standing] = ()
        self._is_changed = False
        self._is_study = True

    def compose_body(self) -> Iterable[Widget]:
        """The corpora, and what there is to say of the chosen one."""
        with Vertical(id="body"):
            yield Static(plain(f"{'corpus':18s} scheme, labelled by each annotator"), id="head")
            yield Lines(id="corpora")
            yield Static(plain("reading the labels …"), id="about")

    def on_mount(self) -> None:
        """Read what is there; open what the command line asked for."""
        self.action_reload()
        asked, self.detour.asked = self.detour.asked, None
        if asked is not None:
            self._push(asked.corpus, asked.adjudicate, asked.between, asked.partial)

    def on_screen_resume(self) -> None:
        """Read again what may have changed."""
        if self.standings:
            self.action_reload()

    # Reading

    def action_reload(self) -> None:
        """Read the labels again."""
        checkout, named = self.detour.checkout, self.detour.annotator

        def read() -> None:
            try:
                name = annotator(checkout, named)
                is_study = checkout.is_study
                known = list(load_study(checkout.here / "params.yaml").corpora) if is_study else []
                changed = bool(git(checkout.here, "status", "--porcelain", "--", "annotations"))
                self.post_message(self.Found(read_standings(checkout, known), name, changed, is_study))
            except (InputError, GitFault) as error:
                self.post_message(self.Refused(str(error)))

        self.work(read, "read")

    @on(Found)
    def _take(self, event: Found) -> None:
        self.standings, self.detour.annotator, self._is_changed = event.standings, event.name, event.changed
        self._is_study = event.is_study
        self.query_one("#corpora", Lines).show([(one.corpus, _line(one)) for one in event.standings])
        self._tell()

    @property
    def standing(self) -> Standing | None:
        """The corpus under the cursor."""
        key = next((lines.cursor for lines in self.query("#corpora").results(Lines)), "")
        return next((one for one in self.standings if one.corpus == key), None)

    @on(Lines.Moved)
    def _tell(self) -> None:
        self.query_one("#about", Static).update(self._about())
        self.keys_changed()

    def _about(self) -> Text:
        one = self.standing
        if one is None:
            return plain("The study has no corpora." if self._is_study else NO_CORPORA)
        lines = [plain(fault, "bold") for fault in one.faults]
        if one.texts is None and not one.faults:
            lines.append(plain(f"Nobody has begun to label {one.corpus}: Enter begins."))
        elif one.others and not one.faults:
            lines.append(plain(f"Agreement and adjudication of {one.corpus} wait: {one.others}."))
            if len(one.annotators) == 2:
                lines.append(
                    plain(f"`detour annotate {one.corpus} agreement --partial` takes what both have looked at.")
                )
        lines.append(plain(f"You label as {self.detour.annotator}; w takes another name."))
        if self._is_changed:
            lines.append(plain("annotations/ holds what git does not have yet: git add annotations && git commit"))
        return Text("\n").join(lines)

    # What can be done

    def is_enabled(self, method: str) -> bool:
        """By the state of the chosen corpus."""
        one = self.standing
        if one is None:
            return method in ("reload", "name")
        match method:
            case "agreement":
                return not one.others and not one.faults
            case "adjudicate":
                return bool(one.differ) and not one.others
            case "export":
                return one.texts is not None and not one.others and not one.faults
            case "guidelines":
                return bool(one.scheme)
            case _:
                return True

    @on(Lines.Chosen)
    def action_label(self) -> None:
        """Label the chosen corpus, or begin to."""
        one = self.standing
        if one is None:
            return
        if one.texts is None and not one.faults:
            self._ask_to_begin(one.corpus)
        else:
            self._push(one.corpus)

    def _push(self, corpus: str, adjudicate: bool = False, between: Sequence[str] = (), partial: bool = False) -> None:
        from tui.screens.labelling import LabellingScreen

        checkout, journal, named = self.detour.checkout, self.detour.journal, self.detour.annotator

        def opened() -> Opened:
            name = annotator(checkout, named)
            if adjudicate:
                return open_adjudication(checkout, corpus, name, between, partial, journal)
            return open_labelling(checkout, corpus, name, journal)

        self.app.push_screen(LabellingScreen(corpus, opened))

    def _ask_to_begin(self, corpus: str) -> None:
        blanks = [
            Blank("texts", "30", "all", whole_number(1, ("all",))),
            Blank("seed", "1", "0", whole_number()),
            Blank("scheme", "", "the one that fits the corpus's labels"),
            Blank("language", "", "all"),
        ]

        def begin(words: Mapping[str, str] | None) -> None:
            if words is not None:
                options = {
                    "--sample": words["texts"],
                    **{f"--{key}": words[key] for key in ("seed", "scheme", "language")},
                }
                given = [f"{key}={value}" for key, value in options.items() if value and value != "all"]
                self._ask(["begin", corpus, *given], lambda: self._push(corpus))

        self.app.push_screen(FieldsDialog(f"Begin to label {corpus}: which texts?", blanks, "Begin"), begin)

    def _ask(self, words: Sequence[str], then: Callable[[], None]) -> None:
        checkout, journal = self.detour.checkout, self.detour.journal

        def answer() -> None:
            try:
                ask(checkout.here, words, journal)
                self.post_message(self.Done(then))
            except InputError as error:
                self.post_message(self.Refused(str(error)))

        self.work(answer, "ask")

    @on(Done)
    def _go_on(self, event: Done) -> None:
        event.then()

    def action_agreement(self) -> None:
        """Kappa, the confusion matrix, and the texts that differ."""
        from tui.screens.agreement import AgreementScreen

        if one := self.standing:
            self.app.push_screen(AgreementScreen(one.corpus))

    def action_adjudicate(self) -> None:
        """Decide the texts that differ."""
        if one := self.standing:
            self._push(one.corpus, adjudicate=True)

    def action_export(self) -> None:
        """Write the labels that were agreed or adjudicated."""
        from tui.screens.exporting import export_then_tell

        if one := self.standing:
            export_then_tell(self, one.corpus)

    def action_guidelines(self) -> None:
        """What the labels mean."""
        from tui.screens.reading import guidelines

        if one := self.standing:
            try:
                self.app.push_screen(guidelines(read_scheme(self.detour.checkout.here, one.scheme)))
            except InputError as error:
                self.post_message(self.Refused(str(error)))

    def action_name(self) -> None:
        """Label under another name."""

        def take(words: Mapping[str, str] | None) -> None:
            if words and words["name"]:
                try:
                    self.detour.annotator = annotator(self.detour.checkout, words["name"])
                except InputError as error:
                    self.post_message(self.Refused(str(error)))
                self.action_reload()

        self.app.push_screen(FieldsDialog("Label as", [Blank("name", self.detour.annotator or "")], "Take it"), take)

    def action_copy(self) -> None:
        """Copy the command that labels the chosen corpus."""
        if one := self.standing:
            self.detour.copy(f"detour annotate {one.corpus} --annotator {self.detour.annotator}")


def _line(one: Standing) -> Text:
    """`goemotions  30 texts  ann 12/30  bo 30/30  3 differ, 1 adjudicated`."""
    if one.texts is None:
        return plain(f"{one.corpus:18s} {'cannot be read' if one.faults else 'not begun'}", "" if one.faults else "dim")
    told = [f"{one.corpus:18s} {one.scheme}"]
    told += [
        f"{name} {progress.labelled}/{one.texts}" + (f" ({progress.skipped} skipped)" if progress.skipped else "")
        for name, progress in one.annotators.items()
    ] or [f"0/{one.texts}"]
    if one.differ is not None:
        told.append(f"{one.differ} differ, {one.adjudicated} adjudicated" if one.differ else "all agree")
    if one.faults:
        told.append("a file is broken")
    return plain("  ".join(told))
