"""What a key does to where one stands and to the file, without a screen."""

from pathlib import Path

import pytest

from pipeline.corpora.annotation.labels import ADJUDICATED, Given, LabelFile
from pipeline.corpora.annotation.pairing import Compared
from pipeline.corpora.annotation.scheme import make_scheme
from pipeline.corpora.annotation.session import Item, Session
from tui.annotating.labelling import Labelling, Text

SCHEME = make_scheme("mood", ["bad", "good"])
IDS = ["one", "two", "three", "four"]
SESSION = Session("mail", "mood", 1, 4, None, None, tuple(Item(id, "0" * 16) for id in IDS))
TEXTS = [Text(id, f"text {id}", None, "en") for id in IDS]


def file(folder: Path, name: str) -> LabelFile:
    return LabelFile(folder, SESSION, SCHEME, name, folder / "lock")


@pytest.fixture
def labelling(tmp_path: Path) -> Labelling:
    return Labelling(TEXTS, SCHEME, file(tmp_path, "ann"), file(tmp_path, ADJUDICATED))


def kept(folder: Path, name: str = "ann") -> dict[str, str]:
    return {row.id: row.label for row in file(folder, name).rows.values()}


def test_a_label_is_in_the_file_and_the_next_open_text_at_hand(labelling: Labelling, tmp_path: Path) -> None:
    labelling.give("good")
    assert kept(tmp_path) == {"one": "good"} and labelling.text.id == "two"


def test_one_begins_where_one_left(tmp_path: Path) -> None:
    file(tmp_path, "ann").put("one", Given("one", "good"))
    file(tmp_path, "ann").put("two", Given("two", ""))
    assert Labelling(TEXTS, SCHEME, file(tmp_path, "ann"), file(tmp_path, ADJUDICATED)).text.id == "three"


def test_skipped_texts_come_back_after_those_that_nobody_has_seen(labelling: Labelling) -> None:
    labelling.skip()
    labelling.give("good")
    labelling.skip()
    assert labelling.text.id == "four" and (labelling.count(), labelling.left) == ((1, 2), 1)
    labelling.give("bad")
    assert labelling.text.id == "one"
    labelling.skip()
    assert labelling.text.id == "three"


def test_skipping_a_labelled_text_keeps_its_label(labelling: Labelling, tmp_path: Path) -> None:
    labelling.give("good")
    labelling.go(-1)
    assert labelling.skip() is None
    assert kept(tmp_path) == {"one": "good"} and labelling.text.id == "two"


def test_undo_takes_back_one_key_after_the_other(labelling: Labelling, tmp_path: Path) -> None:
    labelling.give("good")
    labelling.go(-1)
    labelling.give("bad")
    labelling.note("unsure")
    labelling.note("sure")
    for expected, id in [
        ({"one": "bad", "two": ""}, "two"),
        ({"one": "bad"}, "two"),
        ({"one": "good"}, "one"),
        ({}, "one"),
    ]:
        labelling.undo()
        assert (kept(tmp_path), labelling.text.id) == (expected, id)
    assert labelling.undo() is None


def test_undo_of_a_skip_that_kept_a_note_brings_the_note_back(labelling: Labelling) -> None:
    labelling.note("why")
    labelling.give("good")
    labelling.undo()
    assert labelling.given == Given("one", "", "why")


def test_a_note_stays_beside_another_label(labelling: Labelling) -> None:
    labelling.note("  two\twords \n")
    labelling.give("good")
    labelling.go(-1)
    labelling.give("bad")
    labelling.go(-1)
    assert labelling.given == Given("one", "bad", "two words")
    labelling.note("")
    assert labelling.given == Given("one", "bad")


def test_clearing_makes_a_text_open_again(labelling: Labelling, tmp_path: Path) -> None:
    labelling.give("good")
    labelling.go(-1)
    labelling.clear()
    assert kept(tmp_path) == {} and labelling.left == 4 and labelling.text.id == "one"


def test_the_next_open_text_is_found_both_ways(labelling: Labelling) -> None:
    labelling.go_to("two")
    labelling.give("good")
    assert labelling.text.id == "three"
    assert labelling.go_open(backwards=True) and labelling.text.id == "one"
    assert labelling.go_open() and labelling.text.id == "three"
    for _ in range(3):
        labelling.give("good")
    assert not labelling.go_open()


def test_an_adjudicated_text_keeps_its_labels_whenever_it_was_adjudicated(labelling: Labelling, tmp_path: Path) -> None:
    labelling.give("good")
    file(tmp_path, ADJUDICATED).put("one", Given("one", "bad", "", "cy"))
    assert labelling.undo() is None
    labelling.go(-1)
    assert labelling.is_settled
    assert labelling.give("bad") is None and labelling.clear() is None and labelling.note("x") is None
    assert kept(tmp_path) == {"one": "good"}


def test_adjudication_has_both_labels_and_says_who_decided(tmp_path: Path) -> None:
    sides = {id: Compared(id, Given(id, "good"), Given(id, "bad")) for id in IDS[:2]}
    deciding = Labelling(TEXTS[:2], SCHEME, file(tmp_path, ADJUDICATED), None, sides, "cy")
    deciding.give("bad")
    deciding.skip()
    assert list(file(tmp_path, ADJUDICATED).rows.values()) == [
        Given("one", "bad", "", "cy"),
        Given("two", "", "", "cy"),
    ]
    # What was left out is decided.
    assert not deciding.go_open() and deciding.left == 0
