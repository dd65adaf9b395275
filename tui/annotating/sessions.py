"""What is labelled in a working tree: sessions, how far each annotator is, what waits for adjudication.

Numbers alone: nobody learns here what another gave. How many texts differ is told when both are through.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.corpora.annotation.labels import ADJUDICATED, LabelFile
from pipeline.corpora.annotation.pairing import Compared, compare
from pipeline.corpora.annotation.scheme import Scheme, read_scheme
from pipeline.corpora.annotation.session import Session, annotators, corpora_with_sessions, read_session
from pipeline.errors import InputError
from tui.checkout import Checkout


@dataclass(frozen=True)
class Progress:
    """How far one annotator is."""

    labelled: int
    skipped: int
    left: int

    @property
    def is_through(self) -> bool:
        """Whether every text was looked at."""
        return not self.left


@dataclass(frozen=True)
class Standing:
    """A corpus and its labels by hand."""

    corpus: str
    scheme: str = ""
    texts: int | None = None
    """None where nobody has begun."""
    annotators: Mapping[str, Progress] = field(default_factory=dict)
    differ: int | None = None
    """Texts on which two annotators differ; None until both are through."""
    adjudicated: int = 0
    """Of those, the ones that were decided."""
    faults: Sequence[str] = ()

    @property
    def others(self) -> str:
        """Why two cannot be compared; empty where they can."""
        if self.texts is None:
            return "nobody has begun"
        if len(self.annotators) < 2:
            return "two annotators are wanted"
        if len(self.annotators) > 2:
            return f"`detour annotate {self.corpus} agreement --between A --between B` compares two of {len(self.annotators)}"
        waiting = [f"{name} has {one.left} to go" for name, one in self.annotators.items() if one.left]
        return ", ".join(waiting)


def lock_of(checkout: Checkout) -> Path:
    """What is locked while a label is written."""
    return checkout.locks / "annotations"


def read_both(checkout: Checkout, corpus: str) -> tuple[Session, Scheme]:
    """A session and its scheme.

    Raises:
        InputError: Nobody has begun, or one of the files is broken.
    """
    session = read_session(checkout.here, corpus)
    return session, read_scheme(checkout.here, session.scheme)


def label_file(checkout: Checkout, session: Session, scheme: Scheme, name: str) -> LabelFile:
    """The file of an annotator, or the adjudicated one.

    Raises:
        InputError: It is broken or of another session.
    """
    return LabelFile(checkout.here, session, scheme, name, lock_of(checkout))


def read_standing(checkout: Checkout, corpus: str) -> Standing:
    """How far the labels of a corpus are; what cannot be read is told in `faults`."""
    try:
        session, scheme = read_both(checkout, corpus)
    except InputError as error:
        return Standing(corpus, faults=(str(error),))
    faults: list[str] = []
    files: dict[str, LabelFile] = {}
    for name in [*annotators(checkout.here, corpus), ADJUDICATED]:
        try:
            files[name] = label_file(checkout, session, scheme, name)
        except InputError as error:
            faults.append(str(error))
    rulings = files.pop(ADJUDICATED, None)
    progress = {name: _progress(file, len(session.items)) for name, file in files.items()}
    differ = _differ(session, list(files.values())) if not faults else None
    decided = sum(row.id in rulings.rows for row in differ or ()) if rulings else 0
    return Standing(
        corpus,
        scheme.name,
        len(session.items),
        progress,
        None if differ is None else len(differ),
        decided,
        tuple(faults),
    )


def _progress(file: LabelFile, texts: int) -> Progress:
    labelled = sum(bool(row.label) for row in file.rows.values())
    return Progress(labelled, len(file.rows) - labelled, texts - len(file.rows))


def _differ(session: Session, files: Sequence[LabelFile]) -> list[Compared] | None:
    if len(files) != 2:
        return None
    rows = compare(session, files[0].rows, files[1].rows)
    if any(row.state == "waiting" for row in rows):
        return None
    return [row for row in rows if row.state == "differ"]


def read_standings(checkout: Checkout, corpora: Sequence[str]) -> list[Standing]:
    """Every corpus that is being labelled, then those of the study that nobody has begun."""
    begun = corpora_with_sessions(checkout.here)
    return [
        *(read_standing(checkout, corpus) for corpus in begun),
        *(Standing(corpus) for corpus in corpora if corpus not in begun),
    ]
