"""A toy study: a real git and DVC repository whose stages are a few lines of Python that train nothing.

It has the groups and paths of the real dvc.yaml for one task (two targets, two starts, two models) and runs in a second, so
that tests of runs, plans and recording use real DVC without torch.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]

STAGE = '''\
"""Write the outputs of one stage; tell epochs, refuse or wait where a file of the main checkout says so."""
import json, os, signal, subprocess, sys, time
from pathlib import Path
from ruamel.yaml import YAML

name, *outs = sys.argv[1:]
main = Path(subprocess.check_output(["git", "rev-parse", "--path-format=absolute", "--git-common-dir"], text=True).strip()).parent
orders = main / "orders"
with open(main / "ran.log", "a") as log:
    log.write(name + "\\n")
if (orders / f"train-{name}").exists():
    for epoch in range(1, int((orders / f"train-{name}").read_text()) + 1):
        print(f"{name} seed 1 epoch {epoch}/4  loss 0.5000  dev 0.{epoch}00", flush=True)
if (orders / f"deaf-{name}").exists():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
end = time.monotonic() + 120
if (orders / f"wait-{name}").exists():
    (main / "waiting").write_text(str(os.getpid()))
while (orders / f"wait-{name}").exists() and time.monotonic() < end:
    time.sleep(0.05)
if (orders / f"crash-{name}").exists():
    os.killpg(0, 9)
if (orders / f"fail-{name}").exists():
    sys.exit(f"error: {name} was told to fail; take the order back")
params = YAML(typ="safe").load(Path("params.yaml").read_text())
for out in outs:
    path = Path(out)
    path.parent.mkdir(parents=True, exist_ok=True)
    value = {"epochs": params["training"]["target"]["epochs"], "stage": name, "accuracy": {"mean": 0.5}}
    path.write_text(f"# Table of {name}\\n" if path.suffix == ".md" else json.dumps(value))
'''

GRAPH = """\
stages:
  encoder:
    matrix: {model: "${models}"}
    cmd: python stage.py encoder@${item.model} checkpoints/pretrained/${item.model}
    deps: [data]
    outs: ["checkpoints/pretrained/${item.model}"]
  intermediate:
    matrix: {start: "${starts}", model: "${models}"}
    cmd: python stage.py intermediate@${item.start}-${item.model} checkpoints/${item.start}/${item.model}
    params: [training.intermediate.epochs]
    deps: ["checkpoints/pretrained/${item.model}"]
    outs: ["checkpoints/${item.start}/${item.model}"]
  classification:
    matrix: {target: "${classification.targets}", start: "${classification.starts}", model: "${models}"}
    cmd: >-
      python stage.py classification@${item.target}-${item.start}-${item.model}
      reports/cells/classification/${item.target}-${item.start}-${item.model}.json
    params: [training.target.epochs, training.target.learning_rate]
    deps: ["checkpoints/${item.start}/${item.model}"]
    metrics:
      - reports/cells/classification/${item.target}-${item.start}-${item.model}.json: {cache: false}
  gains:
    cmd: python stage.py gains reports/gains.json
    deps: [reports/cells]
    metrics:
      - reports/gains.json: {cache: false}
  report:
    cmd: python stage.py report reports/table1.md
    deps: [reports/gains.json]
    outs:
      - reports/table1.md: {cache: false}
"""


def copy_toy(template: Path, folder: Path) -> Path:
    """A copy of a toy study, its DVC cache included: much quicker than making one."""
    shutil.copytree(template, folder, symlinks=True)
    return folder


def make_toy(folder: Path, params: str | None = None) -> Path:
    """Make the toy study in `folder`, committed, with data/ in the DVC cache; nothing has run yet.

    Args:
        folder: To be made.
        params: The text of its params.yaml; two targets, two starts and two models where None.
    """
    folder.mkdir(parents=True)
    shell(folder, "git", "init", "--quiet", "--initial-branch=main")
    for key, value in (("user.name", "Tester"), ("user.email", "tester@example.org")):
        shell(folder, "git", "config", key, value)
    dvc(folder, "init", "--quiet")
    dvc(folder, "config", "core.analytics", "false")
    (folder / "params.yaml").write_text(params or _params())
    (folder / "dvc.yaml").write_text(GRAPH)
    (folder / "stage.py").write_text(STAGE)
    (folder / ".gitignore").write_text("/data\n/.detour/\n/checkpoints/\n/orders/\n/ran.log\n/waiting\n")
    (folder / "data").mkdir()
    (folder / "data" / "README.md").write_text("toy\n")
    (folder / "studies").mkdir()
    (folder / "studies" / "short.yaml").write_text("models: [bert]\n")
    dvc(folder, "add", "--quiet", "data")
    shell(folder, "git", "add", "--all")
    shell(folder, "git", "commit", "--quiet", "--message", "A toy study")
    return folder


def _params() -> str:
    import io

    yaml = YAML()
    values = yaml.load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    values["models"] = ["bert", "roberta"]
    values["starts"] = {"imdb": {"task": "classification", "corpus": "imdb"}}
    for task in ("sentiment", "similarity"):
        values[task] = {"starts": [], "targets": []}
    kept = ("imdb", "sms_spam", "movie_reviews")
    values["corpora"] = {key: block for key, block in values["corpora"].items() if key in kept}
    stream = io.StringIO()
    yaml.dump(values, stream)
    return stream.getvalue()


def large_params(targets: int, starts: int, models: int) -> str:
    """The params.yaml of a toy with so many of each, `pretrained` among the starts."""
    import io

    values = json.loads(json.dumps(YAML(typ="safe").load(_params())))
    encoder, corpora = values["encoders"]["bert"], values["corpora"]
    others = [f"s{number}" for number in range(1, starts)]
    values["models"] = [f"m{number}" for number in range(models)]
    values["encoders"] = dict.fromkeys(values["models"], encoder)
    values["starts"] = {start: {"task": "classification", "corpus": f"i{start}"} for start in others}
    names = [f"t{number}" for number in range(targets)]
    values["classification"] = {"starts": ["pretrained", *others], "targets": names}
    values["sites"] = {}
    values["corpora"] = dict.fromkeys((f"i{start}" for start in others), corpora["imdb"])
    values["corpora"] |= dict.fromkeys(names, corpora["sms_spam"])
    stream = io.StringIO()
    yaml = YAML(typ="safe")
    # Blocks that are the same are written out each time.
    yaml.dump(json.loads(json.dumps(values)), stream)
    return stream.getvalue()


def environment() -> dict[str, str]:
    """An environment in which `python` is the interpreter of the tests."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}


def shell(folder: Path, *command: str) -> str:
    """Run a command that must succeed and return what it printed."""
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def dvc(folder: Path, *arguments: str) -> str:
    """Run DVC, which must succeed."""
    return shell(folder, sys.executable, "-m", "dvc", *arguments)


def detour(folder: Path, *arguments: str, status: int = 0) -> "subprocess.CompletedProcess[str]":
    """Run `detour` and check its exit status."""
    command = [sys.executable, "-m", "tui", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == status, f"{arguments}: status {done.returncode}\n{done.stdout}{done.stderr}"
    return done


def ran(folder: Path) -> list[str]:
    """The stages whose command really ran, in order."""
    log = folder / "ran.log"
    return log.read_text().split() if log.exists() else []


def at(folder: Path, revision: str, path: str) -> Any:
    """A JSON file at a revision; None where it is missing."""
    command = ["git", "cat-file", "blob", f"{revision}:{path}"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None
