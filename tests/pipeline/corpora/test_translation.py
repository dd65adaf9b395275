"""Translations from columns and from the memory, and what is refused."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.corpora.schema import Collected, Row
from pipeline.corpora.translation import translate
from pipeline.errors import InputError
from pipeline.study import Corpus

Rows = Callable[..., Collected]
Block = Callable[..., Corpus]


def entry(source: str, target: str, text: str, translation: str) -> str:
    languages = {"source_language": source, "target_language": target, "engine": "toy"}
    return json.dumps({**languages, "text": text, "translation": translation})


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    lines = [
        entry("fr", "en", "bonjour", "hi"),
        entry("fr", "en", "bonjour", "hello"),
        entry("fr", "en", "adieu", "farewell"),
        entry("es", "en", "bonjour", "wrong source"),
        entry("fr", "de", "bonjour", "wrong target"),
        entry("fr", "en", "vide", " "),
        "",
        entry("en", "de", "hello", "hallo"),
    ]
    path = tmp_path / "memory.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


class TestToEnglish:
    def test_the_memory_is_looked_up_by_languages_and_text_and_the_later_entry_counts(
        self, corpus: Block, collected: Rows, memory: Path
    ) -> None:
        (row,), counts = translate(
            "x", corpus(translation="to_english"), [collected(text="bonjour", language="fr")], memory
        )
        assert (row.text, row.source_text, row.language, row.translated_by) == (
            "hello",
            "bonjour",
            "fr",
            "memory",
        )
        assert counts == {"column": 0, "memory": 1, "untranslated": 0}

    def test_both_texts_of_a_pair_are_translated(self, corpus: Block, collected: Rows, memory: Path) -> None:
        pair = collected(text="bonjour", text_pair="adieu", language="fr", group="g")
        (row,), _ = translate("x", corpus(translation="to_english"), [pair], memory)
        assert row == Row("1", "hello", "farewell", "ham", "fr", "g", "bonjour", "adieu", "memory")

    def test_english_rows_pass_through(self, corpus: Block, collected: Rows, tmp_path: Path) -> None:
        english = collected(text="hello", translation="unused")
        (row,), counts = translate("x", corpus(translation="to_english"), [english], tmp_path / "none.jsonl")
        assert row == Row("1", "hello", None, "ham", "en", None, None, None, None)
        assert counts["untranslated"] == 1

    def test_the_corpuss_own_column_comes_first_and_needs_no_memory(
        self, corpus: Block, collected: Rows, tmp_path: Path
    ) -> None:
        french = collected(text="bonjour", language="fr", translation="good day")
        (row,), counts = translate("x", corpus(translation="to_english"), [french], tmp_path / "none.jsonl")
        assert (row.text, row.source_text, row.translated_by) == ("good day", "bonjour", "column")
        assert counts["column"] == 1

    def test_a_column_with_half_a_pair_is_no_translation_of_it(
        self, corpus: Block, collected: Rows, memory: Path
    ) -> None:
        half = collected(text="bonjour", text_pair="adieu", language="fr", translation="good day")
        (row,), _ = translate("x", corpus(translation="to_english"), [half], memory)
        assert (row.text, row.text_pair, row.translated_by) == ("hello", "farewell", "memory")

    @pytest.mark.parametrize("text", ["salut", "vide"])
    def test_a_missing_translation_names_the_row_and_how_many_there_are(
        self, corpus: Block, collected: Rows, memory: Path, text: str
    ) -> None:
        rows = [collected("a", "bonjour", language="fr"), *(collected(i, text, language="fr") for i in "bcd")]
        with pytest.raises(InputError) as caught:
            translate("reviews", corpus(translation="to_english"), rows, memory)
        sentence = str(caught.value)
        assert "corpora.reviews: row 'b'" in sentence and "3 of 4 rows" in sentence and str(memory) in sentence

    def test_a_pair_of_which_one_text_is_missing_is_missing(self, corpus: Block, collected: Rows, memory: Path) -> None:
        for texts in (("bonjour", "salut"), ("salut", "bonjour")):
            pair = collected(text=texts[0], text_pair=texts[1], language="fr")
            with pytest.raises(InputError, match="1 of 1 rows"):
                translate("x", corpus(translation="to_english"), [pair], memory)


class TestFromEnglish:
    def test_english_becomes_the_corpuss_language(self, corpus: Block, collected: Rows, memory: Path) -> None:
        rows = [collected("1", "hello"), collected("2", "schon deutsch", language="de")]
        block = corpus(translation="from_english", language="de")
        done, counts = translate("x", block, rows, memory)
        assert [(row.text, row.source_text, row.language) for row in done] == [
            ("hallo", "hello", "en"),
            ("schon deutsch", None, "de"),
        ]
        assert counts == {"column": 0, "memory": 1, "untranslated": 1}

    @pytest.mark.parametrize("language", [None, "en"])
    def test_a_target_language_is_needed(
        self, corpus: Block, collected: Rows, memory: Path, language: str | None
    ) -> None:
        with pytest.raises(InputError, match=r"corpora\.x\.language is"):
            translate("x", corpus(translation="from_english", language=language), [collected()], memory)


class TestNone:
    def test_nothing_changes(self, corpus: Block, collected: Rows, tmp_path: Path) -> None:
        french = collected(text="bonjour", text_pair="adieu", language="fr", translation="unused", group="g")
        (row,), _ = translate("x", corpus(), [french], tmp_path / "none.jsonl")
        assert row == Row("1", "bonjour", "adieu", "ham", "fr", "g", None, None, None)


class TestMemory:
    def test_a_missing_memory_is_refused_where_it_is_needed(
        self, corpus: Block, collected: Rows, tmp_path: Path
    ) -> None:
        with pytest.raises(InputError, match=r"none\.jsonl cannot be read"):
            translate("x", corpus(translation="to_english"), [collected(language="fr")], tmp_path / "none.jsonl")

    @pytest.mark.parametrize(
        "line",
        [
            b"{",
            b"[]",
            b"3",
            b'{"text": "a"}',
            b'"\xe9"',
            entry("fr", "en", "a", "b").replace('"b"', "3").encode(),
            entry("fr", "en", "a", "b").replace('"b"', r'"\ud800"').encode(),
        ],
    )
    def test_a_broken_line_names_file_and_line(self, corpus: Block, collected: Rows, memory: Path, line: bytes) -> None:
        with memory.open("ab") as file:
            file.write(line)
        french = [collected(text="bonjour", language="fr")]
        with pytest.raises(InputError, match=r"memory\.jsonl, line 9 is not an entry"):
            translate("x", corpus(translation="to_english"), french, memory)
