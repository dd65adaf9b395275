"""Writes docs/keys.md from the registry of actions: `make docs/keys.md`."""

from pathlib import Path

from tui.actions import ACTIONS
from tui.commands.keys import sheet_of
from tui.sharing import as_markdown

HEAD = """\
# Keys of the app

Written by `make docs/keys.md` from the one registry of actions (tui/actions.py), of which footer, help and palette are made as well.
An action gets another key by its id, in `detour config` (`app.keys`) or on the screen of settings.

"""

if __name__ == "__main__":
    Path(__file__).with_suffix(".md").write_text(HEAD + as_markdown(sheet_of(ACTIONS)), encoding="utf-8")
