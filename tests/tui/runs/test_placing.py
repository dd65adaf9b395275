"""Stages on GPUs: what fits where, and reservations of threads, processes and others that die, wait, or write nonsense."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from pipeline.errors import InputError
from tests.tui.runs.nvml import GIB, FakeGpu, FakeNvml, files, use
from tests.tui.toy import environment
from tui.runs import placing
from tui.runs.gpus import Gpu, GpuProcess
from tui.runs.machine import Stopped
from tui.runs.placing import Reservation, place, reserve

US, THEM = 100, 200


def gpu(name: str, free: int = 80, *processes: GpuProcess) -> Gpu:
    return Gpu(ord(name) - ord("a"), name, "NVIDIA H100", 80 * GIB, free * GIB, processes)


def running(size: int, *line: int) -> GpuProcess:
    return GpuProcess(line[0] if line else 1, size * GIB, line)


def held(name: str, need: int | None, holder: int = US) -> Reservation:
    return Reservation(name, None if need is None else need * GIB, holder)


def placed(need: int | None, gpus: list[Gpu], *reservations: Reservation) -> str | None:
    found = place(None if need is None else need * GIB, gpus, reservations)
    return found and found.uuid


def test_a_stage_goes_where_most_is_free_and_not_reserved() -> None:
    gpus = [gpu("a", 30), gpu("b", 60), gpu("c", 50)]
    assert placed(20, gpus) == "b"
    assert placed(20, gpus, held("b", 20)) == "c"
    assert placed(45, gpus, held("b", 20)) == "c"
    assert placed(45, gpus, held("b", 20), held("c", 10, THEM)) is None
    assert placed(20, [gpu("b"), gpu("a")]) == "a"


def test_of_a_reservation_only_what_its_processes_have_not_taken_counts() -> None:
    # 30 GiB of 40 that were forecast are taken already: 10 of the 50 that are free are spoken for.
    busy = gpu("a", 50, running(30, 105, 104, US))
    assert placed(40, [busy], held("a", 40)) == "a"
    assert placed(41, [busy], held("a", 40)) is None
    # Another's process is not ours, and one whose line is hidden may be anybody's.
    assert placed(40, [gpu("a", 50, running(30, 300, THEM))], held("a", 40)) is None
    assert placed(40, [gpu("a", 50, running(30))], held("a", 40)) is None


def test_a_stage_that_takes_more_than_its_forecast_frees_nothing() -> None:
    assert placed(20, [gpu("a", 20, running(60, 105, US))], held("a", 10)) == "a"
    assert placed(21, [gpu("a", 20, running(60, 105, US))], held("a", 10)) is None


def test_stages_of_one_holder_wait_for_what_they_lack_together() -> None:
    busy = gpu("a", 50, running(10, 105, US), running(20, 106, US))
    assert placed(30, [busy], held("a", 10), held("a", 40)) == "a"
    assert placed(31, [busy], held("a", 10), held("a", 40)) is None


def test_a_stage_without_a_forecast_has_a_gpu_as_a_whole() -> None:
    idle, used = gpu("a"), gpu("b", 70, running(10, 300))
    assert placed(None, [used, idle]) == "a"
    assert placed(None, [used]) is None
    assert placed(None, [idle], held("a", 1)) is None
    assert placed(1, [idle], held("a", None)) is None


def test_an_idle_gpu_takes_a_stage_of_any_forecast() -> None:
    assert placed(500, [gpu("a", 70, running(10, 300)), gpu("b", 79)]) == "b"
    assert placed(1, [gpu("b", 79)], held("b", 500)) is None


def test_without_a_gpu_nothing_is_placed() -> None:
    assert placed(1, []) is None
    assert placed(None, []) is None


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DETOUR_MACHINE", str(tmp_path / "machine"))
    monkeypatch.setattr(placing, "POLL_SECONDS", 0.02)
    return tmp_path / "machine"


def never() -> None:
    raise AssertionError("it waited")


def is_free(need: int | None) -> bool:
    """Whether a stage that comes now has a GPU at once."""
    stop = Event()
    try:
        with reserve(need, stop, stop.set):
            return True
    except Stopped:
        return False


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


def test_a_reservation_holds_within_its_block_and_leaves_nothing(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, FakeNvml(FakeGpu("GPU-a")))
    with reserve(60 * GIB, Event(), never) as first:
        assert first is not None
        assert first.uuid == "GPU-a"
        assert is_free(20 * GIB)
        assert not is_free(21 * GIB)
        assert not is_free(None)
    assert is_free(None)
    with pytest.raises(RuntimeError), reserve(None, Event(), never):
        raise RuntimeError
    assert files(machine) == []


def test_two_stages_go_on_two_gpus_and_a_third_waits_for_the_first_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, FakeNvml(FakeGpu("GPU-a"), FakeGpu("GPU-b")))
    got: list[str] = []
    waits = Event()

    def third() -> None:
        with reserve(50 * GIB, Event(), waits.set) as found:
            assert found is not None
            got.append(found.uuid)

    with reserve(50 * GIB, Event(), never) as second:
        with reserve(50 * GIB, Event(), never) as first:
            assert first is not None and second is not None
            assert {first.uuid, second.uuid} == {"GPU-a", "GPU-b"}
            thread = Thread(target=third)
            thread.start()
            assert waits.wait(30)
            assert got == []
        thread.join(30)
    assert got == [first.uuid]


def test_others_who_reserve_nothing_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = FakeGpu("GPU-a", {2**22 + 1: 70 * GIB})
    use(monkeypatch, FakeNvml(theirs))

    def leave() -> None:
        theirs.processes.clear()

    with reserve(20 * GIB, Event(), leave) as found:
        assert found is not None


def test_what_the_stage_has_taken_is_not_counted_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = FakeGpu("GPU-a")
    use(monkeypatch, FakeNvml(shared))
    with reserve(40 * GIB, Event(), never):
        shared.processes[os.getpid()] = 30 * GIB
        assert is_free(40 * GIB)
        assert not is_free(41 * GIB)


@contextmanager
def holder(need: int) -> Iterator["subprocess.Popen[str]"]:
    """Another process that reserves the one GPU."""
    command = [sys.executable, "-c", f"from tests.tui.runs.nvml import hold; hold({need})"]
    process = subprocess.Popen(
        command, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_another_processs_reservation_counts_until_it_is_killed(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, FakeNvml(FakeGpu("GPU-a")))
    with holder(60 * GIB) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline()) == {"gpu": "GPU-a", "pid": process.pid}
        assert is_free(20 * GIB)
        assert not is_free(21 * GIB)
        process.send_signal(signal.SIGKILL)
        until(lambda: is_free(21 * GIB))
    assert files(machine) == []


def test_a_machine_without_a_gpu_goes_on_at_once_and_writes_nothing(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, FakeNvml(silent=("nvmlInit",)))
    said: list[str] = []
    with reserve(GIB, Event(), never, said.append) as found:
        assert found is None
    assert len(said) == 1
    assert not machine.exists()


def test_a_driver_that_falls_silent_during_the_wait_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    nvml = FakeNvml(FakeGpu("GPU-a", {1: 79 * GIB}))
    use(monkeypatch, nvml)
    stop = Event()

    def fall_silent() -> None:
        nvml.silent = ("nvmlInit",)

    def said(_sentence: str) -> None:
        stop.set()

    with pytest.raises(Stopped), reserve(20 * GIB, stop, fall_silent, said):
        pass


def test_what_others_write_there_neither_counts_nor_harms(
    machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, FakeNvml(FakeGpu("GPU-a")))
    assert is_free(None)
    mine = tmp_path / "mine"
    mine.write_text('{"gpu": "GPU-a", "need": null, "holder": 1}')
    (machine / f"gpu-{0:016x}").symlink_to(mine)
    (machine / f"gpu-{1:016x}").mkdir()
    os.mkfifo(machine / f"gpu-{2:016x}")
    (machine / "gpu-of-another-kind").write_text(mine.read_text())
    nonsense = ["", "[" * 4000, "\udcff", '{"gpu": "GPU-a", "need": -1, "holder": 1}', '{"gpu": 1}', "x" * 5000]
    opened = []
    for number, text in enumerate(nonsense, start=3):
        path = machine / f"gpu-{number:016x}"
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        opened.append(path.open())
        fcntl.flock(opened[-1], fcntl.LOCK_EX)
    assert is_free(None)
    assert mine.read_text().startswith("{")
    for file in opened:
        file.close()
    # Nobody holds these any more.
    assert is_free(None)
    assert len(files(machine)) == 4


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, FakeNvml(FakeGpu("GPU-a")))
    monkeypatch.setenv("DETOUR_MACHINE", str(tmp_path / "no" / "folder"))
    with pytest.raises(InputError, match=r"no/folder.* cannot be used .*DETOUR_MACHINE"), reserve(1, Event(), never):
        pass
