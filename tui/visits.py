"""What the app remembers of a person between two visits: that the tour was seen.

A small file in the user's folder of state. Where it cannot be written the tour comes again, which is all that is lost.
"""

from pathlib import Path

from tui.places import state_folder


def tour_file() -> Path:
    """The file that is there once the tour was seen."""
    return state_folder() / "tour-seen"


def is_first_visit() -> bool:
    """Whether the tour was never seen."""
    return not tour_file().exists()


def remember_tour() -> str:
    """Note that the tour was seen; a sentence where that cannot be noted, else nothing."""
    file = tour_file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    except OSError as error:
        return f"{file} cannot be written ({error.strerror}), so the tour comes again next time."
    return ""
