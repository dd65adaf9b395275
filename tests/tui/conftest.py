"""The toy study, made once for all tests of a process and copied for each."""

from pathlib import Path

import pytest

from tests.tui.toy import copy_toy, detour, dvc, make_toy, shell


@pytest.fixture(scope="session")
def new_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template of a study in which nothing has run."""
    return make_toy(tmp_path_factory.mktemp("toy") / "new")


@pytest.fixture(scope="session")
def finished_study(tmp_path_factory: pytest.TempPathFactory, new_study: Path) -> Path:
    """The template of a study whose main branch holds the reports of every cell."""
    folder = copy_toy(new_study, tmp_path_factory.mktemp("toy") / "finished")
    detour(folder, "run", "--wait", "--name", "all", "--jobs", "2")
    dvc(folder, "exp", "apply", "all")
    shell(folder, "git", "add", "--all")
    shell(folder, "git", "commit", "--quiet", "--message", "All cells")
    (folder / "ran.log").unlink()
    return folder


# A space in the folder's name has to be harmless everywhere.


@pytest.fixture
def study(new_study: Path, tmp_path: Path) -> Path:
    """A study in which nothing has run."""
    return copy_toy(new_study, tmp_path / "a study")


@pytest.fixture
def finished(finished_study: Path, tmp_path: Path) -> Path:
    """A study whose main branch holds the reports of every cell."""
    return copy_toy(finished_study, tmp_path / "a study")
