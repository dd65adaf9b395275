"""Two annotators in real terminals of 80x24: labels that survive a kill and a lost connection, kappa, adjudication."""

import csv
import os
import random
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sklearn.metrics import cohen_kappa_score

from pipeline.corpora.annotation.session import read_session
from tests.tui.annotating.reviews import CORPUS, prepare
from tests.tui.test_terminal import Terminal, until

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed; `make system` installs it")

TEXTS = 30
NAMES = {"n": "negative", "p": "positive"}


@pytest.fixture
def terminals(study: Path, tmp_path: Path) -> Iterator[tuple[Terminal, Terminal]]:
    """One terminal an annotator."""
    prepare(study)
    opened = Terminal(tmp_path / "one", study), Terminal(tmp_path / "two", study)
    yield opened
    for terminal in opened:
        subprocess.run([*terminal.command, "kill-server"], capture_output=True, check=False)


def given(study: Path, name: str) -> dict[str, str]:
    """The labels in an annotator's file, which is whole whenever it is read."""
    path = study / "annotations" / CORPUS / f"{name}.csv"
    if not path.exists():
        return {}
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert len({row["id"] for row in rows}) == len(rows)
    return {row["id"]: row["label"] for row in rows}


def open_as(terminal: Terminal, name: str, *words: str) -> None:
    terminal.type(f"exec python -m tui annotate {CORPUS} --annotator {name} {' '.join(words)}")
    terminal.wait_for(f"as {name.lower()}")


def process_in(terminal: Terminal) -> int:
    return int(terminal.run("display-message", "-p", "#{pane_pid}"))


def test_two_annotators_label_30_texts_and_decide_where_they_differ(
    study: Path, terminals: tuple[Terminal, Terminal], tmp_path: Path
) -> None:
    one, two = terminals
    dice = random.Random(7)
    ann = [dice.choice("np") for _ in range(TEXTS)]
    bo = [dice.choice("np") if index % 2 == 0 else key for index, key in enumerate(ann)]
    differing = sum(first != second for first, second in zip(ann, bo, strict=True))
    assert differing >= 3
    open_as(one, "Ann", "--sample", str(TEXTS), "--seed", "1")
    ids = [item.id for item in read_session(study, CORPUS).items]
    assert len(ids) == TEXTS

    # The machine kills one annotator's app and the other's connection is lost, each between two keys.
    one.press(*ann[:11])
    until(lambda: len(given(study, "ann")) == 11)
    os.kill(process_in(one), signal.SIGKILL)
    open_as(two, "Bo")
    two.press(*bo[:4])
    assert "●" not in two.wait_for("4/30 labelled")
    two.run("kill-server")
    one, two = (Terminal(tmp_path / f"again-{name}", study) for name in ("one", "two"))
    open_as(one, "Ann")
    open_as(two, "Bo")
    one.wait_for("text 12 of 30  11/30 labelled")
    two.wait_for("text 5 of 30  4/30 labelled")

    # Both go on at the same time; one mistypes, takes it back and leaves a note.
    one.press(*ann[11:])
    two.press("n", "BSpace", *bo[4:29])
    two.wait_for("29/30 labelled")
    two.press("Enter")
    two.run("send-keys", "-l", "an odd one, [b]really[/b]")
    two.press("Enter", bo[29])
    one.wait_for("All are labelled")
    two.wait_for("All are labelled")
    for name, keys in (("ann", ann), ("bo", bo)):
        assert given(study, name) == {id: NAMES[key] for id, key in zip(ids, keys, strict=True)}
    assert (
        f'{ids[29]},{NAMES[bo[29]]},"an odd one, [b]really[/b]"'
        in (study / "annotations" / CORPUS / "bo.csv").read_text()
    )

    # Kappa on the screen is scikit-learn's.
    kappa = cohen_kappa_score(ann, bo)
    one.press("Escape")
    one.wait_for(f"{differing} differ, 0 adjudicated")
    one.press("a")
    screen = one.wait_for(f"kappa {kappa:.3f}")
    assert f"{differing} differ, of which 0 adjudicated" in screen
    both = [
        f"{sum(pair == (first, second) for pair in zip(ann, bo, strict=True)):>3}" for first in "np" for second in "np"
    ]
    assert f"negative n{both[0]}{both[1]}" in screen and f"positive p{both[2]}{both[3]}" in screen

    # Both labels are seen only now; what is decided is exported.
    one.wait_for("-> ?")
    one.press("Enter")
    screen = one.wait_for(f"text 1 of {differing}  0 decided  by ann")
    assert "ann  " in screen and "bo   " in screen
    one.press(*["p"] * (differing - 1), "Space")
    one.wait_for(f"{differing - 1} decided, 1 left out")
    one.press("Escape")
    one.wait_for(f"of which {differing} adjudicated")
    one.press("e")
    one.wait_for(f"{TEXTS - 1} labels (")
    one.press("q")
    decided = given(study, "adjudicated")
    assert list(decided.values()) == ["positive"] * (differing - 1) + [""]
    expected = {id: NAMES[key] for id, key in zip(ids, ann, strict=True)} | decided
    assert given(study, "labels") == {id: label for id, label in expected.items() if label}
    for terminal in (one, two):
        subprocess.run([*terminal.command, "kill-server"], capture_output=True, check=False)
