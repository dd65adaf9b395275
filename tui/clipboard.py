"""Copying where tmux stands in between: its default settings drop OSC 52, so its own buffer is loaded as well."""

import subprocess

from tui.journal import Journal


def load_tmux(text: str, journal: Journal) -> str:
    """Load a text into tmux's buffer and through it into the terminal's clipboard; a sentence says how it went."""
    words = ["tmux", "load-buffer", "-w", "-"]
    entry = journal.begin(*words)
    try:
        done = subprocess.run(words, input=text, encoding="utf-8", capture_output=True, check=False)
    except OSError as error:
        entry.status = 127
        return f"Copied through the terminal (OSC 52) alone: tmux cannot be run ({error.strerror})."
    entry.status = done.returncode
    if done.returncode:
        return f"Copied through the terminal (OSC 52) alone: tmux said {done.stderr.strip() or 'nothing'}."
    return "Copied into tmux's buffer (prefix ] pastes it) and to the terminal (OSC 52)."
