"""Sessions: which texts of a corpus are labelled, in which order, under which scheme.

`annotations/CORPUS/session.json` is written once, by whoever begins, and read by every annotator, so that both label the same
texts. It holds ids and hashes, one a line, never the texts, and depends on its inputs alone: two people who begin with the same
corpus, sample and seed write the same bytes.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from pipeline.files import write_text
from pipeline.study.base import KEY

FOLDER = Path("annotations")
RESERVED = frozenset({"adjudicated", "labels", "session"})
"""Names of files that no annotator may have."""
_HASH = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Item:
    """One text to label."""

    id: str
    hash: str
    """`hashes.text_hash` of the text as it was when the session began."""


@dataclass(frozen=True)
class Session:
    """What every annotator of a corpus labels."""

    corpus: str
    scheme: str
    seed: int
    """Of the order, of which the sample is the beginning."""
    sample: int | None
    """How many texts were asked for; None for all."""
    language: str | None
    """Only rows of this language were drawn, where it is given."""
    file: Mapping[str, Any] | None
    """Path and columns of a plain file; None where the texts are those of the collected corpus."""
    items: tuple[Item, ...]

    @cached_property
    def place_of(self) -> Mapping[str, int]:
        """The position of each id."""
        return {item.id: index for index, item in enumerate(self.items)}


def folder_of(root: Path, corpus: str) -> Path:
    """The folder of a corpus's labels.

    Raises:
        InputError: The name cannot be one of a corpus.
    """
    if not KEY.fullmatch(corpus) or corpus == "schemes":
        raise InputError(
            f"'{corpus}' cannot be labelled under that name; use lower-case letters, digits and underscores."
        )
    return root / FOLDER / corpus


def session_path(root: Path, corpus: str) -> Path:
    """Where the session of a corpus lies."""
    return folder_of(root, corpus) / "session.json"


def corpora_with_sessions(root: Path) -> list[str]:
    """The corpora that are being labelled, sorted."""
    return sorted(path.parent.name for path in (root / FOLDER).glob("*/session.json"))


def annotators(root: Path, corpus: str) -> list[str]:
    """Who has a file of labels for a corpus, sorted."""
    found = [path.stem for path in folder_of(root, corpus).glob("*.csv") if path.stem not in RESERVED]
    # A copy that somebody keeps beside them (`ann (old).csv`) is nobody's.
    return sorted(name for name in found if name == _stem(name))


def annotator_file(name: str) -> str:
    """A person's name as the name of a file: `Ann Bell` is `ann-bell`.

    Raises:
        InputError: Nothing of the name is left, or it is kept for another file.
    """
    stem = _stem(name)
    if not stem:
        raise InputError(
            f"The annotator's name {json.dumps(name)} has no letter for a file's name; give --annotator NAME."
        )
    if stem in RESERVED:
        raise InputError(
            f"The annotator's name '{stem}' is kept for a file of its own; give another with --annotator NAME."
        )
    return stem


def _stem(name: str) -> str:
    kept = "".join(letter if letter.isalnum() else "-" for letter in unicodedata.normalize("NFC", name).casefold())
    return re.sub("-+", "-", kept).strip("-")[:40].strip("-")


def write_session(root: Path, session: Session) -> None:
    """Write a session, one text a line."""
    head = {
        "corpus": session.corpus, "scheme": session.scheme, "seed": session.seed, "sample": session.sample,
        "language": session.language, "file": session.file,
    }  # fmt: skip
    lines = [f' "{key}": {json.dumps(value, ensure_ascii=False)},' for key, value in head.items()]
    items = [f"  {json.dumps(vars(item), ensure_ascii=False)}" for item in session.items]
    text = "\n".join(["{", *lines, ' "items": [', ",\n".join(items), " ]", "}"])
    write_text(session_path(root, session.corpus), text + "\n")


def read_session(root: Path, corpus: str) -> Session:
    """Read the session of a corpus.

    Raises:
        InputError: There is none, or the file is not whole.
    """
    path = session_path(root, corpus)
    place = f"{FOLDER}/{corpus}/session.json"
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(
            f"Nobody has begun to label {corpus}; `detour annotate {corpus} --sample 30` begins."
        ) from None
    except OSError as error:
        raise InputError(f"{place} cannot be read ({error.strerror}); mend that: {_LEFT}.") from None
    except (ValueError, RecursionError) as error:
        problem = " ".join(str(error).split())
        raise InputError(f"{place} is not whole JSON ({problem}); bring it back with git: {_LEFT}.") from None
    try:
        items = tuple(_item(value) for value in values["items"])
        rest = {key: values[key] for key in ("corpus", "scheme", "seed", "sample", "language", "file")}
        session = Session(**rest, items=items)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{place} is no session ({error}); bring it back with git: {_LEFT}.") from None
    if session.corpus != corpus:
        raise InputError(f"{place} is the session of {session.corpus}; bring that of {corpus} back with git: {_LEFT}.")
    if len(session.place_of) != len(items):
        raise InputError(f"{place} holds an id twice; bring it back with git: {_LEFT}.")
    return session


_LEFT = "the labels beside it are as they were"


def _item(value: Any) -> Item:
    if not isinstance(value["id"], str) or not _HASH.fullmatch(value["hash"]):
        raise ValueError("a text without id and hash")
    return Item(value["id"], value["hash"])
