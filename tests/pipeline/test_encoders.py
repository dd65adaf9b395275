"""Classifiers on encoders: loaded under an explicit head policy, refused when the weights are not theirs."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from pipeline.encoders import ARCHITECTURES, load_classifier, save_classifier
from pipeline.errors import InputError
from tests.pipeline.tiny_encoders import digests, remove_pooler


def head_of(model: torch.nn.Module, architecture: str) -> dict[str, torch.Tensor]:
    heads = tuple(f"{name}." for name in ARCHITECTURES[architecture].head)
    return {name: value for name, value in model.state_dict().items() if name.startswith(heads)}


class TestHeads:
    def test_the_encoder_is_taken_as_it_is(self, encoders: Path, architecture: str) -> None:
        model, _ = load_classifier(encoders / architecture, 2, "reinit", 1)
        inside = getattr(model, ARCHITECTURES[architecture].encoder).state_dict()
        stored = load_file(encoders / architecture / "model.safetensors")
        assert all(torch.equal(value, stored[name]) for name, value in inside.items())

    def test_a_drawn_head_is_the_same_for_f_and_if_at_equal_label_counts(
        self, encoders: Path, intermediates: Path, architecture: str
    ) -> None:
        torch.manual_seed(1)
        f, _ = load_classifier(encoders / architecture, 3, "reinit", seed=5)
        torch.manual_seed(2)
        after_intermediate, _ = load_classifier(intermediates / architecture, 3, "reinit", seed=5)
        drawn, again = head_of(f, architecture), head_of(after_intermediate, architecture)
        assert drawn.keys() == again.keys()
        assert all(torch.equal(drawn[name], again[name]) for name in drawn)

    def test_the_whole_head_is_drawn_anew_by_the_seed(self, intermediates: Path, architecture: str) -> None:
        kept, _ = load_classifier(intermediates / architecture, 3, "keep", seed=5)
        heads = [head_of(kept, architecture)] + [
            head_of(load_classifier(intermediates / architecture, 3, "reinit", seed)[0], architecture)
            for seed in (5, 6)
        ]
        for name in heads[0]:
            if name.endswith("weight"):
                assert not any(torch.equal(heads[i][name], heads[j][name]) for i, j in ((0, 1), (1, 2), (0, 2)))
                assert heads[1][name].std() == pytest.approx(0.02, rel=0.6)
            else:
                assert not heads[1][name].any()

    def test_keep_takes_the_intermediate_head(self, intermediates: Path, architecture: str) -> None:
        kept, _ = load_classifier(intermediates / architecture, 3, "keep", seed=5)
        stored = load_file(intermediates / architecture / "model.safetensors")
        assert kept.state_dict().keys() == stored.keys()
        assert all(torch.equal(value, stored[name]) for name, value in kept.state_dict().items())

    def test_keep_is_refused_unless_the_label_counts_agree(self, intermediates: Path, architecture: str) -> None:
        with pytest.raises(InputError, match="a head of 3 labels, the corpus has 4"):
            load_classifier(intermediates / architecture, 4, "keep", seed=5)

    def test_keep_is_refused_on_a_bare_encoder(self, encoders: Path, architecture: str) -> None:
        with pytest.raises(InputError, match="no head to keep"):
            load_classifier(encoders / architecture, 2, "keep", seed=5)

    def test_keep_is_refused_where_the_head_is_missing(self, intermediates: Path, tmp_path: Path) -> None:
        shutil.copytree(intermediates / "bert", tmp_path / "headless")
        weights = load_file(tmp_path / "headless" / "model.safetensors")
        encoder = {name: value for name, value in weights.items() if name.startswith("bert.")}
        save_file(encoder, tmp_path / "headless" / "model.safetensors", {"format": "pt"})
        with pytest.raises(InputError, match="no head to keep"):
            load_classifier(tmp_path / "headless", 3, "keep", seed=5)

    def test_another_number_of_labels_still_draws_the_whole_head(
        self, encoders: Path, intermediates: Path, architecture: str
    ) -> None:
        f, _ = load_classifier(encoders / architecture, 5, "reinit", seed=5)
        after_intermediate, _ = load_classifier(intermediates / architecture, 5, "reinit", seed=5)
        drawn, again = head_of(f, architecture), head_of(after_intermediate, architecture)
        assert f.config.num_labels == len(drawn[list(drawn)[-1]]) == 5
        assert all(torch.equal(drawn[name], again[name]) for name in drawn)

    def test_berts_pooler_stays_with_the_encoder(self, intermediates: Path) -> None:
        model, _ = load_classifier(intermediates / "bert", 3, "reinit", seed=5)
        stored = load_file(intermediates / "bert" / "model.safetensors")
        assert torch.equal(model.bert.pooler.dense.weight, stored["bert.pooler.dense.weight"])

    def test_a_missing_pooler_is_drawn_with_the_head(self, encoders: Path, tmp_path: Path) -> None:
        shutil.copytree(encoders / "bert", tmp_path / "poolerless")
        remove_pooler(tmp_path / "poolerless")
        with_pooler, _ = load_classifier(encoders / "bert", 2, "reinit", 1)
        poolers = []
        for seed in (1, 1, 2):
            model, _ = load_classifier(tmp_path / "poolerless", 2, "reinit", seed)
            poolers.append(model.bert.pooler.dense.weight)
            if seed == 1:
                assert torch.equal(model.classifier.weight, with_pooler.classifier.weight)
        assert torch.equal(poolers[0], poolers[1])
        assert not torch.equal(poolers[0], poolers[2])


class TestFolders:
    def test_xlnet_returns_no_memories(self, encoders: Path) -> None:
        model, tokenizer = load_classifier(encoders / "xlnet", 2, "reinit", 1)
        assert model(**tokenizer("good", return_tensors="pt")).mems is None

    def test_equal_weights_give_equal_bytes_wherever_they_were(
        self, encoders: Path, tmp_path: Path, architecture: str
    ) -> None:
        shutil.copytree(encoders / architecture, tmp_path / "elsewhere")
        for source, target in ((encoders / architecture, "one"), (tmp_path / "elsewhere", "two")):
            model, tokenizer = load_classifier(source, 3, "reinit", seed=5)
            # Limits of a training must not reach the checkpoint.
            tokenizer(["good"] * 2, truncation=True, max_length=len(target) + 3, padding=target == "one")
            save_classifier(tmp_path / target, model, tokenizer)
        assert digests(tmp_path / "one") == digests(tmp_path / "two")
        for name in ("tokenizer.json", "tokenizer_config.json"):
            assert digests(tmp_path / "one")[name] == digests(encoders / architecture)[name]
        assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere", "one", "two"]

    def test_half_precision_is_loaded_as_single(self, intermediates: Path, tmp_path: Path) -> None:
        shutil.copytree(intermediates / "bert", tmp_path / "half")
        weights = load_file(tmp_path / "half" / "model.safetensors")
        half = {name: value.bfloat16() for name, value in weights.items()}
        save_file(half, tmp_path / "half" / "model.safetensors", {"format": "pt"})
        described = json.loads((tmp_path / "half" / "config.json").read_text())
        (tmp_path / "half" / "config.json").write_text(json.dumps({**described, "dtype": "bfloat16"}))
        model, _ = load_classifier(tmp_path / "half", 3, "keep", seed=5)
        assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}

    def test_another_architecture_than_asked_is_refused(self, encoders: Path) -> None:
        with pytest.raises(InputError, match="holds a bert model, not xlnet"):
            load_classifier(encoders / "bert", 2, "reinit", 1, "xlnet")

    def test_weights_of_another_architecture_are_refused(self, encoders: Path, tmp_path: Path) -> None:
        shutil.copytree(encoders / "roberta", tmp_path / "mixed")
        # What a user does who changes a model's type by hand; transformers itself would draw every weight.
        mixed = json.loads((tmp_path / "mixed" / "config.json").read_text())
        (tmp_path / "mixed" / "config.json").write_text(json.dumps({**mixed, "model_type": "bert"}))
        weights = load_file(tmp_path / "mixed" / "model.safetensors")
        prefixed = {f"roberta.{name}": value for name, value in weights.items()}
        save_file(prefixed, tmp_path / "mixed" / "model.safetensors", {"format": "pt"})
        with pytest.raises(InputError, match=r"misses \d+ weights of its encoder"):
            load_classifier(tmp_path / "mixed", 2, "reinit", 1)

    def test_a_single_missing_or_misshapen_weight_is_refused(
        self, encoders: Path, tmp_path: Path, architecture: str
    ) -> None:
        stored = load_file(encoders / architecture / "model.safetensors")
        name = next(name for name in sorted(stored) if "layer" in name and stored[name].dim() > 1)
        for change in ({}, {name: torch.zeros(3, 3)}):
            shutil.copytree(encoders / architecture, tmp_path / "broken", dirs_exist_ok=True)
            weights = {**{key: value for key, value in stored.items() if key != name}, **change}
            save_file(weights, tmp_path / "broken" / "model.safetensors", {"format": "pt"})
            with pytest.raises(InputError, match=name):
                load_classifier(tmp_path / "broken", 2, "reinit", 1)

    @pytest.mark.parametrize(
        ("files", "message"),
        [
            ({}, "no config.json"),
            ({"config.json": '{"model_type": "gpt2"}'}, "holds a gpt2 model, not bert or roberta or xlnet"),
            ({"config.json": '{"model_type": "bert"}', "pytorch_model.bin": ""}, "no safetensors"),
            ({"config.json": '{"model_type": "bert"}', "model.safetensors": "no"}, "cannot be loaded"),
        ],
    )
    def test_what_is_no_model_folder_is_refused(self, tmp_path: Path, files: dict[str, str], message: str) -> None:
        for name, text in files.items():
            (tmp_path / name).write_text(text)
        with pytest.raises(InputError, match=message):
            load_classifier(tmp_path, 2, "reinit", 1)
