"""Schemes: what ships fits the study, keys are letters that nothing else has, and a fault is one sentence."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.corpora.annotation.scheme import KEYS, find_scheme, give_keys, make_scheme, read_scheme, write_scheme
from pipeline.errors import InputError
from pipeline.study import load_study

ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize(("corpus", "scheme"), [("emotions", "emotions"), ("movie_reviews", "sentiment")])
def test_the_schemes_that_ship_are_those_of_the_corpora(corpus: str, scheme: str) -> None:
    labels = load_study(ROOT / "params.yaml").corpora[corpus].labels
    found = find_scheme(ROOT, labels)
    assert found is not None and (found.name, found.names) == (scheme, labels)
    assert found.guidelines and all(label.meaning for label in found.labels)


def test_every_corpus_of_the_sample_has_a_key_for_each_label() -> None:
    for corpus in load_study(ROOT / "params.yaml").corpora.values():
        keys = give_keys(corpus.labels)
        assert list(keys) == list(corpus.labels)
        assert len(set(keys.values())) == len(corpus.labels) and set(keys.values()) <= set(KEYS)


@given(st.lists(st.text(min_size=1, max_size=5), unique=True, max_size=len(KEYS)))
def test_keys_are_given_to_labels_of_any_script(labels: list[str]) -> None:
    keys = give_keys(labels)
    assert len(set(keys.values())) == len(labels) and set(keys.values()) <= set(KEYS)


def test_an_initial_is_the_key_where_it_is_free() -> None:
    assert give_keys(["negative", "positive", "neutral", "none", "q", "nne"]) == {
        "negative": "n", "positive": "p", "neutral": "e", "none": "o", "q": "Q", "nne": "N",
    }  # fmt: skip


def test_more_labels_than_letters_are_refused() -> None:
    with pytest.raises(InputError, match="60 labels and the keyboard 51"):
        make_scheme("many", [str(number) for number in range(60)])


def test_a_scheme_that_was_made_reads_back(tmp_path: Path) -> None:
    made = make_scheme("odd", ["no", "1", 'a "quote": {x}', "日本", "null"])
    write_scheme(tmp_path, made)
    assert read_scheme(tmp_path, "odd") == made


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("labels: {a: {key: a}, b: {key: a}}", "labels.a and labels.b have the key a; change one"),
        ("labels: {a: {key: q}, b: {key: b}}", 'labels.a.key is "q"; it should be one letter'),
        ("labels: {a: {key: 1}, b: {key: b}}", "labels.a.key is 1; it should be one letter"),
        ("labels: {a: {kye: a}, b: {key: b}}", "give it a key and a meaning"),
        ("labels: {a: , b: {key: b}}", "labels.a.key is null"),
        ("labels: {1: {key: a}, b: {key: b}}", "the label 1 is no name; write it as text, in quotes"),
        ("labels: {a: {key: a}}", "has 1 label; annotators need two"),
        ("labels: [a, b]", "holds no labels; give it `labels:`"),
        ("title: {a: b}\nlabels: {a: {key: a}, b: {key: b}}", "title is"),
        ("guideline: x\nlabels: {a: {key: a}, b: {key: b}}", "did you mean 'guidelines'"),
        ("labels: {a: {key: a, b", "annotations/schemes/broken.yaml, line"),
    ],
)
def test_a_fault_is_one_sentence_with_file_and_key(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "annotations" / "schemes" / "broken.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_scheme(tmp_path, "broken")
    assert sentence in str(caught.value) and str(caught.value).startswith("annotations/schemes/broken.yaml")
    assert "\n" not in str(caught.value)


def test_an_unknown_scheme_names_the_near_one() -> None:
    with pytest.raises(InputError, match=r"no scheme 'emotion' .* did you mean 'emotions'"):
        read_scheme(ROOT, "emotion")
