"""What was recorded or changed since the last visit, counted without reading what it holds."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipeline.errors import InputError


@dataclass(frozen=True)
class News:
    """Experiments and branches that are new or have another commit."""

    count: int
    since: datetime

    @property
    def sentence(self) -> str:
        """What there is, and the key that shows only that."""
        noun = "1 experiment or branch is" if self.count == 1 else f"{self.count} experiments or branches are"
        return f"{noun} new since {self.since:%d %b %H:%M}; N shows only what is new."


def read_news(folder: Path) -> News | None:
    """What is new in the repository of `folder`; None where nothing is, or where nobody has looked at it before.

    A notebook or repository that cannot be read is told of by the screen of experiments, and is no news here.
    """
    # The app's first frame waits for none of these.
    from tui.history.refs import list_refs, open_repository
    from tui.notebook import notebook_of, sight

    try:
        repository = open_repository(folder)
        kept = notebook_of(repository).read()
    except InputError:
        return None
    if kept.visited is None:
        return None
    count = sum(sight(ref.full, ref.commit) not in kept.seen for ref in list_refs(repository))
    return News(count, kept.visited) if count else None
