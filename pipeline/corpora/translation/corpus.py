"""A corpus in the language that its study asks for.

`to_english` puts English in the place of every text that is not English (translate-test); `from_english` puts the corpus's
`language`, or each language of `into`, in the place of every English text (translate-train); `none` changes nothing. A
translation comes from the row's own translation column where the corpus has one and it is filled, else from the translation
memory, else from the engine, which puts it into the live memory: the rows are always made of what the memory holds, so they
are the same bytes however often the work was killed and in whatever order its threads ended. The original stays in
`source_text` and `language` stays the original's; `translated_by` says `column`, or engine and model or date. A text
without letters is its own translation. With `into` a row is there once for each language, its id with the language behind
it, and its copies are one group of the split.

A corpus is translated whole or not at all: what is missing is an `InputError` that says how many are left.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pipeline.corpora.schema import Collected, Row
from pipeline.corpora.translation.choice import engine_of
from pipeline.corpora.translation.engines import Engine, Outcome
from pipeline.corpora.translation.entries import Entry, Key
from pipeline.corpora.translation.live import LiveMemory
from pipeline.corpora.translation.memory import Memory
from pipeline.corpora.translation.quality import answered, quality, round_trip_keys, way_back
from pipeline.corpora.translation.splitting import has_letters
from pipeline.errors import InputError
from pipeline.study import Corpus, Translation

COLUMN = "column"
"""`translated_by` of a row whose own column held its translation."""


class Wanted(NamedTuple):
    """A row and the language that its text is to have; None where it stays as it is."""

    row: Collected
    id: str
    group: str | None
    target: str | None


def translate(
    key: str,
    corpus: Corpus,
    rows: Sequence[Collected],
    settings: Translation,
    live: LiveMemory,
    say: Callable[[str], None] = print,
) -> tuple[list[Row], dict[str, Any]]:
    """Translate every row that is not yet in the target language.

    Args:
        key: The corpus, for sentences.
        corpus: Its block of the study; `translation` says what to do.
        rows: Its rows.
        settings: The study's `translation` block.
        live: The live memory; read and written only where a row needs it.
        say: Told how far the work is.

    Returns:
        The rows in the same order, and the record: how many rows are translated by `column` and `memory` and `untranslated`;
        where the memory was used, `answered` and `quality`.

    Raises:
        InputError: A translation is missing, or the memory is missing or broken.
    """
    wanted = [each for row in rows for each in _wanted(corpus, row)]
    source = _Source(key, settings, live, say)
    owners: dict[Key, list[str]] = {}
    for each in wanted:
        for entry in _needed(each):
            owners.setdefault(entry, []).append(each.id)
    used = source.obtain(owners)
    done = [_translated(each, used) for each in wanted]
    counts = Counter(_origin(row) for row in done)
    record: dict[str, Any] = {origin: counts[origin] for origin in (COLUMN, "memory", "untranslated")}
    if used:
        back = source.obtain({way: owners[origin] for way, origin in _ways_back(used, settings.round_trip)})
        record |= {"answered": answered(used), "quality": quality(used, back)}
    return done, record


def _origin(row: Row) -> str:
    if row.translated_by is None:
        return "untranslated"
    return COLUMN if row.translated_by == COLUMN else "memory"


def _ways_back(used: Mapping[Key, Entry], count: int) -> Iterator[tuple[Key, Key]]:
    """What is to be translated back, with the key of what it is a translation of."""
    origins = {way_back(entry): key for key, entry in used.items()}
    yield from ((way, origins[way]) for way in round_trip_keys(used, count) if has_letters(way[2]))


def _wanted(corpus: Corpus, row: Collected) -> Iterator[Wanted]:
    if corpus.translation == "none":
        yield Wanted(row, row.id, row.group, None)
        return
    if corpus.translation == "to_english" or not corpus.into:
        target = "en" if corpus.translation == "to_english" else corpus.language
        yield Wanted(row, row.id, row.group, target if target != row.language else None)
        return
    if row.language in corpus.into:
        yield Wanted(row, row.id, row.group, None)
        return
    for language in corpus.into:
        yield Wanted(row, f"{row.id}-{language}", row.group or row.id, language)


def _texts(row: Collected) -> list[str]:
    return [text for text in (row.text, row.text_pair) if text is not None]


def _column(row: Collected) -> list[str] | None:
    """The row's own translation, if it is complete."""
    own = [row.translation, row.translation_pair if row.text_pair is not None else None][: len(_texts(row))]
    found = [text for text in own if text is not None]
    return found if len(found) == len(_texts(row)) else None


def _needed(wanted: Wanted) -> list[Key]:
    """What is looked up for a row."""
    if wanted.target is None or _column(wanted.row) is not None:
        return []
    return [(wanted.row.language, wanted.target, text) for text in _texts(wanted.row) if has_letters(text)]


def _translated(wanted: Wanted, used: Mapping[Key, Entry]) -> Row:
    row, needed = wanted.row, _needed(wanted)
    own = _column(row) if wanted.target is not None else None
    if own is None and not needed:
        return Row(wanted.id, row.text, row.text_pair, row.label, row.language, wanted.group, None, None, None)
    if own is not None:
        texts, origin = own, COLUMN
    else:
        entries = {key[2]: used[key] for key in needed}
        texts = [entries[text].translation if text in entries else text for text in _texts(row)]
        origin = "; ".join(dict.fromkeys(entry.provenance for entry in entries.values()))
    pair = texts[1] if row.text_pair is not None else None
    return Row(wanted.id, texts[0], pair, row.label, row.language, wanted.group, row.text, row.text_pair, origin)


class _Source:
    """Where a corpus's translations come from."""

    def __init__(self, key: str, settings: Translation, live: LiveMemory, say: Callable[[str], None]) -> None:
        self._key, self._live, self._say = key, live, say
        self._engine: Engine | None = engine_of(settings)
        self._memory = Memory(settings.memory, live, self._engine.maker if self._engine else lambda *_: None)

    def obtain(self, owners: Mapping[Key, Sequence[str]]) -> dict[Key, Entry]:
        """An entry for every key, from the memory or from the engine.

        Args:
            owners: What is needed, with the ids of the rows that need it.

        Raises:
            InputError: One is missing.
        """
        found = self._memory.find(owners.keys())
        missing = [key for key in owners if key not in found]
        outcome = Outcome()
        if missing and self._engine is not None:
            with self._live.alone(self._engine.name):
                # What another process has translated in the meantime.
                found |= self._memory.find(set(missing))
                asked = [key for key in missing if key not in found]
                self._say(f"{self._key}: {len(owners) - len(asked)} texts in memory, {len(asked)} to translate")
                outcome = self._engine.translate(asked, self._live, self._say)
                found |= self._memory.find(set(asked))
                missing = [key for key in asked if key not in found]
        if missing:
            raise InputError(self._sentence(owners, missing, outcome))
        return found

    def _sentence(self, owners: Mapping[Key, Sequence[str]], missing: Sequence[Key], outcome: Outcome) -> str:
        rows = {row for key in missing for row in owners[key]}
        left = f"{len(rows)} of {len({row for ids in owners.values() for row in ids})} rows are left"
        first = missing[0]
        if self._engine is None:
            return (
                f"corpora.{self._key}: row '{owners[first][0]}' has no translation into '{first[1]}' in {self._memory.snapshot}, {left}; "
                "append the missing translations there, or name a column of translations under fields.translation or a "
                "translation.engine."
            )
        kept = f"every other text is kept in {self._live.folder}"
        again = f"`dvc repro translate@{self._key}` goes on from there"
        if outcome.stopped is not None:
            return (
                f"corpora.{self._key}: {self._engine.name} {outcome.stopped}; {left}, the first of them '{owners[first][0]}', and "
                f"{kept}: {again}."
            )
        failed = next((key for key in missing if key in outcome.failed), first)
        return (
            f"corpora.{self._key}: row '{owners[failed][0]}' is not translated into '{failed[1]}', since {self._engine.name} "
            f"{outcome.failed.get(failed, 'gave nothing for it')}; {left}, {kept}: correct the row or add its translation to "
            f"{self._memory.snapshot} under the engine {self._engine.name}, and {again}."
        )
