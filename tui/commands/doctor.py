"""`detour doctor`: whether this machine and this folder can run a study, and what mends what is missing.

A check never raises: it says ok, warn or fail. What fails stops a run; a warning is a limit worth knowing.
Nothing of the training stack is imported: versions come from the packages' metadata, DVC and nvidia-smi are
asked in processes of their own, and the network is left alone unless `--network` is given.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from pipeline.errors import InputError

Status = Literal["ok", "warn", "fail"]
GIT = (2, 39)
PYTHON = (3, 11)
GIB = 2**30
SAMPLE = "python -m pipeline.corpora.sample data"


@dataclass(frozen=True)
class Check:
    """One finding."""

    name: str
    status: Status
    says: str
    mend: str = ""
    """What to do; empty where there is nothing to do."""


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the checks as JSON.")] = False,
    network: Annotated[bool, typer.Option("--network", help="Also try to reach the model hub.")] = False,
) -> None:
    """Check this machine and this study; exit status 1 when something would stop a run."""
    from tui.output import emit_json, say

    checks = list(examine(Path.cwd(), network))
    failed = sum(check.status == "fail" for check in checks)
    if as_json:
        emit_json({"checks": [vars(check) for check in checks], "failed": failed})
    else:
        for check in checks:
            say(f"{check.status:<5} {check.name:<11} {check.says}")
            if check.mend:
                say(f"{'':<17} {check.mend}")
    if failed:
        raise typer.Exit(1)


def examine(folder: Path, network: bool = False) -> Iterator[Check]:
    """Every check, in the order in which faults are best mended."""
    yield python()
    yield path()
    yield git()
    root, found = repository(folder)
    yield found
    yield from packages()
    yield from study(root) if root else ()
    yield from machine(root or folder)
    yield gpu()
    for program, use in (
        ("tmux", "keeps the app open when a connection drops"),
        ("sshd", "lets others reach this box"),
    ):
        yield optional(program, use)
    if network:
        yield hub()


def python() -> Check:
    """Python's version."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < PYTHON:
        return Check("python", "fail", version, f"Install Python {'.'.join(map(str, PYTHON))} or newer.")
    return Check("python", "ok", version)


def path() -> Check:
    """Which Python the commands of dvc.yaml would find; `detour run` puts its own first, plain DVC does not."""
    found = shutil.which("python")
    if found is None or Path(found).parent.resolve() != Path(sys.executable).parent.resolve():
        says = f"python is {found or 'not found'}, detour runs on {sys.executable}"
        return Check("path", "warn", says, "Activate the environment (. .venv/bin/activate) before plain dvc commands.")
    return Check("path", "ok", "python is the one that detour runs on")


def git() -> Check:
    """git's version; runs live in worktrees and are recorded by plumbing of 2.39."""
    wanted = ".".join(map(str, GIT))
    done = _run("git", "--version")
    match = re.search(r"(\d+)\.(\d+)[.\d]*", done.stdout if done else "")
    if match is None:
        return Check("git", "fail", "not found", f"Install git {wanted} or newer.")
    if (int(match[1]), int(match[2])) < GIT:
        return Check("git", "fail", match[0], f"Install git {wanted} or newer: runs need its worktrees.")
    return Check("git", "ok", match[0])


def repository(folder: Path) -> tuple[Path | None, Check]:
    """The root of the repository around `folder`, with a commit to base runs on and with worktrees."""
    from tui.history.refs import head_of, open_repository

    try:
        found = open_repository(folder)
    except InputError as error:
        return None, Check("repository", "fail", str(error), "Go to the folder of a study, or clone one.")
    if found.workdir is None:
        return None, Check("repository", "fail", f"{found.path} is bare", "Clone it and work in the clone.")
    root = Path(found.workdir)
    if head_of(found) is None:
        return root, Check("repository", "fail", f"{root} has no commit", "Commit the study: runs are based on HEAD.")
    done = _run("git", "-C", str(root), "worktree", "list")
    if done is None or done.returncode:
        says = f"git worktree does not work in {root}"
        return root, Check("repository", "fail", says, "Run `git worktree list` and mend what it says.")
    return root, Check("repository", "ok", str(root))


def packages() -> Iterator[Check]:
    """The packages that the project declares, against what is installed."""
    from importlib.metadata import PackageNotFoundError, version

    from packaging.requirements import Requirement

    wanted = [Requirement(line) for line in requirements()]
    wanted = [need for need in wanted if need.marker is None or need.marker.evaluate({"extra": ""})]
    faults = []
    for need in wanted:
        try:
            if not need.specifier.contains(version(need.name), prereleases=True):
                faults.append(f"{need.name} is {version(need.name)} (wanted {need.specifier})")
        except PackageNotFoundError:
            faults.append(f"{need.name} is not installed")
    if not wanted:
        yield Check("packages", "warn", "no list of wanted packages", "Install the project: pip install -e .")
    elif faults:
        yield Check("packages", "fail", "; ".join(faults), "Install them: pip install -e . in the project's folder.")
    else:
        yield Check("packages", "ok", f"{len(wanted)} wanted, all installed")


def requirements() -> list[str]:
    """What the project needs: of its pyproject.toml where it runs from its own tree, else of its metadata."""
    import tomllib
    from importlib.metadata import PackageNotFoundError, requires

    project = Path(__file__).resolve().parents[2] / "pyproject.toml"
    try:
        needs = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]
        return [str(need) for need in needs]
    except (OSError, KeyError, tomllib.TOMLDecodeError):
        pass
    try:
        return requires("detour") or []
    except PackageNotFoundError:
        return []


def study(root: Path) -> Iterator[Check]:
    """DVC, params.yaml, the data and the cache of the repository at `root`."""
    if not (root / ".dvc").is_dir():
        yield Check("dvc", "fail", f"{root} has no .dvc", "Run `dvc init` there, or go to the folder of a study.")
    else:
        yield Check("dvc", "ok", ".dvc is there")
    yield _params(root)
    if (root / ".dvc").is_dir():
        yield data(root)
        yield cache(root)


def _params(root: Path) -> Check:
    from pipeline.study import load_study

    try:
        found = load_study(root / "params.yaml")
    except InputError as error:
        return Check("params.yaml", "fail", str(error), "Mend that key; `git diff params.yaml` shows what changed.")
    return Check("params.yaml", "ok", f"{len(found.cells())} cells, {len(found.seeds)} seeds")


def data(root: Path) -> Check:
    """Whether data/ is there and holds what data.dvc says."""
    if not (root / "data.dvc").is_file():
        return Check(
            "data", "fail", "data.dvc is missing", f"Make the sample's data (`{SAMPLE}`), then `dvc add data`."
        )
    done = _run(sys.executable, "-m", "dvc", "status", "data.dvc", "--json", folder=root)
    states = _states(done.stdout) if done and not done.returncode else None
    if done is None or states is None:
        reason = " ".join((done.stderr if done else "dvc did not answer").split())
        # Whoever holds DVC's lock works in this tree: that is no fault of the data.
        status: Status = "warn" if "lock" in reason else "fail"
        return Check("data", status, reason, "Run `dvc status data.dvc` and mend what it says.")
    if not states:
        return Check("data", "ok", "as data.dvc says")
    says = ", ".join(f"{path} is {state}" for path, state in states.items())
    if not (root / "data").exists():
        return Check("data", "fail", says, f"Run `dvc checkout data.dvc`, `dvc pull data.dvc`, or `{SAMPLE}`.")
    if set(states.values()) == {"not in cache"}:
        return Check("data", "warn", says, "Run `dvc commit data.dvc`, so that runs in their own trees find it.")
    return Check("data", "warn", says, "Run `dvc add data` to keep the change, `dvc checkout data.dvc` to drop it.")


def _states(text: str) -> dict[str, str] | None:
    """The state of each output by `dvc status --json`; None where that is no JSON."""
    import json

    try:
        answer: Any = json.loads(text)
    except ValueError:
        return None
    changes = [change for stage in answer.values() for change in stage if isinstance(change, dict)]
    return {path: state for change in changes for path, state in change.get("changed outs", {}).items()}


def cache(root: Path) -> Check:
    """Whether the DVC cache can be written."""
    from tui.history.cache import cache_folder

    folder = cache_folder(root)
    if not os.access(_existing(folder), os.W_OK):
        mend = "Give yourself write permission, or set another folder: dvc cache dir --local FOLDER."
        return Check("cache", "fail", f"{folder} cannot be written", mend)
    return Check("cache", "ok", str(folder))


def machine(folder: Path) -> Iterator[Check]:
    """Free disk where results go, cores and memory."""
    from tui.history.cache import cache_folder

    free = shutil.disk_usage(_existing(cache_folder(folder))).free / GIB
    mend = "Free some: an encoder of BERT's size takes .4 GiB, and so does each of its intermediates."
    status: Status = "ok" if free >= 10 else "warn" if free >= 1 else "fail"
    yield Check("disk", status, f"{free:.1f} GiB free", "" if status == "ok" else mend)
    yield Check("cores", "ok", f"{len(os.sched_getaffinity(0))} usable")
    memory = _available_memory()
    if memory is not None:
        low = "" if memory >= 4 else "Close programs or run one cell at a time: each process with torch takes .5 GiB."
        yield Check("memory", "warn" if low else "ok", f"{memory:.1f} GiB available", low)


def _existing(folder: Path) -> Path:
    """`folder`, or the nearest folder above it that exists."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def _available_memory() -> float | None:
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:
        return None
    match = re.search(r"^MemAvailable:\s+(\d+) kB", text, re.MULTILINE)
    return int(match[1]) * 1024 / GIB if match else None


def gpu() -> Check:
    """GPUs by nvidia-smi, and whether the installed torch could use them."""
    from importlib.metadata import PackageNotFoundError, version

    done = _run("nvidia-smi", "--query-gpu=name,memory.total,memory.free", "--format=csv,noheader")
    if done is None:
        return Check("gpu", "ok", "none (no nvidia-smi): training uses the processor")
    if done.returncode or not done.stdout.strip():
        says = f"nvidia-smi fails: {' '.join((done.stdout + done.stderr).split())}"
        return Check("gpu", "warn", says, "Mend the driver; until then training uses the processor.")
    cards = "; ".join(line.strip() for line in done.stdout.splitlines() if line.strip())
    try:
        blind = version("torch").endswith("+cpu")
    except PackageNotFoundError:
        blind = False
    if blind:
        return Check("gpu", "warn", f"{cards}, but torch is built without CUDA", "Install torch's CUDA build.")
    return Check("gpu", "ok", cards)


def optional(program: str, use: str) -> Check:
    """A program that is good to have."""
    places = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
    found = shutil.which(program, path=places)
    return Check(program, "ok", found) if found else Check(program, "ok", f"not found; optional, {use}")


def hub() -> Check:
    """Whether the model hub answers within five seconds."""
    from urllib.error import HTTPError, URLError
    from urllib.request import Request, urlopen

    address = os.environ.get("HF_ENDPOINT", "https://huggingface.co")
    mend = "Set HF_ENDPOINT to a mirror, or build encoders (encoders.<model>.build) and use local files."
    try:
        urlopen(Request(address, method="HEAD"), timeout=5).close()
    except HTTPError as error:
        return Check("hub", "warn", f"{address} answers {error.code}", mend)
    except (URLError, OSError, ValueError) as error:
        return Check("hub", "warn", f"{address} does not answer ({error})", mend)
    return Check("hub", "ok", f"{address} answers")


def _run(*command: str, folder: Path | None = None) -> "subprocess.CompletedProcess[str] | None":
    """A finished process; None where the program is missing or takes more than a minute."""
    try:
        return subprocess.run(
            command, cwd=folder, capture_output=True, encoding="utf-8", errors="replace", timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
