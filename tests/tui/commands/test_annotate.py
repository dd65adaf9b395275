"""`detour annotate` without the app: the same labels by options, JSON, and a sentence for every fault."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from pipeline.corpora.annotation.session import read_session
from pipeline.errors import InputError
from tests.tui.annotating.reviews import CORPUS, label_by_hand, prepare
from tests.tui.toy import copy_toy, detour, shell
from tui.command_line import app


@pytest.fixture(scope="module")
def begun(new_study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session of six texts."""
    folder = prepare(copy_toy(new_study, tmp_path_factory.mktemp("begun") / "a study"))
    detour(folder, "annotate", CORPUS, "--sample", "6", "--seed", "1", "-a", "Ann", "--json")
    return folder


@pytest.fixture
def reviews(begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, the current folder."""
    folder = copy_toy(begun, tmp_path / "a study")
    monkeypatch.chdir(folder)
    return folder


Said = Callable[..., str]


@pytest.fixture
def say(reviews: Path, capsys: pytest.CaptureFixture[str]) -> Said:
    """What `detour annotate WORDS` prints, given in this process."""

    def run(*words: str) -> str:
        app(["annotate", *words], standalone_mode=False)
        return capsys.readouterr().out

    return run


@pytest.fixture
def ids(reviews: Path) -> list[str]:
    """The texts of the session."""
    return [item.id for item in read_session(reviews, CORPUS).items]


def refused(say: Said, *words: str) -> str:
    with pytest.raises(InputError) as caught:
        say(*words)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_labels_are_given_listed_compared_adjudicated_and_exported(say: Said, ids: list[str]) -> None:
    give = [f"--give={id}=positive" for id in ids]
    say(CORPUS, "-a", "Ann", *give)
    # Bo sees nothing of what Ann gave.
    listed = json.loads(say(CORPUS, "-a", "Bo", f"--give={ids[0]}=negative", "--json"))["texts"]
    assert [(text["id"], text["label"]) for text in listed] == [(ids[0], "negative"), *((id, None) for id in ids[1:])]
    assert listed[1]["text"] == f"review number {ids[1][2:]}"
    assert "bo has 5 of 6 texts to go" in refused(say, CORPUS, "agreement")
    say(CORPUS, "-a", "Bo", *give[1:5], f"--give={ids[5]}=", "--note", "no review")
    told = say(CORPUS, "agreement")
    assert "kappa 0.000 without an interval; ann and bo gave 4 of 5 texts one label" in told
    assert "2 differ, of which 0 adjudicated; bo skipped 1" in told
    queue = json.loads(say(CORPUS, "adjudicate", "-a", "Cy", "--json"))["texts"]
    assert [[side["label"] for side in text["given"]] for text in queue] == [["positive", "negative"], ["positive", ""]]
    assert "2 not adjudicated; finish them" in refused(say, CORPUS, "export")
    say(CORPUS, "adjudicate", "-a", "Cy", f"--give={ids[0]}=negative", f"--give={ids[5]}=")
    assert "was adjudicated, so its labels stay" in refused(say, CORPUS, "-a", "Ann", f"--give={ids[0]}=negative")
    told = say(CORPUS, "export")
    assert "5 labels (1 adjudicated, 4 agreed)" in told and "Left out: 1 left out in adjudication" in told
    status = json.loads(say(CORPUS, "status", "--json"))["corpora"][0]
    assert (status["differ"], status["adjudicated"], status["annotators"]["bo"]["skipped"]) == (2, 2, 1)


def test_exported_labels_are_pinned_in_params(reviews: Path, say: Said, ids: list[str]) -> None:
    params, yaml = reviews / "params.yaml", YAML()
    values = yaml.load(params.read_text())
    labels = f"annotations/{CORPUS}/labels.csv"
    values["corpora"][CORPUS]["source"][0]["annotations"] = {"path": labels, "sha256": "unpinned", "rest": "keep"}
    yaml.dump(values, params)
    say(CORPUS, "-a", "Ann", *(f"--give={id}=positive" for id in ids))
    assert "only ann has labelled" in refused(say, CORPUS, "export")
    told = json.loads(say(CORPUS, "export", "--alone", "--json"))
    assert told["places"] == [f"corpora.{CORPUS}.source.0.annotations"] and told["counts"] == {"ann": 6}
    assert f"sha256: {told['sha256']}" in params.read_text()


def test_the_name_is_gits_unless_another_is_given(reviews: Path, say: Said, ids: list[str]) -> None:
    say(CORPUS, f"--give={ids[0]}=positive")
    assert (reviews / "annotations" / CORPUS / "tester.csv").read_text() == f"id,label,note\n{ids[0]},positive,\n"
    shell(reviews, "git", "config", "user.name", "...")
    assert "has no letter for a file's name; give --annotator NAME" in refused(say, CORPUS)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((CORPUS, "agree"), "did you mean 'agreement'"),
        ((CORPUS, "status", "--give", "a=b"), "--give gives labels, and status takes none"),
        ((CORPUS, "--text", "said"), "columns of a file; name it with --from"),
        ((CORPUS,), "takes a terminal; without one, --json lists the texts"),
        ((CORPUS, "adjudicate"), "takes a terminal"),
        ((CORPUS, "--give", "x=positive"), "'x' is no text that can be labelled here"),
        ((CORPUS, "--give", "r-1"), "--give r-1 says no label; give ID=LABEL, or r-1= to skip the text"),
        (("imdb", "status"), "Nobody has begun to label imdb"),
        (("imbd",), "did you mean 'imdb'"),
        ((CORPUS, "--annotator", "labels"), "is kept for a file of its own"),
    ],
)
def test_a_fault_is_one_sentence(say: Said, words: tuple[str, ...], sentence: str) -> None:
    assert sentence in refused(say, *words)


def test_the_sentence_of_the_other_process_is_told_with_status_2(reviews: Path) -> None:
    done = detour(reviews, "annotate", "imdb", status=2)
    assert done.stderr.count("\n") == 1 and "`dvc repro collect@imdb` makes it" in done.stderr


def test_of_several_labels_none_is_given_where_one_cannot_be(reviews: Path, say: Said, ids: list[str]) -> None:
    said = refused(say, CORPUS, "--give", f"{ids[0]}=positive", "--give", f"{ids[1]}=positiv")
    assert "'positiv' is not in the scheme sentiment, so that none was given; did you mean 'positive'" in said
    assert not (reviews / "annotations" / CORPUS / "tester.csv").exists()


def test_a_broken_file_is_told_in_the_status_of_all(reviews: Path, say: Said, ids: list[str]) -> None:
    label_by_hand(reviews, "ann", {ids[0]: "positiv\x1b[2J"})
    label_by_hand(reviews, "bo", {ids[0]: "positive"})
    told = say()
    assert "bo" in told and "1/6" in told and "ann.csv, line 2: the label 'positiv" in " ".join(told.split())
    assert "\x1b" not in told
