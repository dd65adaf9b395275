"""Opening texts for a person: the files of a session and the texts from a process of their own, checked before anything is shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.corpora.annotation.labels import ADJUDICATED
from pipeline.corpora.annotation.pairing import Compared, choose_two, compare, refuse_unfinished
from pipeline.corpora.annotation.scheme import Scheme
from pipeline.corpora.annotation.session import Session, annotators
from pipeline.errors import InputError
from tui.annotating.answers import ask
from tui.annotating.labelling import Labelling, Text
from tui.annotating.sessions import label_file, read_both
from tui.checkout import Checkout
from tui.journal import Journal


@dataclass(frozen=True)
class Opened:
    """A session, ready for keys."""

    session: Session
    labelling: Labelling
    annotators: tuple[str, ...]
    """Who labels, or whose labels are adjudicated."""
    gone: int
    """Texts that the corpus no longer holds as they were, left out."""


def open_labelling(checkout: Checkout, corpus: str, name: str, journal: Journal | None = None) -> Opened:
    """The texts of a corpus for one annotator, who sees no label but their own.

    Raises:
        InputError: Nobody has begun, a file is broken, or the texts cannot be had.
    """
    session, scheme = read_both(checkout, corpus)
    file = label_file(checkout, session, scheme, name)
    rulings = label_file(checkout, session, scheme, ADJUDICATED)
    texts, gone = _texts(checkout, session, journal)
    return Opened(session, Labelling(texts, scheme, file, rulings), (name,), gone)


def open_without_texts(checkout: Checkout, corpus: str, name: str) -> Labelling:
    """As `open_labelling`, for whoever knows what stands behind an id: no text is read.

    Raises:
        InputError: Nobody has begun, or a file is broken.
    """
    session, scheme = read_both(checkout, corpus)
    rulings = label_file(checkout, session, scheme, ADJUDICATED)
    texts = [Text(item.id, "", None, None) for item in session.items]
    return Labelling(texts, scheme, label_file(checkout, session, scheme, name), rulings)


def open_adjudication(
    checkout: Checkout,
    corpus: str,
    by: str,
    between: Sequence[str] = (),
    partial: bool = False,
    journal: Journal | None = None,
) -> Opened:
    """The texts on which two annotators differ, with both labels.

    Args:
        checkout: The study.
        corpus: Whose labels.
        by: Who decides.
        between: The two annotators; may be left out where there are two.
        partial: Whether one of them may have texts to go.
        journal: Where the command is noted.

    Raises:
        InputError: As `open_labelling`; or one has texts to go, or they differ nowhere.
    """
    session, scheme = read_both(checkout, corpus)
    names, rows = pair_of(checkout, session, scheme, between)
    if not partial:
        refuse_unfinished(corpus, names, rows)
    queue = {row.id: row for row in rows if row.state == "differ"}
    if not queue:
        raise InputError(
            f"{names[0]} and {names[1]} agree on every text of {corpus} that both have looked at: nothing to adjudicate."
        )
    texts, gone = _texts(checkout, session, journal)
    kept = [text for text in texts if text.id in queue]
    if not kept:
        raise InputError(
            f"The {len(queue)} texts of {corpus} to adjudicate are gone from the corpus or changed; bring it back as it was."
        )
    file = label_file(checkout, session, scheme, ADJUDICATED)
    return Opened(session, Labelling(kept, scheme, file, None, queue, by), names, gone)


def pair_of(
    checkout: Checkout, session: Session, scheme: Scheme, between: Sequence[str]
) -> tuple[tuple[str, str], list[Compared]]:
    """Two annotators and every text as they saw it.

    Raises:
        InputError: There are not two, or a file is broken.
    """
    names = choose_two(session.corpus, annotators(checkout.here, session.corpus), between)
    first, second = (label_file(checkout, session, scheme, name) for name in names)
    return names, compare(session, first.rows, second.rows)


def _texts(checkout: Checkout, session: Session, journal: Journal | None) -> tuple[list[Text], int]:
    answer = ask(checkout.here, ["texts", session.corpus], journal)
    texts = [Text(**text) for text in answer["texts"]]
    if not texts:
        raise InputError(
            f"The {len(session.items)} texts of {session.corpus} are gone from the corpus or changed; bring it back as it was when the "
            "session began: the labels are where they were."
        )
    return texts, len(answer["gone"])
