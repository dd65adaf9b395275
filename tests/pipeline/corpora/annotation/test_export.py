"""From two annotators' labels to a corpus: what is exported, what is pinned, and what `collect` makes of it."""

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.corpora.annotation.export import alone, decided, export
from pipeline.corpora.annotation.hashes import text_hash
from pipeline.corpora.annotation.labels import Given, LabelFile
from pipeline.corpora.annotation.pairing import compare
from pipeline.corpora.annotation.session import Session
from pipeline.corpora.sources import collect
from pipeline.errors import InputError
from pipeline.study import Corpus, load_study

Labels = Callable[[str], LabelFile]
LABELS = Path("annotations/movie_reviews/labels.csv")


def rows_of(session: Session, labels: Labels) -> list[tuple[str, str, str]]:
    pairs = compare(session, labels("ann").rows, labels("bo").rows)
    return list(decided(pairs, labels("adjudicated").rows))


def exported() -> dict[str, dict[str, str]]:
    with LABELS.open(newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


class TestExport:
    def test_agreed_and_adjudicated_labels_are_written_with_the_hash_of_their_text(
        self, both: Session, labels: Labels, tree: Path
    ) -> None:
        ids, adjudicated = [item.id for item in both.items], labels("adjudicated")
        for id in ids[:5]:
            adjudicated.put(id, Given(id, "positive", "", "cy"))
        adjudicated.put(ids[5], Given(ids[5], "", "neither", "cy"))
        told = export(tree, both, rows_of(both, labels), [], partial=False)
        assert told.counts == {"adjudicated": 5, "left out in adjudication": 1, "skipped": 1, "agreed": 23}
        assert told.sha256 == hashlib.sha256(LABELS.read_bytes()).hexdigest()
        found = exported()
        assert list(found) == [*ids[:5], *ids[7:]]
        assert {row["label"] for row in list(found.values())[:5]} == {"positive"}
        assert all(row["text"] == text_hash(f"review number {id[2:]}", None) for id, row in found.items())

    def test_what_is_open_is_refused_or_left_out(self, both: Session, labels: Labels, tree: Path) -> None:
        labels("bo").put(both.items[9].id, None)
        with pytest.raises(
            InputError, match="Of 30 texts of movie_reviews 6 not adjudicated and 1 not looked at by both"
        ):
            export(tree, both, rows_of(both, labels), [], partial=False)
        assert not LABELS.exists()
        export(tree, both, rows_of(both, labels), [], partial=True)
        assert len(exported()) == 22

    def test_a_text_that_is_gone_is_left_out(self, both: Session, labels: Labels, tree: Path) -> None:
        gone = both.items[10].id
        told = export(tree, both, rows_of(both, labels), [gone], partial=True)
        assert gone not in exported() and told.counts["text gone or changed"] == 1

    def test_one_annotators_labels_as_they_are(self, both: Session, labels: Labels, tree: Path) -> None:
        told = export(tree, both, list(alone(both, "ann", labels("ann").rows)), [], partial=False)
        assert told.counts == {"ann": 29, "skipped": 1}

    def test_without_a_label_nothing_is_written(self, session: Session, labels: Labels, tree: Path) -> None:
        labels("ann"), labels("bo")
        with pytest.raises(InputError, match="No text of movie_reviews has a label"):
            export(tree, session, rows_of(session, labels), [], partial=True)
        assert not LABELS.exists()

    def test_params_yaml_gets_the_sha256_and_nothing_else_changes(
        self, both: Session, labels: Labels, tree: Path
    ) -> None:
        params = tree / "params.yaml"
        text = params.read_text()
        before = "[{site: cinephile}]"
        named = f"{before[:-2]}, annotations: {{path: {LABELS}, sha256: unpinned, rest: keep}}}}]  # by hand"
        params.write_text(text.replace(before, named))
        told = export(tree, both, rows_of(both, labels), [], partial=True)
        assert told.places == ("corpora.movie_reviews.source.0.annotations",)
        assert params.read_text() == text.replace(before, named.replace("unpinned", told.sha256))
        assert load_study(params).corpora["movie_reviews"].source[0].annotations is not None
        labels("adjudicated").put(both.items[0].id, Given(both.items[0].id, "positive", "", "cy"))
        again = export(tree, both, rows_of(both, labels), [], partial=True)
        assert again.sha256 != told.sha256 and params.read_text().count(again.sha256) == 1


@pytest.fixture
def reviews(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Corpus]:
    """A corpus of four texts of which two, or others that are given, were labelled by hand."""
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    Path("data/reviews.csv").write_text("n,text,label\n1,good,bad\n2,awful,bad\n3,fine,bad\n4,so so,bad\n")

    def make(
        *rows: tuple[str, str, str], fields: dict[str, str] | None = None, source: Any = None, **named: str
    ) -> Corpus:
        rows = rows or (("1", "pro", text_hash("good", None)), ("2", "contra", text_hash("awful", None)))
        path = Path("annotations/reviews/labels.csv")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("id,label,origin,text\n" + "".join(f"{id},{label},agreed,{hash}\n" for id, label, hash in rows))
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        block = {
            "task": "classification", "kind": "domain", "labels": ["contra", "pro", "bad"], "language": "en",
            "fields": fields or {"id": "n", "text": "text"}, "licence": "CC0-1.0", "citation": "nobody",
            "source": [{"path": "data/reviews.csv", "annotations": {"path": str(path), "sha256": sha256, **named}, **(source or {})}],
        }  # fmt: skip
        return Corpus.model_validate_json(json.dumps(block))

    return make


def fault(block: Corpus) -> str:
    with pytest.raises(InputError) as caught:
        collect("reviews", block, 1)
    assert "\n" not in str(caught.value)
    return str(caught.value)


class TestCollecting:
    def test_labels_by_hand_become_the_corpuss(self, reviews: Callable[..., Corpus]) -> None:
        rows, record = collect("reviews", reviews(), 1)
        assert [(row.id, row.label) for row in rows] == [("1", "pro"), ("2", "contra")]
        tally = record["source"][0]
        assert (tally["read"], tally["unmapped"], tally["usable"]) == (4, 2, 2)
        assert tally["companion"]["annotations"] == "annotations/reviews/labels.csv"

    def test_other_rows_keep_the_files_own_label_where_that_is_asked_for(self, reviews: Callable[..., Corpus]) -> None:
        block = reviews(fields={"id": "n", "text": "text", "label": "label"}, rest="keep")
        assert Counter(row.label for row in collect("reviews", block, 1)[0]) == {"bad": 2, "pro": 1, "contra": 1}

    def test_labels_by_hand_are_mapped_as_the_files_own(self, reviews: Callable[..., Corpus]) -> None:
        block = reviews(("1", "joy", text_hash("good", None)), source={"map": {"joy": "pro"}})
        assert [row.label for row in collect("reviews", block, 1)[0]] == ["pro"]
        assert "the label 'joy' is not among the declared ones" in fault(reviews(("1", "joy", text_hash("good", None))))

    def test_a_row_whose_text_has_changed_is_refused(self, reviews: Callable[..., Corpus]) -> None:
        block = reviews()
        Path("data/reviews.csv").write_text("n,text\n1,good\n2,another\n")
        sentence = fault(block)
        assert sentence.startswith(
            "annotations/reviews/labels.csv, line 3: '2' has another text in data/reviews.csv, line 3"
        )

    def test_a_label_without_its_row_is_refused(self, reviews: Callable[..., Corpus]) -> None:
        lost = ("9", "pro", text_hash("x", None)), ("8", "pro", text_hash("x", None))
        assert "line 2: no row of data/reviews.csv has the id '9' and 1 more" in fault(reviews(*lost))

    def test_a_filtered_row_keeps_its_label_from_being_lost(self, reviews: Callable[..., Corpus]) -> None:
        rows, _ = collect("reviews", reviews(source={"where": {"n": "1"}}), 1)
        assert [row.id for row in rows] == ["1"]

    def test_another_file_than_the_declared_one_is_refused(self, reviews: Callable[..., Corpus]) -> None:
        block = reviews()
        Path("annotations/reviews/labels.csv").write_text("id,label,origin,text\n")
        assert "`detour annotate reviews export` brings both in agreement" in fault(block)
        Path("annotations/reviews/labels.csv").unlink()
        assert "does not exist; `detour annotate reviews export` writes it" in fault(block)

    def test_labels_that_were_not_exported_yet_are_told(self, reviews: Callable[..., Corpus]) -> None:
        assert "annotations.sha256 is unpinned; `detour annotate reviews export`" in fault(reviews(sha256="unpinned"))

    def test_an_id_that_stands_twice_is_refused(self, reviews: Callable[..., Corpus]) -> None:
        row = ("1", "pro", text_hash("good", None))
        assert "line 3: the id '1' stands there twice" in fault(reviews(row, row))

    def test_a_pair_is_labelled_as_a_whole(self, reviews: Callable[..., Corpus]) -> None:
        fields = {"id": "n", "text": "text", "pair": "label"}
        rows, _ = collect("reviews", reviews(("1", "pro", text_hash("good", "bad")), fields=fields), 1)
        assert [(row.text_pair, row.label) for row in rows] == [("bad", "pro")]
        assert "has another text" in fault(reviews(("1", "pro", text_hash("good", None)), fields=fields))

    def test_two_files_share_the_labels_of_a_session(self, reviews: Callable[..., Corpus]) -> None:
        Path("data/more.csv").write_text("n,text\n5,more\n")
        block = reviews(("1", "pro", text_hash("good", None)), ("5", "contra", text_hash("more", None)))
        both = block.model_copy(
            update={"source": (block.source[0], block.source[0].model_copy(update={"path": "data/more.csv"}))}
        )
        assert [(row.id, row.label) for row in collect("reviews", both, 1)[0]] == [("1", "pro"), ("5", "contra")]
