"""A run's tree at the git remote, over real repositories."""

from pathlib import Path

import pytest

from pipeline.errors import InputError
from tests.tui.toy import shell
from tui.runs.cluster.patience import Unreachable
from tui.runs.cluster.remotes import address_of, check_out, publish, snapshot, withdraw
from tui.runs.tree import RunTree

REF = "refs/detour/runs/run/1"


def test_a_snapshot_holds_what_stands_in_the_tree_and_touches_nothing(tree: RunTree) -> None:
    before = shell(tree.path, "git", "status", "--porcelain"), shell(tree.path, "git", "for-each-ref")
    (tree.path / "params.yaml").write_text("models: [bert]\n")
    (tree.path / "dvc.lock").write_text("schema: '2.0'\n")
    (tree.path / "reports").mkdir()
    (tree.path / "reports" / "new.json").write_text("{}")
    (tree.path / "checkpoints").mkdir(exist_ok=True)
    (tree.path / "checkpoints" / "large").write_text("")
    commit = snapshot(tree.path)
    assert shell(tree.path, "git", "show", f"{commit}:params.yaml") == "models: [bert]\n"
    held = shell(tree.path, "git", "ls-tree", "-r", "--name-only", commit).split()
    assert {"dvc.lock", "reports/new.json", "stage.py"} < set(held)
    assert "checkpoints/large" not in held
    # The study's history stays at home.
    assert shell(tree.path, "git", "rev-list", "--count", commit).strip() == "1"
    second = snapshot(tree.path, commit)
    assert shell(tree.path, "git", "rev-parse", f"{second}^").strip() == commit
    assert shell(tree.path, "git", "for-each-ref") == before[1]
    assert shell(tree.path, "git", "diff", "--cached", "--name-only") == ""


def test_a_clone_follows_the_ref_and_keeps_what_is_its_own(tree: RunTree, tmp_path: Path) -> None:
    address = address_of(tree.checkout.root, "origin")
    clone = tmp_path / "worker" / "tree"
    publish(tree.path, address, snapshot(tree.path), REF)
    check_out(clone, address, REF)
    for kept in (".detour/state/some/state", ".dvc/config.local", "checkpoints/old"):
        (clone / kept).parent.mkdir(parents=True, exist_ok=True)
        (clone / kept).write_text("")
    (clone / "stage.py").write_text("changed by a stage that was killed")
    (clone / ".git" / "index.lock").touch()
    (tree.path / "params.yaml").write_text("models: [bert]\n")
    publish(tree.path, address, snapshot(tree.path), REF)
    check_out(clone, address, REF)
    assert (clone / "params.yaml").read_text() == "models: [bert]\n"
    assert (clone / "stage.py").read_text() == (tree.path / "stage.py").read_text()
    assert (clone / ".detour/state/some/state").exists() and (clone / ".dvc/config.local").exists()
    assert not (clone / "checkpoints").exists()
    withdraw(tree.path, address, [REF])
    assert shell(clone, "git", "ls-remote", address) == ""


def test_a_remote_that_does_not_answer_is_told_in_gits_words(tree: RunTree, tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match=r"git says: .*does not appear to be a git repository"):
        publish(tree.path, str(tmp_path / "nowhere"), tree.base, REF)


def test_a_remote_is_a_name_an_address_or_a_folder(tree: RunTree, tmp_path: Path) -> None:
    root = tree.checkout.root
    assert address_of(root, "origin") == str(root.parent / "origin.git")
    assert address_of(root, "../origin.git") == str(root.parent / "origin.git")
    assert address_of(root, "ssh://git@host/study.git") == "ssh://git@host/study.git"
    with pytest.raises(InputError, match="no git remote 'upstream'"):
        address_of(root, "upstream")
