"""States: what a fit goes on from, what a finished one leaves, and what becomes of files that are old or damaged."""

import copy
import errno
import multiprocessing
import os
import random
import time
from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.encoders import load_classifier
from pipeline.training import fingerprint as fingerprints
from pipeline.training import state as states_module
from pipeline.training.batches import Encoded
from pipeline.training.fit import FitResult, States, fit
from pipeline.training.selection import EpochRecord
from pipeline.training.settings import TrainSettings
from pipeline.training.state import StateFolder, prune, random_state, restore_random_state
from pipeline.training.steps import TrainingFault
from tests.pipeline.training.conftest import Toy, toy_parts
from tests.pipeline.training.test_fit import SETTINGS, fingerprint

SHORT = replace(SETTINGS, epochs=3)
CPU = torch.device("cpu")


class Stopped(BaseException):
    """A fit that is stopped after an epoch."""


class Trained:
    """Fits of the toy task with states below one folder, and what they did."""

    def __init__(self, toy: Toy, root: Path):
        self.toy, self.root = toy, root
        self.epochs: list[int] = []
        self.said: list[str] = []
        self.model: Any = None

    def __call__(self, stop_after: int | None = None, **options: Any) -> FitResult:
        def on_epoch(record: EpochRecord) -> None:
            self.epochs.append(record.epoch)
            if record.epoch == stop_after:
                raise Stopped

        self.epochs, self.said = [], []
        keep = options.pop("keep_weights", True)
        self.model, parts = self.toy(options.pop("architecture", "bert"))
        arguments = {**parts, "settings": SHORT, "seed": 1, **options}
        states = States(self.root, keep)
        return fit(self.model, **arguments, on_epoch=on_epoch, states=states, say=self.said.append)


@pytest.fixture
def trained(toy: Toy, tmp_path: Path) -> Trained:
    return Trained(toy, tmp_path / "state")


@pytest.fixture
def undisturbed(toy: Toy) -> dict[str, object]:
    model, parts = toy()
    return fingerprint(model, fit(model, **parts, settings=SHORT, seed=1))


class TestGoingOn:
    def test_a_stopped_fit_goes_on_where_it_was(self, trained: Trained, undisturbed: dict[str, object]) -> None:
        with pytest.raises(Stopped):
            trained(stop_after=2)
        result = trained()
        # Stopped before the second epoch was saved.
        assert trained.epochs == [2, 3]
        assert trained.said == ["Seed 1 goes on in epoch 2 of 3, after 12 of 36 steps."]
        assert fingerprint(trained.model, result) == undisturbed

    def test_it_computes_with_as_many_threads_as_it_began_with(self, trained: Trained) -> None:
        with pytest.raises(Stopped):
            trained(stop_after=2)
        seen: list[int] = []
        torch.set_num_threads(2)
        try:
            model, parts = trained.toy()
            fit(
                model,
                **parts,
                settings=SHORT,
                seed=1,
                states=States(trained.root),
                on_epoch=lambda record: seen.append(torch.get_num_threads()),
                say=trained.said.append,
            )
            assert torch.get_num_threads() == 2
        finally:
            torch.set_num_threads(1)
        assert seen == [1, 1]

    def test_patience_is_not_lost(self, trained: Trained) -> None:
        # Nothing is learnt at a rate of 0, so that the first epoch stays the best.
        settings = replace(SETTINGS, learning_rate=0.0, patience=3, protocol="credible")
        with pytest.raises(Stopped):
            trained(stop_after=3, settings=settings)
        trained(settings=settings)
        assert trained.epochs == [3, 4]

    def test_a_loss_that_is_no_number_keeps_the_last_state(self, trained: Trained) -> None:
        model, parts = trained.toy()
        calls: list[int] = []

        def break_in_the_second_epoch(module: object, inputs: object, output: torch.Tensor) -> torch.Tensor:
            calls.append(1)
            return output * float("nan") if module.training and len(calls) > 20 else output

        model.classifier.register_forward_hook(break_in_the_second_epoch)
        with pytest.raises(TrainingFault, match="loss is nan at step"):
            fit(model, **parts, settings=SHORT, seed=1, states=States(trained.root))
        trained()
        assert trained.epochs[0] == 2

    def test_weights_that_diverge_in_the_last_step_are_a_fault(self, trained: Trained) -> None:
        model, parts = trained.toy()
        # No loss of a training step shows it: the decay of the last step makes the weights infinite.
        settings = replace(SHORT, epochs=1, batch_size=96, warmup=0.0, learning_rate=0.99, weight_decay=1e38)
        with pytest.raises(TrainingFault, match="dev loss is nan after epoch 1 of 1: the weights have diverged"):
            fit(model, **parts, settings=settings, seed=1, states=States(trained.root))
        assert not list(trained.root.glob("*/state"))


class TestFinished:
    def test_a_finished_fit_is_not_trained_again(self, trained: Trained, undisturbed: dict[str, object]) -> None:
        first = trained()
        assert first.trained
        again = trained()
        assert (again.trained, trained.epochs) == (False, [])
        assert fingerprint(trained.model, again) == undisturbed
        assert again.steps == first.steps == 36
        assert again.curves == first.curves

    def test_weights_that_were_not_kept_are_trained_for_whoever_wants_them(self, trained: Trained) -> None:
        trained(keep_weights=False)
        sizes = [path.stat().st_size for path in trained.root.glob("*/state")]
        assert trained(keep_weights=False).trained is False
        assert trained(keep_weights=True).trained is True
        assert [path.stat().st_size > sizes[0] for path in trained.root.glob("*/state")] == [True]

    def test_they_are_trained_with_as_many_threads_as_the_result_was(self, trained: Trained) -> None:
        trained(keep_weights=False)
        seen: list[int] = []
        torch.set_num_threads(2)
        try:
            model, parts = trained.toy()
            count = lambda record: seen.append(torch.get_num_threads())  # noqa: E731
            fit(model, **parts, settings=SHORT, seed=1, on_epoch=count, states=States(trained.root), say=print)
        finally:
            torch.set_num_threads(1)
        assert seen == [1, 1, 1]

    def test_a_second_process_waits_and_finds_it_finished(self, trained: Trained, tmp_path: Path) -> None:
        with pytest.raises(Stopped):
            trained(stop_after=1)
        (folder,) = trained.root.glob("*")
        context = multiprocessing.get_context("fork")
        held, finished = context.Event(), context.Event()

        def hold() -> None:
            with StateFolder(trained.root, folder.name).held():
                held.set()
                time.sleep(0.5)
                finished.set()

        other = context.Process(target=hold)
        other.start()
        held.wait()
        with StateFolder(trained.root, folder.name).held():
            assert finished.is_set()
        other.join()


class TestDamage:
    @pytest.mark.parametrize("damage", [lambda body: body[:-100], lambda body: b"", lambda body: b"x" + body[1:]])
    def test_a_damaged_state_is_set_aside_and_named(
        self, trained: Trained, undisturbed: dict[str, object], damage: Any
    ) -> None:
        with pytest.raises(Stopped):
            trained(stop_after=2)
        (path,) = trained.root.glob("*/state")
        path.write_bytes(damage(path.read_bytes()))
        result = trained()
        assert trained.epochs == [1, 2, 3]
        assert fingerprint(trained.model, result) == undisturbed
        assert "is damaged and was set aside as damaged-1" in trained.said[0]
        assert path.with_name("damaged-1").exists()

    def test_a_full_disk_keeps_the_last_state_and_the_training(
        self, trained: Trained, undisturbed: dict[str, object], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with pytest.raises(Stopped):
            trained(stop_after=2)
        (path,) = trained.root.glob("*/state")
        before = path.read_bytes()

        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(states_module.os, "fsync", full)
        result = trained()
        assert fingerprint(trained.model, result) == undisturbed
        assert "could not be written (No space left on device): training goes on" in trained.said[1]
        assert path.read_bytes() == before
        assert sorted(left.name for left in path.parent.iterdir()) == ["lock", "state"]

    def test_a_disk_that_fills_in_the_middle_of_a_state_costs_the_state_alone(
        self, trained: Trained, undisturbed: dict[str, object], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        written: list[int] = []

        def write(self: Any, data: Any) -> int:
            written.append(len(data))
            if sum(written) > 20_000:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return self._file.write(data)

        monkeypatch.setattr(states_module._Hashing, "write", write)
        result = trained()
        assert fingerprint(trained.model, result) == undisturbed
        assert "could not be written (No space left on device): training goes on" in trained.said[0]
        assert [path.name for path in trained.root.glob("*/*")] == ["lock"]

    def test_a_folder_in_the_place_of_a_state_is_set_aside(self, trained: Trained) -> None:
        with pytest.raises(Stopped):
            trained(stop_after=2)
        (path,) = trained.root.glob("*/state")
        path.unlink()
        path.mkdir()
        trained()
        assert trained.epochs == [1, 2, 3]
        assert "set aside as damaged-1" in trained.said[0]

    def test_a_folder_that_cannot_be_used_costs_the_states_alone(
        self, trained: Trained, undisturbed: dict[str, object]
    ) -> None:
        trained.root.write_text("a file in the place of the folder of all states")
        result = trained()
        assert fingerprint(trained.model, result) == undisturbed
        assert len(trained.said) == 1
        assert "cannot be used (Not a directory): training goes on without it" in trained.said[0]


class TestPruning:
    def folder(self, root: Path, name: str, days: float, size: int = 10) -> Path:
        folder = root / name
        folder.mkdir(parents=True)
        (folder / "lock").touch()
        (folder / "state").write_bytes(b"0" * size)
        for path in (*folder.iterdir(), folder):
            os.utime(path, (time.time() - days * 86_400,) * 2)
        return folder

    def test_old_states_go(self, tmp_path: Path) -> None:
        old, young = self.folder(tmp_path, "old", 31), self.folder(tmp_path, "young", 29)
        assert prune(tmp_path, days=30) == [old]
        assert young.exists() and not old.exists()

    def test_the_oldest_go_when_all_are_too_large(self, tmp_path: Path) -> None:
        folders = [self.folder(tmp_path, str(days), days, 400) for days in (3, 2, 1)]
        assert prune(tmp_path, gibibytes=1000 / 2**30) == [folders[0]]

    def test_a_state_in_use_stays(self, tmp_path: Path) -> None:
        old = self.folder(tmp_path, "old", 31)
        with StateFolder(tmp_path, "old").held():
            os.utime(old, (0, 0))
            os.utime(old / "lock", (0, 0))
            assert prune(tmp_path) == []
        assert old.exists()

    def test_no_states_are_nothing_to_prune(self, tmp_path: Path) -> None:
        assert prune(tmp_path / "none") == []


def test_generators_are_put_back() -> None:
    draws = []
    state = random_state()
    for _ in range(2):
        restore_random_state(state)
        draws.append((random.random(), np.random.rand(), np.random.standard_normal(), torch.rand(1).item()))
    assert draws[0] == draws[1]


def other_values(value: Any) -> list[Any]:
    """Values of the same type that are not `value`."""
    if isinstance(value, np.ndarray):
        changed = value.copy()
        changed[-1] += 1
        return [changed, value[:-1]]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | float):
        return [value + 1, value * 2 + 3]
    choices = {
        "fp32": ["bf16"],
        "head": ["head_tail"],
        "paper": ["credible"],
        "auto": ["padded"],
        "buckets": ["shuffled"],
    }
    return [5] if value is None else choices[value]


SETTING_NAMES = [field.name for field in fields(TrainSettings)]
EXAMPLE_NAMES = [field.name for field in fields(Encoded)]


class TestFingerprint:
    BASE = replace(SHORT, precision="fp32")

    @pytest.fixture(scope="class")
    def toys(self, encoders: Path) -> Iterator[dict[str, Any]]:
        model, tokenizer = load_classifier(encoders / "bert", 2, "reinit", seed=1)
        yield {"model": model, **toy_parts(tokenizer), "settings": self.BASE, "seed": 1, "device": CPU}

    @settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.data())
    def test_every_field_of_what_it_covers_changes_it(self, toys: dict[str, Any], data: st.DataObject) -> None:
        base = fingerprints.fingerprint(**toys)
        assert fingerprints.fingerprint(**toys) == base
        kind = data.draw(st.sampled_from(["settings", "train", "dev", "test", "seed", "weights", "config"]))
        changed = dict(toys)
        if kind == "settings":
            name = data.draw(st.sampled_from(SETTING_NAMES))
            value = data.draw(st.sampled_from(other_values(getattr(self.BASE, name))))
            changed["settings"] = replace(self.BASE, **{name: value})
        elif kind in ("train", "dev", "test"):
            name = data.draw(st.sampled_from(EXAMPLE_NAMES))
            choices = other_values(getattr(toys[kind], name))
            changed[kind] = replace(toys[kind], **{name: choices[data.draw(st.integers(0, len(choices) - 1))]})
        elif kind == "seed":
            changed["seed"] = data.draw(st.integers(2, 1000))
        elif kind == "weights":
            name = data.draw(st.sampled_from(sorted(toys["model"].state_dict())))
            changed["model"] = copy.deepcopy(toys["model"])
            changed["model"].state_dict()[name].view(-1)[-1] += 1e-3
        else:
            changed["model"] = copy.deepcopy(toys["model"])
            changed["model"].config.hidden_dropout_prob = 0.2
        assert fingerprints.fingerprint(**changed) != base

    def test_no_test_set_is_another_fit(self, toys: dict[str, Any]) -> None:
        assert fingerprints.fingerprint(**{**toys, "test": None}) != fingerprints.fingerprint(**toys)

    @pytest.mark.parametrize("what", ["code", "_device", "version"])
    def test_code_device_and_versions_belong_to_it(
        self, toys: dict[str, Any], what: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        base = fingerprints.fingerprint(**toys)
        monkeypatch.setattr(fingerprints, what, lambda *_: "other")
        assert fingerprints.fingerprint(**toys) != base

    def test_an_automatic_choice_is_what_it_came_to(self, toys: dict[str, Any]) -> None:
        auto = {**toys, "settings": replace(self.BASE, precision="auto")}
        assert fingerprints.fingerprint(**auto) == fingerprints.fingerprint(**toys)

    def test_all_of_the_training_code_belongs_to_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        here = Path(fingerprints.__file__).parent
        for path in here.glob("*.py"):
            (tmp_path / path.name).write_bytes(path.read_bytes())
        monkeypatch.setattr(fingerprints, "__file__", str(tmp_path / "fingerprint.py"))
        digests = set()
        for path in [None, *sorted(tmp_path.glob("*.py"))]:
            if path is not None:
                path.write_bytes(path.read_bytes() + b"\n# Changed.\n")
            digests.add(fingerprints.code.__wrapped__())
        assert len(digests) == 1 + len(list(here.glob("*.py")))


@pytest.mark.parametrize("name", SETTING_NAMES)
def test_a_changed_parameter_starts_afresh(trained: Trained, name: str) -> None:
    base = replace(SHORT, precision="fp32", epochs=2)
    with pytest.raises(Stopped):
        trained(stop_after=2, settings=base)
    for value in other_values(getattr(base, name))[:1]:
        changed = replace(base, **{name: value})
        if (name, value) == ("truncation", "head_tail") or asdict(changed) != asdict(base):
            with pytest.raises(Stopped):
                trained(stop_after=1, settings=changed)
    assert trained.epochs == [1]
    trained(settings=base)
    assert trained.epochs == [2]
