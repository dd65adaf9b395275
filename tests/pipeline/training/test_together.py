"""Seeds side by side decide what they decide one after another; how many there are room for is counted in bytes."""

import multiprocessing
import os
import signal
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from transformers import BertConfig

from pipeline.errors import InputError
from pipeline.training import stopping, together
from pipeline.training.fit import FitResult, States, fit
from pipeline.training.settings import TrainSettings
from pipeline.training.together import AT_ONCE, memory_needed, seeds_at_once, size_of_weights, train_side_by_side
from tests.pipeline.training.conftest import Toy
from tests.pipeline.training.test_fit import SETTINGS, fingerprint

SEEDS = (1, 2, 3)


class TestSideBySide:
    def trained(self, toy: Toy, seed: int, root: Path) -> tuple[Any, FitResult]:
        model, parts = toy()
        return model, fit(model, **parts, settings=SETTINGS, seed=seed, states=States(root))

    def test_seeds_end_as_they_do_one_after_another(self, toy: Toy, tmp_path: Path) -> None:
        train_side_by_side(lambda seed: self.trained(toy, seed, tmp_path / "together"), SEEDS, 2)
        for seed in SEEDS:
            model, result = self.trained(toy, seed, tmp_path / "together")
            alone = self.trained(toy, seed, tmp_path / "alone")
            assert (result.trained, alone[1].trained) == (False, True)
            assert {**fingerprint(model, result)} == fingerprint(*alone)

    def test_no_more_than_are_asked_for_run_at_once(self, tmp_path: Path) -> None:
        def count(seed: int) -> None:
            (tmp_path / f"running-{seed}").touch()
            running = len(list(tmp_path.glob("running-*")))
            (tmp_path / f"seen-{seed}-{running}").touch()
            (tmp_path / f"running-{seed}").unlink()

        train_side_by_side(count, range(8), 2)
        seen = [path.name.split("-")[1:] for path in tmp_path.glob("seen-*")]
        assert sorted(int(seed) for seed, _ in seen) == list(range(8))
        assert max(int(running) for _, running in seen) <= 2

    def test_a_seed_that_fails_leaves_the_others(self, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
        def fail(seed: int) -> None:
            if seed == 2:
                raise ValueError("no such word")
            (tmp_path / str(seed)).touch()

        train_side_by_side(fail, SEEDS, 3)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "3"]
        assert "no such word" in capfd.readouterr().err

    def test_seeds_end_with_the_process_that_began_them(self, tmp_path: Path) -> None:
        def begin() -> None:
            def last(seed: int) -> None:
                (tmp_path / f"began-{seed}").write_text(str(os.getpid()))
                time.sleep(60)

            train_side_by_side(last, SEEDS, 2)

        parent = multiprocessing.get_context("fork").Process(target=begin)
        parent.start()
        while len(list(tmp_path.glob("began-*"))) < 2 or not all(path.read_text() for path in tmp_path.glob("began-*")):
            time.sleep(0.01)
        parent.kill()
        parent.join()
        for path in tmp_path.glob("began-*"):
            while Path(f"/proc/{path.read_text()}").exists() and "Z" not in _state_of(path.read_text()):
                time.sleep(0.01)

    def test_a_stop_reaches_every_seed_and_their_ends_are_awaited(self, tmp_path: Path) -> None:
        def begin() -> None:
            def until_asked(seed: int) -> None:
                with stopping.deferred():
                    (tmp_path / f"began-{seed}").touch()
                    while not stopping.is_asked():
                        time.sleep(0.01)
                    # Longer than the parent would be there if it did not wait.
                    time.sleep(0.2)
                    (tmp_path / f"ended-{seed}").touch()

            os.setpgid(0, 0)
            with stopping.heeding():
                train_side_by_side(until_asked, SEEDS, 2)

        parent = multiprocessing.get_context("fork").Process(target=begin)
        parent.start()
        while len(list(tmp_path.glob("began-*"))) < 2:
            time.sleep(0.01)
        # To all of them, as an interrupted run does: a child that the parent tells as well hears it twice.
        os.killpg(parent.pid, signal.SIGTERM)
        parent.join()
        assert parent.exitcode == stopping.STATUS
        assert sorted(path.name for path in tmp_path.glob("ended-*")) == ["ended-1", "ended-2"]
        assert not (tmp_path / "began-3").exists()


def _state_of(process: str) -> str:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "Z"


class TestRoom:
    @pytest.mark.parametrize(
        ("free", "asked", "expected"),
        [
            (None, "", 1),
            (None, "2", 2),
            (None, "9", 3),
            (950, "", 3),
            (250, "", 2),
            (50, "", 1),
            (950, "1", 1),
        ],
    )
    def test_as_many_as_fit_unless_told(
        self, free: int | None, asked: str, expected: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(together, "free_gpu_memory", lambda: free)
        monkeypatch.setenv(AT_ONCE, asked)
        assert seeds_at_once(3, 100) == expected

    @pytest.mark.parametrize("asked", ["0", "-1", "two", "²"])
    def test_what_is_no_number_of_seeds_is_told(self, asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(AT_ONCE, asked)
        with pytest.raises(InputError, match=f"{AT_ONCE} is '{asked}': give a whole number from 1"):
            seeds_at_once(3, 100)

    def test_memory_grows_with_all_that_is_held(self, encoders: Path) -> None:
        config = BertConfig()
        settings = TrainSettings(epochs=1, learning_rate=1e-5, warmup=0, weight_decay=0, batch_size=32, max_tokens=128)
        weights = 440_000_000
        need = memory_needed(config, weights, settings)
        # 4,096 tokens through 12 layers, 34 x 768 bytes and 5 x 12 heads x 128 a token, twice; five copies of the weights.
        assert need == together.CONTEXT + 5 * weights + 2 * 12 * 4096 * (34 * 768 + 5 * 12 * 128)
        # A score over a vocabulary is four values of fp32.
        assert memory_needed(config, weights, settings, scores=1000) == need + 16_000
        assert size_of_weights(encoders / "bert") == (encoders / "bert" / "model.safetensors").stat().st_size


def test_free_memory_is_that_of_the_visible_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.training import counters

    class NVMLError(Exception):
        pass

    def by_index(index: int) -> int:
        if index > 1:
            raise NVMLError
        return index

    fake = SimpleNamespace(
        NVMLError=NVMLError,
        nvmlDeviceGetHandleByIndex=by_index,
        nvmlDeviceGetHandleByUUID=lambda uuid: 1,
        nvmlDeviceGetMemoryInfo=lambda handle: SimpleNamespace(free=(100, 200)[handle]),
    )
    monkeypatch.setattr(counters, "_nvml", lambda: fake)
    for visible, expected in (("1,0", 200), ("GPU-abc", 200), ("0", 100), ("7", None)):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        assert counters.free_gpu_memory() == expected
    monkeypatch.setattr(counters, "_nvml", lambda: None)
    assert counters.free_gpu_memory() is None
