"""The machine's slots: threads and processes that share them, holders that die, and a folder in which others put things."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Barrier, Event, Thread

import pytest

from pipeline.errors import InputError
from tests.tui.toy import environment
from tui.runs.machine import Stopped
from tui.runs.slots import Slots

HOLDER = """
import sys, threading
from tui.runs.slots import Slots
with Slots(int(sys.argv[1])).take(threading.Event(), lambda: print("waits", flush=True)) as number:
    print(number, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "machine"
    monkeypatch.setenv("DETOUR_MACHINE", str(folder))
    return folder


@contextmanager
def holder(limit: int) -> Iterator["subprocess.Popen[str]"]:
    """Another process that takes a slot and says so."""
    command = [sys.executable, "-c", HOLDER, str(limit)]
    process = subprocess.Popen(
        command, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def is_full(limit: int) -> bool:
    """Whether somebody who comes now has to wait."""
    stop = Event()
    try:
        with Slots(limit).take(stop, stop.set):
            return False
    except Stopped:
        return True


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


def never() -> None:
    raise AssertionError("it waited")


def test_one_slot_is_held_by_one_of_two_processes_and_goes_to_the_other_when_the_first_is_killed() -> None:
    with holder(1) as first:
        assert said(first) == "0"
        with holder(1) as second:
            assert said(second) == "waits"
            first.send_signal(signal.SIGKILL)
            assert said(second) == "0"


def test_threads_of_one_process_never_hold_more_than_the_limit() -> None:
    slots, together, most, stop = Slots(2), set[int](), list[int](), Event()
    start = Barrier(5)

    def work() -> None:
        start.wait()
        with slots.take(stop, lambda: None) as number:
            assert number not in together
            together.add(number)
            most.append(len(together))
            together.discard(number)

    threads = [Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 5
    assert max(most) <= 2


def test_slots_are_numbered_from_zero_and_free_after_the_block_and_after_a_fault_in_it() -> None:
    with ExitStack() as stack:
        numbers = [stack.enter_context(Slots(3).take(Event(), never)) for _ in range(3)]
        assert numbers == [0, 1, 2]
        assert is_full(3)
    with pytest.raises(RuntimeError), Slots(1).take(Event(), never):
        raise RuntimeError
    assert not is_full(1)


def test_a_lowered_limit_counts_what_began_under_the_higher_one() -> None:
    with ExitStack() as stack:
        first, second, third = (stack.enter_context(holder(3)) for _ in range(3))
        assert {said(process) for process in (first, second, third)} == {"0", "1", "2"}
        assert is_full(1)
        first.kill()
        second.kill()
        until(lambda: not is_full(2))
        assert is_full(1)
        third.kill()
        until(lambda: not is_full(1))


def test_waiting_ends_when_it_is_told_to_stop() -> None:
    with Slots(1).take(Event(), never):
        assert is_full(1)
    stopped = Event()
    stopped.set()
    with pytest.raises(Stopped), Slots(1).take(stopped, never):
        pass


def test_the_folder_is_made_sticky_and_its_files_everybodys_whatever_the_umask(machine: Path) -> None:
    before = os.umask(0o077)
    try:
        with Slots(1).take(Event(), never):
            pass
    finally:
        os.umask(before)
    assert machine.stat().st_mode & 0o7777 == 0o1777
    assert (machine / "slot-0").stat().st_mode & 0o7777 == 0o666
    assert [path.name for path in machine.parent.iterdir()] == ["machine"]


def test_what_others_put_there_is_passed_over_and_no_link_is_followed(machine: Path, tmp_path: Path) -> None:
    machine.mkdir()
    mine = tmp_path / "mine"
    mine.write_text("mine\n")
    mine.chmod(0o600)
    (machine / "slot-0").symlink_to(mine)
    (machine / "slot-1").symlink_to(tmp_path / "made through a link")
    (machine / "slot-2").mkdir()
    os.mkfifo(machine / "slot-3")
    (machine / "slot-4").hardlink_to(mine)
    (machine / "slot-99999999999999999999").touch()
    with Slots(1).take(Event(), never) as number:
        assert number == 5
        assert is_full(1)
    assert mine.read_text() == "mine\n"
    assert mine.stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "made through a link").exists()


@pytest.mark.parametrize("place", ["a file/machine", "missing/machine", "a file", "/proc"])
def test_a_folder_that_cannot_be_used_is_named_with_the_variable(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a file").touch()
    monkeypatch.setenv("DETOUR_MACHINE", str(tmp_path / place))
    with pytest.raises(InputError, match=rf"{place}.* cannot be used .*DETOUR_MACHINE"), Slots(1).take(Event(), never):
        pass


def test_a_link_in_the_place_of_the_common_folder_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tui.runs import machine as module

    (tmp_path / "private").mkdir()
    (tmp_path / "common").symlink_to(tmp_path / "private")
    monkeypatch.delenv("DETOUR_MACHINE")
    monkeypatch.setattr(module, "FOLDER", tmp_path / "common")
    with pytest.raises(InputError, match="cannot be used"), Slots(1).take(Event(), never):
        pass
    assert list((tmp_path / "private").iterdir()) == []
