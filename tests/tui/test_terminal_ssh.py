"""A run on another machine, over a real sshd and in tmux at 80x24: launched, lost, found again, stopped, resumed, recorded."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui.ssh import Server, install_detour, needs_sshd, sshd
from tests.tui.test_terminal import CELL, Terminal, until
from tests.tui.toy import dvc, ran, shell
from tui.runs.story import RunFollower

pytestmark = [
    needs_sshd,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed; `make system` installs it"),
]


@pytest.fixture
def box(study: Path, tmp_path: Path) -> Iterator[Server]:
    """The machine that holds the study, whose only cell waits until its order is taken back."""
    (study / "orders").mkdir()
    (study / "orders" / f"wait-{CELL}").touch()
    install_detour(study, {"DETOUR_MACHINE": os.environ["DETOUR_MACHINE"], "DETOUR_WARM": "off"})
    shell(study, "sh", "-c", "echo /.venv/ >> .git/info/exclude")
    with sshd(tmp_path) as server:
        yield server


@pytest.fixture
def laptop(box: Server, study: Path, tmp_path: Path) -> Iterator[Terminal]:
    """A terminal elsewhere, in which `there` runs detour in the study of the box."""
    home = tmp_path / "laptop"
    home.mkdir()
    opened = Terminal(tmp_path / "tmux", home)
    opened.type(f'export PATH="{box.folder}/bin:$PATH"; there() {{ python -m tui --host "box:{study}" "$@"; }}; clear')
    yield opened
    subprocess.run([*opened.command, "kill-server"], capture_output=True, check=False)


def test_a_run_outlives_its_connection_and_is_stopped_resumed_and_recorded(
    box: Server, study: Path, laptop: Terminal
) -> None:
    # Launched, and followed until the connection is lost.
    laptop.type(f"there run {CELL} --name far --note 'Does it last?'; echo launched with $?")
    laptop.wait_for("launched with 0")
    laptop.type("clear; there watch; echo lost with $?")
    laptop.wait_for(f"started  {CELL}")
    box.cut()
    laptop.wait_for("lost with 1")
    stage = int((study / "waiting").read_text())
    os.kill(stage, 0)
    # Found again, in the app and by command.
    laptop.type("clear; there; echo left with $?")
    laptop.wait_for("Space mark")
    laptop.press("2")
    laptop.wait_for("running")
    laptop.press("q")
    laptop.wait_for("left with 0")
    laptop.type("clear; there stop far; echo stopped with $?")
    laptop.wait_for("stopped with 0")
    assert RunFollower(study / ".detour" / "runs").read()[0].status == "stopped"
    until(lambda: not Path(f"/proc/{stage}").exists())
    # Resumed, followed to its end, and recorded.
    (study / "orders" / f"wait-{CELL}").unlink()
    laptop.type("clear; there resume far --wait; echo ended with $?")
    laptop.wait_for("ended with 0")
    assert ran(study).count("encoder@bert") == 1
    assert "far" in dvc(study, "exp", "list", "--name-only").split()
    assert shell(study, "git", "status", "--porcelain") == ""
