"""What `detour annotate` asks the app to open."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Asked:
    """Labels of a corpus, to give or to adjudicate."""

    corpus: str
    annotator: str
    adjudicate: bool = False
    between: tuple[str, ...] = ()
    """Whose labels are adjudicated, where there are more than two annotators."""
    partial: bool = False
    """Whether one of them may have texts to go."""
