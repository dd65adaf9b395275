"""States of trainings at a real DVC remote."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tui.runs.cluster.shared import CELL, wait_for
from tui.runs.cluster.objects import Objects
from tui.runs.cluster.states import Keeper, States
from tui.runs.tree import RunTree

FIRST, SECOND = "a" * 64, "b" * 64

Open = Callable[..., States]


@pytest.fixture
def store(shared_study: Path) -> Path:
    return shared_study.parent / "store" / "detour-state"


@pytest.fixture
def open_states(tree: RunTree, monkeypatch: pytest.MonkeyPatch) -> Open:
    monkeypatch.chdir(tree.path)
    objects = Objects(tree.path)

    def make(folder: Path, key: str = "key") -> States:
        folder.mkdir(exist_ok=True)
        return States(objects, CELL, key, folder)

    return make


def save(folder: Path, fingerprint: str, content: str) -> None:
    """Replace a state as the training does."""
    (folder / fingerprint).mkdir(exist_ok=True)
    draft = folder / fingerprint / "draft"
    draft.write_text(content)
    draft.replace(folder / fingerprint / "state")


def files(store: Path) -> list[str]:
    return sorted(str(path.relative_to(store)) for path in store.rglob("*") if path.is_file())


def test_another_node_goes_on_from_the_last_state(open_states: Open, tmp_path: Path, store: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    states = open_states(one)
    assert states.take() == 0
    assert not states.offer()
    save(one, FIRST, "epoch 1")
    assert states.offer() and not states.offer()
    save(one, FIRST, "epoch 2!")
    save(one, SECOND, "epoch 1")
    assert states.offer()
    assert files(store) == [f"{CELL}/key/{FIRST}/00000002-8", f"{CELL}/key/{SECOND}/00000001-7"]
    other = open_states(two)
    assert other.take() == 2
    assert (two / FIRST / "state").read_text() == "epoch 2!"
    # What came from the remote does not go back to it.
    assert not other.offer()
    save(two, FIRST, "epoch three")
    assert other.offer()
    assert files(store)[0] == f"{CELL}/key/{FIRST}/00000003-11"
    other.clear()
    assert files(store) == []


def test_a_state_that_was_cut_or_is_no_state_is_not_taken(open_states: Open, tmp_path: Path, store: Path) -> None:
    folder = store / CELL / "key"
    for name, content in (
        (f"{FIRST}/00000001-7", "epoch 1"),
        (f"{FIRST}/00000002-7", "epo"),
        ("../other/00000001-7", "epoch 1"),
        ("short/00000001-7", "epoch 1"),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    assert open_states(tmp_path / "two").take() == 1
    assert (tmp_path / "two" / FIRST / "state").read_text() == "epoch 1"
    assert [path.name for path in (tmp_path / "two").iterdir()] == [FIRST]


def test_other_settings_and_older_trainings_of_a_clone_are_left_alone(
    open_states: Open, tmp_path: Path, store: Path
) -> None:
    (tmp_path / "one").mkdir()
    save(tmp_path / "one", FIRST, "another stage's")
    states = open_states(tmp_path / "one")
    states.take()
    assert not states.offer()
    save(tmp_path / "one", SECOND, "epoch 1")
    assert states.offer()
    assert open_states(tmp_path / "two", "other key").take() == 0
    open_states(tmp_path / "two", "other key").clear()
    assert files(store) == [f"{CELL}/key/{SECOND}/00000001-7"]


def test_states_are_copied_while_the_stage_runs_and_after_a_fault_of_the_remote(
    open_states: Open, tmp_path: Path, store: Path, notes: list[str]
) -> None:
    states = open_states(tmp_path / "one")
    states.take()
    kept: list[str] = []
    remote = store.parent
    with Keeper(states, 0.05, lambda: kept.append("kept"), notes.append):
        save(tmp_path / "one", FIRST, "epoch 1")
        wait_for(lambda: kept)
        remote.rename(remote.with_name("elsewhere"))
        save(tmp_path / "one", FIRST, "epoch 2")
        wait_for(lambda: notes)
        remote.with_name("elsewhere").rename(remote)
        wait_for(lambda: len(kept) > 1)
    assert "could not be copied to the DVC remote (there is no folder" in notes[0]
    assert files(store) == [f"{CELL}/key/{FIRST}/00000002-7"]
