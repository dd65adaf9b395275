"""Which rows are translated, from columns and from the memory, and what is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.corpora.schema import Collected, Row
from pipeline.corpora.translation.corpus import translate as translate_corpus
from pipeline.corpora.translation.live import LiveMemory
from pipeline.errors import InputError
from pipeline.study import Corpus, Translation

Rows = Callable[..., Collected]
Block = Callable[..., Corpus]


def entry(source: str, target: str, text: str, translation: str) -> str:
    languages = {"source_language": source, "target_language": target, "engine": "toy"}
    return json.dumps({**languages, "text": text, "translation": translation})


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def translate(key: str, corpus: Corpus, rows: list[Collected], memory: Path) -> tuple[list[Row], dict[str, Any]]:
    """From memory alone."""
    return translate_corpus(key, corpus, rows, Translation(memory=str(memory)), LiveMemory(Path("live")))


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
    path = Path("data/memory.jsonl")
    path.parent.mkdir()
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
            "toy",
        )
        assert (counts["column"], counts["memory"], counts["untranslated"]) == (0, 1, 0)

    def test_both_texts_of_a_pair_are_translated(self, corpus: Block, collected: Rows, memory: Path) -> None:
        pair = collected(text="bonjour", text_pair="adieu", language="fr", group="g")
        (row,), _ = translate("x", corpus(translation="to_english"), [pair], memory)
        assert row == Row("1", "hello", "farewell", "ham", "fr", "g", "bonjour", "adieu", "toy")

    def test_english_rows_pass_through(self, corpus: Block, collected: Rows) -> None:
        english = collected(text="hello", translation="unused")
        (row,), counts = translate("x", corpus(translation="to_english"), [english], Path("data/none.jsonl"))
        assert row == Row("1", "hello", None, "ham", "en", None, None, None, None)
        assert counts["untranslated"] == 1

    def test_the_corpuss_own_column_comes_first_and_needs_no_memory(self, corpus: Block, collected: Rows) -> None:
        french = collected(text="bonjour", language="fr", translation="good day")
        (row,), counts = translate("x", corpus(translation="to_english"), [french], Path("data/none.jsonl"))
        assert (row.text, row.source_text, row.translated_by) == ("good day", "bonjour", "column")
        assert counts["column"] == 1

    def test_a_column_with_half_a_pair_is_no_translation_of_it(
        self, corpus: Block, collected: Rows, memory: Path
    ) -> None:
        half = collected(text="bonjour", text_pair="adieu", language="fr", translation="good day")
        (row,), _ = translate("x", corpus(translation="to_english"), [half], memory)
        assert (row.text, row.text_pair, row.translated_by) == ("hello", "farewell", "toy")

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
        assert (counts["column"], counts["memory"], counts["untranslated"]) == (0, 1, 1)

    def test_every_row_is_there_once_in_each_language_and_its_copies_are_one_group(
        self, corpus: Block, collected: Rows, memory: Path
    ) -> None:
        with memory.open("a") as file:
            file.write(entry("en", "fr", "hello", "bonjour") + "\n")
        rows = [collected("1", "hello"), collected("2", "adieu", language="fr"), collected("3", "hello", group="g")]
        done, _ = translate("x", corpus(translation="from_english", into=["de", "fr"]), rows, memory)
        assert [(row.id, row.text, row.group, row.language) for row in done] == [
            ("1-de", "hallo", "1", "en"),
            ("1-fr", "bonjour", "1", "en"),
            ("2", "adieu", None, "fr"),
            ("3-de", "hallo", "g", "en"),
            ("3-fr", "bonjour", "g", "en"),
        ]


class TestWithoutLetters:
    def test_figures_and_signs_are_their_own_translation(self, corpus: Block, collected: Rows, memory: Path) -> None:
        rows = [collected("1", "10/10 !!!", language="fr"), collected("2", "5 €", text_pair="adieu", language="fr")]
        (alone, pair), counts = translate("x", corpus(translation="to_english"), rows, memory)
        assert (alone.text, alone.translated_by, counts["untranslated"]) == ("10/10 !!!", None, 1)
        assert (pair.text, pair.text_pair, pair.translated_by) == ("5 €", "farewell", "toy")


class TestNone:
    def test_nothing_changes(self, corpus: Block, collected: Rows) -> None:
        french = collected(text="bonjour", text_pair="adieu", language="fr", translation="unused", group="g")
        (row,), _ = translate("x", corpus(), [french], Path("data/none.jsonl"))
        assert row == Row("1", "bonjour", "adieu", "ham", "fr", "g", None, None, None)


class TestMemory:
    def test_a_missing_memory_is_refused_where_it_is_needed(self, corpus: Block, collected: Rows) -> None:
        with pytest.raises(InputError, match=r"none\.jsonl cannot be read"):
            translate("x", corpus(translation="to_english"), [collected(language="fr")], Path("data/none.jsonl"))

    def test_of_several_engines_the_first_to_translate_a_text_counts(
        self, corpus: Block, collected: Rows, memory: Path
    ) -> None:
        with memory.open("a") as file:
            file.write(entry("fr", "en", "bonjour", "howdy").replace("toy", "other") + "\n")
        (row,), _ = translate("x", corpus(translation="to_english"), [collected(text="bonjour", language="fr")], memory)
        assert (row.text, row.translated_by) == ("hello", "toy")

    def test_a_byte_order_mark_of_an_editor_is_no_fault(self, corpus: Block, collected: Rows, memory: Path) -> None:
        memory.write_bytes(b"\xef\xbb\xbf" + memory.read_bytes().replace(b"\n", b"\r\n"))
        (row,), _ = translate("x", corpus(translation="to_english"), [collected(text="adieu", language="fr")], memory)
        assert row.text == "farewell"

    def test_what_the_snapshot_lacks_is_looked_up_in_the_live_memory(
        self, corpus: Block, collected: Rows, memory: Path
    ) -> None:
        Path("live").mkdir()
        lines = [entry("fr", "en", "salut", "hey"), entry("fr", "en", "bonjour", "not this one")]
        Path("live/fr.en.jsonl").write_text("\n".join(lines) + "\n")
        rows = [collected(str(i), text, language="fr") for i, text in enumerate(("bonjour", "salut"))]
        done, _ = translate("x", corpus(translation="to_english"), rows, memory)
        assert [row.text for row in done] == ["hello", "hey"]

    def test_provenance_names_engine_and_model_or_date(self, corpus: Block, collected: Rows, memory: Path) -> None:
        lines = [
            entry("fr", "en", "a b", "c").replace('"toy"', '"marian", "model": "opus@1"'),
            entry("fr", "en", "d e", "f").replace('"toy"', '"google", "date": "2026-01-31"'),
            entry("fr", "en", "g h", "i").replace('"engine": "toy", ', ""),
        ]
        memory.write_text("\n".join(lines) + "\n")
        pair = collected("1", "a b", text_pair="d e", language="fr")
        done, told = translate(
            "x", corpus(translation="to_english"), [pair, collected("2", "g h", language="fr")], memory
        )
        assert [row.translated_by for row in done] == ["marian opus@1; google 2026-01-31", "memory"]
        assert told["answered"]["entries"] == 3

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
