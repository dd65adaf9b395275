"""The machine that this process runs on: its name, its cores, its cards as NVML tells of them."""

import os
import socket
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Gpu:
    """A card as NVML tells of it."""

    name: str
    memory_mib: int
    driver: str


@dataclass(frozen=True)
class Machine:
    """Where the run was supervised."""

    host: str
    cores: int
    """Those that its processes may use."""
    gpus: tuple[Gpu, ...] = ()


def this_machine() -> Machine:
    """The machine that this process runs on."""
    return Machine(socket.gethostname(), cores(), gpus())


def cores() -> int:
    """The processor's cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def gpus() -> tuple[Gpu, ...]:
    """Every card of the machine; none where NVML is not installed or finds no driver."""
    try:
        import pynvml
    except ImportError:
        return ()
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return ()
    try:
        driver = pynvml.nvmlSystemGetDriverVersion()
        handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(pynvml.nvmlDeviceGetCount())]
        return tuple(_gpu(pynvml, handle, driver) for handle in handles)
    except pynvml.NVMLError:
        # A card that fell off the bus: what it was cannot be told.
        return ()
    finally:
        pynvml.nvmlShutdown()


def _gpu(nvml: Any, handle: Any, driver: str) -> Gpu:
    return Gpu(nvml.nvmlDeviceGetName(handle), nvml.nvmlDeviceGetMemoryInfo(handle).total // 2**20, driver)
