"""Sessions: the same texts for everybody, found again, and a label never on another text."""

import csv
import subprocess
from pathlib import Path

import pytest

from pipeline.corpora.annotation.session import Session, annotator_file, annotators, read_session, session_path
from pipeline.corpora.annotation.texts import Wish, begin, find_texts
from pipeline.corpora.schema import Collected, write_table
from pipeline.errors import InputError
from tests.pipeline.corpora.annotation.reviews import CORPUS, collect


def fault(corpus: str, **wish: object) -> str:
    with pytest.raises(InputError) as caught:
        begin(corpus, Wish(**wish))  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    return str(caught.value)


class TestBeginning:
    def test_the_same_sample_and_seed_write_the_same_bytes(self, session: Session, tree: Path) -> None:
        path = session_path(tree, CORPUS)
        before = path.read_bytes()
        path.unlink()
        begin(CORPUS, Wish(sample=30, seed=1))
        assert path.read_bytes() == before
        path.unlink()
        begin(CORPUS, Wish(sample=30, seed=2))
        assert path.read_bytes() != before

    def test_neither_texts_nor_their_labels_are_in_the_file(self, session: Session, tree: Path) -> None:
        text = session_path(tree, CORPUS).read_text()
        assert "review number" not in text and "negative" not in text

    def test_the_second_annotator_gets_the_first_ones_texts(self, session: Session) -> None:
        assert begin(CORPUS, Wish())[0] == session
        assert begin(CORPUS, Wish(seed=1, sample=30))[0] == session

    def test_a_larger_sample_begins_with_the_smaller(self, session: Session, tree: Path) -> None:
        longer, said = begin(CORPUS, Wish(sample=35))
        assert longer.items[:30] == session.items and len(longer.items) == 35 and said == ["5 texts were added."]
        longest, said = begin(CORPUS, Wish(sample=50))
        assert len(longest.items) == 40 and said[1] == "50 were asked for, 40 exist."
        session_path(tree, CORPUS).unlink()
        assert begin(CORPUS, Wish(sample=50, seed=1))[0].items == longest.items

    @pytest.mark.parametrize(
        ("wish", "sentence"),
        [
            ({"seed": 2}, "has seed 1, not 2; leave --seed out"),
            ({"scheme": "emotions"}, "has scheme 'sentiment', not 'emotions'"),
            ({"language": "fr"}, "has language None, not 'fr'"),
            ({"sample": 10}, "has 30 texts, which cannot become 10: labels would be lost"),
        ],
    )
    def test_other_texts_than_the_sessions_are_refused(
        self, session: Session, tree: Path, wish: dict[str, object], sentence: str
    ) -> None:
        before = session_path(tree, CORPUS).read_bytes()
        assert sentence in fault(CORPUS, **wish)
        assert session_path(tree, CORPUS).read_bytes() == before

    def test_one_language_can_be_asked_for(self, tree: Path) -> None:
        session, _ = begin(CORPUS, Wish(language="fr"))
        assert len(session.items) == 20
        assert {text.language for text in find_texts(session)[0]} == {"fr"}

    def test_blank_and_equal_texts_are_left_out(self, tree: Path) -> None:
        texts = ["one", " ", "one", "two", "\u200b"]
        rows = [Collected(str(i), text, None, "negative", "fr", None, None, None) for i, text in enumerate(texts)]
        write_table(f"corpora/collected/{CORPUS}.parquet", rows, Collected)
        assert {item.id for item in begin(CORPUS, Wish())[0].items} == {"0", "3"}

    def test_labels_without_a_scheme_make_one(self, tree: Path) -> None:
        rows = [Collected("1", "text", None, "ham", "en", None, None, None)]
        write_table("corpora/collected/sms_spam.parquet", rows, Collected)
        session, said = begin("sms_spam", Wish())
        assert session.scheme == "sms_spam" and "complete its guidelines" in said[0]
        assert "ham" in Path("annotations/schemes/sms_spam.yaml").read_text()


class TestFaults:
    def test_an_unknown_corpus_names_the_near_one(self, tree: Path) -> None:
        assert "did you mean 'movie_reviews'" in fault("movie_review")

    def test_a_corpus_that_is_not_collected_says_how_it_is(self, tree: Path) -> None:
        assert "dvc repro collect@imdb" in fault("imdb")
        assert not Path("annotations/imdb").exists()

    def test_ten_thousand_texts_are_not_begun_by_mistake(self, tree: Path) -> None:
        collect(600)
        assert "has 600 texts; say how many" in fault(CORPUS)

    def test_a_language_that_nothing_has_is_told(self, tree: Path) -> None:
        assert "no text in the language 'de'" in fault(CORPUS, language="de")

    @pytest.mark.parametrize("name", ["schemes", "Caps", "../up", "with space", ""])
    def test_a_name_that_is_no_corpus_is_refused(self, tree: Path, name: str) -> None:
        assert "cannot be labelled under that name" in fault(name)

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("<<<<<<< HEAD\n", "is not whole JSON"),
            ("{}", "is no session"),
            ('{"corpus": "imdb", "scheme": "sentiment", "seed": 1, "sample": 1, "language": null, "file": null, "items": []}',
             "is the session of imdb"),
        ],
    )  # fmt: skip
    def test_a_broken_session_says_what_is_left(self, session: Session, tree: Path, text: str, sentence: str) -> None:
        session_path(tree, CORPUS).write_text(text)
        with pytest.raises(InputError) as caught:
            read_session(tree, CORPUS)
        assert sentence in str(caught.value) and "the labels beside it are as they were" in str(caught.value)

    def test_labels_whose_session_is_lost_are_no_labels_of_a_new_one(self, session: Session, tree: Path) -> None:
        path = session_path(tree, CORPUS)
        (path.parent / "ann.csv").write_text(f"id,label,note\n{session.items[0].id},positive,\n")
        path.unlink()
        assert "holds labels of ann and no session.json; bring it back with git" in fault(CORPUS, sample=10)
        assert not path.exists()

    def test_a_text_that_has_changed_or_gone_is_left_out_by_id(self, session: Session) -> None:
        lost = session.items[3].id
        rows = [
            Collected(item.id, "another text" if item.id == lost else f"review number {item.id[2:]}", None, "x", "fr", None, None, None)
            for item in session.items[:-1]
        ]  # fmt: skip
        write_table(f"corpora/collected/{CORPUS}.parquet", rows, Collected)
        texts, gone = find_texts(session)
        assert gone == [lost, session.items[-1].id]
        assert [text.id for text in texts] == [item.id for item in session.items[:-1] if item.id != lost]


class TestFiles:
    @pytest.fixture
    def mail(self, tree: Path) -> Path:
        path = tree / "data" / "mail.csv"
        path.parent.mkdir()
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerows([["n", "said"], ["a", "hello"], ["b", "good day"], ["c", "hello"]])
        return path

    def wish(self, path: Path, **keys: object) -> dict[str, object]:
        return {"scheme": "sentiment", "file": {"path": str(path), "text": "said", "pair": None, "id": None, **keys}}

    def test_a_plain_file_is_labelled_by_line_or_by_id(self, mail: Path) -> None:
        session, _ = begin("mail", Wish(**self.wish(mail)))  # type: ignore[arg-type]
        assert session.file is not None and session.file["path"] == "data/mail.csv"
        assert {item.id for item in session.items} == {"mail-2", "mail-3"}
        session, _ = begin("post", Wish(**self.wish(mail, id=["n"])))  # type: ignore[arg-type]
        assert {text.id: text.text for text in find_texts(session)[0]} == {"a": "hello", "b": "good day"}

    def test_a_file_outside_the_tree_is_named_relative_to_the_checkout(
        self, mail: Path, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        outside = tmp_path_factory.mktemp("outside") / "mail.csv"
        outside.write_bytes(mail.read_bytes())
        subprocess.run(["git", "init", "-q"], check=True)
        session, _ = begin("mail", Wish(**self.wish(outside)))  # type: ignore[arg-type]
        assert session.file is not None and session.file["path"].startswith("../")
        assert len(find_texts(session)[0]) == 2

    def test_a_pair_of_columns_is_labelled_together(self, mail: Path) -> None:
        session, _ = begin("mail", Wish(**self.wish(mail, pair="n")))  # type: ignore[arg-type]
        assert [(text.text, text.pair) for text in find_texts(session)[0] if text.id == "mail-4"] == [("hello", "c")]

    def test_faults_of_a_file_are_told(self, mail: Path, tree: Path) -> None:
        assert "none.csv is no file" in fault("mail", **self.wish(tree / "none.csv"))
        assert "has no column 'sayd', which --text asks for; did you mean 'said'" in fault(
            "mail", **self.wish(mail, text="sayd")
        )
        mail.write_text("n,said\na,x\na,y\n")
        assert "line 3: the id 'a' was used before; name other columns with --id" in fault(
            "mail", **self.wish(mail, id=["n"])
        )
        assert "name one of emotions, sentiment with --scheme" in fault("mail", **{**self.wish(mail), "scheme": None})
        assert not (tree / "annotations" / "mail").exists()


class TestNames:
    @pytest.mark.parametrize(
        ("name", "file"),
        [
            ("Ann Bell", "ann-bell"),
            ("../../etc/x", "etc-x"),
            ("  O'Neil ", "o-neil"),
            ("李雷", "李雷"),
            ("a" * 60, "a" * 40),
        ],
    )
    def test_a_persons_name_becomes_a_file(self, name: str, file: str) -> None:
        assert annotator_file(name) == file

    @pytest.mark.parametrize("name", ["", "..", "Labels", "adjudicated"])
    def test_what_makes_no_file_is_refused(self, name: str) -> None:
        with pytest.raises(InputError, match="--annotator NAME"):
            annotator_file(name)

    def test_copies_and_other_files_are_nobodys(self, session: Session, tree: Path) -> None:
        folder = session_path(tree, CORPUS).parent
        for name in ("bo", "ann", "labels", "adjudicated", "ann (old)", ".ann.csv.x"):
            (folder / f"{name}.csv").write_text("id,label,note\n")
        assert annotators(tree, CORPUS) == ["ann", "bo"]
