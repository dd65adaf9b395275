"""Browsing a thousand experiments in a real terminal, by keyboard alone: tmux at 80x24."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui.history.repository import Repository
from tests.tui.many import make_many
from tests.tui.test_terminal import Terminal
from tests.tui.toy import detour

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed; `make system` installs it")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A thousand experiments and three that are looked for."""
    return make_many(tmp_path_factory.mktemp("many") / "a study", 1000)


@pytest.fixture
def terminal(study: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    for place in ("CONFIG", "CACHE", "STATE", "DATA"):
        monkeypatch.setenv(f"XDG_{place}_HOME", str(tmp_path / place))
    opened = Terminal(tmp_path / "tmux", study.root)
    opened.type("python -m tui; echo left with $?")
    opened.wait_for("Any key goes on")
    # A key right behind Esc would be a chord of both.
    opened.press("Escape")
    opened.wait_for("r tries again")
    yield opened
    subprocess.run([*opened.command, "kill-server"], capture_output=True, check=False)


def test_experiments_are_filtered_pinned_compared_judged_opened_and_copied(
    study: Repository, terminal: Terminal
) -> None:
    terminal.press("3")
    terminal.wait_for("1004 experiments")
    terminal.press("g", "b")
    terminal.wait_for("baseline main")
    only(terminal, "wide", 3)
    terminal.press("Space", "Space", "Space")
    terminal.wait_for("3 marked")
    terminal.press("c")
    screen = terminal.wait_for("only what differs")
    marked = {name: line_of(screen, "pretrained-bert", name) for name in ("wide-good", "wide-bad", "wide-same")}
    assert marked == {"wide-good": "+0.2750 ^", "wide-bad": "-0.2500 v", "wide-same": "+0.0000 ="}
    # To the metric's line, then to the column of the good one.
    terminal.press("j")
    place = columns_of(screen).index("wide-good")
    terminal.press(*["l"] * (3 + place))
    assert "accuracy: +0.2750 better, [+0." in joined(terminal.wait_for("wide-good 0.9833"))
    terminal.press("Enter")
    flips = terminal.wait_for("fixed")
    assert "of main" in flips
    assert "of wide-good" in flips
    assert "McNemar, these checkpoints only" in terminal.wait_for("McNemar")
    terminal.press("4")
    terminal.wait_for("only what differs")
    terminal.press("y")
    terminal.wait_for("booktabs")
    terminal.press("l")
    terminal.wait_for("Copied into tmux's buffer")
    copied = terminal.run("show-buffer")
    names = columns_of(screen)
    found = json.loads(detour(study.root, "compare", "main", *names, "--json").stdout)
    assert rows_of_latex(copied) == [
        [line["cell"], line["metric"], round(line["baseline"]["value"], 4), *numbers_of(line, names)]
        for line in found["metrics"]
    ]
    for revision in found["provenance"]["revisions"]:
        assert f"% Revision: {revision[0]} {revision[1]}" in copied
    assert f"% dvc.lock (SHA-256): {found['provenance']['lock'][:12]}" in copied
    assert "% Back to it: detour show main" in copied
    terminal.press("q")
    terminal.wait_for("left with 0")
    assert study.git("status", "--porcelain") == ""


def only(terminal: Terminal, words: str, count: int) -> None:
    """Show only the experiments that the filter passes."""
    terminal.press("/")
    terminal.run("send-keys", "-l", words)
    terminal.wait_for(f"{count} of 1004")
    terminal.press("Enter")


def columns_of(screen: str) -> list[str]:
    """The experiments in the order of their columns."""
    head = next(line for line in screen.splitlines() if "parameter or cell" in line)
    return head.split()[5:]


def line_of(screen: str, row: str, name: str) -> str:
    """The difference of an experiment in the first row that holds a text."""
    line = next(line for line in screen.splitlines() if row in line)
    changes = re.findall(r"[+-]\d\.\d{4} (?:\^|v|~|=)\??", line)
    return changes[columns_of(screen).index(name)]


def joined(screen: str) -> str:
    return " ".join(screen.split())


def rows_of_latex(text: str) -> list[list[object]]:
    """Names and numbers of each row of the table, without deviations and intervals."""
    body = text.partition(r"\midrule")[2].partition(r"\bottomrule")[0]
    rows: list[list[object]] = []
    for line in filter(str.strip, body.split("\n")):
        cell, metric, *others = line.removesuffix(r" \\").split(" & ")
        rows.append([cell.replace("\\", ""), metric.replace("\\", ""), *map(number_of, others)])
    return rows


def number_of(text: str) -> float:
    return float(re.sub(r"\\textbf\{(.*?)\}", r"\1", text.replace("$", "")).split()[0])


def numbers_of(line: dict[str, object], names: list[str]) -> list[float]:
    """Value and difference of each experiment, as the table rounds them."""
    experiments = line["experiments"]
    assert isinstance(experiments, dict)
    return [round(experiments[name][key], 4) for name in names for key in ("value", "difference")]
