"""The main checkout is found from anywhere."""

import subprocess
from pathlib import Path

import pytest

from pipeline.checkout import main_checkout


def test_a_folder_below_the_checkout_finds_its_top(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert main_checkout(tmp_path / "a" / "b") == tmp_path.resolve()


def test_a_folder_without_git_is_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert main_checkout(tmp_path) == tmp_path.resolve()


def test_a_machine_without_git_uses_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert main_checkout(tmp_path) == tmp_path.resolve()
