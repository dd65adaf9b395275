"""What a folder is: a study, a repository with DVC that can be browsed, or neither."""

from pathlib import Path

import pytest

from pipeline.errors import InputError
from tests.tui.history.repository import Repository, study
from tui.checkout import find_checkout


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "a folder")


class TestBrowsing:
    def test_any_repository_with_dvc_can_be_browsed_and_says_that_it_is_no_study(self, repository: Repository) -> None:
        repository.commit({"dvc.yaml": "stages: {}\n"})
        found = find_checkout(repository.root, browsing=True)
        assert (found.root, found.here, found.is_study) == (repository.root, repository.root, False)

    def test_to_run_something_a_study_is_wanted(self, repository: Repository) -> None:
        repository.commit({"dvc.yaml": "stages: {}\n"})
        with pytest.raises(InputError, match="holds no study"):
            find_checkout(repository.root)

    @pytest.mark.parametrize(
        "text", [study()["params.yaml"], "classification: {targets: []}\n", "a: 1\nsentiment:\n  x: 1\n"]
    )
    def test_a_study_asks_for_cells(self, repository: Repository, text: str) -> None:
        repository.commit({"params.yaml": text, ".dvc/config": ""})
        assert find_checkout(repository.root).is_study

    @pytest.mark.parametrize("text", ["train:\n  classification: 3\n", "my_sentiment: 1\n", ""])
    def test_other_parameters_ask_for_none(self, repository: Repository, text: str) -> None:
        repository.commit({"params.yaml": text, ".dvc/config": ""})
        assert not find_checkout(repository.root).is_study

    @pytest.mark.parametrize("browsing", [True, False])
    def test_git_alone_is_not_enough(self, repository: Repository, browsing: bool) -> None:
        repository.commit({"README.md": "x"})
        with pytest.raises(InputError, match="holds no study"):
            find_checkout(repository.root, browsing=browsing)
