"""Runs and their warm parent, over a toy study whose stages are modules and with stand-ins for what takes long to import."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.tui.runs.following import kill, newest, supervisor
from tests.tui.toy import GRAPH, ROOT, STAGE, copy_toy, environment, ran, shell
from tui.runs.process import start_of
from tui.runs.schedule import environment as stage_environment

CELL = "classification@sms_spam-pretrained-bert"
HEAVY = ("torch", "transformers", "tokenizers", "safetensors", "pandas", "pyarrow", "scipy", "sklearn")


@pytest.fixture(scope="module")
def new_warm_study(new_study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy study with stages that are begun as the real ones are; each notes whether torch was there before it."""
    folder = copy_toy(new_study, tmp_path_factory.mktemp("warm") / "new")
    stages = folder / "pipeline" / "stages"
    stages.mkdir(parents=True)
    shutil.copytree(
        ROOT / "pipeline" / "warm", folder / "pipeline" / "warm", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "pipeline" / "stages" / "__init__.py", stages)
    shutil.copy(ROOT / "pipeline" / "__init__.py", folder / "pipeline")
    told = 'kind = "warm" if "torch" in sys.modules else "cold"\n(main / f"{kind}.log").open("a").write(f"{name} {os.getppid()}\\n")\n'
    (stages / "toy.py").write_text(STAGE.replace("orders = ", f"{told}orders = "))
    (folder / "dvc.yaml").write_text(GRAPH.replace("python stage.py", "python -m pipeline.stages.toy"))
    (folder / ".gitignore").write_text((folder / ".gitignore").read_text() + "/*.log\n__pycache__/\n")
    shell(folder, "git", "add", "--all")
    shell(folder, "git", "commit", "--quiet", "--message", "Stages as modules")
    return folder


@pytest.fixture
def warm_study(new_warm_study: Path, tmp_path: Path) -> Path:
    return copy_toy(new_warm_study, tmp_path / "a study")


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """An environment in which a parent may be begun and has nothing heavy to import."""
    stand_ins = tmp_path / "stand-ins"
    stand_ins.mkdir()
    for name in HEAVY:
        (stand_ins / f"{name}.py").write_text("def set_num_threads(count): pass\n")
    place = tmp_path / "places"
    place.mkdir()
    return {**environment(), "DETOUR_WARM": "", "PYTHONPATH": f"{stand_ins}:{ROOT}", "TMPDIR": str(place)}


def command(*words: str) -> list[str]:
    # The study has a `pipeline` of its own, which is not this program's.
    return [sys.executable, "-P", "-m", "tui", "run", "--wait", "--study", "short", *words]


def detour(study: Path, variables: dict[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(command(*words), cwd=study, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def stages(study: Path, kind: str) -> list[str]:
    """The stages that ran warm, or cold."""
    log = study / f"{kind}.log"
    return [line.split()[0] for line in log.read_text().splitlines()] if log.exists() else []


def told(study: Path) -> list[str]:
    """What the run's log says beside its stages."""
    (file,) = (study / ".detour" / "runs").glob("*/events.jsonl")
    events = [json.loads(line) for line in file.read_text().splitlines()]
    return [event["text"] for event in events if event["event"] == "note"]


def wait_for_stage(study: Path) -> int:
    waiting, end = study / "waiting", time.monotonic() + 60
    while not (waiting.exists() and waiting.read_text()) and time.monotonic() < end:
        time.sleep(0.05)
    return int(waiting.read_text())


def test_the_stages_of_a_run_start_from_one_parent_which_ends_with_it(
    warm_study: Path, variables: dict[str, str], tmp_path: Path
) -> None:
    detour(warm_study, variables, "--jobs", "2")
    assert stages(warm_study, "cold") == []
    assert sorted(stages(warm_study, "warm")) == sorted(ran(warm_study))
    assert len(ran(warm_study)) == 8
    (parent,) = {line.split()[1] for line in (warm_study / "warm.log").read_text().splitlines()}
    assert start_of(int(parent)) is None
    assert list((tmp_path / "places").glob("detour-*")) == []
    assert told(warm_study) == []
    # Where everything comes from the cache, it was begun for nothing.
    detour(warm_study, variables, "--jobs", "2")
    cells = [name for name in ran(warm_study) if "@" in name]
    assert len(cells) == len(set(cells))
    assert list((tmp_path / "places").glob("detour-*")) == []


def test_stages_keep_compiled_modules_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    code = "import sys; print(sys.dont_write_bytecode)"
    variables = stage_environment(tmp_path, 1, None)
    done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize("how", ["--cold", "DETOUR_WARM=off", "little to run"])
def test_a_run_without_a_parent_starts_its_stages_cold(
    warm_study: Path, variables: dict[str, str], how: str, tmp_path: Path
) -> None:
    if how == "DETOUR_WARM=off":
        variables["DETOUR_WARM"] = "off"
    words = ["--cold"] if how == "--cold" else []
    cells = ["classification@*"] if words or variables["DETOUR_WARM"] else [CELL]
    detour(warm_study, variables, *words, *cells, "--jobs", "2")
    assert stages(warm_study, "warm") == []
    assert CELL in stages(warm_study, "cold")
    assert told(warm_study) == []


def test_a_run_whose_parent_refuses_says_so_and_goes_on(
    warm_study: Path, variables: dict[str, str], tmp_path: Path
) -> None:
    busy = "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
    (tmp_path / "stand-ins" / "torch.py").write_text(busy)
    done = detour(warm_study, variables, "--jobs", "2")
    sentence = "The warm parent is gone: the imports have started 1 threads, which a fork would lose. Stages start cold from here on."
    assert done.stderr.count(sentence) == 1
    assert told(warm_study) == [sentence]
    assert stages(warm_study, "warm") == []
    assert len(ran(warm_study)) == 8


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=lambda number: number.name)
def test_a_run_that_ends_early_takes_its_parent_and_its_children_along(
    warm_study: Path, variables: dict[str, str], number: signal.Signals, tmp_path: Path
) -> None:
    (warm_study / "orders").mkdir()
    (warm_study / "orders" / f"wait-{CELL}").touch()
    process = subprocess.Popen(command(), cwd=warm_study, env=variables, stderr=subprocess.DEVNULL)
    child = wait_for_stage(warm_study)
    parent = int(Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()[1])
    if number == signal.SIGKILL:
        kill(supervisor(newest(warm_study)))
    else:
        process.send_signal(number)
    process.wait(30)
    end = time.monotonic() + 10
    while (start_of(child) or start_of(parent)) and time.monotonic() < end:
        time.sleep(0.05)
    assert (start_of(child), start_of(parent)) == (None, None)
    assert list((tmp_path / "places").glob("detour-*")) == []


def test_a_stage_whose_parent_is_killed_is_begun_again_cold(warm_study: Path, variables: dict[str, str]) -> None:
    (warm_study / "orders").mkdir()
    (warm_study / "orders" / f"wait-{CELL}").touch()
    process = subprocess.Popen(command(), cwd=warm_study, env=variables, stderr=subprocess.DEVNULL)
    child = wait_for_stage(warm_study)
    parent = int(Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()[1])
    (warm_study / "orders" / f"wait-{CELL}").unlink()
    os.kill(parent, signal.SIGKILL)
    assert process.wait(120) == 0
    assert start_of(child) is None
    assert sorted(stages(warm_study, "warm") + stages(warm_study, "cold")) == sorted(ran(warm_study))
    assert ran(warm_study).count(CELL) == 2
    assert CELL in stages(warm_study, "cold")
    assert [note.split(":")[0] for note in told(warm_study)] == ["The warm parent is gone"]
