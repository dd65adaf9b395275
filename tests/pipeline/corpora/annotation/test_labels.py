"""Files of labels: one row a change, nothing lost or written twice, a broken line left as it is."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.corpora.annotation.labels import Given, LabelFile
from pipeline.corpora.annotation.session import Session
from pipeline.errors import InputError

Labels = Callable[[str], LabelFile]


class TestChanges:
    def test_rows_stand_in_the_sessions_order_and_a_change_is_one_line(self, session: Session, labels: Labels) -> None:
        ann, ids = labels("ann"), [item.id for item in session.items]
        for id in random.Random(1).sample(ids, 30):
            ann.put(id, Given(id, "positive"))
        before = ann.path.read_text().splitlines()
        assert before == ["id,label,note", *(f"{id},positive," for id in ids)]
        ann.put(ids[7], Given(ids[7], "negative", "a, note"))
        after = ann.path.read_text().splitlines()
        assert [line for line in after if line not in before] == [f'{ids[7]},negative,"a, note"']
        assert len(after) == 31

    def test_what_was_put_reads_back(self, session: Session, labels: Labels) -> None:
        ids = [item.id for item in session.items]
        rows = [
            Given(ids[0], "positive", 'a "quote", a comma'),
            Given(ids[1], "", "why"),
            Given(ids[2], "negative", "é 日本"),
        ]
        for row in rows:
            labels("ann").put(row.id, row)
        assert list(labels("ann").rows.values()) == rows

    def test_taking_a_row_away_leaves_no_line(self, session: Session, labels: Labels) -> None:
        ann, id = labels("ann"), session.items[0].id
        ann.put(id, Given(id, "positive"))
        assert ann.put(id, None) == Given(id, "positive")
        assert ann.path.read_text() == "id,label,note\n"

    def test_two_terminals_of_one_annotator_lose_nothing_of_each_other(self, session: Session, labels: Labels) -> None:
        one, other = labels("ann"), labels("ann")
        for index, item in enumerate(session.items):
            (one, other)[index % 2].put(item.id, Given(item.id, "positive"))
        assert len(labels("ann").rows) == 30

    def test_a_change_by_another_hand_is_kept(self, session: Session, labels: Labels) -> None:
        ann, (first, second) = labels("ann"), [item.id for item in session.items[:2]]
        ann.put(first, Given(first, "positive"))
        ann.path.write_text(f"id,label,note\r\n{first},negative,by hand\r\n")
        ann.put(second, Given(second, "positive"))
        assert ann.path.read_text() == f"id,label,note\n{first},negative,by hand\n{second},positive,\n"

    def test_processes_that_write_at_once_lose_nothing(self, session: Session, labels: Labels, tree: Path) -> None:
        writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(part)]) for part in range(3)]
        assert [writer.wait() for writer in writers] == [0, 0, 0]
        assert len(labels("ann").rows) == 30

    def test_a_killed_process_leaves_every_row_that_it_put(self, session: Session, labels: Labels) -> None:
        writer = subprocess.Popen([sys.executable, "-c", WRITER, "-1"], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        told = [writer.stdout.readline().decode().strip() for _ in range(9)]
        writer.send_signal(signal.SIGKILL)
        told += writer.stdout.read().decode().split()
        rows = labels("ann").rows
        assert set(told) <= set(rows) and len(rows) <= len(told) + 1
        assert all(row.label == "positive" for row in rows.values())


WRITER = """
import sys
from pathlib import Path
from pipeline.corpora.annotation.labels import Given, LabelFile
from pipeline.corpora.annotation.scheme import read_scheme
from pipeline.corpora.annotation.session import read_session

session, part = read_session(Path(), "movie_reviews"), int(sys.argv[1])
file = LabelFile(Path(), session, read_scheme(Path(), "sentiment"), "ann", Path(".detour/locks/annotations"))
for index, item in enumerate(session.items):
    if part < 0 or index % 3 == part:
        file.put(item.id, Given(item.id, "positive"))
        print(item.id, flush=True)
"""


class TestFaults:
    @pytest.mark.parametrize(
        ("lines", "sentence"),
        [
            (
                ["{0},positiv,"],
                "line 2: the label 'positiv' is not in the scheme sentiment; correct the line: did you mean 'positive'?",
            ),
            (["{0},positive"], "line 2 has 2 fields where the header has 3"),
            (["{0},positive,", '{1},positive,"open'], "line 3: a quote is opened and never closed"),
            (["{0},positive,", "{0},negative,"], "line 3: the id '{0}' stands in line 2 already; keep one"),
            (
                ["{0},positive,", "r-x,positive,", "r-y,positive,"],
                "line 3: the id 'r-x' and 1 more is not among the 30 texts",
            ),
            (["<<<<<<< HEAD", "{0},positive,"], "line 2 has 1 fields"),
        ],
    )
    def test_a_line_broken_by_hand_is_told_and_the_file_left_alone(
        self, session: Session, labels: Labels, lines: list[str], sentence: str
    ) -> None:
        ids = [item.id for item in session.items]
        ann = labels("ann")
        ann.put(ids[9], Given(ids[9], "positive"))
        ann.path.write_text("\n".join(["id,label,note", *lines]).format(*ids) + "\n")
        before = ann.path.read_bytes()
        for touch in (lambda: labels("ann"), lambda: ann.put(ids[3], Given(ids[3], "positive"))):
            with pytest.raises(InputError) as caught:
                touch()
            assert sentence.format(*ids) in str(caught.value)
            assert str(caught.value).startswith("annotations/movie_reviews/ann.csv")
            assert str(caught.value).endswith("until then the file is left as it is.") and "\n" not in str(caught.value)
        assert ann.path.read_bytes() == before

    def test_after_the_mend_labelling_goes_on(self, session: Session, labels: Labels) -> None:
        ann, (first, second) = labels("ann"), [item.id for item in session.items[:2]]
        ann.path.write_text(f"id,label,note\n{first},positiv,\n")
        with pytest.raises(InputError):
            ann.put(second, Given(second, "positive"))
        ann.path.write_text(f"id,label,note\n{first},positive,\n")
        ann.put(second, Given(second, "positive"))
        assert list(ann.rows) == [first, second]

    def test_a_column_of_somebodys_own_is_not_lost(self, session: Session, labels: Labels) -> None:
        ann = labels("ann")
        ann.path.write_text("id,label,note,sure\n")
        with pytest.raises(InputError, match="has a column 'sure', which would be lost"):
            labels("ann")

    def test_a_file_that_cannot_be_written_stays_as_it_was(
        self, session: Session, labels: Labels, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ann, (first, second) = labels("ann"), [item.id for item in session.items[:2]]
        ann.put(first, Given(first, "positive"))

        def full(handle: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            ann.put(second, Given(second, "positive"))
        assert list(ann.rows) == [first] and list(labels("ann").rows) == [first]
        assert sorted(path.name for path in ann.path.parent.iterdir()) == ["ann.csv", "session.json"]

    def test_a_file_that_cannot_be_read_is_told(self, session: Session, labels: Labels) -> None:
        labels("ann").path.mkdir()
        with pytest.raises(InputError, match=r"ann\.csv cannot be read \(Is a directory\)"):
            labels("ann")
