"""The benchmark of training runs in every mode, its modes compute the same, and its rows say what they should; no times."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import stats

from benchmarks.report import Row, as_table
from benchmarks.training import __main__ as command
from benchmarks.training import core, equivalence, plain, texts, worker
from benchmarks.training.job import Job, Measured, Size, measure, read

torch.set_num_threads(1)

has_trainer = importlib.util.find_spec("accelerate") is not None and importlib.util.find_spec("datasets") is not None
needs_trainer = pytest.mark.skipif(not has_trainer, reason="transformers' Trainer needs accelerate")

MINUTE = Size(1, 16, 2, 32)
JOB = Job("padded", "synthetic", 24, 40, MINUTE, evaluated=12, compared=12)
MODES = [
    *core.MODES,
    *plain.MODES,
    *(pytest.param(mode, marks=needs_trainer) for mode in ("trainer", "trainer_grouped")),
]


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """Training asks torch for deterministic kernels."""
    before = torch.are_deterministic_algorithms_enabled()
    yield
    torch.use_deterministic_algorithms(before)


class TestModes:
    @pytest.mark.parametrize("mode", MODES)
    def test_each_trains_and_predicts_and_counts_its_padding(self, mode: str) -> None:
        measured = worker.work(replace(JOB, mode=mode, compared=0))
        assert measured.examples_per_second > 0
        assert measured.evaluated_per_second is not None and measured.evaluated_per_second > 0
        assert measured.training_bytes < measured.peak_bytes
        lengths = texts.synthetic(40, 24, 0).lengths
        share = lengths.mean() / 24
        if mode in ("trainer", *plain.MODES):
            assert measured.fill == pytest.approx(share)
        else:
            assert share < measured.fill <= 1

    @pytest.mark.parametrize("mode", [mode for mode in core.MODES if mode != "bf16"])
    def test_the_cores_logits_are_the_padded_models(self, mode: str) -> None:
        measured = worker.work(replace(JOB, mode=mode))
        assert measured.difference is not None
        assert measured.difference <= 1e-5

    @needs_trainer
    def test_the_trainers_two_modes_give_the_same_logits(self) -> None:
        measured = worker.work(replace(JOB, mode="trainer_grouped"))
        assert measured.difference is not None
        assert measured.difference <= 1e-5

    @needs_trainer
    def test_the_plain_loop_is_the_trainers_arithmetic(self) -> None:
        from benchmarks.training import trainers

        part = texts.synthetic(16, 24, 0)
        model = worker.build(MINUTE, 2, 24)
        ours, theirs = (
            module.predictor(model, part, mode, 24)() for module, mode in ((plain, "plain"), (trainers, "trainer"))
        )
        assert np.abs(ours - theirs).max() < 1e-6

    def test_other_weights_have_other_logits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        model, other = worker.build(MINUTE, 2, 24), worker.build(MINUTE, 2, 24)
        with torch.no_grad():
            other.classifier.bias.add_(torch.tensor([0.0, 0.01]))
        monkeypatch.setattr(
            core, "predictor", lambda _, part, mode, *rest: plain.predictor(other, part, "plain", *rest)
        )
        assert worker.largest_difference(JOB, core, model) == pytest.approx(0.01, abs=1e-5)

    def test_a_peak_told_below_its_beginning_adds_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(worker, "reset_peak", lambda device: 2**50)
        assert worker.work(replace(JOB, mode="padded", evaluated=0, compared=0)).training_bytes == 0

    def test_a_missing_step_is_noticed(self) -> None:
        watch = worker.Stopwatch(torch.device("cpu"), 3)
        with pytest.raises(RuntimeError, match="0 optimiser steps were seen, not 3"):
            watch.seconds()


class TestProcesses:
    def test_a_job_travels_to_a_fresh_process_and_back(self) -> None:
        measured = measure(replace(JOB, evaluated=0, compared=0))
        assert measured.device == "cpu"
        assert (measured.evaluated_per_second, measured.difference) == (None, None)
        with pytest.raises(RuntimeError, match="nothing on synthetic ended with status 1"):
            measure(replace(JOB, mode="nothing"))

    def test_the_gpus_modes_need_torch_and_transformers_alone(self) -> None:
        jobs = [replace(JOB, mode=mode) for mode in ("plain", "unpadded")]
        script = (
            "import json, sys; from benchmarks.training import job, worker;"
            "[worker.work(job.read(line)) for line in sys.argv[1:]];"
            "heavy = {'datasets', 'pandas', 'pyarrow', 'sklearn', 'pydantic', 'dvc', 'transformers.trainer'};"
            "print(json.dumps(sorted(heavy & set(sys.modules))))"
        )
        lines = [json.dumps({**job.__dict__, "size": MINUTE.__dict__}) for job in jobs]
        assert read(lines[0]) == jobs[0]
        done = subprocess.run([sys.executable, "-c", script, *lines], check=True, capture_output=True, text=True)
        assert json.loads(done.stdout) == []


def measured_as(job: Job) -> Measured:
    """Rates by mode that are easy to divide."""
    rates = {"trainer": 10.0, "trainer_grouped": 40.0, "padded": 45.0, "unpadded": 50.0, "shuffled": 48.0}
    rates |= {"bf16": 60.0, "plain": 10.0, "plain_bf16": 20.0}
    peak = 100 if job.mode == "trainer_grouped" else 105
    compared = 2e-6 if job.compared else None
    return Measured(rates[job.mode], 0.9, 0.1, peak, 10, "some device", rates[job.mode] * 2, compared)


def test_the_gpus_rows_are_rehearsed_on_a_cpu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(command, "measure", worker.work)
    out = tmp_path / "training.json"
    arguments = ["benchmarks.training", "--device", "cpu", "--synthetic", "--quick", "--out", str(out)]
    monkeypatch.setattr(sys, "argv", arguments)
    assert command.main() == 0
    document = json.loads(out.read_text())
    assert set(document["versions"]) >= {"torch", "transformers", "python"}
    ids = {row["id"] for row in document["rows"]}
    for name in ("synthetic64", "synthetic512"):
        assert {f"train.{name}", f"train.{name}.bf16", f"train.{name}.plain.rate", f"eval.{name}"} <= ids
    assert all(row["value"] > 0 and row["budget"] is None for row in document["rows"])


class TestRows:
    @pytest.fixture(autouse=True)
    def measured(self, monkeypatch: pytest.MonkeyPatch) -> list[Job]:
        asked: list[Job] = []

        def noting(job: Job) -> Measured:
            asked.append(job)
            return measured_as(job)

        monkeypatch.setattr(command, "measure", noting)
        monkeypatch.setattr(command, "computes_bf16", lambda: False)
        return asked

    def test_a_cpus_are_ratios_over_the_first_mode_against_budgets(self, measured: list[Job]) -> None:
        rows = {row.id: row for row in command.on_cpu(command.cpu_jobs(quick=True), 2)}
        assert (rows["train.sms128"].value, rows["train.sms128"].holds) == (5.0, True)
        assert (rows["train.goemotions128"].value, rows["train.goemotions128"].holds) == (5.0, False)
        assert rows["train.sms128.trainer_grouped"].value == 4.0
        assert rows["train.sms128.trainer.rate"].value == 10.0
        assert (rows["eval.sms128"].value, rows["eval.sms128"].holds) == (5.0, True)
        assert (rows["train.memory"].value, rows["train.memory"].holds) == (1.05, True)
        assert (rows["train.logits"].value, rows["train.logits_trainers"].holds) == (2e-6, True)
        assert rows["train.imdb256.bf16"].value is None
        assert [job.mode for job in measured[:10]] == [
            "trainer",
            "trainer_grouped",
            "padded",
            "unpadded",
            "shuffled",
        ] * 2
        assert all(job.examples % job.batch == 0 for job in measured)

    def test_a_gpus_are_over_the_plain_loop_and_name_the_device(self) -> None:
        rows, device = command.on_gpu(command.gpu_jobs(quick=False, device="cuda"), 1)
        assert device == "some device"
        found = {row.id: row for row in rows}
        assert found["train.synthetic512.bf16"].value == 6.0
        assert found["eval.synthetic64"].budget is None
        assert found["train.synthetic64.unpadded.rate"].unit == "examples/GPU-s"

    def test_what_is_left_out_says_so(self) -> None:
        table = as_table([Row("train.x", None, "x", None, None, "left out: no instructions")])
        assert "left out" in table.splitlines()[1]


class TestEquivalence:
    def test_the_interval_is_students(self) -> None:
        differences = np.array([0.004, -0.002, 0.001, 0.0, 0.003])
        low, high, p = equivalence.two_one_sided(differences, 0.01)
        error = differences.std(ddof=1) / 5**0.5
        half = stats.t.ppf(0.95, 4) * error
        assert (low, high) == pytest.approx((differences.mean() - half, differences.mean() + half))
        assert p == pytest.approx(stats.t.sf((0.01 - differences.mean()) / error, 4))

    def test_the_test_and_the_interval_agree(self) -> None:
        generator = np.random.default_rng(0)
        for _ in range(200):
            low, high, p = equivalence.two_one_sided(generator.normal(0.004, 0.01, 10), 0.01)
            assert (p <= 0.05) == (low > -0.01 and high < 0.01)
        assert equivalence.two_one_sided(np.zeros(3), 0.01) == (0.0, 0.0, 0.0)
        assert equivalence.two_one_sided(np.full(3, 0.02), 0.01)[2] == 1.0

    def test_dev_selects_the_epoch_and_its_loss_breaks_ties(self) -> None:
        logged = [
            {"epoch": epoch, f"eval_{part}_accuracy": accuracy, f"eval_{part}_loss": loss}
            for epoch, dev, dev_loss, test in ((1, 0.9, 0.2, 0.7), (2, 0.9, 0.1, 0.6), (3, 0.8, 0.0, 0.99))
            for part, accuracy, loss in (("dev", dev, dev_loss), ("test", test, 0.0))
        ]
        assert equivalence.selected_by_dev([{"epoch": 0.5, "loss": 1.0}, *logged]) == (0.9, 0.6)

    def test_both_means_and_the_interval_are_told(self) -> None:
        found = {
            "core": {"test": [0.99, 0.98, 0.99], "dev": [1.0, 1.0, 1.0]},
            "trainer_grouped": {"test": [0.98, 0.98, 0.99], "dev": [1.0, 1.0, 1.0]},
        }
        row = equivalence.compared("test", found, 1)
        assert row.id == "train.equivalence"
        assert row.value == pytest.approx(1 / 3)
        assert row.holds is False
        assert "98.67" in row.how and "98.33" in row.how and "-0.64 to +1.31" in row.how
