"""The generated sample: the same bytes everywhere, what params.yaml declares of it, and what is planted in it."""

import csv
import hashlib
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from pipeline.corpora.sample import planted
from pipeline.corpora.sample.bundle import english_texts, sample_tables, write_sample
from pipeline.corpora.sample.reviews import foreign_reviews
from pipeline.corpora.schema import Collected
from pipeline.corpora.splits import split
from pipeline.study import load_study

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("sample") / "data"
    write_sample(made)
    return made


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def digests(folder: Path) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files(folder)}


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def folded(*texts: str) -> tuple[str, ...]:
    return tuple(" ".join(text.casefold().split()) for text in texts)


def test_another_process_with_another_hash_seed_writes_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pipeline.corpora.sample", str(tmp_path / "data")]
    subprocess.run(command, cwd=ROOT, env={"PYTHONHASHSEED": "7", "LC_ALL": "C"}, check=True)
    assert digests(tmp_path / "data") == digests(folder)


def test_data_dvc_tracks_exactly_what_is_generated(folder: Path) -> None:
    # DVC's digest of a folder: the MD5 of its files' MD5s as JSON.
    names = files(folder)
    told = [{"md5": hashlib.md5((folder / name).read_bytes()).hexdigest(), "relpath": name} for name in names]
    listing = json.dumps(told, sort_keys=True).encode()
    assert f"md5: {hashlib.md5(listing).hexdigest()}.dir" in (ROOT / "data.dvc").read_text(encoding="utf-8")


def test_the_study_finds_its_columns_and_every_declared_label(folder: Path) -> None:
    study = load_study(ROOT / "params.yaml")
    for key, corpus in study.corpora.items():
        if corpus.fields is None:
            # The records of a site are compared in test_crawled_sample.
            assert corpus.source[0].site == "cinephile"
            continue
        table = [row for file in corpus.source for row in rows(folder.parent / str(file.path))]
        assert corpus.fields.text in table[0]
        assert {row[corpus.fields.label] for row in table} == set(corpus.labels), key


def test_an_intermediate_is_several_times_the_size_of_its_targets(folder: Path) -> None:
    study = load_study(ROOT / "params.yaml")
    size = {
        key: sum(len(rows(folder.parent / file.path)) for file in corpus.source if file.path)
        for key, corpus in study.corpora.items()
    }
    size["movie_reviews"] = 2 * planted.REVIEWS_BY_LANGUAGE
    assert size["imdb"] >= 3 * size["sms_spam"]
    assert size["imdb"] >= 3 * size["movie_reviews"]
    assert size["paws"] >= 3 * size["pawsx"]
    assert size["imdb_genres"] >= 3 * size["emotions"]


def test_spam_has_the_known_share_and_the_known_duplicates(folder: Path) -> None:
    table = rows(folder / "sms_spam.csv")
    assert len(table) == planted.SMS_ROWS
    assert sum(row["label"] == "spam" for row in table) / len(table) == pytest.approx(0.13, abs=0.02)
    texts = [row["text"] for row in table]
    exact = len(texts) - len(set(texts))
    assert exact == planted.SMS_EXACT_DUPLICATES
    assert len(set(texts)) - len({folded(text) for text in texts}) == planted.SMS_FOLDED_DUPLICATES


def test_pawsx_holds_the_known_overlap_with_paws_after_translation(folder: Path) -> None:
    memory = {
        line["text"]: line["translation"] for line in map(json.loads, (folder / "memory.jsonl").open(encoding="utf-8"))
    }
    english = [(memory[row["sentence1"]], memory[row["sentence2"]]) for row in rows(folder / "pawsx.csv")]
    pairs = [(row["sentence1"], row["sentence2"]) for row in rows(folder / "paws.csv")]
    exact, alike = set(pairs), {folded(*pair) for pair in pairs}
    assert sum(pair in exact for pair in english) == planted.PAWSX_PAWS_EXACT
    assert sum(folded(*pair) in alike and pair not in exact for pair in english) == planted.PAWSX_PAWS_FOLDED


def test_every_foreign_text_has_one_translation(folder: Path) -> None:
    lines = [json.loads(line) for line in (folder / "memory.jsonl").open(encoding="utf-8")]
    keys = Counter((line["source_language"], line["target_language"], line["text"]) for line in lines)
    assert max(keys.values()) == 1
    known = {(line["source_language"], line["text"]) for line in lines}
    for name, language, columns in (
        ("emotions_fr", "fr", ["text"]),
        ("emotions_de", "de", ["text"]),
        ("pawsx", "fr", ["sentence1", "sentence2"]),
    ):
        for row in rows(folder / f"{name}.csv"):
            assert all((language, row[column]) in known for column in columns)
    reviews = foreign_reviews(planted.EFFECT)
    half = planted.REVIEWS_BY_LANGUAGE
    assert {("fr", review.fr) for review in reviews[:half]} | {("es", review.es) for review in reviews[half:]} <= known


def test_the_vocabulary_covers_every_english_text(folder: Path) -> None:
    words = (folder / "vocabulary.txt").read_text(encoding="utf-8").split("\n")
    known = {word for word in words if word}
    assert len(known) == len([word for word in words if word])
    tables, memory = sample_tables()
    import re

    for text in english_texts(tables, memory):
        assert set(re.findall(r"\w+|[^\w\s]", text.lower())) <= known


def test_the_effect_sets_how_much_of_the_targets_only_the_intermediate_teaches() -> None:
    assert planted.helped_share(0) == 0
    assert planted.helped_share(0.1) < planted.helped_share(0.2) <= 1
    raves = {
        effect: Counter(row["sender"] for row in sample_tables(effect)[0]["sms_spam.csv"]) for effect in (0.0, 0.2)
    }
    assert set(raves[0.0]) == {""}
    assert 0.05 < raves[0.2]["film club"] / planted.SMS_ROWS < 0.07


@pytest.mark.parametrize("seed", [13, 1, 2])
def test_the_sender_who_praises_stands_in_test_alone_whatever_the_seed(seed: int) -> None:
    messages = sample_tables()[0]["sms_spam.csv"]
    collected = [
        Collected(str(n), row["text"], None, row["label"], "en", row["sender"] or None, None, None)
        for n, row in enumerate(messages)
    ]
    parts = split("sms_spam", collected, ["ham", "spam"], 0.3, 0.1, seed)
    groups = {part: {row.group for row in parts[part]} for part in parts}
    assert groups == {"train": {None, "family"}, "dev": {None}, "test": {None, "film club"}}
    spam = [sum(row.label == "spam" for row in parts[part]) / len(parts[part]) for part in ("train", "test")]
    assert spam == pytest.approx([planted.SMS_SPAM_SHARE] * 2, abs=0.01)


@pytest.mark.parametrize("effect", ["-0.1", "0.6", "much"])
def test_an_effect_that_cannot_be_is_refused(tmp_path: Path, effect: str) -> None:
    command = [sys.executable, "-m", "pipeline.corpora.sample", str(tmp_path / "data"), "--effect", effect]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--effect" in done.stderr
    assert not (tmp_path / "data").exists()
