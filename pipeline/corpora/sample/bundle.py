"""Writes the sample into a folder: eight corpora, the site of the ninth, the translation memory, the vocabulary and a README."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from pipeline.corpora.sample.comments import emotion_comments
from pipeline.corpora.sample.companies import stock_names
from pipeline.corpora.sample.feelings import feelings
from pipeline.corpora.sample.messages import sms_messages
from pipeline.corpora.sample.pairs import english_pairs, french_pairs
from pipeline.corpora.sample.planted import EFFECT, EMOTIONS_BY_LANGUAGE, REVIEWS_BY_LANGUAGE
from pipeline.corpora.sample.plots import genre_plots
from pipeline.corpora.sample.readme import readme
from pipeline.corpora.sample.reviews import english_reviews, foreign_reviews
from pipeline.corpora.sample.site import site_files
from pipeline.corpora.sample.vocabulary import vocabulary
from pipeline.files import write_bytes, write_text

Row = dict[str, str]


def sample_tables(effect: float = EFFECT) -> tuple[dict[str, list[Row]], list[Row]]:
    """Every CSV file's rows by file name, and the rows of the translation memory."""
    reviews, moods, pairs = foreign_reviews(effect), feelings(), english_pairs()
    translated_pairs = french_pairs(pairs)
    memory: list[tuple[str, str, str]] = []
    tables: dict[str, list[Row]] = {
        "imdb.csv": english_reviews(),
        "sms_spam.csv": sms_messages(effect),
        "imdb_genres.csv": genre_plots(),
        "goemotions.csv": emotion_comments(),
        "paws.csv": [
            {"id": name, "sentence1": pair.first[0], "sentence2": pair.second[0], "label": pair.label}
            for name, pair in pairs
        ],
        "pawsx.csv": [
            {"id": name, "language": "fr", "sentence1": pair.first[1], "sentence2": pair.second[1], "label": pair.label}
            for name, pair in translated_pairs
        ],
        "stock_names.csv": stock_names(),
    }
    for language, half in (("fr", reviews[:REVIEWS_BY_LANGUAGE]), ("es", reviews[REVIEWS_BY_LANGUAGE:])):
        texts = [review.fr if language == "fr" else review.es for review in half]
        memory += [(language, text, review.en) for text, review in zip(texts, half, strict=True)]
    for language, mood_half in (("fr", moods[:EMOTIONS_BY_LANGUAGE]), ("de", moods[EMOTIONS_BY_LANGUAGE:])):
        texts = [mood.fr if language == "fr" else mood.de for mood in mood_half]
        tables[f"emotions_{language}.csv"] = _texts(language, texts, [mood.label for mood in mood_half])
        memory += [(language, text, mood.en) for text, mood in zip(texts, mood_half, strict=True)]
    for _, pair in translated_pairs:
        memory += [("fr", pair.first[1], pair.first[0]), ("fr", pair.second[1], pair.second[0])]
    return tables, _memory_rows(memory)


def write_sample(folder: Path, effect: float = EFFECT) -> None:
    """Write every file of the sample into `folder`, the same bytes for the same `effect` on every machine."""
    tables, memory = sample_tables(effect)
    for name, rows in tables.items():
        write_text(folder / name, _csv(rows))
    site = site_files(foreign_reviews(effect))
    for name, page in site.items():
        write_bytes(folder / "sites" / "cinephile" / name, page)
    write_text(folder / "memory.jsonl", "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in memory))
    write_text(folder / "vocabulary.txt", "".join(f"{word}\n" for word in vocabulary(english_texts(tables, memory))))
    write_text(
        folder / "README.md", readme(effect, {name: len(rows) for name, rows in tables.items()}, len(memory), len(site))
    )


def english_texts(tables: dict[str, list[Row]], memory: list[Row]) -> list[str]:
    """Every English text that a model of the sample may read."""
    columns = {
        "imdb.csv": ["text"],
        "sms_spam.csv": ["text"],
        "imdb_genres.csv": ["title", "description"],
        "goemotions.csv": ["text"],
        "paws.csv": ["sentence1", "sentence2"],
        "stock_names.csv": ["name1", "name2"],
    }
    texts = [row[column] for name, names in columns.items() for row in tables[name] for column in names]
    return texts + [row["translation"] for row in memory]


def _texts(language: str, texts: Sequence[str], labels: Sequence[str]) -> list[Row]:
    return [
        {"id": f"{language}{number:03}", "text": text, "label": label}
        for number, (text, label) in enumerate(zip(texts, labels, strict=True), start=1)
    ]


def _memory_rows(translations: Iterable[tuple[str, str, str]]) -> list[Row]:
    """One row a source text, in the order of first appearance.

    Raises ValueError where one source text has two translations: the lookup is by text and could serve only one.
    """
    known: dict[tuple[str, str], str] = {}
    for language, text, translation in translations:
        if known.setdefault((language, text), translation) != translation:
            raise ValueError(f"two translations of the {language} text {text!r}")
    counts = Counter(known)
    return [
        {
            "source_language": language,
            "target_language": "en",
            "engine": "sample",
            "text": text,
            "translation": known[language, text],
        }
        for language, text in counts
    ]


def _csv(rows: Sequence[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
