"""A repository to stand in, eighty columns wide."""

from pathlib import Path

import pytest

from tests.tui.history.repository import Repository


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    made = Repository(tmp_path / "study")
    monkeypatch.chdir(made.root)
    monkeypatch.setenv("COLUMNS", "80")
    return made
