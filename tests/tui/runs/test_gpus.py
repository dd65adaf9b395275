"""What NVML tells of a machine's GPUs: several of them, others' processes, the variable that hides some, and errors at every call."""

import os
from itertools import pairwise

import pytest

from tests.tui.runs.nvml import GIB, GPU_CALLS, FakeGpu, FakeNvml, use
from tui.runs.gpus import Gpu, line_of, read_gpus

A, B, C = "GPU-aaaa-1", "GPU-bbbb-2", "GPU-cccc-3"


def uuids(found: tuple[Gpu, ...]) -> list[str]:
    return [gpu.uuid for gpu in found]


def test_every_gpu_with_its_memory_and_everybodys_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = 2**22 + 1  # No process has such an id.
    nvml = FakeNvml(FakeGpu(A, {os.getpid(): 3 * GIB, unknown: None}, hidden=GIB), FakeGpu(B))
    use(monkeypatch, nvml)
    first, second = read_gpus()
    assert (first.index, first.uuid, first.name) == (0, A, "NVIDIA H100")
    assert (first.total, first.free) == (80 * GIB, 76 * GIB)
    mine, other = first.processes
    assert (mine.pid, mine.bytes, mine.line[:2]) == (os.getpid(), 3 * GIB, (os.getpid(), os.getppid()))
    assert (other.bytes, other.line) == (0, ())
    assert second.processes == ()
    assert second.variables == {"CUDA_VISIBLE_DEVICES": B}
    assert nvml.started == 0


def test_a_gpu_is_idle_when_nobody_is_seen_and_no_more_is_taken_than_a_driver_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use(monkeypatch, FakeNvml(FakeGpu(A, {1: None}), FakeGpu(B, hidden=GIB), FakeGpu(C, hidden=20 * GIB)))
    assert [gpu.is_idle for gpu in read_gpus()] == [False, True, False]


@pytest.mark.parametrize(
    ("variable", "seen"),
    [
        ("2,0", [C, A]),
        ("GPU-bbbb, 1", [B, B]),
        ("1,-1,0", [B]),
        ("0,7,1", [A]),
        ("", []),
        ("-1", []),
        ("GPU-dddd,0", [A]),
        ("MIG-x,0", []),
    ],
)
def test_gpus_are_seen_as_cuda_reads_its_variable(
    variable: str, seen: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, FakeNvml(FakeGpu(A), FakeGpu(B), FakeGpu(C)))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", variable)
    assert uuids(read_gpus()) == seen


@pytest.mark.parametrize("call", GPU_CALLS)
def test_a_gpu_that_does_not_answer_is_left_out_and_named_once(call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, FakeNvml(FakeGpu(A), FakeGpu(B, silent=(call,)), FakeGpu(C)))
    said: list[str] = []
    for _ in range(3):
        assert uuids(read_gpus(said.append)) == [A, C]
    assert said == ["NVML does not tell of GPU 1 (GPU is lost), so stages are not placed on it."]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,2")
    assert uuids(read_gpus(said.append)) == [C]


@pytest.mark.parametrize("call", ["nvmlInit", "nvmlDeviceGetCount"])
def test_without_a_driver_there_is_none_and_it_is_said_once(
    call: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, FakeNvml(FakeGpu(A), silent=(call, "nvmlShutdown")))
    assert read_gpus() == read_gpus() == ()
    said = capsys.readouterr().err
    assert "GPU is lost" in said
    assert said.count("\n") == 1


def test_a_divided_gpu_is_left_out_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, FakeNvml(FakeGpu(A, is_divided=True), FakeGpu(B)))
    said: list[str] = []
    assert uuids(read_gpus(said.append)) == [B]
    assert said == ["GPU 0 is divided into instances (MIG), on which stages are not placed."]


def test_a_process_is_followed_to_the_first_of_all() -> None:
    line = list(line_of(os.getpid()))
    assert line[:2] == [os.getpid(), os.getppid()]
    assert all(child != parent for child, parent in pairwise(line))
    assert list(line_of(0)) == []
