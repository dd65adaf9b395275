"""SIGTERM as a process of its own hears it: at once, later, or a second time."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.training import stopping
from pipeline.training.fit import States, fit
from pipeline.training.stopping import AT_ONCE, STATUS, Stopped, heeding
from tests.pipeline.training.conftest import Toy
from tests.pipeline.training.test_fit import SETTINGS

WORK = """
import os, signal, sys, time
from pipeline.training import stopping

def wait():
    print("waiting", flush=True)
    time.sleep(60)

with stopping.heeding():
    {}
"""


@contextmanager
def working(*lines: str) -> Iterator["subprocess.Popen[str]"]:
    """A process that does `lines` within `heeding`, once it waits."""
    code = WORK.format("\n    ".join(lines))
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "waiting\n"
            yield process
        finally:
            process.kill()


def end_of(process: "subprocess.Popen[str]") -> tuple[int, str]:
    said = process.communicate(timeout=30)[1]
    return process.returncode, said


def test_it_ends_at_once_with_a_line_where_nothing_is_to_be_kept() -> None:
    with working("wait()") as process:
        process.terminate()
        assert end_of(process) == (STATUS, f"{AT_ONCE}\n") == (143, f"{AT_ONCE}\n")


def test_deferred_work_ends_where_it_asks() -> None:
    lines = (
        "with stopping.deferred():",
        "    print('waiting', flush=True)",
        "    while not stopping.is_asked(): time.sleep(0.01)",
        "    raise stopping.Stopped('Stopped; all is kept.')",
    )
    with working(*lines) as process:
        process.terminate()
        assert end_of(process) == (STATUS, "Stopped; all is kept.\n")


def test_a_second_one_ends_it_hard() -> None:
    lines = (
        "with stopping.deferred():",
        "    print('waiting', flush=True)",
        "    while not stopping.is_asked(): time.sleep(0.01)",
        "    wait()",
    )
    with working(*lines) as process:
        assert process.stdout is not None
        process.terminate()
        assert process.stdout.readline() == "waiting\n"
        process.terminate()
        assert end_of(process) == (-signal.SIGTERM, "")


def test_a_part_of_deferred_work_may_end_anywhere() -> None:
    with working("with stopping.deferred(), stopping.at_once(): wait()") as process:
        process.terminate()
        assert end_of(process) == (STATUS, f"{AT_ONCE}\n")


def test_ctrl_c_is_left_as_it_is() -> None:
    with working("with stopping.deferred(): wait()") as process:
        process.send_signal(signal.SIGINT)
        status, said = end_of(process)
        assert status == -signal.SIGINT
        assert "KeyboardInterrupt" in said


def test_a_line_that_nobody_reads_does_not_matter() -> None:
    with working("wait()") as process:
        assert process.stderr is not None
        process.stderr.close()
        process.terminate()
        assert process.wait(30) == STATUS


def test_what_was_there_before_is_there_again() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit), heeding():
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == before
    assert not stopping.is_asked()


def test_a_state_that_cannot_be_written_is_not_said_to_be_kept(toy: Toy, tmp_path: Path) -> None:
    (tmp_path / "states").write_text("a file in the place of the folder of all states")
    model, parts = toy()

    def stop(_record: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    states = States(tmp_path / "states")
    with heeding(), pytest.raises(Stopped, match="seed 1 could not be kept"):
        fit(model, **parts, settings=SETTINGS, seed=1, on_epoch=stop, states=states, say=lambda _: None)
