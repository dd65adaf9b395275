"""Two nodes of one processor each on this machine, with folders of their own, and studies with remotes."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.tui.runs.cluster.shared import run_tree, share
from tests.tui.toy import copy_toy, environment
from tui.runs.cluster.engine import RayEngine
from tui.runs.cluster.options import ClusterOptions
from tui.runs.hosting import Host
from tui.runs.tree import RunTree


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A cluster takes more of two processors than all that is done on it: its tests are left to `make test-slow`."""
    for item in items:
        if "nodes" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


MEMORY = 80_000_000
"""Bytes of a node's store of objects, which hold lines of text here; Ray's least is 75 MiB."""


class Nodes:
    """A cluster whose nodes come and go."""

    def __init__(self, folder: Path) -> None:
        from ray.cluster_utils import Cluster

        self._folder = folder
        # What workers inherit: this checkout's modules before those that are installed.
        os.environ.update({"PYTHONPATH": environment()["PYTHONPATH"], "RAY_USAGE_STATS_ENABLED": "0"})
        head = {"num_cpus": 0, "include_dashboard": False, "object_store_memory": MEMORY}
        self._cluster = Cluster(initialize_head=True, head_node_args=head)
        self._nodes: dict[str, Any] = {}
        self.address = self._cluster.address

    def add(self, name: str, gpus: int = 0, **variables: str) -> None:
        """Begin a node whose folder is `name`; GPUs are what it says, and nobody looks for them."""
        own = {"DETOUR_WORKERS": str(self._folder / name), **variables}
        self._nodes[name] = self._cluster.add_node(
            num_cpus=1 + gpus, num_gpus=gpus, object_store_memory=MEMORY, env_vars=own
        )
        # A node that was lost shortly before must not be given stages.
        self._cluster.wait_for_nodes()

    def kill(self, name: str) -> None:
        """End a node as a loss of power would."""
        self._cluster.remove_node(self._nodes.pop(name), allow_graceful=False)

    def drop(self, name: str) -> None:
        """Have a node leave."""
        self._cluster.remove_node(self._nodes.pop(name))
        self._cluster.wait_for_nodes()

    def is_busy(self, name: str) -> bool:
        """Whether a stage runs on the node: a clone of its folder is in use."""
        for lock in (self._folder / name).glob("*/slots/*/lock"):
            with lock.open() as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return True
        return False

    def close(self) -> None:
        self._cluster.shutdown()


@pytest.fixture(scope="session")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    pytest.importorskip(
        "ray", reason="Ray is not installed (pip install 'detour[cluster]'): tests on a cluster are left out"
    )
    before = dict(os.environ)
    made = Nodes(tmp_path_factory.mktemp("nodes"))
    try:
        made.add("one")
        made.add("two")
        yield made
    finally:
        made.close()
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture
def shared_study(new_study: Path, tmp_path: Path) -> Path:
    """The toy study with its remotes; nothing has run."""
    return share(copy_toy(new_study, tmp_path / "a study"))


@pytest.fixture
def tree_and_host(shared_study: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[RunTree, Host]]:
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    with run_tree(shared_study) as made:
        yield made


@pytest.fixture
def tree(tree_and_host: tuple[RunTree, Host]) -> RunTree:
    return tree_and_host[0]


@pytest.fixture
def host(tree_and_host: tuple[RunTree, Host]) -> Host:
    return tree_and_host[1]


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def engine(nodes: Nodes, tree: RunTree, notes: list[str]) -> Iterator[RayEngine]:
    """The engine of a run on the cluster, which looks for new states twice a second and loses patience soon."""
    options = ClusterOptions(keep_seconds=0.5, pauses=(0.2, 0.5, 1.0, 1.0, 1.0))
    with RayEngine(tree, nodes.address, notes.append, options) as made:
        yield made
