"""`detour doctor`: each fault is found and comes with its mend."""

import json
import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from tests.tui.history.repository import Repository
from tui.commands import doctor as checks
from tui.commands.doctor import Check, doctor

ROOT = Path(__file__).resolve().parents[3]
app = typer.Typer(rich_markup_mode=None)
app.command()(doctor)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    made = Repository(tmp_path / "study")
    monkeypatch.chdir(made.root)
    return made


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is first in PATH."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def dvc(root: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "dvc", *arguments], cwd=root, check=True, capture_output=True)


class TestCommand:
    def test_a_folder_without_git_fails_with_status_one_and_still_examines_the_machine(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        done = run()
        assert done.exit_code == 1
        assert "fail  repository" in done.stdout
        assert "cores" in done.stdout

    def test_json_lists_every_check_with_its_mend(self, repository: Repository) -> None:
        repository.commit()
        done = run("--json")
        assert done.exit_code == 1
        found = json.loads(done.stdout)
        assert set(found) == {"checks", "failed"}
        assert all(set(check) == {"name", "status", "says", "mend"} for check in found["checks"])
        failed = {check["name"]: check for check in found["checks"] if check["status"] == "fail"}
        assert len(failed) == found["failed"]
        assert set(failed) == {"dvc", "params.yaml"}
        assert failed["dvc"]["mend"].startswith("Run `dvc init`")
        assert all(check["mend"] for check in found["checks"] if check["status"] != "ok")

    def test_a_sound_study_has_status_zero(self, repository: Repository) -> None:
        (repository.root / "params.yaml").write_text((ROOT / "params.yaml").read_text())
        repository.write({"data/a.csv": "text,label\n"})
        dvc(repository.root, "init", "-q")
        dvc(repository.root, "add", "-q", "data")
        repository.commit()
        done = run("--json")
        found = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
        assert done.exit_code == 0, found
        assert found["params.yaml"]["says"] == "36 cells, 2 seeds"
        assert found["data"]["says"] == "as data.dvc says"
        assert found["cache"]["says"] == str(repository.root / ".dvc" / "cache")
        assert "hub" not in found

    def test_nothing_of_the_training_stack_is_imported(self, repository: Repository) -> None:
        code = (
            "import sys, typer\nfrom pathlib import Path\nfrom tui.commands.doctor import examine\n"
            "list(examine(Path.cwd()))\n"
            "print(sorted({'torch', 'transformers', 'datasets', 'pandas', 'scipy', 'dvc'} & set(sys.modules)))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        assert done.stdout.strip() == "[]", done.stderr


class TestRepository:
    def test_a_repository_without_commits_fails(self, repository: Repository) -> None:
        root, check = checks.repository(repository.root)
        assert root == repository.root
        assert (check.status, "has no commit" in check.says) == ("fail", True)

    def test_a_broken_study_is_told_in_its_own_sentence(self, repository: Repository) -> None:
        text = (ROOT / "params.yaml").read_text()
        (repository.root / "params.yaml").write_text(text.replace("models:", "modles:"))
        repository.commit()
        found = {check.name: check for check in checks.examine(repository.root)}
        assert found["params.yaml"].status == "fail"
        assert "modles" in found["params.yaml"].says

    def test_an_old_git_fails(self, programs: Path) -> None:
        program(programs, "git", "echo git version 2.17.1")
        check = checks.git()
        assert (check.status, check.says) == ("fail", "2.17.1")
        assert "2.39" in check.mend

    def test_a_newer_git_is_compared_by_number(self, programs: Path) -> None:
        program(programs, "git", "echo 'git version 2.100.0 (Apple Git-1)'")
        assert checks.git() == Check("git", "ok", "2.100.0")

    def test_a_machine_without_git_fails(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        assert checks.git().status == "fail"


class TestPackages:
    def test_what_is_installed_holds(self) -> None:
        (check,) = checks.packages()
        assert check.status == "ok", check.says

    def test_missing_and_old_packages_are_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        needs = ["nowhere-to-be-found>=1", "pygit2>=999", "typer", "skipped>=1; python_version < '3'"]
        monkeypatch.setattr(checks, "requirements", lambda: needs)
        (check,) = checks.packages()
        installed = metadata.version("pygit2")
        assert check.status == "fail"
        assert check.says == f"nowhere-to-be-found is not installed; pygit2 is {installed} (wanted >=999)"

    def test_the_projects_own_list_is_read(self) -> None:
        assert any(need.startswith("torch==") for need in checks.requirements())


class TestData:
    @pytest.fixture(scope="class")
    def root(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        made = Repository(tmp_path_factory.mktemp("data") / "study")
        dvc(made.root, "init", "-q")
        made.write({"data/a.csv": "1\n"})
        dvc(made.root, "add", "-q", "data")
        return made.root

    def test_data_that_changed_is_a_warning_with_both_ways_out(self, root: Path) -> None:
        (root / "data" / "b.csv").write_text("2\n")
        try:
            check = checks.data(root)
        finally:
            (root / "data" / "b.csv").unlink()
        assert (check.status, check.says) == ("warn", "data is modified")
        assert "dvc add data" in check.mend and "dvc checkout data.dvc" in check.mend

    def test_data_that_is_not_there_fails(self, root: Path) -> None:
        (root / "data").rename(root / "away")
        try:
            check = checks.data(root)
        finally:
            (root / "away").rename(root / "data")
        assert (check.status, check.says) == ("fail", "data is deleted")
        assert "dvc pull data.dvc" in check.mend

    def test_data_that_the_cache_lacks_is_a_warning(self, root: Path) -> None:
        (root / ".dvc" / "cache").rename(root / "away")
        try:
            check = checks.data(root)
        finally:
            (root / "away").rename(root / ".dvc" / "cache")
        assert check.status == "warn"
        assert "dvc commit" in check.mend

    def test_no_data_dvc_fails_without_asking_dvc(self, tmp_path: Path) -> None:
        assert checks.data(tmp_path).says == "data.dvc is missing"

    def test_dvc_that_is_busy_is_only_a_warning(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        busy = subprocess.CompletedProcess(
            (), 255, "", "ERROR: Unable to acquire lock. Most likely another DVC process\n"
        )
        monkeypatch.setattr(checks, "_run", lambda *command, folder: busy)
        assert checks.data(root).status == "warn"


class TestMachine:
    def test_a_cache_that_cannot_be_written_fails(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "access", lambda path, mode: False)
        check = checks.cache(tmp_path)
        assert (check.status, str(tmp_path / ".dvc" / "cache") in check.says) == ("fail", True)

    @pytest.mark.parametrize(("free", "status"), [(100.0, "ok"), (5.0, "warn"), (0.5, "fail")])
    def test_free_disk(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: float, status: str) -> None:
        monkeypatch.setattr(shutil, "disk_usage", lambda path: type("Usage", (), {"free": free * 2**30}))
        disk = next(check for check in checks.machine(tmp_path) if check.name == "disk")
        assert (disk.status, bool(disk.mend)) == (status, status != "ok")

    def test_cores_and_memory_are_told(self, tmp_path: Path) -> None:
        found = {check.name: check for check in checks.machine(tmp_path)}
        assert found["cores"].says == f"{len(os.sched_getaffinity(0))} usable"
        assert "GiB available" in found["memory"].says


class TestGpu:
    def test_none_is_no_fault(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        assert checks.gpu().status == "ok"

    def test_a_card_is_named_and_a_torch_without_cuda_is_a_warning(
        self, programs: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        program(programs, "nvidia-smi", "echo 'NVIDIA H200, 143771 MiB, 143000 MiB'")
        monkeypatch.setattr(metadata, "version", lambda name: "2.13.0")
        assert checks.gpu() == Check("gpu", "ok", "NVIDIA H200, 143771 MiB, 143000 MiB")
        monkeypatch.setattr(metadata, "version", lambda name: "2.13.0+cpu")
        assert checks.gpu().status == "warn"

    def test_a_broken_driver_is_a_warning_with_its_words(self, programs: Path) -> None:
        program(programs, "nvidia-smi", "echo 'Failed to initialize NVML'; exit 9")
        check = checks.gpu()
        assert (check.status, "Failed to initialize NVML" in check.says) == ("warn", True)


class TestNetwork:
    def test_the_hub_is_tried_only_when_asked(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        tried: list[str] = []

        def hub() -> Check:
            tried.append("x")
            return Check("hub", "ok", "answers")

        monkeypatch.setattr(checks, "hub", hub)
        list(checks.examine(tmp_path))
        assert tried == []
        assert "hub" in [check.name for check in checks.examine(tmp_path, network=True)]

    def test_a_hub_that_does_not_answer_is_a_warning(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
        check = checks.hub()
        assert (check.status, "127.0.0.1:9 does not answer" in check.says) == ("warn", True)


class TestPath:
    def test_another_python_first_in_path_is_a_warning_with_its_mend(self, programs: Path) -> None:
        program(programs, "python", "exit 0")
        found = checks.path()
        assert (found.name, found.status) == ("path", "warn")
        assert str(programs) in found.says
        assert "activate" in (found.mend or "").lower()

    def test_the_environments_own_python_is_sound(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
        assert checks.path().status == "ok"
