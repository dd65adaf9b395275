"""One line that is written without the focus: keys are handed to it, so that none overtakes another on its way to a widget."""

from rich.text import Text
from textual.widget import Widget

from tui.output import visible
from tui.widgets.cells import width_of

PROMPT = " note: "


class NoteLine(Widget):
    """A line of text with a cursor; hidden until it is opened."""

    DEFAULT_CSS = """
    NoteLine { height: 1; display: none; background: $panel; }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.text = ""
        self._at = 0

    @property
    def is_open(self) -> bool:
        """Whether keys belong to it."""
        return bool(self.display)

    def open(self, text: str) -> None:
        """Begin with a text, the cursor behind it."""
        self.text, self._at = text, len(text)
        self.display = True
        self.refresh()

    def close(self) -> str:
        """Leave the line; what stands there."""
        self.display = False
        return self.text

    def insert(self, text: str) -> None:
        """Write at the cursor; ends of lines become blanks."""
        text = " ".join(text.splitlines())
        self.text = self.text[: self._at] + text + self.text[self._at :]
        self._at += len(text)
        self.refresh()

    def take(self, key: str, character: str | None) -> None:
        """A key, by Textual's name and as a character where it is one."""
        match key:
            case "left" | "right":
                self._at = max(0, min(len(self.text), self._at + (1 if key == "right" else -1)))
            case "home" | "end":
                self._at = len(self.text) if key == "end" else 0
            case "backspace" if self._at:
                self.text = self.text[: self._at - 1] + self.text[self._at :]
                self._at -= 1
            case "delete":
                self.text = self.text[: self._at] + self.text[self._at + 1 :]
            case "ctrl+u":
                self.text, self._at = self.text[self._at :], 0
            case _ if character is not None and character.isprintable():
                self.insert(character)
        self.refresh()

    def render(self) -> Text:
        """The prompt and as much of the line as fits, the cursor in sight."""
        room = max(1, self.size.width - len(PROMPT) - 1)
        start = self._at
        while start and width_of(visible(self.text[start - 1 : self._at])) < room:
            start -= 1
        behind = self.text[self._at :]
        line = Text(PROMPT, no_wrap=True, overflow="crop").append(visible(self.text[start : self._at]))
        return line.append(visible(behind[:1]) or " ", style="reverse").append(visible(behind[1:]))
