"""NVML of a machine that is made up: as many GPUs as a test wants, with others' processes and faults."""

import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pynvml
import pytest

GIB = 2**30


@dataclass
class FakeGpu:
    """A GPU of 80 GiB; its memory is taken by its processes and by whatever hides from NVML."""

    uuid: str
    processes: dict[int, int | None] = field(default_factory=dict)
    """Bytes by process id."""
    hidden: int = 0
    is_divided: bool = False
    silent: tuple[str, ...] = ()
    """Calls that it answers with an error."""


class FakeNvml:
    """What is used of the module pynvml."""

    NVMLError = pynvml.NVMLError
    NVMLError_LibraryNotFound = pynvml.NVMLError_LibraryNotFound
    NVMLError_NotSupported = pynvml.NVMLError_NotSupported
    NVML_DEVICE_MIG_ENABLE = pynvml.NVML_DEVICE_MIG_ENABLE

    def __init__(self, *gpus: FakeGpu, silent: tuple[str, ...] = ()) -> None:
        self.gpus = gpus
        self.silent = silent
        self.started = 0

    def nvmlInit(self) -> None:
        self._answer("nvmlInit", self.silent)
        self.started += 1

    def nvmlShutdown(self) -> None:
        self.started -= 1
        self._answer("nvmlShutdown", self.silent)

    def nvmlDeviceGetCount(self) -> int:
        self._answer("nvmlDeviceGetCount", self.silent)
        return len(self.gpus)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> FakeGpu:
        self._answer("nvmlDeviceGetHandleByIndex", self.gpus[index].silent)
        return self.gpus[index]

    def nvmlDeviceGetMigMode(self, gpu: FakeGpu) -> list[int]:
        self._answer("nvmlDeviceGetMigMode", gpu.silent)
        if not gpu.is_divided:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)
        return [self.NVML_DEVICE_MIG_ENABLE, self.NVML_DEVICE_MIG_ENABLE]

    def nvmlDeviceGetUUID(self, gpu: FakeGpu) -> str:
        self._answer("nvmlDeviceGetUUID", gpu.silent)
        return gpu.uuid

    def nvmlDeviceGetName(self, gpu: FakeGpu) -> str:
        self._answer("nvmlDeviceGetName", gpu.silent)
        return "NVIDIA H100"

    def nvmlDeviceGetMemoryInfo(self, gpu: FakeGpu) -> Any:
        self._answer("nvmlDeviceGetMemoryInfo", gpu.silent)
        used = gpu.hidden + sum(taken or 0 for taken in gpu.processes.values())
        return SimpleNamespace(total=80 * GIB, free=80 * GIB - used, used=used)

    def nvmlDeviceGetComputeRunningProcesses(self, gpu: FakeGpu) -> list[Any]:
        self._answer("nvmlDeviceGetComputeRunningProcesses", gpu.silent)
        return [SimpleNamespace(pid=pid, usedGpuMemory=taken) for pid, taken in gpu.processes.items()]

    @staticmethod
    def _answer(call: str, silent: tuple[str, ...]) -> None:
        if call in silent:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_GPU_IS_LOST)


GPU_CALLS = [name for name in vars(FakeNvml) if name.startswith("nvmlDevice") and name != "nvmlDeviceGetCount"]


def use(monkeypatch: pytest.MonkeyPatch, nvml: FakeNvml) -> None:
    """Put it in the place of pynvml, with nothing said yet and every GPU visible."""
    from tui.runs import gpus

    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    monkeypatch.setattr(gpus, "_told", set())
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def hold(need: int | None) -> None:
    """For a process of its own: on a machine with one GPU, say that it is reserved, and hold it until standard input ends."""
    from threading import Event

    from tui.runs.placing import reserve

    sys.modules["pynvml"] = FakeNvml(FakeGpu("GPU-a"))  # type: ignore[assignment]
    with reserve(need, Event()) as gpu:
        print(json.dumps({"gpu": gpu and gpu.uuid, "pid": os.getpid()}), flush=True)
        sys.stdin.read()


def files(machine: Path) -> list[str]:
    """The reservations that lie in a machine's folder."""
    return sorted(path.name for path in machine.glob("gpu-*"))
