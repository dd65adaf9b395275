"""A stage that trains, asked to stop: it ends with its state, and the same command goes on to the bytes of an undisturbed one."""

import io
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.pipeline.test_warm import Parent, environment, files
from tests.pipeline.trees import make_cell

EPOCHS = 30
COMMAND = [sys.executable, "-m", "pipeline.stages.finetune", "sms_spam", "pretrained", "bert"]


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parent]:
    made = Parent(tmp_path_factory.mktemp("parent") / "log")
    yield made
    made.end()


@pytest.fixture(scope="module")
def cell(encoders: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cell of tests of warm starts with two seeds and many epochs."""
    folder = make_cell(tmp_path_factory.mktemp("cell") / "a cell", encoders / "bert", "")
    yaml, params = YAML(), folder / "params.yaml"
    values = yaml.load(params.read_text(encoding="utf-8"))
    values["seeds"] = [1, 2]
    values["training"]["target"]["epochs"] = EPOCHS
    with io.StringIO() as stream:
        yaml.dump(values, stream)
        params.write_text(stream.getvalue(), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def undisturbed(cell: Path, parent: Parent, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = Path(shutil.copytree(cell, tmp_path_factory.mktemp("undisturbed") / "a cell"))
    subprocess.run(COMMAND, cwd=folder, env=environment(parent.address), check=True, capture_output=True)
    return files(folder)


def stopped(folder: Path, warm: str, until: str, **variables: str) -> tuple[int, list[str]]:
    """Start the cell in a group of its own, ask the group to stop once it has said `until`; its status and its complaints."""
    with subprocess.Popen(
        COMMAND,
        cwd=folder,
        env=environment(warm, **variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert any(re.search(until, line) for line in process.stdout)
        os.killpg(process.pid, signal.SIGTERM)
        said = process.communicate(timeout=60)[1]
    return process.returncode, said.splitlines()


def gone_on(folder: Path, warm: str, **variables: str) -> str:
    return subprocess.run(
        COMMAND, cwd=folder, env=environment(warm, **variables), check=True, capture_output=True, text=True
    ).stdout


@pytest.mark.parametrize("how", ["cold", "warm"])
def test_it_keeps_its_state_and_goes_on_to_the_same_bytes(
    cell: Path, parent: Parent, undisturbed: dict[str, bytes], how: str, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(cell, tmp_path / "a cell"))
    status, said = stopped(folder, parent.address if how == "warm" else "off", "seed 1 epoch 2/")
    assert status == 143
    assert len(said) == 1
    kept = re.fullmatch(
        r"Stopped; seed 1 is kept at epoch (\d+), step (\d+); the same command goes on from there\.", said[0]
    )
    assert kept is not None, said
    assert files(folder) == {}
    told = gone_on(folder, parent.address)
    assert f"Seed 1 goes on in epoch {kept[1]} of {EPOCHS}, after {kept[2]} of {EPOCHS * 3} steps." in told
    assert files(folder) == undisturbed


def test_seeds_side_by_side_are_all_kept(
    cell: Path, parent: Parent, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(cell, tmp_path / "a cell"))
    both = {"DETOUR_SEEDS_AT_ONCE": "2"}
    status, said = stopped(folder, parent.address, "seed 2 epoch 1/", **both)
    assert (status, said) == (143, ["Stopped; the same command goes on with each seed from what is kept of it."])
    told = gone_on(folder, parent.address, **both)
    assert re.search("Seed 1 goes on in epoch|Seed 1 was trained before", told)
    assert "Seed 2 goes on in epoch" in told
    assert files(folder) == undisturbed
