"""The GPUs of this machine as NVIDIA's management library (NVML) tells of them: free memory, and whose processes run on them.

NVML is asked and let go again each time, so that nobody keeps a GPU awake. It counts everybody's memory, and numbers GPUs by their place
on the bus. Inside a container it may hide processes, or name them by ids that are not known there; their memory counts all the same.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from tui.output import complain

VARIABLE = "CUDA_VISIBLE_DEVICES"

IDLE_SHARE = 0.1
"""Of its memory, what a driver and a desktop take on a GPU on which nobody computes."""

Note = Callable[[str], None]
"""Called with a sentence for the run's log."""

_told: set[str] = set()


@dataclass(frozen=True)
class GpuProcess:
    """A process that computes on a GPU."""

    pid: int
    bytes: int
    """Memory it has there; 0 where NVML does not tell."""
    line: tuple[int, ...]
    """Its id, its parent's, and so on; empty where it is not known here."""


@dataclass(frozen=True)
class Gpu:
    """A GPU that stages may use."""

    index: int
    """NVML's."""
    uuid: str
    name: str
    total: int
    """Bytes of memory."""
    free: int
    """Bytes that nobody has."""
    processes: tuple[GpuProcess, ...] = ()
    """Those that compute on it, everybody's; a desktop's are not among them."""

    @property
    def is_idle(self) -> bool:
        """Whether nobody computes on it, as far as can be told."""
        return not self.processes and self.total - self.free <= IDLE_SHARE * self.total

    @property
    def variables(self) -> dict[str, str]:
        """What a process has to have in its environment to use this GPU alone."""
        return {VARIABLE: self.uuid}


def read_gpus(note: Note = complain) -> tuple[Gpu, ...]:
    """The GPUs that CUDA_VISIBLE_DEVICES leaves, in its order; all where it is not set.

    Left out is a GPU that NVML has no answer for, and one that is divided into instances (MIG).

    Args:
        note: Told why there is none, or why one is left out, each reason once in a process.
    """
    nvml = import_module("pynvml")
    try:
        nvml.nvmlInit()
    except nvml.NVMLError_LibraryNotFound:
        # A machine without NVIDIA's driver, which nobody needs to be told.
        return ()
    except nvml.NVMLError as error:
        _once(note, f"NVML finds no GPU ({error}), so stages are not placed on any.")
        return ()
    try:
        count = nvml.nvmlDeviceGetCount()
        return tuple(_visible({gpu.index: gpu for gpu in _read(nvml, count, note)}, count))
    except nvml.NVMLError as error:
        _once(note, f"NVML does not tell how many GPUs there are ({error}), so stages are not placed on any.")
        return ()
    finally:
        # What it told is known by then.
        with suppress(nvml.NVMLError):
            nvml.nvmlShutdown()


def _once(note: Note, sentence: str) -> None:
    if sentence not in _told:
        _told.add(sentence)
        note(sentence)


def _read(nvml: Any, count: int, note: Note) -> Iterator[Gpu]:
    for index in range(count):
        try:
            handle = nvml.nvmlDeviceGetHandleByIndex(index)
            if _is_divided(nvml, handle):
                _once(note, f"GPU {index} is divided into instances (MIG), on which stages are not placed.")
            else:
                yield _gpu(nvml, index, handle)
        except nvml.NVMLError as error:
            _once(note, f"NVML does not tell of GPU {index} ({error}), so stages are not placed on it.")


def _is_divided(nvml: Any, handle: Any) -> bool:
    try:
        return bool(nvml.nvmlDeviceGetMigMode(handle)[0] == nvml.NVML_DEVICE_MIG_ENABLE)
    except nvml.NVMLError_NotSupported:
        return False


def _gpu(nvml: Any, index: int, handle: Any) -> Gpu:
    memory = nvml.nvmlDeviceGetMemoryInfo(handle)
    found = nvml.nvmlDeviceGetComputeRunningProcesses(handle)
    processes = (GpuProcess(each.pid, each.usedGpuMemory or 0, tuple(line_of(each.pid))) for each in found)
    return Gpu(
        index,
        nvml.nvmlDeviceGetUUID(handle),
        nvml.nvmlDeviceGetName(handle),
        int(memory.total),
        int(memory.free),
        tuple(processes),
    )


def _visible(gpus: dict[int, Gpu], count: int) -> Iterator[Gpu]:
    """As CUDA reads the variable: numbers, or beginnings of UUIDs, up to the first that there is not."""
    wanted = os.environ.get(VARIABLE)
    if wanted is None:
        yield from gpus.values()
        return
    for word in map(str.strip, wanted.split(",")):
        if word.isdecimal() and int(word) < count:
            found = gpus.get(int(word))
        elif word.startswith("GPU-"):
            found = next((gpu for gpu in gpus.values() if gpu.uuid.startswith(word)), None)
        else:
            return
        if found is not None:
            yield found


def line_of(process: int) -> Iterator[int]:
    """A process, its parent, and so on up to the first of all; nothing where it is not known here."""
    while process > 0:
        try:
            text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return
        yield process
        # The name in parentheses may hold anything, parentheses too.
        process = int(text.rpartition(")")[2].split()[1])
