"""What leaves the app: a name, a table in four forms, a picture of the screen; copied, or written into a new file."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from rich.text import Text
from textual import on
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Static

from pipeline.errors import InputError
from tui import actions
from tui.output import plain
from tui.screens.dialog import Overlay
from tui.sharing import Sheet, as_csv, as_json, as_latex, as_markdown
from tui.sharing.files import write_new
from tui.sharing.picture import picture
from tui.sharing.sheet import told
from tui.widgets.lines import Lines

if TYPE_CHECKING:
    from tui.app import DetourApp

MOST_BY_OSC_52 = 74_994
"""Characters in base64 that xterm takes at once; other terminals take as many or more."""
PICTURE = "picture"


@dataclass(frozen=True)
class Form:
    """One thing that can be shared."""

    key: str
    """The letter that copies it at once."""
    label: str
    meaning: str
    ending: str
    make: Callable[[Sheet], str]


def _as_text(sheet: Sheet) -> str:
    return json.dumps(as_json(sheet), indent=1) + "\n"


TABLES: Mapping[str, Form] = {
    "markdown": Form("m", "Markdown", "a table for an issue or a README", "md", as_markdown),
    "csv": Form("c", "CSV", "for a spreadsheet or pandas", "csv", as_csv),
    "json": Form("o", "JSON", "for a program", "json", _as_text),
    "latex": Form("l", "LaTeX", "booktabs, with commits as comments", "tex", as_latex),
}


class ShareScreen(Overlay[None]):
    """A small dialog: Enter or a letter copies, `w` writes a file into the study's folder.

    Args:
        sheet: The table; None where there is only a name.
        name: What the screen shows, as `detour show` takes it; it names the file as well.
        line: The row under the cursor in full; empty for none.
    """

    BINDINGS = actions.bindings("share")
    DEFAULT_CSS = """
    ShareScreen { align: center middle; background: $background 60%; }
    ShareScreen > Vertical {
        width: 76; max-width: 100%; height: auto; max-height: 100%;
        background: $surface; border: round $primary; padding: 0 1;
    }
    ShareScreen Static { height: 1; }
    ShareScreen Lines { height: auto; max-height: 12; background: $surface; }
    """
    AUTO_FOCUS = "Lines"

    def __init__(self, sheet: Sheet | None, name: str = "", line: str = "") -> None:
        super().__init__()
        self._sheet, self._about, self._row = sheet, name, line

    @property
    def detour(self) -> "DetourApp":
        """The app, by its own type."""
        return cast("DetourApp", self.app)

    def compose(self) -> Iterable[Widget]:
        """The title, a line for each form, the keys."""
        with Vertical():
            yield Static(plain(self._sheet.title if self._sheet else self._about, "bold"))
            yield Lines()
            yield Static(Text("Enter or its letter copies · w writes a file · Esc leaves", style="dim"))

    def on_mount(self) -> None:
        """List what there is."""
        lines = self.query_one(Lines)
        lines.show([(key, _shown(*shown)) for key, shown in self._offered().items()])
        lines.move_to(next((key for key in ("markdown", "name") if key in self._offered()), ""))

    def _offered(self) -> dict[str, tuple[str, str, str]]:
        """Letter, label and meaning of everything that can be shared."""
        offered = {}
        if self._about:
            offered["name"] = ("n", "name", self._about)
        if self._row:
            offered["line"] = ("r", "row", self._row)
        link = self._sheet.provenance.link if self._sheet and self._sheet.provenance else ""
        if link:
            offered["link"] = ("b", "way back", link)
        if self._sheet is not None:
            offered.update({key: (form.key, form.label, form.meaning) for key, form in TABLES.items()})
        return {**offered, PICTURE: ("p", "SVG", "a picture of this screen, into a file")}

    def _text(self, key: str) -> str:
        if key == "name":
            return self._about
        if key == "line":
            return self._row
        assert self._sheet is not None
        if key == "link":
            return self._sheet.provenance.link if self._sheet.provenance else ""
        return TABLES[key].make(self._sheet)

    # Keys

    def action_close(self) -> None:
        """Leave it."""
        self.dismiss(None)

    def action_pick(self, key: str) -> None:
        """Copy one of them; the picture is written."""
        if key not in self._offered():
            return
        if key == PICTURE:
            self._write_picture()
            return
        text = self._text(key)
        self.dismiss(None)
        self.detour.copy(text)
        size = -(-len(text.encode()) // 3) * 4
        if size > MOST_BY_OSC_52:
            self.detour.notify(
                f"These are {size // 1000} kB; a terminal may refuse more than {MOST_BY_OSC_52 // 1000}: w writes a file.",
                severity="warning",
                markup=False,
            )

    @on(Lines.Chosen)
    def action_copy(self) -> None:
        """Copy the one under the cursor."""
        self.action_pick(self.query_one(Lines).cursor)

    def action_write(self) -> None:
        """Write the one under the cursor into a new file."""
        key = self.query_one(Lines).cursor
        if key == PICTURE:
            self._write_picture()
            return
        self.dismiss(None)
        self._write(TABLES[key].ending if key in TABLES else "txt", self._text(key))

    def _write_picture(self) -> None:
        """Once the dialog is away: the picture is of the screen below."""
        app, about = self.detour, told(self._sheet.provenance) if self._sheet and self._sheet.provenance else ()
        title = self._sheet.title if self._sheet else self._about

        def write() -> None:
            self._write("svg", picture(app.export_screenshot(title=title), [title, *about]))

        self.dismiss(None)
        app.call_after_refresh(write)

    def _write(self, ending: str, text: str) -> None:
        app = self.detour
        try:
            path = write_new(app.checkout.here, self._about or (self._sheet.title if self._sheet else ""), ending, text)
        except InputError as error:
            app.notify(str(error), severity="warning", markup=False)
        else:
            app.notify(f"Written to {path.name} in the study's folder.", markup=False)


def _shown(letter: str, label: str, meaning: str) -> Text:
    line = plain(f"{letter}  ", "bold").append_text(plain(f"{label:<10}", "not bold"))
    return line.append_text(plain(meaning, "dim not bold"))
