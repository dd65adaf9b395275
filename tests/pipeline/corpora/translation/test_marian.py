"""A tiny MarianMT model, really loaded: sentence by sentence, in batches that a kill does not change."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.corpora.schema import Collected, Row
from pipeline.corpora.translation.corpus import translate
from pipeline.corpora.translation.entries import Entry
from pipeline.corpora.translation.live import LiveMemory
from pipeline.corpora.translation.marian import Translator
from pipeline.errors import InputError
from pipeline.study import Corpus, Translation
from tests.pipeline.corpora.translation.tiny_marian import WORDS, build

TEXTS = [f"{one} {other}. {other}!" for one in WORDS[:6] for other in WORDS[:4]]


def drop(folder: Path, name: str) -> None:
    """Leave a weight out of a model."""
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    del weights[name]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("marian") / "opus")


@pytest.fixture
def block(tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Translation]:
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    Path("data/memory.jsonl").touch()

    def make(folder: Path = model, **values: Any) -> Translation:
        models = {pair: {"local": {"folder": str(folder)}} for pair in ("fr-en", "en-fr")}
        told = {"memory": "data/memory.jsonl", "engine": "marian", "models": models, "batch": 5, **values}
        return Translation.model_validate_json(json.dumps(told))

    return make


@pytest.fixture
def run(corpus: Callable[..., Corpus], live: LiveMemory, said: list[str]) -> Callable[..., tuple[list[Row], Any]]:
    def go(settings: Translation, texts: list[str], language: str = "fr", memory: LiveMemory = live) -> Any:
        rows = [Collected(f"r{i}", text, None, "ham", language, None, None, None) for i, text in enumerate(texts)]
        return translate("x", corpus(translation="to_english"), rows, settings, memory, said.append)

    return go


def test_each_text_has_the_translation_of_its_own_sentences(
    block: Any, run: Any, model: Path, live: LiveMemory
) -> None:
    rows, told = run(block(), TEXTS)
    alone = Translator(model, "here")
    for row in rows:
        first, second = (row.source_text or "").split(". ")
        assert row.text == " ".join(alone.translate([sentence], "en")[0] for sentence in (f"{first}.", second))
    assert len({row.text for row in rows}) > len(rows) // 2
    (maker,) = told["quality"]["fr>en"]["by"]
    assert maker.startswith("marian opus@") and {row.translated_by for row in rows} == {maker}
    assert [entry.date for entry in live.entries("fr", "en")] == [None] * len(TEXTS)


def test_work_that_ends_in_the_middle_goes_on_to_the_same_translations(
    block: Any, run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = run(block(), TEXTS)
    live, generated = LiveMemory(tmp_path / "second"), []
    add, translated = LiveMemory.add, Translator.translate

    def add_twice(self: LiveMemory, entries: list[Entry]) -> None:
        if len(list(self.entries("fr", "en"))) >= 10:
            raise KeyboardInterrupt
        add(self, entries)

    def count(self: Translator, texts: list[str], language: str) -> list[str]:
        generated.append(texts)
        return translated(self, texts, language)

    monkeypatch.setattr(LiveMemory, "add", add_twice)
    monkeypatch.setattr(Translator, "translate", count)
    with pytest.raises(KeyboardInterrupt):
        run(block(), TEXTS, memory=live)
    monkeypatch.setattr(LiveMemory, "add", add)
    assert run(block(), TEXTS, memory=live) == undisturbed
    # The third batch was lost before it was saved, and comes again as the same batch.
    assert generated[2] == generated[3] and [len(texts) for texts in generated] == [5, 5, 5, 5, 5, 4]
    run(block(), TEXTS, memory=live)
    assert len(generated) == 6


def test_a_sentence_longer_than_the_models_positions_is_cut(block: Any, run: Any) -> None:
    ((row,), _) = run(block(), ["le film est beau " * 40])
    assert row.text


def test_another_model_is_another_maker(block: Any, run: Any, tmp_path: Path, live: LiveMemory) -> None:
    run(block(), TEXTS[:2])
    other = build(tmp_path / "opus", seed=1)
    rows, _ = run(block(other), TEXTS[:2])
    entries = list(live.entries("fr", "en"))
    assert len({entry.maker for entry in entries}) == 2 and len(entries) == 4
    assert {row.translated_by for row in rows} == {entries[-1].maker}


def test_a_round_trip_needs_the_model_of_the_way_back(block: Any, run: Any) -> None:
    _, told = run(block(round_trip=2), TEXTS[:3])
    assert told["quality"]["fr>en"]["round_trip"]["texts"] == 2
    settings = block(round_trip=2)
    settings.models.pop("en-fr")
    with pytest.raises(InputError, match="no MarianMT model for 'en-fr'"):
        run(settings, TEXTS[:4])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda folder: shutil.rmtree(folder), r"does not exist; put a MarianMT model there"),
        (lambda folder: (folder / "vocab.json").unlink(), "has no vocab.json, so it holds no MarianMT model"),
        (
            lambda folder: (folder / "model.safetensors").rename(folder / "pytorch_model.bin"),
            "pickled weights are never loaded",
        ),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"half"), "cannot be loaded as a MarianMT model"),
        (lambda folder: drop(folder, "model.encoder.layers.0.fc1.bias"), r"misses 1 weights, the first model\.encoder"),
        (lambda folder: drop(folder, "model.shared.weight"), "weights, the first"),
        (lambda folder: (folder / "config.json").write_text("{}"), "holds a nameless model, not a MarianMT one"),
    ],
)
def test_a_folder_that_holds_no_model_is_one_sentence(
    block: Any, run: Any, model: Path, tmp_path: Path, change: Callable[[Path], Any], sentence: str
) -> None:
    shutil.copytree(model, tmp_path / "opus")
    settings = block(tmp_path / "opus")
    change(tmp_path / "opus")
    with pytest.raises(InputError, match=sentence):
        run(settings, TEXTS[:1])


def test_a_model_comes_from_the_hub_by_its_commit(block: Any, run: Any, model: Path, hub: Any) -> None:
    commit = hub.commit_folder("models/Helsinki-NLP/opus-mt-fr-en", model)
    models = {"fr-en": {"hub": {"id": "Helsinki-NLP/opus-mt-fr-en", "revision": commit}}}
    rows, _ = run(block(models=models), TEXTS[:2])
    assert rows[0].translated_by == f"marian Helsinki-NLP/opus-mt-fr-en@{commit}"
    asked = len(hub.requests)
    run(block(models=models), TEXTS[:2])
    assert len(hub.requests) == asked and os.environ["HF_HUB_OFFLINE"] == "0"
