"""Counters of the device while something runs: memory and energy.

Nothing is kept, and nothing changes what runs. What a device or a machine cannot tell is None, never a guess.
"""

import os
import re
import resource
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, Self

import torch


class Memory(NamedTuple):
    """The most memory that was in use, in bytes; None where a device has no such thing."""

    resident: int | None
    """Of the process, on a CPU."""
    allocated: int | None
    """Held by tensors on a GPU since torch.cuda.reset_peak_memory_stats."""
    reserved: int | None
    """Taken by torch from the GPU, free blocks included."""


def peak_memory(device: torch.device) -> Memory:
    """The most memory in use so far: of torch on a GPU, of the whole process on a CPU."""
    if device.type == "cuda":
        return Memory(None, torch.cuda.max_memory_allocated(device), torch.cuda.max_memory_reserved(device))
    return Memory(resident_memory(), None, None)


def resident_memory() -> int:
    """Peak resident memory in bytes, of this program alone.

    On Linux getrusage keeps the peak of whatever ran in the process before `exec`, which is the parent's own where the
    parent spawned it; VmHWM starts anew.
    """
    if sys.platform == "linux":
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
        if found:
            return int(found[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class Energy:
    """The energy that a GPU takes while a `with` block runs, everything that runs on it included.

    `joules` is None before the block ends, and afterwards on a CPU or without NVIDIA's management library (NVML, in
    the package nvidia-ml-py). Counters move in steps of some 100 ms: blocks of seconds are measured well.
    """

    def __init__(self, device: torch.device):
        self.joules: float | None = None
        self._device = device

    def __enter__(self) -> Self:
        self._nvml = _nvml() if self._device.type == "cuda" else None
        self._started, self._before = time.perf_counter(), self._read()
        return self

    def __exit__(self, *failure: object) -> None:
        before, after = self._before, self._read()
        if before is None or after is None:
            return
        if after.millijoules is not None and before.millijoules is not None:
            self.joules = (after.millijoules - before.millijoules) / 1000
        elif after.milliwatts is not None and before.milliwatts is not None:
            # The mean of beginning and end stands for all that was between.
            seconds = time.perf_counter() - self._started
            self.joules = (before.milliwatts + after.milliwatts) / 2000 * seconds

    def _read(self) -> "_Reading | None":
        if self._nvml is None:
            return None
        try:
            # By its UUID, since NVML knows nothing of CUDA_VISIBLE_DEVICES.
            uuid = torch.cuda.get_device_properties(self._device).uuid
            handle = self._nvml.nvmlDeviceGetHandleByUUID(f"GPU-{uuid}")
        except self._nvml.NVMLError:
            return None
        return _Reading(
            self._value(self._nvml.nvmlDeviceGetTotalEnergyConsumption, handle),
            self._value(self._nvml.nvmlDeviceGetPowerUsage, handle),
        )

    def _value(self, read: Any, handle: Any) -> int | None:
        assert self._nvml is not None
        try:
            return int(read(handle))
        except self._nvml.NVMLError:
            return None


class _Reading(NamedTuple):
    """What a GPU tells of itself; None where it refuses, as one older than Volta does for its energy."""

    millijoules: int | None
    """Taken since the driver was loaded."""
    milliwatts: int | None
    """Taken now."""


def free_gpu_memory() -> int | None:
    """Free bytes of the GPU that CUDA would take first, read without touching CUDA; None without one or without NVML."""
    nvml = _nvml()
    if nvml is None:
        return None
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0].strip()
    try:
        by_index = visible.isdecimal()
        handle = nvml.nvmlDeviceGetHandleByIndex(int(visible)) if by_index else nvml.nvmlDeviceGetHandleByUUID(visible)
        return int(nvml.nvmlDeviceGetMemoryInfo(handle).free)
    except nvml.NVMLError:
        return None


def _nvml() -> ModuleType | None:
    """NVML, started; None where it is not installed or finds no driver."""
    try:
        import pynvml
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return None
    module: ModuleType = pynvml
    return module
