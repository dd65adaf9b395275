"""The texts of a session: drawn once when it begins, found again whenever somebody labels.

They come from the collected corpus or from a plain file with columns. The order is that of a hash of seed and id, and a sample is
its beginning, so that a larger sample of the same seed begins with the smaller one. Blank texts, and all but the first of equal
texts, are left out. Labels that the corpus has already are never handed on.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.checkout import main_checkout
from pipeline.corpora.annotation.hashes import text_hash
from pipeline.corpora.annotation.scheme import Scheme, find_scheme, make_scheme, read_scheme, scheme_names, write_scheme
from pipeline.corpora.annotation.session import (
    Item,
    Session,
    annotators,
    read_session,
    session_path,
    write_session,
)
from pipeline.corpora.cleaning import is_blank
from pipeline.corpora.declared import Rows, declared_parts, row_columns
from pipeline.corpora.schema import Collected, read_table
from pipeline.corpora.splits import rank
from pipeline.errors import InputError
from pipeline.study import Fields, SourceFile, load_study

MANY = 500
"""Texts from which a session begins only with a number: nobody labels ten thousand by mistake."""


@dataclass(frozen=True)
class Text:
    """One text of a corpus, without its label."""

    id: str
    text: str
    pair: str | None
    language: str | None

    @property
    def hash(self) -> str:
        """`text_hash` of it."""
        return text_hash(self.text, self.pair)


@dataclass(frozen=True)
class Wish:
    """What somebody who begins or goes on asks for; None leaves it to the session, or to the defaults of a new one."""

    scheme: str | None = None
    sample: int | None = None
    seed: int | None = None
    language: str | None = None
    file: Mapping[str, Any] | None = None


def begin(corpus: str, wish: Wish) -> tuple[Session, list[str]]:
    """The session of a corpus: begun, made longer, or as it is.

    Returns:
        The session, written, and what there is to tell of it in sentences.

    Raises:
        InputError: The corpus, file or scheme cannot be had, or the wish contradicts the session that there is.
    """
    root = Path()
    if not session_path(root, corpus).exists():
        _refuse_orphans(root, corpus)
        return _begin(root, corpus, wish)
    session = read_session(root, corpus)
    _refuse_other(session, wish)
    if wish.sample is None or wish.sample <= len(session.items):
        return session, []
    return _lengthen(root, session, wish.sample)


def _refuse_orphans(root: Path, corpus: str) -> None:
    """Labels without their session would be taken for labels of a new one, of other texts in another order."""
    if names := annotators(root, corpus):
        raise InputError(
            f"annotations/{corpus} holds labels of {', '.join(names)} and no session.json; bring it back with git, or move the "
            "labels away to begin anew."
        )


def _begin(root: Path, corpus: str, wish: Wish) -> tuple[Session, list[str]]:
    scheme = _scheme(root, corpus, wish)
    empty = Session(corpus, scheme.name, wish.seed or 0, wish.sample, wish.language, _placed(wish.file), ())
    texts = _distinct(_texts_of(empty))
    if not texts:
        raise InputError(f"{_origin(empty)} holds no text{_in_language(empty)}; check the column or the language.")
    if wish.sample is None and len(texts) > MANY:
        raise InputError(f"{corpus} has {len(texts)} texts; say how many are to be labelled, as --sample 200.")
    session = replace(empty, items=_drawn(texts, empty.seed, wish.sample))
    said = _shortage(session, len(texts))
    if scheme.name not in scheme_names(root):
        path = write_scheme(root, scheme)
        said.append(f"{path} was written with the labels of {corpus}: complete its guidelines.")
    write_session(root, session)
    return session, said


def _lengthen(root: Path, session: Session, sample: int) -> tuple[Session, list[str]]:
    hashes = {item.hash for item in session.items}
    texts = [
        text for text in _distinct(_texts_of(session)) if text.id not in session.place_of and text.hash not in hashes
    ]
    more = _drawn(texts, session.seed, sample - len(session.items))
    longer = replace(session, sample=sample, items=(*session.items, *more))
    write_session(root, longer)
    return longer, [f"{len(more)} texts were added.", *_shortage(longer, len(longer.items))]


def _shortage(session: Session, exist: int) -> list[str]:
    return [f"{session.sample} were asked for, {exist} exist."] if (session.sample or 0) > len(session.items) else []


def _drawn(texts: Iterable[Text], seed: int, count: int | None) -> tuple[Item, ...]:
    ordered = sorted(texts, key=lambda text: rank(seed, "annotate", text.id))
    return tuple(Item(text.id, text.hash) for text in ordered[:count])


def _distinct(texts: Iterable[Text]) -> list[Text]:
    return list({text.hash: text for text in reversed([text for text in texts if not is_blank(text.text)])}.values())


def _refuse_other(session: Session, wish: Wish) -> None:
    """Whoever names something else than the session has would label other texts than the other annotator."""
    for name, asked, has in (
        ("scheme", wish.scheme, session.scheme),
        ("seed", wish.seed, session.seed),
        ("language", wish.language, session.language),
        ("from", _placed(wish.file), session.file),
    ):
        if asked is not None and asked != has:
            raise InputError(
                f"The session of {session.corpus} has {name} {_short(has)}, not {_short(asked)}; leave --{name} out to label what the "
                "other annotators label, or begin a session under another name with --from."
            )
    if wish.sample is not None and wish.sample < len(session.items):
        raise InputError(
            f"The session of {session.corpus} has {len(session.items)} texts, which cannot become {wish.sample}: labels would be lost; "
            "leave --sample out, or give a larger one."
        )


def _short(value: Any) -> str:
    return str(value.get("path")) if isinstance(value, Mapping) else repr(value)


def _scheme(root: Path, corpus: str, wish: Wish) -> Scheme:
    """The scheme that was named, the one that fits the corpus's labels, or a new one of those labels."""
    if wish.scheme is not None:
        return read_scheme(root, wish.scheme)
    known = load_study().corpora
    if corpus not in known and wish.file is not None:
        raise InputError(
            f"{corpus} is no corpus of params.yaml, so its labels are not known; name one of {_schemes(root)} with --scheme."
        )
    labels = load_study().corpus(corpus).labels
    return find_scheme(root, labels) or _new_scheme(root, corpus, labels)


def _new_scheme(root: Path, corpus: str, labels: Sequence[str]) -> Scheme:
    if corpus in scheme_names(root):
        raise InputError(
            f"The scheme {corpus} has other labels than corpora.{corpus}.labels; make them agree, or name one with --scheme."
        )
    return make_scheme(corpus, labels)


def _schemes(root: Path) -> str:
    return ", ".join(scheme_names(root)) or "none"


def find_texts(session: Session) -> tuple[list[Text], list[str]]:
    """The texts of a session, in its order.

    Returns:
        The texts, and the ids whose text is gone or is another than the one that was drawn.

    Raises:
        InputError: The corpus or the file cannot be read.
    """
    wanted = session.place_of
    there = {text.id: text for text in _texts_of(session) if text.id in wanted}
    same = [there[item.id] for item in session.items if item.id in there and there[item.id].hash == item.hash]
    kept = {text.id for text in same}
    return same, [item.id for item in session.items if item.id not in kept]


def _texts_of(session: Session) -> Iterator[Text]:
    found = _in_file(session.corpus, session.file) if session.file is not None else _in_corpus(session.corpus)
    return (text for text in found if session.language in (None, text.language))


def _in_language(session: Session) -> str:
    return f" in the language '{session.language}'" if session.language else ""


def _origin(session: Session) -> str:
    return str(session.file["path"]) if session.file is not None else f"corpora/collected/{session.corpus}.parquet"


def _in_corpus(corpus: str) -> Iterator[Text]:
    load_study().corpus(corpus)
    path = Path("corpora/collected") / f"{corpus}.parquet"
    if not path.exists():
        raise InputError(
            f"{path} does not exist; `dvc repro collect@{corpus}` makes it, or name a plain file with --from."
        )
    for row in read_table(path, Collected)[0]:
        yield Text(row.id, row.text, row.text_pair, row.language)


def _in_file(corpus: str, file: Mapping[str, Any]) -> Iterator[Text]:
    fields = Fields(text=file["text"], pair=file.get("pair"), id=tuple(file["id"]) if file.get("id") else None)
    source = SourceFile(path=file["path"], fields=fields)
    wanted = {column: f"--{name}" for name in ("text", "pair") if (column := getattr(fields, name)) is not None}
    wanted |= row_columns("--from", "-", source, fields, wanted)
    parts, _ = declared_parts(corpus, f"annotations/{corpus}/session.json: file", (source,), source, wanted)
    seen: set[str] = set()
    for part in parts:
        rows = Rows(source, fields, part)
        texts, pairs = part.table.columns[fields.text], part.table.columns[fields.pair] if fields.pair else None
        for index, number in enumerate(part.table.numbers):
            id = rows.declared_id(index) if rows.ids else f"{part.stem}-{number}"
            if id in seen:
                raise InputError(f"{rows.at(index)}: the id '{id[:40]}' was used before; name other columns with --id.")
            seen.add(id)
            yield Text(id, texts[index], pairs[index] if pairs is not None else None, None)


def _placed(file: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The file with its path as params.yaml would have it: in the tree, or relative to the main checkout."""
    if file is None:
        return None
    path = Path(file["path"]).resolve()
    if not path.is_file():
        raise InputError(f"{path} is no file; give --from a .csv, .jsonl or .parquet with a column of texts.")
    if path.is_relative_to(Path().resolve()):
        return {**file, "path": path.relative_to(Path().resolve()).as_posix()}
    beside = os.path.relpath(path, main_checkout().resolve())
    return {**file, "path": beside if beside.startswith("../") else str(path)}
