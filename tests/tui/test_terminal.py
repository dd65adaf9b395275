"""`detour` in a real terminal: tmux at 80x24, keys sent as a person sends them."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.tui.toy import at, detour, dvc, environment, ran, shell

CELL = "classification@sms_spam-pretrained-bert"

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed; `make system` installs it")


class Terminal:
    """One tmux window of 80x24 on a server of its own."""

    def __init__(self, socket: Path, folder: Path):
        self.command = ["tmux", "-S", str(socket)]
        self.run("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "-c", str(folder), "sh")

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self.command, *arguments], env=environment(), capture_output=True, text=True, check=True
        )
        return done.stdout

    def type(self, line: str) -> None:
        self.run("send-keys", "-l", line)
        self.run("send-keys", "Enter")

    def press(self, *keys: str) -> None:
        """Send keys by tmux's names."""
        self.run("send-keys", *keys)

    def wait_for(self, text: str, seconds: float = 90) -> str:
        """The screen once it shows `text`, wrapped lines joined."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            screen = self.run("capture-pane", "-p", "-J")
            if text in screen:
                return screen
            time.sleep(0.1)
        raise AssertionError(f"{text!r} did not appear:\n{screen}")


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.1)


@pytest.fixture
def terminal(study: Path, tmp_path: Path) -> Iterator[Terminal]:
    opened = Terminal(tmp_path / "tmux", study)
    yield opened
    # The server ends by itself with its last window.
    subprocess.run([*opened.command, "kill-server"], capture_output=True, check=False)


def test_a_run_is_followed_stopped_by_ctrl_c_and_goes_on_where_it_was_left(study: Path, terminal: Terminal) -> None:
    order = told_to_wait(study)
    terminal.type(f"python -m tui run --wait {CELL} --name first; echo ended with $?")
    terminal.wait_for(f"started  {CELL}")
    terminal.press("C-c")
    screen = terminal.wait_for("ended with 130")
    assert "Stopped: 1 of 4 stages are finished; detour resume" in screen
    assert "Traceback" not in screen
    order.unlink()
    terminal.type("clear; python -m tui resume --wait; echo ended with $?")
    screen = terminal.wait_for("ended with 0")
    assert "Recorded as experiment first" in screen
    assert ran(study).count("encoder@bert") == 1
    assert shell(study, "git", "status", "--porcelain") == ""


def test_the_prompt_is_back_at_once_and_a_closed_terminal_leaves_the_run_alone(study: Path, terminal: Terminal) -> None:
    told_to_wait(study)
    terminal.type(f"python -m tui run {CELL} --name first; echo ended with $?")
    assert "goes on without this terminal" in terminal.wait_for("ended with 0")
    stage = waiting_stage(study)
    terminal.run("kill-pane")
    until(lambda: subprocess.run([*terminal.command, "ls"], capture_output=True, check=False).returncode != 0)
    assert is_running(stage)
    detour(study, "stop", "first")
    assert not is_running(stage)


def told_to_wait(study: Path) -> Path:
    """The file that makes the cell's stage wait, as long as it is there."""
    (study / "orders").mkdir()
    order = study / "orders" / f"wait-{CELL}"
    order.touch()
    return order


def waiting_stage(study: Path) -> Path:
    """The process of the stage that waits, once it does."""
    waiting = study / "waiting"
    until(lambda: waiting.exists() and waiting.read_text() != "")
    return Path("/proc", waiting.read_text())


def is_running(process: Path) -> bool:
    """Whether it is there and no zombie."""
    try:
        return "\nState:\tZ" not in (process / "status").read_text()
    except OSError:
        return False


@pytest.fixture
def app(finished: Path, tmp_path: Path) -> Iterator[Terminal]:
    """The app, open on a study whose main branch holds every cell."""
    opened = Terminal(tmp_path / "tmux", finished)
    opened.type("python -m tui; echo left with $?")
    opened.wait_for("Space mark")
    yield opened
    subprocess.run([*opened.command, "kill-server"], capture_output=True, check=False)


def test_cells_are_picked_changed_launched_watched_and_compared_by_keyboard(finished: Path, app: Terminal) -> None:
    app.press("Space")
    app.wait_for("1 of 8 cells")
    app.press("j", "Space")
    app.wait_for("2 of 8 cells")
    app.press("p")
    app.wait_for("back to the cells")
    app.press("Tab")
    app.run("send-keys", "-l", "0.0005")
    app.wait_for("2 of 8 cells, learning_rate 0.0005")
    app.press("Escape")
    app.wait_for("movie_reviews")
    app.press("Enter")
    app.wait_for("Launch 2 of 8 cells")
    app.press("Enter")
    app.wait_for("2 cells; training.target.learning_rate=0.0005")
    screen = app.wait_for("diff to main", seconds=180)
    assert "failed" not in screen
    app.press("c")
    screen = app.wait_for("learning_rate")
    assert "0.0005" in screen
    assert "main" in screen
    app.press("q")
    app.wait_for("left with 0")
    assert {CELL, "classification@sms_spam-imdb-bert"} == {name for name in ran(finished) if "@" in name}
    assert shell(finished, "git", "status", "--porcelain") == ""


def test_a_run_outlives_the_app_and_is_stopped_resumed_recorded_and_made_a_branch_by_keyboard(
    finished: Path, app: Terminal, tmp_path: Path
) -> None:
    order = told_to_wait(finished)
    (finished / "orders" / f"train-{CELL}").write_text("3")
    app.press("Space", "p")
    app.wait_for("back to the cells")
    app.run("send-keys", "-l", "2")
    app.wait_for("1 of 8 cells, epochs 2")
    app.press("Escape")
    app.wait_for("movie_reviews")
    app.press("Enter")
    app.wait_for("Launch 1 of 8 cells")
    # From the button up: priority, jobs, the question, the name.
    app.press("Up", "Up", "Up")
    app.run("send-keys", "-l", "Do two epochs do?")
    app.press("Up")
    app.run("send-keys", "-l", "two")
    app.wait_for("--note 'Do two epochs do?'")
    app.press("Enter")
    # Three of the four epochs of the first of two seeds.
    app.wait_for("run 37%      sms_spam-pretrained-bert")
    app.press("q")
    app.wait_for("left with 0")
    stage = waiting_stage(finished)
    assert is_running(stage)
    app.type("clear; python -m tui; echo left with $?")
    app.wait_for("Space mark")
    app.press("2")
    app.wait_for("run 37%      sms_spam-pretrained-bert")
    app.press("s")
    app.wait_for("Stop two?")
    app.press("s")
    app.wait_for("R goes on where it was left")
    assert not is_running(stage)
    order.unlink()
    written = tmp_path / "written"
    app.run("pipe-pane", f"cat > '{written}'")
    app.press("R")
    app.wait_for("c compares it with main, B makes a branch of it.")
    until(lambda: b"\a" in written.read_bytes())
    assert b"9;Detour: Run two done: 1 cell done" in written.read_bytes()
    app.press("B")
    app.wait_for("$ detour branch two BRANCH")
    app.run("send-keys", "-l", "shorter")
    app.press("Enter")
    app.wait_for("Branch shorter is experiment two")
    app.press("q")
    app.wait_for("left with 0")
    assert at(finished, "shorter", "reports/cells/classification/sms_spam-pretrained-bert.json")["epochs"] == 2
    assert "two" in dvc(finished, "exp", "list", "--name-only", "--all-commits")
