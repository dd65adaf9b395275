"""The room on public corpora, where they are present.

They are looked for in `shared/data` beside the main checkout, or in the folder that DETOUR_REAL_DATA names.
"""

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.checkout import main_checkout
from pipeline.corpora.cleaning import clean, cleaned, fold
from pipeline.corpora.companies import company
from pipeline.corpora.components import owners
from pipeline.corpora.near import without_near
from pipeline.corpora.overlap import seen_rows
from pipeline.corpora.schema import Collected, Row
from pipeline.corpora.shingles import words
from pipeline.corpora.sources import collect
from pipeline.corpora.splits import split
from pipeline.corpora.translation.corpus import translate
from pipeline.corpora.translation.live import LiveMemory
from pipeline.files import sha256_of_file
from pipeline.study import Corpus, Translation

DATA = Path(os.environ.get("DETOUR_REAL_DATA") or main_checkout(Path(__file__).parent).parent / "shared" / "data")

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the public corpora are not at {DATA}; set DETOUR_REAL_DATA"),
]

Block = Callable[..., Corpus]


def file(path: str, **keys: object) -> dict[str, object]:
    return {"path": str(DATA / path), "sha256": sha256_of_file(DATA / path), **keys}


def untranslated(block: Corpus, rows: list[Collected]) -> list[Row]:
    return translate("x", block, rows, Translation(memory="data/none.jsonl"), LiveMemory(Path("none")))[0]


class TestSmsSpam:
    def test_403_texts_are_exact_duplicates(self, corpus: Block) -> None:
        block = corpus(source=[file("sms_spam/sms_spam.csv.xz")], sample=5600)
        rows, record = collect("sms_spam", block, 1)
        remaining, dropped = without_near(*cleaned("sms_spam", untranslated(block, rows)))
        assert (len(rows), record["notes"]) == (5574, ["asked 5600, 5574 exist"])
        assert (dropped.exact, dropped.folded, dropped.near) == (403, 12, 55) and dropped.conflicting == 0
        assert len(remaining) == 5574 - 403 - 12 - 55
        parts = split("sms_spam", remaining, block.labels, 0.3, 0.1, 1)
        spam = sum(row.label == "spam" for row in remaining) / len(remaining)
        for members in parts.values():
            assert sum(row.label == "spam" for row in members) / len(members) == pytest.approx(spam, abs=0.005)


class TestReviews:
    def test_muchocines_five_ranks_become_two_labels_and_the_middle_goes(self, corpus: Block) -> None:
        ranks = {"1": "ham", "2": "ham", "4": "spam", "5": "spam"}
        source = file("movie_reviews_es/muchocine.csv.xz", map=ranks, unmapped="drop")
        rows, record = collect("x", corpus(source=[source], fields={"text": "body", "label": "rank", "id": "id"}), 1)
        tally = record["source"][0]
        assert (tally["read"], tally["unmapped"], tally["empty"]) == (3878, 1253, 1)
        assert Counter(row.label for row in rows) == {"ham": 351 + 923 - 1, "spam": 890 + 461}

    def test_418_texts_of_imdb_are_repeated(self, corpus: Block) -> None:
        source = file("imdb/imdb_50k.csv.xz", map={"neg": "ham", "pos": "spam"})
        fields = {"text": "review", "label": "sentiment", "id": ["split", "sentiment", "id"], "group": "imdb_title"}
        block = corpus(source=[source], fields=fields)
        remaining, dropped = cleaned("imdb", untranslated(block, collect("imdb", block, 1)[0]))
        assert dropped.exact == 418 and len(remaining) == 50_000 - 418 - dropped.folded


class TestEmotions:
    def test_texts_of_goemotions_test_are_in_its_train_as_well(self, corpus: Block) -> None:
        names = (DATA / "goemotions" / "labels.txt").read_text(encoding="utf-8").split()
        numbers = {str(number): name for number, name in enumerate(names)}
        fields = {"text": "text", "label": "labels", "id": "comment_id"}
        parts = {}
        for part in ("train", "test"):
            source = file("goemotions/goemotions_en.csv.xz", where={"split": part}, map=numbers, unmapped="drop")
            block = corpus(source=[source], labels=names, fields=fields, task="sentiment")
            rows = untranslated(block, collect("goemotions", block, 1)[0])
            parts[part] = [row._replace(text=clean(row.text)) for row in rows]
        found = {kind: len(ids) for kind, ids in seen_rows(parts["test"], parts["train"]).items()}
        share = sum(found.values()) / len(parts["test"])
        assert {"exact", "near"} <= found.keys() and 0.01 < share < 0.03, found

    def test_one_file_gives_a_section_for_each_language(self, corpus: Block) -> None:
        names = ["anger", "anticipation", "disgust", "fear", "joy", "sadness", "surprise", "trust"]
        numbers = {str(number): name for number, name in enumerate(names, 1)}
        path = "emotion_multi/xed_20lang.csv.xz"
        source = [
            file(path, language=code, where={"lang": code}, map=numbers, unmapped="drop") for code in ("fr", "de")
        ]
        rows, record = collect("x", corpus(source=source, labels=names, fields={"text": "text", "label": "labels"}), 1)
        assert [tally["read"] - tally["filtered"] for tally in record["source"]] == [7303, 5500]
        assert Counter(row.language for row in rows) == {"fr": 7303 - 2657, "de": 5500 - 1928}
        assert len({row.id for row in rows}) == len(rows)


PAWSX = {
    "text": "sentence1",
    "pair": "sentence2",
    "label": "label",
    "id": ["lang", "split", "id"],
    "language": "lang",
    "group": "id",
}


def pawsx(**where: object) -> dict[str, object]:
    """The pairs of PAWS-X that its makers did not mark as nonsense, of these columns' values."""
    path = "pawsx/pawsx_dev_test_7lang.csv.xz"
    return file(path, where={"ns": "0", **where}, map={"0": "ham", "1": "spam"}, unmapped="drop")


class TestPairs:
    def test_pawsx_leaves_out_rows_marked_ns_and_keeps_a_pairs_languages_together(self, corpus: Block) -> None:
        block = corpus(source=[pawsx()], fields=PAWSX, task="similarity")
        rows, record = collect("pawsx", block, 1)
        tally = record["source"][0]
        assert (tally["read"], tally["filtered"], tally["unmapped"]) == (28000, 339, 22)
        parts = split("pawsx", cleaned("pawsx", untranslated(block, rows))[0], block.labels, 0.3, 0.1, 1)
        groups = [{row.group for row in members} for members in parts.values()]
        assert sum(map(len, groups)) == len(set.union(*groups))
        counts = Counter(row.language for row in parts["test"])
        assert max(counts.values()) < 1.05 * min(counts.values())

    def test_sts_scores_become_two_labels(self, corpus: Block) -> None:
        binarise = {"at": 3, "below": "ham", "from": "spam"}
        source = file("stsb_multi/stsb_multi_mt_11lang.csv.xz", where={"lang": "de"}, binarise=binarise)
        fields = {"text": "sentence1", "pair": "sentence2", "label": "score", "id": ["lang", "split", "row"]}
        rows, _ = collect("x", corpus(source=[source], fields=fields, language="de"), 1)
        assert len(rows) == 8628
        assert 0.4 < sum(row.label == "spam" for row in rows) / len(rows) < 0.6

    def test_no_sentence_of_pawsx_stands_in_two_parts(self, corpus: Block) -> None:
        block = corpus(source=[pawsx(lang=["en", "fr"])], fields=PAWSX, task="similarity")
        rows, dropped = without_near(*cleaned("pawsx", untranslated(block, collect("pawsx", block, 1)[0])))
        # What differs little and has another label is what this corpus is about.
        assert dropped.contrasts > 0
        parts = split("pawsx", rows, block.labels, 0.3, 0.1, 1, owners(rows, True))
        assert len(parts["test"]) / len(rows) == pytest.approx(0.3, abs=0.01)
        sentences = [
            {fold(text) for row in members for text in (row.text, row.text_pair or "")} for members in parts.values()
        ]
        assert not sentences[0] & sentences[2] and not sentences[1] & sentences[2] and not sentences[0] & sentences[1]

    def test_the_ticker_na_is_kept(self, corpus: Block) -> None:
        exchanges = {"NYSE": "ham", "NASDAQ": "spam", "AMEX": "spam"}
        source = file("listings/us_stock_symbols_sector.csv.xz", map=exchanges)
        fields = {"text": "name", "pair": "symbol", "label": "exchange", "id": "symbol"}
        rows, _ = collect("x", corpus(source=[source], fields=fields), 1)
        assert len(rows) == 7182
        assert [row.text_pair for row in rows if row.text.startswith("Nano Labs")] == ["NA"]


class TestGroups:
    def test_reviews_of_one_film_stay_together(self, corpus: Block) -> None:
        source = file("imdb/imdb_50k.csv.xz", map={"neg": "ham", "pos": "spam"})
        fields = {
            "text": "imdb_title",
            "label": "sentiment",
            "id": ["split", "sentiment", "id"],
            "group": "imdb_title",
        }
        block = corpus(source=[source], fields=fields)
        rows = untranslated(block, collect("imdb", block, 1)[0])
        parts = split("imdb", rows, block.labels, 0.3, 0.1, 1)
        assert [round(len(parts[part]) / len(rows), 3) for part in ("train", "dev", "test")] == [
            0.63,
            0.07,
            0.3,
        ]
        groups = [{row.group for row in members} for members in parts.values()]
        assert sum(map(len, groups)) == len(set.union(*groups))
        # Films have as many reviews in one part as in another, on average.
        means = [len(members) / len(found) for members, found in zip(parts.values(), groups, strict=True)]
        assert max(means) < 1.02 * min(means)


class TestCompanions:
    def test_french_pairs_find_their_english_sides_by_split_and_id(self, corpus: Block) -> None:
        english = file(
            "pawsx/pawsx_dev_test_7lang.csv.xz",
            where={"lang": "en"},
            id=["split", "id"],
            text="sentence1",
            pair="sentence2",
        )
        source = {**pawsx(lang="fr"), "translations": english}
        fields = {"id": ["split", "id"], "text": "sentence1", "pair": "sentence2", "label": "label"}
        block = corpus(source=[source], fields=fields, language="fr", translation="to_english", task="similarity")
        rows, record = collect("pawsx", block, 1)
        assert (len(rows), record["source"][0]["unmapped"]) == (3974, 4)
        settings = Translation(memory="data/none.jsonl")
        translated, counts = translate("pawsx", block, rows, settings, LiveMemory(Path("none")))
        assert counts == {"column": 3974, "memory": 0, "untranslated": 0}
        shared = [len(set(row.text.split()) & set((row.text_pair or "").split())) for row in translated]
        # The two sides of a pair are word swaps of each other, so a wrong join would share next to nothing.
        assert sum(shared) / len(shared) > 10

    def test_two_public_lists_of_one_exchange_make_balanced_pairs_of_names(self, corpus: Block) -> None:
        listing = file(
            "listings/nasdaq_listed_symbols_original.csv.xz",
            id="Symbol",
            text="Company Name",
            same="spam",
            different="ham",
        )
        source = file("listings/us_stock_symbols_sector.csv.xz", listing=listing)
        block = corpus(source=[source], fields={"id": "symbol", "text": "name"}, task="similarity")
        rows, _ = collect("stock_names", block, 1)
        assert len(rows) > 4000
        assert abs(Counter(row.label for row in rows)["spam"] / len(rows) - 0.5) < 0.001


class TestStockNames:
    def test_a_listing_makes_balanced_pairs_with_no_name_in_two_parts(self, corpus: Block) -> None:
        pairs = {"ticker": "symbol", "sector": "sector", "same": "spam", "different": "ham"}
        source = file("listings/us_stock_symbols_sector.csv.xz", name_pairs=pairs)
        block = corpus(source=[source], fields={"text": "name"}, task="similarity", sample=2100)
        rows, record = collect("stock_names", block, 1)
        assert record["source"][0]["kept"] > 11_000
        assert Counter(row.label for row in rows) == {"ham": 1050, "spam": 1050}
        ready, dropped = without_near(*cleaned("stock_names", untranslated(block, rows)))
        assert dropped.exact == dropped.folded == 0
        parts = split("stock_names", ready, block.labels, 0.3, 0.1, 1, owners(ready, True))
        names = []
        for members in parts.values():
            texts = [text for row in members for text in (row.text, row.text_pair or "")]
            names.append({company(text).key for text in texts if not (text.isupper() and len(text) <= 8)})
        assert not names[0] & names[2] and not names[1] & names[2] and not names[0] & names[1]
        assert len(parts["test"]) / len(ready) == pytest.approx(0.3, abs=0.01)

    def test_wrong_pairs_are_hard(self, corpus: Block) -> None:
        pairs = {"ticker": "symbol", "sector": "sector", "same": "spam", "different": "ham"}
        source = file("listings/us_stock_symbols_sector.csv.xz", name_pairs=pairs)
        rows, _ = collect("stock_names", corpus(source=[source], fields={"text": "name"}, task="similarity"), 1)
        wrong = [row for row in rows if row.label == "ham" and row.id.endswith("-name")]
        share = sum(bool({*words(fold(row.text))} & {*words(fold(row.text_pair or ""))}) for row in wrong) / len(wrong)
        assert share > 0.75
