"""Real trainings on a cluster: the bytes of this machine, also from a node that is lost in the middle, and over S3."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.study.mini import CELLS, make_mini
from tests.tui.runs.cluster.conftest import Nodes
from tests.tui.runs.cluster.shared import PLACED, Running, run_tree, share, wait_for
from tests.tui.toy import copy_toy, detour, dvc, environment, shell
from tui.runs.cluster.engine import RayEngine
from tui.runs.cluster.options import ClusterOptions
from tui.runs.hosting import Host
from tui.runs.plan import CLOSING, read_graph
from tui.runs.tree import RunTree

INTERMEDIATE = "intermediate@imdb-bert"
EPOCHS = 6

RECORDS = ("reports/cells", "reports/predicted", "reports/curves", "reports/intermediate")
"""What is the same wherever it is made; timings are not."""

KEYS = {"AWS_ACCESS_KEY_ID": "tester", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}
"""Credentials, which each machine has of its own."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def new_mini(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small study with more epochs and its corpora in the DVC cache, so that a cell is the first stage to run."""
    folder = make_mini(tmp_path_factory.mktemp("mini") / "a study")
    shell(folder, "git", "remote", "remove", "origin")
    yaml = YAML()
    values = yaml.load((folder / "params.yaml").read_text())
    values["training"]["target"]["epochs"] = values["training"]["target"]["patience"] = EPOCHS
    with (folder / "params.yaml").open("w") as file:
        yaml.dump(values, file)
    with Host() as host:
        stages = [name for name, stage in read_graph(folder, host).items() if stage.group not in (*PLACED, *CLOSING)]
        assert host.run(folder, ["repro", "-s", *stages], environment(), lambda line: None) == 0
    shell(folder, "git", "add", "--all")
    shell(folder, "git", "commit", "--quiet", "--message", "Corpora")
    return folder


@pytest.fixture(scope="module")
def alone(new_mini: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study as this machine makes it."""
    folder = copy_toy(new_mini, tmp_path_factory.mktemp("alone") / "a study")
    said: list[str] = []
    with Host() as host:
        assert host.run(folder, ["repro", *CELLS], environment(), said.append) == 0, "".join(said)
    return folder


@pytest.fixture(autouse=True)
def python(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment().items():
        monkeypatch.setenv(name, value)


def place(engine: RayEngine, *names: str) -> list[Running]:
    """Run stages on the cluster, each as a batch of its own."""
    done = [Running(engine, [name], environment()) for name in names]
    for one in done:
        one.join()
        assert one.status == 0, one.lines
    return done


def same_records(tree: RunTree, alone: Path, cell: str = "") -> int:
    """Compare the records, of one cell or of all, and return how many there are."""
    files = [
        path for folder in RECORDS for path in (alone / folder).rglob("*.*") if cell.partition("@")[2] in path.stem
    ]
    for path in files:
        assert (tree.path / path.relative_to(alone)).read_bytes() == path.read_bytes(), path
    return len(files)


def test_a_run_on_the_cluster_records_what_this_machine_would(
    nodes: Nodes, new_mini: Path, alone: Path, tmp_path: Path
) -> None:
    study = share(copy_toy(new_mini, tmp_path / "a study"))
    where = ("--engine", "ray", "--address", nodes.address, "--jobs", "2")
    told = json.loads(detour(study, "run", "--wait", *CELLS, *where, "--name", "far", "--json").stdout)
    assert set(CELLS) <= set(told["ran"])
    compared = 0
    for path in (path for folder in RECORDS for path in (alone / folder).rglob("*.*")):
        assert shell(study, "git", "show", f"{told['commit']}:{path.relative_to(alone)}") == path.read_text()
        compared += 1
    assert compared >= 3 * len(CELLS)
    assert "far" in dvc(study, "exp", "list", "--name-only").split()


def test_a_node_that_is_lost_in_mid_training_costs_no_byte(
    nodes: Nodes, new_mini: Path, alone: Path, tmp_path: Path, notes: list[str]
) -> None:
    study = share(copy_toy(new_mini, tmp_path / "a study"))
    states = tmp_path / "store" / "detour-state"
    options = ClusterOptions(keep_seconds=0.2)
    with run_tree(study) as (tree, _), RayEngine(tree, nodes.address, notes.append, options) as engine:
        place(engine, "encoder@bert")
        place(engine, INTERMEDIATE)
        running = Running(engine, [CELLS[0]], environment())
        wait_for(lambda: list((states / CELLS[0]).rglob("*-*")) or running.status is not None, 180)
        assert running.status is None, "the cell was through before a state of it was seen"
        (lost,) = [name for name in ("one", "two") if nodes.is_busy(name)]
        nodes.kill(lost)
        running.join()
        nodes.add(lost)
        assert running.status == 0, running.lines
        assert f"{CELLS[0]} goes on from its last state." in notes
        assert sum("placed again" in note for note in notes) == 1
        place(engine, *CELLS[1:])
        assert same_records(tree, alone) == 4 * 3 + 2
        # An epoch after the last copied state may have been trained twice; the training was not begun twice.
        epochs = [line.split("epoch ")[1].split("/")[0] for line in running.lines if " seed 1 epoch " in line]
        assert epochs.count("1") == 1 and epochs[-1] == str(EPOCHS)
    assert not [path for path in states.rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """The address of an S3 server on this machine with a bucket."""
    reason = "moto's server or dvc-s3 is not installed: the test of an S3 remote is left out"
    server = pytest.importorskip("moto.server", reason=reason)
    pytest.importorskip("dvc_s3", reason=reason)
    import boto3

    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    address = f"http://{host}:{port}"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in KEYS.items():
            patch.setenv(name, value)
        boto3.client("s3", endpoint_url=address).create_bucket(Bucket="studies")
        yield address
    running.stop()


@pytest.fixture
def nodes_with_keys(nodes: Nodes) -> Iterator[Nodes]:
    """The nodes, which know how to enter the bucket."""
    for name in ("one", "two"):
        nodes.kill(name)
        nodes.add(name, **KEYS)
    yield nodes
    for name in ("one", "two"):
        nodes.kill(name)
        nodes.add(name)


def test_a_cell_comes_over_s3_with_the_bytes_of_this_machine(
    nodes_with_keys: Nodes, bucket: str, new_mini: Path, alone: Path, tmp_path: Path, notes: list[str]
) -> None:
    study = share(copy_toy(new_mini, tmp_path / "a study"), "s3://studies/mini")
    dvc(study, "remote", "modify", "shared", "endpointurl", bucket)
    shell(study, "git", "commit", "--quiet", "--all", "--message", "An endpoint")
    options = ClusterOptions(keep_seconds=0.2)
    with run_tree(study) as (tree, _), RayEngine(tree, nodes_with_keys.address, notes.append, options) as engine:
        place(engine, "encoder@bert")
        place(engine, CELLS[0])
        assert same_records(tree, alone, CELLS[0]) == 3
        assert notes == []
        # In another cache, with another client: the objects are at the bucket, and no state is left.
        import boto3

        listed = boto3.client("s3", endpoint_url=bucket).list_objects_v2(Bucket="studies", Prefix="mini/")["Contents"]
        kinds = {entry["Key"].split("/")[1] for entry in listed}
        assert kinds == {"files", "runs"}
