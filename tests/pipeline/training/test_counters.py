"""Memory is this program's own; energy is the counter's difference, or power times time, or unknown."""

import subprocess
import sys
import time
from types import ModuleType, SimpleNamespace

import pytest
import torch

from pipeline.training.counters import Energy, peak_memory

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


class NVMLError(Exception):
    pass


def fake_nvml(energy: list[int] | None = None, power: list[int] | None = None, driver: bool = True) -> ModuleType:
    """The part of pynvml that is used; a reading that is None is refused, as an old GPU does."""

    def reading(values: list[int] | None):
        def read(handle: str) -> int:
            assert handle == "handle of GPU-1234"
            if values is None:
                raise NVMLError
            return values.pop(0)

        return read

    def start() -> None:
        if not driver:
            raise NVMLError

    module = ModuleType("pynvml")
    module.NVMLError = NVMLError
    module.nvmlInit = start
    module.nvmlDeviceGetHandleByUUID = lambda uuid: f"handle of {uuid}"
    module.nvmlDeviceGetTotalEnergyConsumption = reading(energy)
    module.nvmlDeviceGetPowerUsage = reading(power)
    return module


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A GPU as far as energy goes."""
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: SimpleNamespace(uuid="1234"))
    return monkeypatch


class TestMemory:
    def test_a_cpus_is_the_peak_of_this_program_not_of_the_one_that_started_it(self) -> None:
        ballast = torch.ones(2**26)
        assert peak_memory(CPU).resident > ballast.numel() * 4
        script = "import torch; from pipeline.training.counters import peak_memory as peak; import gc; x = {};"
        script += (
            "a = peak(torch.device('cpu')).resident; x = torch.ones(2**24); b = peak(torch.device('cpu')).resident;"
        )
        script += "print(a, b)"
        command = [sys.executable, "-c", script]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        before, after = map(int, done.stdout.split())
        assert before < peak_memory(CPU).resident - ballast.numel() * 2
        assert after - before == pytest.approx(2**26, rel=0.1)


class TestEnergy:
    def test_a_cpus_is_not_known(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "pynvml", fake_nvml([1, 2]))
        with Energy(CPU) as energy:
            pass
        assert energy.joules is None

    def test_it_is_what_the_counter_has_moved(self, gpu: pytest.MonkeyPatch) -> None:
        gpu.setitem(sys.modules, "pynvml", fake_nvml([5_000, 12_500], [100_000, 100_000]))
        with Energy(CUDA) as energy:
            assert energy.joules is None
        assert energy.joules == 7.5

    def test_without_a_counter_it_is_the_mean_power_times_the_time(self, gpu: pytest.MonkeyPatch) -> None:
        gpu.setitem(sys.modules, "pynvml", fake_nvml(None, [100_000, 300_000]))
        gpu.setattr(time, "perf_counter", iter([10.0, 12.0]).__next__)
        with Energy(CUDA) as energy:
            pass
        assert energy.joules == 400

    @pytest.mark.parametrize("module", [None, fake_nvml(driver=False), fake_nvml()])
    def test_without_the_library_a_driver_or_any_reading_it_is_not_known(
        self, gpu: pytest.MonkeyPatch, module: ModuleType | None
    ) -> None:
        gpu.setitem(sys.modules, "pynvml", module)
        with Energy(CUDA) as energy:
            pass
        assert energy.joules is None
