"""One text at a time with its labels on keys: labelling, blind to everybody else, and adjudication, which shows both labels.

A letter gives its label, which is in the file before the next text is shown. Commands are on keys that are no letters.
"""

from collections.abc import Callable, Iterable

from rich.text import Text
from textual import events, on
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from pipeline.errors import InputError
from tui import actions
from tui.annotating.labelling import Change, Labelling
from tui.annotating.opening import Opened
from tui.output import plain
from tui.screens.base import DetourScreen
from tui.screens.fault import FaultScreen
from tui.screens.labelling_text import as_it_stands, both_sides, status_line, told
from tui.widgets.noteline import NoteLine
from tui.widgets.pad import LabelPad

_OWN = {key: action.method for action in actions.of("labelling") for key in action.keys.split(",") if key}
_OF_THE_APP = {key for action in actions.of("app") for key in action.keys.split(",") if key}
LOW = 16
"""Lines of a terminal below which the text gets what it can."""


class LabellingScreen(DetourScreen):
    """The texts of a session, for one annotator or for adjudication.

    Args:
        corpus: Whose texts.
        opener: Reads files and texts, in a thread.
        first: The id of the text to begin with; the first open one where absent.
    """

    name_in_registry = "labelling"
    BINDINGS = actions.bindings("labelling")
    DEFAULT_CSS = """
    LabellingScreen #status { height: 1; text-style: bold; padding: 0 1; }
    LabellingScreen #sides { height: auto; max-height: 6; padding: 0 1; display: none; }
    LabellingScreen #text { height: 1fr; padding: 1 2; }
    LabellingScreen #text Static { height: auto; max-width: 100; }
    LabellingScreen #note { height: auto; max-height: 3; padding: 0 1; display: none; }
    LabellingScreen #said { height: 1; padding: 0 1; color: $text-muted; }
    LabellingScreen #keys { height: auto; max-height: 50%; border-top: solid $border; padding: 0 1; }
    LabellingScreen.low #text { padding: 0 1; }
    LabellingScreen.low #keys { border-top: none; }
    """
    # No widget has the focus, so that every letter is a label's.
    AUTO_FOCUS = ""

    class Read(Message):
        """Files and texts were read."""

        def __init__(self, opened: Opened) -> None:
            super().__init__()
            self.opened = opened

    def __init__(self, corpus: str, opener: Callable[[], Opened], first: str = "") -> None:
        super().__init__()
        self._corpus, self._opener, self._first = corpus, opener, first
        self.opened: Opened | None = None
        self._is_held = False
        """Whether a key that may leave the screen is on its way."""

    def compose_body(self) -> Iterable[Widget]:
        """Where one stands, both labels, the text, its note, what was done last, the labels."""
        yield Static(plain(f"reading the texts of {self._corpus} …"), id="status")
        yield Static(id="sides")
        with VerticalScroll(id="text", can_focus=False):
            yield Static(id="body")
        yield Static(id="note")
        yield NoteLine(id="writing")
        yield Static(id="said")
        with VerticalScroll(id="keys", can_focus=False):
            yield LabelPad(id="pad")

    def on_mount(self) -> None:
        """Read files and texts."""
        self.action_reload()

    def on_resize(self) -> None:
        """Leave the text what a low terminal has."""
        self.set_class(self.size.height < LOW, "low")

    # Reading

    def action_reload(self) -> None:
        """Read files and texts again."""

        def read() -> None:
            try:
                self.post_message(self.Read(self._opener()))
            except InputError as error:
                self.post_message(self.Refused(str(error)))

        self.work(read, "read")

    @on(DetourScreen.Refused)
    def _say_refusal(self, event: DetourScreen.Refused) -> None:
        # Where nothing was read yet, it stays when the fault's own screen is left.
        if self.opened is None:
            self.query_one("#status", Static).update(plain(self._corpus))
            self.query_one("#body", Static).update(plain(f"{event.sentence} Esc goes back."))

    @on(Read)
    def _take(self, event: Read) -> None:
        self.opened = event.opened
        if self._first:
            event.opened.labelling.go_to(self._first)
        gone = event.opened.gone
        texts = "1 text is" if gone == 1 else f"{gone} texts are"
        self._say(f"{texts} left out: the corpus no longer holds them as they were." if gone else "")
        self._show()

    @property
    def labelling(self) -> Labelling | None:
        """Where one stands; None until the texts were read."""
        return self.opened.labelling if self.opened else None

    # Drawing

    def _show(self) -> None:
        opened, labelling = self.opened, self.labelling
        if opened is None or labelling is None:
            return
        text, given = labelling.text, labelling.given
        self.query_one("#status", Static).update(status_line(self._corpus, opened, labelling))
        self._put("#sides", both_sides(opened, labelling))
        self.query_one("#body", Static).update(as_it_stands(text.text, text.pair))
        self.query_one("#text", VerticalScroll).scroll_home(animate=False)
        self._put("#note", plain(f"note: {given.note}") if given and given.note else Text())
        labels = [(label.key, label.name) for label in labelling.scheme.labels]
        self.query_one(LabelPad).show(labels, given.label if given else "")
        # Whether a text is longer than its window is known once it is laid out.
        self.call_after_refresh(self.keys_changed)

    def _put(self, id: str, text: Text) -> None:
        line = self.query_one(id, Static)
        line.update(text)
        line.display = bool(text.plain)

    def _say(self, sentence: str) -> None:
        self.query_one("#said", Static).update(plain(sentence))

    # Keys

    @property
    def _note(self) -> NoteLine:
        return self.query_one(NoteLine)

    def is_enabled(self, method: str) -> bool:
        """By the text at hand; nothing but the note while one is being written."""
        labelling = self.labelling
        if method == "reload":
            return True
        if labelling is None or self._note.is_open:
            return False
        match method:
            case "undo":
                return bool(labelling.done)
            case "clear":
                return labelling.given is not None and not labelling.is_settled
            case "note":
                # A note beside nothing would count as a decision.
                return not labelling.is_settled and (labelling.given is not None or not labelling.adjudicates)
            case "skip":
                return not labelling.is_settled
            case "down":
                return (
                    self.query_one("#text", VerticalScroll).max_scroll_y
                    > self.query_one("#text", VerticalScroll).scroll_y
                )
            case "up":
                return self.query_one("#text", VerticalScroll).scroll_y > 0
            case "previous" | "first":
                return labelling.at > 0
            case "next" | "last":
                return labelling.at < len(labelling.texts) - 1
            case _:
                return True

    def on_key(self, event: events.Key) -> None:
        """Take every key of this screen here, in the order in which they were typed.

        A key that bubbles up to a binding is overtaken by the letters behind it, and a label would go to another text.
        """
        if event.key in _OF_THE_APP and not (self._note.is_open and (event.key == "escape" or event.is_printable)):
            # What is typed behind it is for whatever it opens.
            self._is_held = True
            self.call_later(self.app.call_later, self._release)
            return
        if not (event.is_printable or self._note.is_open or event.key in _OWN):
            return
        event.stop()
        event.prevent_default()
        if self._is_held or self.app.screen is not self:
            return
        if self._note.is_open:
            self._write(event)
        elif (action := _OWN.get(event.key)) is not None:
            if self.is_enabled(action):
                getattr(self, f"action_{action}")()
        elif event.is_printable and event.character is not None:
            self._give(event.character)

    def _release(self) -> None:
        self._is_held = False

    def _give(self, letter: str) -> None:
        labelling = self.labelling
        label = labelling.scheme.by_key(letter) if labelling is not None else None
        if labelling is not None and label is not None:
            self._change(lambda: labelling.give(label), labelling)
        elif labelling is not None:
            self._say(f"No label is on {letter}.")

    def action_skip(self) -> None:
        """Go on without a label."""
        if labelling := self.labelling:
            self._change(labelling.skip, labelling)

    def action_clear(self) -> None:
        """Take label and note away."""
        if labelling := self.labelling:
            self._change(labelling.clear, labelling)

    def _change(self, change: Callable[[], Change | None], labelling: Labelling) -> None:
        settled, place = labelling.is_settled, labelling.at + 1
        try:
            made = change()
        except (InputError, OSError) as error:
            self._refuse_change(error)
            return
        if settled:
            self._say("It was adjudicated, so its labels stay; d in annotate changes the decision.")
        elif made is not None:
            self._say(told(made, place, labelling) + self._end(labelling))
        self._show()

    def _refuse_change(self, error: Exception) -> None:
        reason = str(error) if isinstance(error, InputError) else f"The file of labels cannot be written ({error})."
        sentence = f"This key was not saved; what was given before is in the file. {reason}"
        self._say("not saved")
        self.app.push_screen(FaultScreen(sentence))

    def _end(self, labelling: Labelling) -> str:
        if labelling.left:
            return ""
        _, skipped = labelling.count()
        if labelling.adjudicates:
            return " All are decided: Esc goes back, where e exports."
        return " All are labelled: Esc goes back." if not skipped else f" All were looked at, {skipped} skipped."

    def action_undo(self) -> None:
        """Take the last key back."""
        labelling = self.labelling
        if labelling is None:
            return
        try:
            change = labelling.undo()
        except (InputError, OSError) as error:
            self._refuse_change(error)
            return
        self._say("Taken back." if change else "The last text was adjudicated since; its labels stay.")
        self._show()

    def action_note(self) -> None:
        """Open the line for a note."""
        if labelling := self.labelling:
            self._note.open(labelling.given.note if labelling.given else "")
            self._say("Enter keeps the note, Esc leaves it.")
            self.keys_changed()

    def _write(self, event: events.Key) -> None:
        if event.key not in ("enter", "escape"):
            self._note.take(event.key, event.character)
            return
        words, labelling = self._note.close(), self.labelling
        self._say("")
        if event.key == "enter" and labelling is not None:
            self._change(lambda: labelling.note(words), labelling)
        self.keys_changed()

    def on_paste(self, event: events.Paste) -> None:
        """What is pasted belongs in a note, never on the labels."""
        if self._note.is_open:
            self._note.insert(event.text)

    def _go(self, move: Callable[[Labelling], object]) -> None:
        if labelling := self.labelling:
            move(labelling)
            self._say("")
            self._show()

    def action_next(self) -> None:
        """To the next text."""
        self._go(lambda labelling: labelling.go(1))

    def action_previous(self) -> None:
        """To the text before."""
        self._go(lambda labelling: labelling.go(-1))

    def action_first(self) -> None:
        """To the first text."""
        self._go(lambda labelling: labelling.go(-len(labelling.texts)))

    def action_last(self) -> None:
        """To the last text."""
        self._go(lambda labelling: labelling.go(len(labelling.texts)))

    def action_open(self) -> None:
        """To the next text without a label."""
        self._go_open(False)

    def action_open_before(self) -> None:
        """To the last text without a label before this one."""
        self._go_open(True)

    def _go_open(self, backwards: bool) -> None:
        found = False

        def move(labelling: Labelling) -> None:
            nonlocal found
            found = labelling.go_open(backwards)

        self._go(move)
        if not found:
            self._say("No other text is without a label.")

    def action_down(self) -> None:
        """Scroll a long text down."""
        self.query_one("#text", VerticalScroll).scroll_page_down(animate=False)
        self.call_after_refresh(self.keys_changed)

    def action_up(self) -> None:
        """Scroll a long text up."""
        self.query_one("#text", VerticalScroll).scroll_page_up(animate=False)
        self.call_after_refresh(self.keys_changed)

    def action_guidelines(self) -> None:
        """What the labels mean."""
        from tui.screens.reading import guidelines

        if labelling := self.labelling:
            self.app.push_screen(guidelines(labelling.scheme))

    def action_copy(self) -> None:
        """Copy the text."""
        if labelling := self.labelling:
            text = labelling.text
            self.detour.copy(text.text if text.pair is None else f"{text.text}\n{text.pair}")
