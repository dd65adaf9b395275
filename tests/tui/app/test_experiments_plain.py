"""The list of experiments over a DVC repository that is no study, and over commits without names."""

from pathlib import Path

import pytest

from tests.tui.app.browsing import body, line, opened, press
from tests.tui.app.pilot import screen_text, until_text
from tests.tui.history.repository import Repository
from tests.tui.toy import detour

GRAPH = "stages:\n  train:\n    cmd: python train.py\n    metrics: [metrics.json: {cache: false}]\n"


@pytest.fixture
def plain(tmp_path: Path) -> Repository:
    """Three commits of a repository with a metrics file; the first has no name."""
    made = Repository(tmp_path / "plain")
    made.commit({".dvc/config": "", "dvc.yaml": GRAPH, "metrics.json": '{"test": {"f1": 0.25}, "steps": 7}'}, "First")
    made.commit({"metrics.json": '{"test": {"f1": 0.5}, "steps": 0}'}, "Second")
    made.experiment("tried", {"metrics.json": '{"test": {"f1": NaN}}'})
    return made


async def test_each_value_of_a_metrics_file_is_a_column(plain: Repository) -> None:
    async with opened(plain) as browsed:
        rows = {text.split()[0].lstrip("!"): text for text in body(browsed[0])[1:] if text.split()}
        head = "\n".join(body(browsed[0])[:4])
        assert "f1" in head and "steps" in head
        assert "0.5000" in rows["main"] and " 0 " in rows["main"] + " "
        assert "nan" in rows["tried"].casefold() and "·" in rows["tried"]


async def test_commits_without_a_name_come_behind_the_others_and_go_again(plain: Repository) -> None:
    async with opened(plain) as browsed:
        assert "2 experiments" in line(browsed[0], "status")
        await press(browsed, "A")
        assert "3 experiments" in line(browsed[0], "status")
        assert any("0.2500" in text for text in body(browsed[0]))
        await press(browsed, "A")
        assert "2 experiments" in line(browsed[0], "status")


def test_the_command_lists_them_where_it_is_asked(plain: Repository) -> None:
    assert "First" not in detour(plain.root, "experiments").stdout
    assert "First" in detour(plain.root, "experiments", "--all-commits").stdout


@pytest.mark.parametrize(
    ("key", "holds"),
    [
        ("1", "There is nothing to launch; 3 lists its experiments, 4 compares them."),
        ("2", "Runs train the cells of a study, so there are none; 3 lists its experiments, 4 compares them."),
        ("5", "a repository that is no study of Detour has none."),
        ("7", "It has no corpora to label."),
    ],
)
async def test_screens_of_studies_say_what_holds_here(plain: Repository, key: str, holds: str) -> None:
    plain.commit({"params.yaml": "lr: 0.1\n"})
    async with opened(plain, (80, 24)) as browsed:
        await press(browsed, key)
        await until_text(browsed[1], holds)
        text = " ".join(screen_text(browsed[1]).split())
        assert key == "5" or "This repository is no study of Detour" in text
        assert not any(word in text for word in ("lr is not a key", "Space marks cells", "Enter open"))
