"""The toy study on a real Ray cluster of two nodes, which share nothing but a git remote and a DVC remote."""

import os
import signal
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from pipeline.errors import InputError
from tests.tui.runs.cluster.conftest import Nodes
from tests.tui.runs.cluster.shared import (
    ENCODER,
    Running,
    is_alive,
    levels,
    order,
    run_tree,
    variables,
    wait_for,
    waiting,
)
from tests.tui.runs.cluster.shared import nodes as nodes_of
from tests.tui.toy import copy_toy, detour, dvc, ran, shell
from tui.runs.cluster.engine import RayEngine
from tui.runs.cluster.options import ClusterOptions
from tui.runs.hosting import Host
from tui.runs.tree import RunTree


def run_all(engine: RayEngine, tree: RunTree, host: Host, study: Path) -> list[Running]:
    """Run every stage of one model that goes to a cluster, in two batches at a time."""
    done = []
    for level in levels(tree, host):
        chosen = [stage.name for stage in level if stage.name.endswith("bert")]
        halves = [chosen[half::2] for half in (0, 1)]
        running = [Running(engine, names, variables(study)) for names in halves if names]
        for one in running:
            one.join()
            assert one.status == 0, one.lines
        done += running
    return done


@pytest.mark.slow
def test_a_study_comes_out_as_on_this_machine_and_nobody_makes_it_twice(
    nodes: Nodes, engine: RayEngine, tree: RunTree, host: Host, shared_study: Path, tmp_path: Path, notes: list[str]
) -> None:
    alone = copy_toy(shared_study, tmp_path / "alone")
    detour(alone, "run", "--wait", "*-bert", "--name", "alone")
    assert engine.slots() == 2
    done = run_all(engine, tree, host, shared_study)
    begun = [name for running in done for name in running.begun()]
    assert sorted(begun) == sorted(ran(shared_study)) == sorted({*ran(alone)} - {"gains", "report"})
    assert set(nodes_of(shared_study)) == {"one", "two"}
    for name in ("gains", "report"):
        assert host.ask(tree.path, "repro", "-s", name)[0] == 0
    assert notes == []
    (experiment,) = shell(alone, "git", "for-each-ref", "--format=%(objectname)", "refs/exps").split()
    reports = set(shell(alone, "git", "ls-tree", "-r", "--name-only", experiment, "reports").split())
    # The record of a run is not of the study.
    for path in reports - {"reports/run.json"}:
        assert shell(alone, "git", "show", f"{experiment}:{path}") == (tree.path / path).read_text()
    locked = YAML(typ="safe").load((tree.path / "dvc.lock").read_text())
    assert YAML(typ="safe").load(shell(alone, "git", "show", f"{experiment}:dvc.lock")) == locked
    # Nothing of the run is left at the remotes but results.
    assert shell(shared_study, "git", "ls-remote", "origin").split()[1:] == ["refs/detour/runs/run/first"]
    engine.close()
    assert shell(shared_study, "git", "ls-remote", "origin") == ""
    assert not list((shared_study.parent / "store").rglob("detour-state/*/*/*/*"))
    # Somebody else who shares the remotes, with an empty cache.
    other = tmp_path / "other"
    shell(tmp_path, "git", "clone", "--quiet", str(shared_study), str(other))
    dvc(shared_study, "push", "--quiet", "data.dvc")
    dvc(other, "pull", "--quiet", "data.dvc")
    shell(other, "git", "remote", "set-url", "origin", str(shared_study.parent / "origin.git"))
    with run_tree(other) as (their_tree, their_host), RayEngine(their_tree, nodes.address, notes.append) as theirs:
        begun = [name for running in run_all(theirs, their_tree, their_host, other) for name in running.begun()]
    assert begun == [] == ran(other)


def test_a_failed_stage_says_what_dvc_says_and_stops_no_other(engine: RayEngine, shared_study: Path) -> None:
    order(shared_study, f"fail-{ENCODER}")
    running = Running(engine, [ENCODER, "encoder@roberta"], variables(shared_study))
    running.join()
    assert running.status not in (0, None)
    assert running.begun() == [ENCODER, "encoder@roberta"]
    assert f"error: {ENCODER} was told to fail; take the order back" in running.lines
    assert any(line.startswith("WARNING: failed to run") for line in running.lines)
    assert any(line.startswith(f"ERROR: failed to reproduce '{ENCODER}'") for line in running.lines)
    assert ran(shared_study) == [ENCODER, "encoder@roberta"]


@pytest.mark.parametrize("hard", [False, True], ids=["gracefully", "hard"])
def test_a_stage_that_is_told_to_stop_ends_on_its_node(engine: RayEngine, shared_study: Path, hard: bool) -> None:
    order(shared_study, f"wait-{ENCODER}")
    running = Running(engine, [ENCODER], variables(shared_study))
    stage = waiting(shared_study)
    engine.stop(hard=hard)
    running.join()
    # DVC outlives a stage that ends by itself, and tells that it failed.
    assert running.status == (-signal.SIGTERM if hard else 255)
    wait_for(lambda: not is_alive(stage), 30)


def test_a_stage_whose_worker_is_killed_ends_with_it_and_is_placed_again(
    engine: RayEngine, tree: RunTree, shared_study: Path, notes: list[str]
) -> None:
    order(shared_study, f"wait-{ENCODER}")
    running = Running(engine, [ENCODER], variables(shared_study))
    stage = waiting(shared_study)
    (shared_study / "orders" / f"wait-{ENCODER}").unlink()
    os.kill(worker_of(stage), signal.SIGKILL)
    running.join()
    assert running.status == 0, running.lines
    assert running.begun() == [ENCODER]
    assert (tree.path / "checkpoints/pretrained/bert").is_file()
    wait_for(lambda: not is_alive(stage), 30)
    (note,) = notes
    assert "the stage is placed again" in note


def test_a_stage_on_a_node_that_is_lost_goes_on_elsewhere_from_its_last_state(
    nodes: Nodes, engine: RayEngine, shared_study: Path, notes: list[str]
) -> None:
    order(shared_study, f"state-{ENCODER}", f"stay-{ENCODER}")
    running = Running(engine, [ENCODER], variables(shared_study))
    stage = waiting(shared_study)
    store = shared_study.parent / "store" / "detour-state"
    wait_for(lambda: [path for path in store.rglob("*") if path.is_file()])
    (shared_study / "orders" / f"stay-{ENCODER}").unlink()
    (lost,) = nodes_of(shared_study)
    nodes.kill(lost)
    running.join()
    assert running.status == 0, running.lines
    wait_for(lambda: not is_alive(stage), 30)
    nodes.add(lost)
    (other,) = {"one", "two"} - {lost}
    assert nodes_of(shared_study) == [lost, other]
    # One epoch on the lost node, the second on the other.
    assert (shared_study / "states.log").read_text().split() == ["1", "2"]
    assert any("the stage is placed again" in note for note in notes)
    assert f"{ENCODER} goes on from its last state." in notes
    assert not [path for path in store.rglob("*") if path.is_file()]


def test_a_remote_that_is_gone_for_a_moment_is_waited_for(
    engine: RayEngine, tree: RunTree, shared_study: Path, notes: list[str]
) -> None:
    order(shared_study, f"state-{ENCODER}", f"stay-{ENCODER}")
    running = Running(engine, [ENCODER], variables(shared_study))
    waiting(shared_study)
    store = shared_study.parent / "store"
    store.rename(store.with_name("elsewhere"))
    (shared_study / "orders" / f"go-{ENCODER}").touch()
    wait_for(lambda: any("Pushing what came of a stage failed (there is no folder" in note for note in notes))
    store.with_name("elsewhere").rename(store)
    running.join()
    assert running.status == 0, running.lines
    assert ran(shared_study) == [ENCODER]
    assert (tree.path / "checkpoints/pretrained/bert").is_file()


@pytest.mark.slow
def test_a_stage_that_takes_its_worker_down_every_time_is_given_up_with_one_sentence(
    engine: RayEngine, shared_study: Path
) -> None:
    (shared_study / "orders").mkdir()
    # The stage's parent is DVC, whose parent is the worker.
    kill = "os.kill(int(open(f'/proc/{os.getppid()}/stat').read().rsplit(')', 1)[1].split()[1]), 9)"
    stage = shared_study / ".detour" / "runs" / "run" / "tree" / "stage.py"
    stage.write_text(stage.read_text().replace("params = ", f"{kill}\ntime.sleep(60)\nparams = "))
    running = Running(engine, [ENCODER], variables(shared_study))
    running.join()
    assert running.status == 1
    assert ran(shared_study) == [ENCODER] * 3
    (said,) = [line for line in running.lines if line.startswith("error: ")]
    assert said.startswith(f"error: {ENCODER} was placed 3 times and its worker was lost each time")


def test_a_stage_without_room_on_the_cluster_waits_and_can_be_stopped(
    nodes: Nodes, tree: RunTree, shared_study: Path, notes: list[str]
) -> None:
    with RayEngine(tree, nodes.address, notes.append, ClusterOptions(cpus=64)) as engine:
        assert engine.slots() == 0
        running = Running(engine, [ENCODER], variables(shared_study))
        wait_for(lambda: notes)
        engine.stop(hard=False)
        running.join(60)
    assert running.status == -signal.SIGTERM
    assert notes[0].startswith("No node of the cluster has 64 processors and 0 GPUs for a stage")


@pytest.mark.slow
def test_two_stages_share_a_gpu_where_each_takes_half_of_one(
    nodes: Nodes, tree: RunTree, shared_study: Path, notes: list[str]
) -> None:
    nodes.add("large", gpus=1)
    try:
        with RayEngine(tree, nodes.address, notes.append, ClusterOptions(gpus=0.5)) as engine:
            assert engine.slots() == 2
            order(shared_study, f"wait-{ENCODER}")
            first = Running(engine, [ENCODER], variables(shared_study))
            waiting(shared_study)
            second = Running(engine, ["encoder@roberta"], variables(shared_study))
            second.join()
            engine.stop(hard=False)
            first.join()
        assert "devices 0" in first.lines and "devices 0" in second.lines
        assert nodes_of(shared_study) == ["large", "large"]
    finally:
        nodes.drop("large")


@pytest.mark.slow
def test_a_node_without_this_program_is_told_at_once(
    nodes: Nodes, tree: RunTree, shared_study: Path, tmp_path: Path, notes: list[str]
) -> None:
    (tmp_path / "tui").mkdir()
    (tmp_path / "tui" / "__init__.py").write_text("raise ModuleNotFoundError(\"No module named 'tui'\")\n")
    nodes.add("bare", gpus=1, PYTHONPATH=str(tmp_path))
    try:
        with RayEngine(tree, nodes.address, notes.append, ClusterOptions(gpus=1)) as engine:
            running = Running(engine, [ENCODER], variables(shared_study))
            running.join()
    finally:
        nodes.drop("bare")
    assert running.status == 1
    (said,) = [line for line in running.lines if line.startswith("error: ")]
    assert said.startswith("error: No worker can be begun (ModuleNotFoundError: No module named 'tui'); see ray.log")
    assert notes == []


def test_a_driver_that_is_killed_fails_the_batch_with_one_sentence_and_leaves_no_stage(
    engine: RayEngine, shared_study: Path
) -> None:
    order(shared_study, f"wait-{ENCODER}")
    running = Running(engine, [ENCODER], variables(shared_study))
    stage = waiting(shared_study)
    os.kill(engine.process, signal.SIGKILL)
    running.join(60)
    assert running.status == 1
    assert any(line.startswith("error: The cluster's driver is gone; see ") for line in running.lines)
    wait_for(lambda: not is_alive(stage), 90)


def test_an_engine_without_a_cluster_or_remotes_is_refused_in_one_sentence(nodes: Nodes, tree: RunTree) -> None:
    with pytest.raises(InputError, match=r"No Ray cluster can be joined at 127\.0\.0\.1:1 "):
        RayEngine(tree, "127.0.0.1:1", print)
    shell(tree.path, "git", "remote", "remove", "origin")
    with pytest.raises(InputError, match="no git remote 'origin'"):
        RayEngine(tree, nodes.address, print)


def worker_of(stage: int) -> int:
    """The Ray worker that a stage runs for: the parent of its dvc process."""
    process = stage
    for _ in range(8):
        process = int(Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[1])
        if "ray::" in Path(f"/proc/{process}/cmdline").read_text():
            return process
    raise AssertionError("no worker of Ray is above the stage")
