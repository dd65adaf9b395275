"""The training loop: its schedule, its choice of an epoch, its faults, and that it gives the same bytes twice."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers.optimization import get_linear_schedule_with_warmup

from pipeline.encoders import ARCHITECTURES, load_classifier
from pipeline.training.batches import Encoded, Examples, encode, epoch_batches
from pipeline.training.fit import FitResult, fit
from pipeline.training.prediction import predict
from pipeline.training.scores import accuracy
from pipeline.training.selection import EpochRecord, select_epoch
from pipeline.training.settings import TrainSettings
from pipeline.training.steps import TrainingFault, learning_rate
from tests.pipeline.training.conftest import Toy, toy_examples, toy_parts

SETTINGS = TrainSettings(epochs=8, learning_rate=4e-3, warmup=0.1, weight_decay=0.01, batch_size=8, max_tokens=32)


def curve(*scores: tuple[float, float]) -> list[EpochRecord]:
    """Records with the given dev accuracies and dev losses."""
    return [
        EpochRecord(epoch, 0.0, loss, score, score, None, 0.0, 0.0)
        for epoch, (score, loss) in enumerate(scores, start=1)
    ]


def fingerprint(model: torch.nn.Module, result: FitResult) -> dict[str, object]:
    """All that a fit decides, seconds left out, floats exactly."""
    weights = hashlib.sha256()
    for value in model.state_dict().values():
        weights.update(value.cpu().numpy().tobytes())
    curves = [{**asdict(record), "seconds": 0, "train_seconds": 0} for record in result.curves]
    # Where hidden tokens are predicted, there are no labels.
    probabilities = None if result.test is None else hashlib.sha256(result.test.probabilities.tobytes()).hexdigest()
    return {"weights": weights.hexdigest(), "curves": curves, "test": probabilities, "epoch": result.epoch}


def last_layer(model: torch.nn.Module, architecture: str) -> torch.nn.Module:
    """The module that gives the logits."""
    return model.logits_proj if architecture == "xlnet" else model.classifier


def trained(folder: Path, architecture: str) -> dict[str, object]:
    model, tokenizer = load_classifier(folder / architecture, 2, "reinit", seed=3)
    parts = toy_parts(tokenizer)
    return fingerprint(model, fit(model, **parts, settings=replace(SETTINGS, epochs=2), seed=3))


class TestSchedule:
    @pytest.mark.parametrize(("steps", "warmup"), [(40, 0.1), (37, 0.1), (10, 0.0), (7, 1.0), (1, 0.5)])
    def test_rates_are_those_of_transformers(self, steps: int, warmup: float) -> None:
        settings = replace(SETTINGS, warmup=warmup)
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=settings.learning_rate)
        schedule = get_linear_schedule_with_warmup(optimizer, int(np.ceil(warmup * steps)), steps)
        for step in range(steps):
            assert learning_rate(step, steps, settings) == pytest.approx(schedule.get_last_lr()[0], abs=1e-15)
            optimizer.step()
            schedule.step()


class TestSelection:
    @pytest.mark.parametrize(
        ("scores", "patience", "epoch", "exhausted"),
        [
            ([(0.5, 1.0), (0.7, 1.0), (0.6, 0.1)], None, 2, False),
            ([(0.7, 1.0), (0.7, 0.9), (0.7, 0.95)], None, 2, False),
            ([(0.7, 0.9), (0.7, 0.9)], None, 1, False),
            ([(0.7, 1.0), (0.6, 1.0), (0.5, 1.0)], 2, 1, True),
            ([(0.7, 1.0), (0.6, 1.0), (0.8, 1.0)], 2, 3, False),
            ([(0.7, 1.0), (0.6, 1.0), (0.5, 1.0), (0.9, 0.1)], 2, 1, True),
            ([(0.7, 1.0), (0.7, 0.9), (0.7, 0.8)], 1, 3, False),
        ],
    )
    def test_accuracy_then_loss_then_time_within_the_patience(
        self, scores: list[tuple[float, float]], patience: int | None, epoch: int, exhausted: bool
    ) -> None:
        selection = select_epoch(curve(*scores), patience)
        assert (selection.epoch, selection.exhausted) == (epoch, exhausted)


class TestFit:
    def test_a_learnable_task_is_learnt(self, toy: Toy, architecture: str) -> None:
        model, parts = toy(architecture)
        seen: list[EpochRecord] = []
        result = fit(model, **parts, settings=SETTINGS, seed=1, on_epoch=seen.append)
        selected = result.curves[result.epoch - 1]
        assert selected.dev_accuracy >= 0.9
        assert selected.test_accuracy == accuracy(parts["test"].labels, result.test.labels) >= 0.9
        assert tuple(seen) == result.curves
        assert result.steps == 8 * 12
        assert result.curves[-1].train_loss < result.curves[0].train_loss

    def test_the_model_is_left_with_the_selected_epoch(self, toy: Toy) -> None:
        model, parts = toy()

        def forget_all_words(record: EpochRecord) -> None:
            if record.epoch == 6:
                torch.nn.init.zeros_(model.get_input_embeddings().weight)

        result = fit(model, **parts, settings=SETTINGS, seed=2, on_epoch=forget_all_words)
        assert result.epoch <= 6
        again = predict(model, parts["dev"])
        assert again.loss == result.curves[result.epoch - 1].dev_loss
        assert np.array_equal(predict(model, parts["test"]).probabilities, result.test.probabilities)

    def test_the_papers_protocol_is_the_best_epoch_on_test(self, toy: Toy) -> None:
        model, parts = toy()
        result = fit(model, **parts, settings=SETTINGS, seed=1)
        scores = [record.test_accuracy for record in result.curves]
        assert result.best_test_accuracy == max(scores)
        assert result.best_test_epoch == scores.index(max(scores)) + 1

    def test_without_a_test_set_nothing_is_said_of_it(self, toy: Toy) -> None:
        model, parts = toy()
        result = fit(model, parts["train"], parts["dev"], None, replace(SETTINGS, epochs=1), seed=1)
        assert result.test is result.best_test_epoch is result.best_test_accuracy is None
        assert result.curves[0].test_accuracy is None

    def test_the_credible_protocol_stops_and_the_papers_goes_on(self, toy: Toy) -> None:
        results = []
        for protocol in ("credible", "paper"):
            model, parts = toy()
            # Nothing is learnt at a rate of 0, so that the first epoch stays the best.
            settings = replace(SETTINGS, learning_rate=0.0, patience=2, protocol=protocol)
            results.append(fit(model, **parts, settings=settings, seed=1))
        assert [len(result.curves) for result in results] == [3, 8]
        assert [result.epoch for result in results] == [1, 1]

    def test_the_decay_is_planned_for_all_epochs(self, toy: Toy) -> None:
        dev_losses = []
        for protocol in ("credible", "paper"):
            model, parts = toy()
            settings = replace(SETTINGS, epochs=4, patience=1, protocol=protocol)
            dev_losses.append([record.dev_loss for record in fit(model, **parts, settings=settings, seed=1).curves])
        assert dev_losses[0] == dev_losses[1][: len(dev_losses[0])]

    def test_every_weight_that_classifies_is_updated(self, toy: Toy, architecture: str) -> None:
        model, parts = toy(architecture)
        before = {name: value.clone() for name, value in model.named_parameters()}
        fit(model, **parts, settings=replace(SETTINGS, epochs=1, weight_decay=0.0), seed=1)
        still = {name for name, value in model.named_parameters() if torch.equal(value, before[name])}
        # XLNet's mask embedding stands for tokens to be guessed in pretraining.
        assert still <= {"transformer.mask_emb"}

    def test_biases_and_norms_do_not_decay(self, toy: Toy, architecture: str) -> None:
        model, parts = toy(architecture)
        # Without gradients the decay alone moves a weight.
        last_layer(model, architecture).register_forward_hook(lambda module, inputs, output: output * 0)
        before = {name: value.clone() for name, value in model.named_parameters()}
        fit(model, **parts, settings=replace(SETTINGS, epochs=1, weight_decay=0.5), seed=1)
        still = {name for name, value in model.named_parameters() if torch.equal(value, before[name])}
        free = {name for name in before if name.endswith("bias") or "norm" in name.lower()}
        assert still == free | ({"transformer.mask_emb"} & before.keys())

    def test_a_loss_that_is_no_number_is_a_fault_that_names_the_step(self, toy: Toy) -> None:
        model, parts = toy()
        calls = []

        def break_in_third_step(module: torch.nn.Module, inputs: object, output: torch.Tensor) -> torch.Tensor:
            calls.append(module)
            return output * float("nan") if len(calls) == 3 else output

        model.classifier.register_forward_hook(break_in_third_step)
        with pytest.raises(TrainingFault, match=r"loss is nan at step 3 of 96, at a learning rate of 0\.0008"):
            fit(model, **parts, settings=SETTINGS, seed=1)

    def test_bfloat16_trains_and_keeps_its_weights_in_fp32(self, toy: Toy) -> None:
        model, parts = toy()
        result = fit(model, **parts, settings=replace(SETTINGS, precision="bf16"), seed=1)
        assert result.curves[result.epoch - 1].dev_accuracy >= 0.9
        assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
        single, _ = toy()
        assert fit(single, **parts, settings=SETTINGS, seed=1).curves != result.curves


class TestOddCorpora:
    def few(self, encoders: Path, architecture: str, texts: list[str], labels: list[int]) -> tuple[object, Encoded]:
        model, tokenizer = load_classifier(encoders / architecture, 3, "reinit", seed=1)
        return model, encode(tokenizer, Examples(texts, None, np.array(labels)), 32)

    def test_a_single_example_trains(self, encoders: Path, architecture: str) -> None:
        model, one = self.few(encoders, architecture, ["good"], [1])
        result = fit(model, one, one, one, replace(SETTINGS, epochs=2), seed=1)
        assert result.steps == 2
        assert np.isfinite(result.test.probabilities).all()

    def test_the_last_batch_may_hold_one_example_and_a_class_may_be_missing(
        self, encoders: Path, architecture: str
    ) -> None:
        model, nine = self.few(encoders, architecture, ["good film", "bad"] * 4 + [""], [0, 1] * 4 + [0])
        result = fit(model, nine, nine, None, replace(SETTINGS, epochs=2), seed=1)
        assert result.steps == 4
        assert np.isfinite([record.train_loss for record in result.curves]).all()
        assert result.real_tokens == 2 * nine.lengths.sum()
        assert (result.computed_tokens > result.real_tokens) == (architecture == "xlnet")


class TestSameBytes:
    def test_two_processes_give_the_same_weights_predictions_and_curves(self, encoders: Path) -> None:
        script = (
            "import json, sys; from pathlib import Path; import torch; torch.set_num_threads(1);"
            "from tests.pipeline.training.test_fit import trained;"
            "print(json.dumps({name: trained(Path(sys.argv[1]), name) for name in sys.argv[2:]}))"
        )
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(["", *sys.path])}
        command = [sys.executable, "-c", script, encoders, *ARCHITECTURES]
        other = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
        # Other draws before must not matter.
        torch.manual_seed(0)
        np.random.seed(0)
        own = {name: trained(encoders, name) for name in reversed(ARCHITECTURES)}
        assert json.loads(other.stdout) == json.loads(json.dumps(own))

    def test_another_seed_is_another_training(self, toy: Toy) -> None:
        prints = []
        for seed in (1, 2):
            model, parts = toy()
            prints.append(fingerprint(model, fit(model, **parts, settings=replace(SETTINGS, epochs=1), seed=seed)))
        assert prints[0]["weights"] != prints[1]["weights"]


class TestPrediction:
    def test_predictions_do_not_depend_on_their_batches(self, toy: Toy, architecture: str) -> None:
        model, parts = toy(architecture)
        fit(model, **parts, settings=replace(SETTINGS, epochs=2), seed=1)
        labels, probabilities, loss = predict(model, parts["test"], batch_size=1)
        for size in (7, None):
            other = predict(model, parts["test"], batch_size=size)
            assert np.abs(other.probabilities - probabilities).max() < 1e-5
            assert np.array_equal(other.labels, labels)
            assert other.loss == pytest.approx(loss, abs=1e-5)

    def test_predictions_are_in_the_order_of_the_examples(self, toy: Toy, encoders: Path) -> None:
        model, parts = toy()
        fit(model, **parts, settings=replace(SETTINGS, epochs=2), seed=1)
        _, tokenizer = load_classifier(encoders / "bert", 2, "reinit", 1)
        examples = toy_examples(40, seed=2)
        prediction = predict(model, parts["test"], batch_size=8)
        model.eval()
        with torch.no_grad():
            logits = torch.cat([model(**tokenizer(text, return_tensors="pt")).logits for text in examples.texts])
        expected = torch.nn.functional.cross_entropy(logits, torch.from_numpy(examples.labels))
        assert np.abs(logits.softmax(-1).numpy() - prediction.probabilities).max() < 1e-5
        assert prediction.labels.tolist() == logits.argmax(-1).tolist()
        assert prediction.loss == pytest.approx(float(expected), abs=1e-5)


class TestReference:
    def test_steps_are_those_of_a_plain_loop_over_padded_batches(self, encoders: Path, architecture: str) -> None:
        """A loop as in transformers' examples over the same batches, each padded to the maximum; no dropout."""
        models = []
        for _ in range(2):
            model, tokenizer = load_classifier(encoders / architecture, 2, "reinit", seed=1)
            for module in model.modules():
                if isinstance(module, torch.nn.Dropout):
                    module.p = 0.0
            # Gradients that are clipped in some steps and not in others.
            last_layer(model, architecture).register_forward_hook(lambda module, inputs, output: output * 4)
            models.append(model)
        settings = replace(SETTINGS, epochs=1, learning_rate=1e-3, warmup=0.25)
        parts = toy_parts(tokenizer)
        fit(models[0], **parts, settings=settings, seed=1)

        model, examples = models[1], toy_examples(96, seed=0)
        free = [p for name, p in model.named_parameters() if "norm" in name.lower() or name.endswith("bias")]
        ids = {id(parameter) for parameter in free}
        kept = [p for p in model.parameters() if id(p) not in ids]
        groups = [{"params": kept, "weight_decay": 0.01}, {"params": free, "weight_decay": 0.0}]
        optimizer = torch.optim.AdamW(groups, lr=1e-3, foreach=False)
        schedule = get_linear_schedule_with_warmup(optimizer, 3, 12)
        model.train()
        for rows in epoch_batches(parts["train"].lengths, 8, seed=1, epoch=1):
            texts = [examples.texts[row] for row in rows]
            batch = tokenizer(
                texts, padding="max_length", max_length=32, return_token_type_ids=True, return_tensors="pt"
            )
            loss = model(**batch, labels=torch.from_numpy(examples.labels[rows])).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
        for (name, own), plain in zip(models[0].named_parameters(), model.parameters(), strict=True):
            assert torch.allclose(own, plain, atol=2e-5), name
