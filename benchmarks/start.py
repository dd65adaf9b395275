"""start.*: what a fine-tuning stage costs before it has learned anything, cold and from a warm parent, side by side.

A real cell (the bundled sample's sms_spam, its tiny BERT) in a clone of this checkout's HEAD: `python -m
pipeline.stages.first_step` is that tree's `finetune`, whose process ends itself after the first step of its optimiser. CPU is
user and system time: of the stage's process when it is cold; of the asking process, the parent and the child when it is warm.
Files are in the page cache and modules compiled, as they are for every stage of a run but the first.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dvc.utils.serialize import modify_yaml, parse_yaml
from ruamel.yaml import YAML

from benchmarks.report import Row, run
from tui.runs.dvc import Modify, Parse, quick, remembering

COLD_S, WARM_S = 6.0, 0.5

FIRST_STEP = '''\
"""finetune, ended by the first step of its optimiser."""
import os
import torch
from pipeline.stages import finetune
from pipeline.stages.command import run

step = torch.optim.AdamW.step

def first(self, *arguments, **named):
    step(self, *arguments, **named)
    os._exit(75)

torch.optim.AdamW.step = first
run(finetune.main, "target", "start", "model")
'''
ENDED = 75
"""The status that says that the step was taken."""

MODEL = "from transformers.models.bert import modeling_bert"
"""What no stage that trains can do without."""

STAGES = (
    "sites sms_spam",
    "collect sms_spam",
    "translate sms_spam",
    "prepare sms_spam",
    "pretrained classification",
    "overlap sms_spam",
    "encoder bert",
)
"""What the cell needs."""


def measure(quick: bool) -> Sequence[Row]:
    """Start the stage cold and warm in turns."""
    times = 2 if quick else 7
    with tempfile.TemporaryDirectory() as folder:
        study = _study(Path(folder) / "a study")
        variables = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
        variables.pop("PYTHONDONTWRITEBYTECODE", None)
        begun = time.monotonic()
        with _parent(variables) as (process, address):
            loaded, ready = sum(_used(process)), time.monotonic() - begun
            memory = _memory_mb(process)
            cold, warm, imports = [], [], []
            for _ in range(times + 1):
                imports.append(_used_by([sys.executable, "-c", MODEL], study, variables, 0))
                cold.append(_start(study, {**variables, "DETOUR_WARM": "off"}, process))
                warm.append(_start(study, {**variables, "DETOUR_WARM": address}, process))
    # The first of each reads and compiles.
    (cold_cpu, cold_s), (warm_cpu, warm_s) = (zip(*found[1:], strict=True) for found in (cold, warm))
    model = statistics.median(cpu for cpu, _ in imports[1:])
    how = f"python -m pipeline.stages.finetune (tiny BERT, one thread) to the end of its first step; median of {times}"
    return [
        _at_most("start.cold", cold_cpu, COLD_S, f"{how}; the stage's process"),
        _at_most("start.warm", warm_cpu, WARM_S, f"{how}, in turns with the cold ones; asking process, parent and child"),
        Row("start.import", model, "CPU-s", None, None, f"python -c '{MODEL}', in turns with them: how slow the machine is at it"),
        Row("start.cold_s", statistics.median(cold_s), "s", None, None, "wall-clock time of the same starts, cold"),
        Row("start.warm_s", statistics.median(warm_s), "s", None, None, "wall-clock time of the same starts, warm"),
        Row("start.parent", loaded, "CPU-s", None, None, f"the parent until it serves, once a run; {ready:.1f} s"),
        *_lock_rows(times),
        Row("start.parent_mb", memory, "MB", None, None, "the parent's resident memory, which children share until they write"),
    ]  # fmt: skip


def _lock_rows(times: int) -> list[Row]:
    """What DVC spends on its lock file for each stage, and what it spends as runs call it."""
    parse = remembering(parse_yaml)
    usual, ours = [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dvc.lock"
        shutil.copy("dvc.lock", path)
        for turn in range(times + 1):
            usual.append(_lock_turn(path, turn, parse_yaml, modify_yaml))
            ours.append(_lock_turn(path, turn, parse, quick(modify_yaml, parse)))
        entries = len(parse_yaml(path.read_text(encoding="utf-8"), str(path))["stages"])
    before, after = (statistics.median(found[1:]) for found in (usual, ours))
    how = f"reading dvc.lock twice and changing one of its {entries} entries, as for each stage; median of {times}"
    return [
        Row("start.lock", after, "CPU-s", None, None, f"{how}, through tui.runs.dvc"),
        Row("start.lock.dvc", before, "CPU-s", None, None, f"{how}, by DVC itself"),
        Row("start.lock.ratio", before / after, "x", None, None, "start.lock.dvc over start.lock, in turns"),
    ]


def _lock_turn(path: Path, turn: int, parse: Parse, modify: Modify) -> float:
    begun = time.process_time()
    for _ in range(2):
        parse(path.read_text(encoding="utf-8"), str(path))
    with modify(str(path)) as lock:
        name = next(iter(lock["stages"]))
        lock["stages"][name] = {"cmd": f"turn {turn}"}
    return time.process_time() - begun


def _study(folder: Path) -> Path:
    """The bundled study narrowed to one cell, with all that the cell reads."""
    subprocess.run(["git", "clone", "--quiet", ".", str(folder)], check=True)
    path, yaml = folder / "params.yaml", YAML()
    values = yaml.load(path.read_text(encoding="utf-8"))
    values.update(models=["bert"], starts={}, sites={}, corpora={"sms_spam": values["corpora"]["sms_spam"]})
    for task in ("sentiment", "similarity"):
        values[task] = {"starts": [], "targets": []}
    values["classification"] = {"starts": ["pretrained"], "targets": ["sms_spam"]}
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(values, file)
    (folder / "pipeline" / "stages" / "first_step.py").write_text(FIRST_STEP, encoding="utf-8")
    cold = {**os.environ, "DETOUR_WARM": "off"}
    subprocess.run([sys.executable, "-m", "pipeline.corpora.sample", "data"], cwd=folder, env=cold, check=True)
    for stage in STAGES:
        line = [sys.executable, "-m", *f"pipeline.stages.{stage}".split()]
        subprocess.run(line, cwd=folder, env=cold, stdout=subprocess.DEVNULL, check=True)
    return folder


@contextmanager
def _parent(variables: dict[str, str]) -> Iterator[tuple[int, str]]:
    """A warm parent as runs have it: its process and its address."""
    command = [sys.executable, "-P", "-m", "pipeline.warm.parent"]
    with subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        if process.stdout.readline() != "ready\n":
            raise SystemExit("the warm parent refuses to serve; see what it said")
        yield process.pid, address
        process.terminate()


def _start(study: Path, variables: dict[str, str], parent: int) -> tuple[float, float]:
    """CPU seconds, of the parent too, and seconds from the start of the stage's process to its first step."""
    command = [sys.executable, "-m", "pipeline.stages.first_step", "sms_spam", "pretrained", "bert"]
    before = sum(_used(parent))
    used, seconds = _used_by(command, study, variables, ENDED)
    return used + sum(_used(parent)) - before, seconds


def _used_by(command: Sequence[str], folder: Path, variables: dict[str, str], wanted: int) -> tuple[float, float]:
    """CPU seconds and seconds of a process, which has to end with the status that is wanted."""
    begun = time.monotonic()
    process = subprocess.Popen(command, cwd=folder, env=variables)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != wanted:
        raise SystemExit(f"{' '.join(command)} ended with status {process.returncode}, not {wanted}")
    return usage.ru_utime + usage.ru_stime, seconds


def _used(process: int) -> list[float]:
    """User and system time of a process and of its children that have ended, in seconds."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return [int(field) / os.sysconf("SC_CLK_TCK") for field in fields[11:15]]


def _memory_mb(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _at_most(id: str, values: Sequence[float], most: float, how: str) -> Row:
    value = statistics.median(values)
    return Row(id, value, "CPU-s", f"<= {most:g}", value <= most, f"{how}, {min(values):.2f} to {max(values):.2f}")


if __name__ == "__main__":
    sys.exit(run("start", measure, ["torch", "transformers", "pyarrow", "dvc"]))
