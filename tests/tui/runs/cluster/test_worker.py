"""A worker by itself, as Ray calls it, over a real clone, git remote and DVC remote."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.tui.runs.cluster.shared import ENCODER, is_alive, order, waiting
from tests.tui.toy import ran
from tui.runs.cluster.exchange import Exchange
from tui.runs.cluster.remotes import publish, snapshot
from tui.runs.cluster.slots import open_slot
from tui.runs.cluster.versions import versions
from tui.runs.cluster.worker import Assignment, Worker
from tui.runs.tree import RunTree

Assign = Callable[..., Assignment]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "workers"


@pytest.fixture
def assign(tree: RunTree, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Assign:
    """The encoder, to be made by a worker whose folder is `folder`."""
    monkeypatch.chdir(tree.path)
    address, ref = str(tree.checkout.root.parent / "origin.git"), "refs/detour/runs/run/1"
    exchange = Exchange(tree.path)
    with exchange.held():
        needs = exchange.needs(ENCODER)
    publish(tree.path, address, snapshot(tree.path), ref)
    exchange.offer(needs.inputs)

    def make(**changed: Any) -> Assignment:
        values = {
            "names": (ENCODER,),
            "keys": {ENCODER: needs.key},
            "inputs": needs.inputs,
            "git": address,
            "ref": ref,
            "remote": exchange.objects.settings(),
            "folder": str(folder),
            "variables": {"DETOUR_TEST_MAIN": str(tree.checkout.root), "DETOUR_WORKERS": str(folder)},
            "versions": versions(),
            "keep_seconds": 0.2,
            "pauses": (0.1,),
        }
        return Assignment(**{**values, **changed})

    return make


def work(worker: Worker, task: Assignment) -> list[Mapping[str, Any]]:
    return [message for told in worker.run(task) for message in told]


def test_a_stage_runs_and_its_result_is_at_the_remote(assign: Assign, tree: RunTree) -> None:
    task = assign()
    told = work(Worker(), task)
    assert {"line": f"Running stage '{ENCODER}':\n"} in told
    (end,) = [message for message in told if "ended" in message]
    assert end["status"] == 0
    store = tree.checkout.root.parent / "store"
    key = task.keys[ENCODER]
    assert (store / "runs" / key[:2] / key / end["entry"]).is_file()
    # Nothing of it came into this machine's tree or cache.
    assert not (tree.path / "checkpoints" / "pretrained" / "bert").exists()
    assert ran(tree.checkout.root) == [ENCODER]


def test_a_node_with_other_versions_refuses_and_names_both(assign: Assign, tree: RunTree) -> None:
    *_, told = work(Worker(), assign(versions={**versions(), "torch": "2.0.0", "transformers": "5.0.0"}))
    own = versions()
    assert f"has torch {own['torch']}, transformers {own['transformers']} and the run has torch 2.0.0" in told["fault"]
    assert ran(tree.checkout.root) == []


def test_a_folder_that_cannot_be_written_is_one_sentence(assign: Assign, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    *_, told = work(Worker(), assign(folder=str(tmp_path / "file")))
    assert "cannot be written (Not a directory); set DETOUR_WORKERS there" in told["fault"]


def test_a_remote_that_stays_away_is_told_and_ends_the_batch(assign: Assign, tree: RunTree) -> None:
    task = assign()
    store = tree.checkout.root.parent / "store"
    store.rename(store.with_name("elsewhere"))
    told = work(Worker(), task)
    assert "Pulling what the stages read failed (there is no folder" in told[1]["note"]
    assert "Pulling what the stages read failed for 0 seconds" in told[-1]["fault"]
    assert ran(tree.checkout.root) == []


def test_a_stage_that_is_stopped_leaves_its_state_at_the_remote(assign: Assign, tree: RunTree) -> None:
    root = tree.checkout.root
    order(root, f"state-{ENCODER}", f"stay-{ENCODER}")
    worker = Worker()
    told: list[Mapping[str, Any]] = []
    thread = threading.Thread(target=lambda: told.extend(work(worker, assign(keep_seconds=600))))
    thread.start()
    stage = waiting(root)
    worker.stop()
    thread.join()
    # DVC itself outlives the stage, and tells that it failed.
    assert told[-1] == {"ended": ENCODER, "status": 255}
    assert not is_alive(stage)
    (state,) = [path for path in (root.parent / "store" / "detour-state").rglob("*") if path.is_file()]
    assert state.read_text() == "1"


def test_two_at_a_time_have_clones_of_their_own_and_one_after_another_share_one(folder: Path) -> None:
    address = "ssh://git@host/some study.git"
    with open_slot(str(folder), address) as first:
        with open_slot(str(folder), address) as second:
            assert first.tree != second.tree
            assert first.cache == second.cache
        with open_slot(str(folder), "ssh://git@other/some study.git") as other:
            assert other.cache != first.cache
    with open_slot(str(folder), address) as third:
        assert third.tree == first.tree
