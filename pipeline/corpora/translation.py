"""Texts in one language, from translations that already exist.

`to_english` puts English in the place of every text that is not English; `from_english` puts the corpus's own
`language` in the place of every English text; `none` changes nothing. A translation comes from the row's own
translation column where the corpus has one and it is filled, else from the translation memory: a file of JSON
lines with `source_language`, `target_language`, `engine`, `text` and `translation`, looked up by languages
and exact text. A memory grows by appending, so of two translations of one text the later counts. The original
stays in `source_text`, and `language` stays the original's.

A translation that is missing is an `InputError`: a corpus is translated whole or not at all.
"""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pipeline.corpora.schema import Collected, Row
from pipeline.errors import InputError
from pipeline.study import Corpus

Key = tuple[str, str]
"""Language and text of an original."""


def translate(
    key: str, corpus: Corpus, rows: Sequence[Collected], memory: Path | str
) -> tuple[list[Row], dict[str, int]]:
    """Translate every row that is not yet in the target language.

    Args:
        key: The corpus, for sentences.
        corpus: Its block of the study; `translation` says what to do.
        rows: Its rows.
        memory: File of the translation memory; read only where a row needs it.

    Returns:
        The rows in the same order, and how many are translated by `column`, by `memory`, and `untranslated`.

    Raises:
        InputError: A translation is missing, the memory is missing or broken, or the languages do not fit.
    """
    target = _target(key, corpus)
    needed = {entry for row in rows if _needs_memory(row, target) for entry in _texts(row)}
    found = read_memory(memory, target or "", needed) if needed else {}
    translated = [_translate_row(row, target, found) for row in rows]
    missing = [old.id for old, new in zip(rows, translated, strict=True) if new is None]
    if missing:
        raise InputError(
            f"corpora.{key}: row '{missing[0]}' has no translation into '{target}' in {memory}, "
            f"{len(missing)} of {len(rows)} rows in all; append the missing translations there, or name "
            "a column of translations under fields.translation."
        )
    done = [row for row in translated if row is not None]
    counts = Counter(row.translated_by or "untranslated" for row in done)
    return done, {origin: counts[origin] for origin in ("column", "memory", "untranslated")}


def _target(key: str, corpus: Corpus) -> str | None:
    """The language that every text is to have; None where texts stay as they are."""
    if corpus.translation == "none":
        return None
    if corpus.translation == "to_english":
        return "en"
    if corpus.language in (None, "en"):
        raise InputError(
            f"corpora.{key}.language is {corpus.language or 'missing'}; with translation: from_english it is "
            "the language that English texts are translated to, such as de."
        )
    return corpus.language


def _texts(row: Collected) -> list[Key]:
    return [(row.language, text) for text in (row.text, row.text_pair) if text is not None]


def _column(row: Collected) -> tuple[str, str | None] | None:
    """The row's own translation, if it is complete."""
    if row.translation is None or (row.text_pair is not None and row.translation_pair is None):
        return None
    return row.translation, row.translation_pair if row.text_pair is not None else None


def _needs_memory(row: Collected, target: str | None) -> bool:
    return target not in (None, row.language) and _column(row) is None


def _translate_row(row: Collected, target: str | None, found: dict[Key, str]) -> Row | None:
    if target in (None, row.language):
        return Row(row.id, row.text, row.text_pair, row.label, row.language, row.group, None, None, None)
    texts, origin = _column(row), "column"
    if texts is None:
        translations, origin = [found.get(entry) for entry in _texts(row)], "memory"
        if translations[0] is None or translations[-1] is None:
            return None
        texts = translations[0], translations[1] if row.text_pair is not None else None
    return Row(row.id, *texts, row.label, row.language, row.group, row.text, row.text_pair, origin)


def read_memory(path: Path | str, target: str, needed: set[Key]) -> dict[Key, str]:
    """Look up translations in a memory.

    Args:
        path: JSON lines, UTF-8.
        target: Only translations into this language are taken.
        needed: Only these originals are kept, which bounds memory by the corpus and not by the file.

    Returns:
        From language and text of an original to its translation; originals without one are absent.

    Raises:
        InputError: The file is missing, or a line is broken; file and line are named.
    """
    found: dict[Key, str] = {}
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}); put the translation memory there (`dvc checkout` "
            "restores data/) or correct translation.memory."
        ) from None
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            languages = entry["source_language"], entry["target_language"]
            text, translation = entry["text"], entry["translation"]
            whole = all(isinstance(value, str) for value in (*languages, text, translation))
            translation.encode()
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            whole = False
        if not whole:
            raise InputError(
                f"{path}, line {number} is not an entry of a translation memory (a JSON object with "
                "source_language, target_language, text and translation); mend or remove the line."
            )
        if languages[1] == target and translation.strip() and (languages[0], text) in needed:
            found[languages[0], text] = translation
    return found
