"""Data sets of the hub: their splits as rows in a fixed order, class labels by name, and a sentence for every fault."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from pipeline.corpora.schema import Collected
from pipeline.corpora.sources import collect
from pipeline.errors import InputError
from pipeline.study import Corpus
from tests.pipeline.hubserver import Repositories

CARD = """---
dataset_info:
- config_name: plain_text
  features:
  - name: text
    dtype: string
  - name: label
    dtype:
      class_label:
        names:
          '0': neg
          '1': pos
configs:
- config_name: plain_text
  data_files:
  - split: train
    path: plain_text/train-*
  - split: test
    path: plain_text/test-*
---
# Reviews
"""
TRAIN = {"text": ["good", "bad", "fine"], "label": [1, 0, 1]}
TEST = {"text": ["poor", "great"], "label": [0, 1]}


def parquet(columns: dict[str, list[Any]], features: dict[str, Any] | None = None) -> bytes:
    """A Parquet file as datasets writes it, with its features in the metadata where they are given."""
    table = pa.table(columns)
    if features is not None:
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def label(*names: str) -> dict[str, Any]:
    return {"names": list(names), "_type": "ClassLabel"}


FILES = {
    "README.md": CARD.encode(),
    "plain_text/train-00000-of-00001.parquet": parquet(TRAIN),
    "plain_text/test-00000-of-00001.parquet": parquet(TEST),
}


@pytest.fixture
def reviews(hub: Repositories, corpus: Callable[..., Corpus], folder: Path) -> Callable[..., Corpus]:
    """A corpus that is a data set of the hub made of `files`, with some keys of `hub` and of the corpus replaced."""

    def make(files: dict[str, bytes] = FILES, source: dict[str, Any] | None = None, **hub_keys: Any) -> Corpus:
        revision = hub.commit("datasets/owner/reviews", files)
        asked = {"id": "owner/reviews", "revision": revision, "config": "plain_text", "split": ["train", "test"]}
        asked = {key: value for key, value in {**asked, **hub_keys}.items() if value is not None}
        return corpus(source=[{"hub": asked, **(source or {})}], labels=["neg", "pos"])

    return make


def read(block: Corpus) -> list[Collected]:
    return collect("reviews", block, 1)[0]


def fault(block: Corpus) -> str:
    with pytest.raises(InputError) as caught:
        read(block)
    assert "\n" not in str(caught.value)
    return str(caught.value)


class TestRows:
    def test_splits_come_in_the_order_asked_for_with_ids_that_say_where(self, reviews: Callable[..., Corpus]) -> None:
        rows = read(reviews(split=["test", "train"]))
        assert [row.id.removeprefix("reviews-plain_text-") for row in rows] == [
            *("test-1", "test-2"),
            *("train-1", "train-2", "train-3"),
        ]
        assert [row.text for row in rows] == ["poor", "great", "good", "bad", "fine"]

    def test_shards_are_read_by_name_and_numbered_through(self, reviews: Callable[..., Corpus]) -> None:
        shards = {
            "README.md": CARD.encode(),
            "plain_text/train-00001-of-00002.parquet": parquet(TEST),
            "plain_text/train-00000-of-00002.parquet": parquet(TRAIN),
        }
        rows = read(reviews(shards, split=["train"]))
        assert [(row.id[-1], row.text) for row in rows] == [
            *(("1", "good"), ("2", "bad"), ("3", "fine")),
            *(("4", "poor"), ("5", "great")),
        ]

    def test_everything_that_files_can_do_splits_can_do(self, reviews: Callable[..., Corpus]) -> None:
        source = {"language": "fr", "where": {"text": ["good", "bad", "fine"]}, "sample": 2}
        rows, record = collect("reviews", reviews(source=source), 1)
        assert {row.language for row in rows} == {"fr"}
        assert len(rows) == 2
        tally = record["source"][0]
        assert (tally["read"], tally["filtered"], tally["usable"], tally["kept"]) == (5, 2, 3, 2)

    def test_numbers_are_binarised_and_labels_mapped(self, reviews: Callable[..., Corpus]) -> None:
        files = {"data/train-00000-of-00001.parquet": parquet({"text": ["a", "b"], "label": [0.4, 4.5]})}
        scores = reviews(files, {"binarise": {"at": 3, "below": "neg", "from": "pos"}}, config=None, split=["train"])
        assert [row.label for row in read(scores)] == ["neg", "pos"]
        files = {"data/train-00000-of-00001.parquet": parquet({"text": ["a", "b"], "label": [0, 1]})}
        mapped = reviews(files, {"map": {"0": "neg", "1": "pos"}}, config=None, split=["train"])
        assert [row.label for row in read(mapped)] == ["neg", "pos"]

    def test_the_record_tells_revision_and_files(self, reviews: Callable[..., Corpus], hub: Repositories) -> None:
        import hashlib

        block = reviews()
        told = collect("reviews", block, 1)[1]["source"][0]
        assert told["path"] == "owner/reviews"
        assert told["hub"]["revision"] == block.source[0].hub.revision
        assert told["hub"]["files"] == [
            {"path": name, "sha256": hashlib.sha256(FILES[name]).hexdigest()} for name in list(FILES)[1:]
        ]


class TestFiles:
    @pytest.mark.parametrize(
        ("name", "config"),
        [
            ("plain_text/train-00000-of-00001.parquet", "plain_text"),
            ("plain_text/train-00000-of-00001-0123456789abcdef.parquet", "plain_text"),
            ("plain_text/train/0000.parquet", "plain_text"),
            ("data/train-00000-of-00001.parquet", None),
            ("train.parquet", None),
        ],
    )
    def test_without_a_card_names_tell_the_split(
        self, reviews: Callable[..., Corpus], name: str, config: str | None
    ) -> None:
        files = {name: parquet({"text": ["a"], "label": ["pos"]}), "plain_text/test.csv": b"no"}
        assert [row.text for row in read(reviews(files, config=config, split=["train"]))] == ["a"]

    @pytest.mark.parametrize(
        "data_files",
        [
            "{train: plain_text/train-*, test: plain_text/test-*}",
            "[{split: train, path: [plain_text/train-*]}, {split: test, path: '**/test-*'}]",
        ],
    )
    def test_a_card_may_say_it_in_several_forms(self, reviews: Callable[..., Corpus], data_files: str) -> None:
        card = CARD.split("configs:")[0] + f"configs:\n- config_name: plain_text\n  data_files: {data_files}\n---\n"
        assert len(read(reviews({**FILES, "README.md": card.encode()}))) == 5


class TestLabels:
    def test_the_cards_names_stand_for_numbers(self, reviews: Callable[..., Corpus]) -> None:
        assert [row.label for row in read(reviews())] == ["pos", "neg", "pos", "neg", "pos"]

    def test_the_files_own_names_come_first(self, reviews: Callable[..., Corpus]) -> None:
        files = {**FILES, "plain_text/train-00000-of-00001.parquet": parquet(TRAIN, {"label": label("pos", "neg")})}
        assert [row.label for row in read(reviews(files, split=["train"]))] == ["neg", "pos", "neg"]

    @pytest.mark.parametrize("wrap", [lambda one: {"feature": one, "_type": "List"}, lambda one: [one]])
    def test_a_list_of_one_label_is_that_label(
        self, reviews: Callable[..., Corpus], wrap: Callable[[Any], Any]
    ) -> None:
        columns = {"text": ["a", "b", "c"], "label": [[1], [0, 1], [0]]}
        files = {"data/train-00000-of-00001.parquet": parquet(columns, {"label": wrap(label("neg", "pos"))})}
        rows = read(reviews(files, {"unmapped": "drop"}, config=None, split=["train"]))
        assert [(row.text, row.label) for row in rows] == [("a", "pos"), ("c", "neg")]

    @pytest.mark.parametrize("word", ["sequence", "list"])
    def test_the_card_may_name_the_labels_of_a_list(self, reviews: Callable[..., Corpus], word: str) -> None:
        nested = CARD.replace("    dtype:\n      class_label", f"    {word}:\n      class_label")
        columns = {"text": ["a", "b"], "label": [[1], [0]]}
        files = {"README.md": nested.encode(), "plain_text/train-00000-of-00001.parquet": parquet(columns)}
        assert [row.label for row in read(reviews(files, split=["train"]))] == ["pos", "neg"]

    def test_a_number_without_a_name_is_refused_as_such(self, reviews: Callable[..., Corpus]) -> None:
        files = {**FILES, "plain_text/test-00000-of-00001.parquet": parquet({"text": ["a"], "label": [-1]})}
        assert "owner/reviews, test, row 1: the label '-1' is not among the declared ones" in fault(reviews(files))


class TestFaults:
    @pytest.mark.parametrize(
        ("keys", "sentence"),
        [
            ({"split": ["validation"]}, "has no split 'validation'; correct split (test, train)"),
            ({"config": "plain"}, "has no configuration 'plain'; correct config (plain_text)"),
            ({"revision": "1" * 40}, "has no such revision (404)"),
            ({"id": "owner/others"}, "does not exist or is not public (401)"),
            ({"revision": "unpinned"}, "has no commit yet; `detour study pin NAME`"),
        ],
    )
    def test_what_is_not_there_is_named_with_its_key(
        self, reviews: Callable[..., Corpus], keys: dict[str, Any], sentence: str
    ) -> None:
        said = fault(reviews(**keys))
        assert sentence in said
        assert "(corpora.reviews.source.0.hub)" in said

    def test_a_script_is_never_run(self, reviews: Callable[..., Corpus]) -> None:
        said = fault(reviews({"reviews.py": b"raise SystemExit", "README.md": b"# Reviews\n"}))
        assert "has a script to load it (reviews.py), which is never run, and no Parquet files" in said

    def test_a_pickle_is_never_read(self, reviews: Callable[..., Corpus], hub: Repositories, tmp_path: Path) -> None:
        said = fault(reviews({"train.pkl": b"pickle", "README.md": b"# Reviews\n"}))
        assert "has no Parquet files that could be read" in said
        assert not list(tmp_path.rglob("*.pkl"))

    def test_several_configurations_want_a_choice(self, reviews: Callable[..., Corpus]) -> None:
        files = {f"{name}/train-00000-of-00001.parquet": parquet(TRAIN) for name in ("de", "fr")}
        assert "has several configurations; say one under config (de, fr)" in fault(reviews(files, config=None))

    def test_a_column_that_is_not_there_is_named(self, reviews: Callable[..., Corpus]) -> None:
        files = {**FILES, "plain_text/train-00000-of-00001.parquet": parquet({"txt": ["a"], "label": [1]})}
        assert "has no column 'text', which corpora.reviews.fields.text asks for; did you mean 'txt'?" in fault(
            reviews(files)
        )

    def test_a_card_that_is_no_yaml_is_told(self, reviews: Callable[..., Corpus]) -> None:
        assert "has a card that cannot be read" in fault(reviews({**FILES, "README.md": b"---\na: [\n---\n"}))

    def test_another_commit_than_asked_for_is_refused(self, reviews: Callable[..., Corpus], hub: Repositories) -> None:
        block = reviews()
        hub.fault = "moved"
        assert "is answered with the commit" in fault(block)


class TestDeclaring:
    @pytest.mark.parametrize(
        ("source", "sentence"),
        [
            ({}, "exactly one of path, hub and site"),
            ({"path": "data/a.csv", "hub": {"id": "a/b", "revision": "1" * 40, "split": ["train"]}}, "exactly one of"),
            ({"hub": {"id": "a/b", "revision": "main", "split": ["train"]}}, "a full commit of 40 hexadecimal digits"),
            ({"hub": {"id": "a/b", "revision": "1" * 40, "split": []}}, "at least 1 item"),
            ({"sha256": "0" * 64, "hub": {"id": "a/b", "revision": "1" * 40, "split": ["t"]}}, "belongs to a path"),
        ],
    )
    def test_a_source_is_a_path_or_a_pinned_data_set(
        self, corpus: Callable[..., Corpus], source: dict[str, Any], sentence: str
    ) -> None:
        with pytest.raises(ValidationError, match=sentence):
            corpus(source=[source])
