"""A toy study with a git remote and a DVC remote, whose stages say on which node they ran."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.tui.toy import STAGE, dvc, environment, shell
from tui.checkout import Checkout
from tui.runs.hosting import Host
from tui.runs.plan import Stage, read_graph
from tui.runs.tree import RunTree, add_tree, base_of, drop_worktree

PLACED = ("encoder", "intermediate", "classification")

ENCODER = "encoder@bert"
CELL = "classification@sms_spam-pretrained-bert"

# On a worker, the main checkout is its clone: orders and logs of the tests are the study's.
TOLD = """\
clone = main
main = Path(os.environ.get("DETOUR_TEST_MAIN", main))
print("devices", os.environ.get("CUDA_VISIBLE_DEVICES"), flush=True)
open(main / "nodes.log", "a").write(Path(os.environ.get("DETOUR_WORKERS", "here")).name + "\\n")
"""
# As a training does: one more epoch than the state has.
STATE = """\
if (orders / f"state-{name}").exists():
    state = clone / ".detour" / "state" / ("a" * 64) / "state"
    state.parent.mkdir(parents=True, exist_ok=True)
    epochs = int(state.read_text()) + 1 if state.exists() else 1
    (state.parent / "draft").write_text(str(epochs))
    (state.parent / "draft").replace(state)
    open(main / "states.log", "a").write(f"{epochs}\\n")
    if (orders / f"stay-{name}").exists():
        (main / "waiting").write_text(str(os.getpid()))
        for _ in range(6000):
            if not (orders / f"go-{name}").exists():
                time.sleep(0.1)
"""


def share(study: Path, url: str | None = None) -> Path:
    """Give a study a bare git remote and a DVC remote (a folder unless `url` names another), both beside it."""
    shell(study.parent, "git", "init", "--quiet", "--bare", "origin.git")
    shell(study, "git", "remote", "add", "origin", str(study.parent / "origin.git"))
    store = study.parent / "store"
    store.mkdir()
    dvc(study, "remote", "add", "--default", "shared", url or str(store))
    if (study / "stage.py").is_file():
        (study / "stage.py").write_text(
            STAGE.replace("orders = ", f"{TOLD}orders = ").replace("params = ", f"{STATE}params = ", 1)
        )
        (study / ".gitignore").write_text((study / ".gitignore").read_text() + "/nodes.log\n/states.log\n")
    shell(study, "git", "commit", "--quiet", "--all", "--message", "Remotes")
    return study


def variables(study: Path) -> dict[str, str]:
    """A run's environment."""
    return {**environment(), "DETOUR_TEST_MAIN": str(study)}


@contextmanager
def run_tree(study: Path, name: str = "run") -> Iterator[tuple[RunTree, Host]]:
    """The tree of a run of the study, and a dvc process for what runs on this machine."""
    checkout = Checkout(study, study)
    with Host() as host:
        tree = add_tree(checkout, name, base_of(checkout), host)
        try:
            yield tree, host
        finally:
            drop_worktree(tree)


def levels(tree: RunTree, host: Host) -> list[list[Stage]]:
    """The stages that go to a cluster, by levels of the graph."""
    graph = read_graph(tree.path, host)
    depth: dict[str, int] = {}
    for name, stage in graph.items():
        depth[name] = 1 + max((depth[other] for other in stage.upstream), default=-1)
    placed = [stage for stage in graph.values() if stage.group in PLACED]
    return [[stage for stage in placed if depth[stage.name] == level] for level in sorted({*depth.values()})]


def wait_for(what: Callable[[], object], seconds: float = 60) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


class Running(threading.Thread):
    """Stages that an engine runs in a thread."""

    def __init__(self, engine: object, names: list[str], environment: Mapping[str, str]) -> None:
        super().__init__()
        self._arguments = engine, names, environment
        self.said: list[str] = []
        self.status: int | None = None
        self.start()

    def run(self) -> None:
        engine, names, variables = self._arguments
        self.status = engine.run(names, variables, self.said.append)  # type: ignore[attr-defined]

    @property
    def lines(self) -> list[str]:
        return [line.rstrip("\n") for line in self.said]

    def begun(self) -> list[str]:
        """The stages whose command was told to run."""
        return [line.split("'")[1] for line in self.lines if line.startswith("Running stage '")]


def nodes(study: Path) -> list[str]:
    """Where stages ran, in their order."""
    log = study / "nodes.log"
    return log.read_text().split() if log.exists() else []


def order(study: Path, *words: str) -> None:
    """Give an order to the toy's stages, as `fail-<stage>`."""
    (study / "orders").mkdir(exist_ok=True)
    for word in words:
        (study / "orders" / word).touch()


def waiting(study: Path) -> int:
    """The process of a stage that was ordered to wait, once it does."""
    file = study / "waiting"
    wait_for(lambda: file.exists() and file.read_text())
    return int(file.read_text())


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
