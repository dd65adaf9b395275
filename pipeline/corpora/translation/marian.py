"""MarianMT models on this machine: OPUS-MT and its like, one model for each language pair.

They are trained on sentences (Tiedemann and Thottingal 2020, OPUS-MT), so a text is translated sentence by sentence and
what a model does not hold in its positions is cut at clauses or words. Beam search as the model's generation_config.json
has it, fp32, on a GPU where there is one. Texts go through in order of their length, `batch` at a time, and each batch is
saved in one write: what a kill leaves is a number of whole batches, so that the batches after it are the same ones and give
the same translations. A model is named by id and commit, or by the folder's name and the hash of its weights. Weights come
from safetensors alone; no code of a repository is executed.

Importing this module imports neither torch nor transformers.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.checkout import main_checkout
from pipeline.corpora.translation.engines import Outcome
from pipeline.corpora.translation.entries import Entry, Key
from pipeline.corpora.translation.live import LiveMemory
from pipeline.corpora.translation.splitting import fold, join, sentences, split
from pipeline.errors import InputError
from pipeline.files import sha256_of_file
from pipeline.hub import Repository, download
from pipeline.study import MarianModel

WANTED = ("config.json", "generation_config.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.json")
WANTED += ("target_vocab.json", "source.spm", "target.spm", "model.safetensors", "model.safetensors.index.json")
"""What a repository is asked for, beside the parts of divided weights."""


class Marian:
    """The models of a study as an engine.

    Args:
        models: By language pair, as `fr-en`.
        batch: Texts that are translated at one time.
    """

    name = "marian"

    def __init__(self, models: Mapping[str, MarianModel], batch: int) -> None:
        self._models, self._batch = models, batch
        self._names: dict[tuple[str, str], str] = {}

    def maker(self, source: str, target: str) -> str:
        """`marian`, with the model of the language pair."""
        return f"{self.name} {self._model_name(source, target)}"

    def _model_name(self, source: str, target: str) -> str:
        if (source, target) not in self._names:
            place, model = self._declared(source, target)
            if model.hub is not None:
                self._names[source, target] = f"{model.hub.id}@{model.hub.revision}"
            else:
                folder = _local_folder(place, model)
                self._names[source, target] = f"{folder.name}@{_weights_digest(folder)}"
        return self._names[source, target]

    def _declared(self, source: str, target: str) -> tuple[str, MarianModel]:
        pair = f"{source}-{target}"
        if pair not in self._models:
            raise InputError(
                f"translation.models has no MarianMT model for '{pair}'; add one as {pair}: {{hub: {{id: Helsinki-NLP/opus-mt-{pair}, "
                "revision: unpinned}} (`detour study pin` asks for its commit), or choose another translation.engine."
            )
        return f"translation.models.{pair}", self._models[pair]

    def translate(self, keys: Sequence[Key], live: LiveMemory, say: Callable[[str], None]) -> Outcome:
        """Translate texts into the live memory."""
        outcome, done = Outcome(), 0
        by_pair: dict[tuple[str, str], list[str]] = defaultdict(list)
        for source, target, text in keys:
            by_pair[source, target].append(text)
        for (source, target), texts in sorted(by_pair.items()):
            place, model = self._declared(source, target)
            translator = Translator(_folder(place, model), place)
            name = self._model_name(source, target)
            for batch in _batches(texts, self._batch):
                translations = translator.translate(batch, target)
                pairs = [pair for pair in zip(batch, translations, strict=True) if pair[1].strip()]
                live.add([Entry(source, target, self.name, *pair, model=name) for pair in pairs])
                for text in {*batch} - {text for text, _ in pairs}:
                    outcome.failed[source, target, text] = "makes nothing of it"
                done += len(batch)
                say(f"{done} of {len(keys)} texts translated")
        return outcome


def _batches(texts: Sequence[str], size: int) -> Iterator[list[str]]:
    """Texts of like length together; what is left of them falls into the same batches."""
    ordered = sorted(texts, key=lambda text: (-len(text), text))
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


def _folder(place: str, model: MarianModel) -> Path:
    if model.hub is None:
        return _local_folder(place, model)
    repository = Repository("model", model.hub.id, model.hub.revision, f"{place}.hub")
    files = download(repository, _choose)
    _refuse_pickles(list(files), f"The model {model.hub.id} ({place})")
    return next(iter(files.values())).path.parent


def _choose(names: list[str]) -> list[str]:
    return [name for name in names if name in WANTED or (name.startswith("model-") and name.endswith(".safetensors"))]


def _local_folder(place: str, model: MarianModel) -> Path:
    assert model.local is not None, "the study asks for hub or local"
    folder = main_checkout() / Path(model.local.folder).expanduser()
    if not folder.is_dir():
        raise InputError(f"{folder} does not exist; put a MarianMT model there or correct {place}.local.folder.")
    _refuse_pickles([path.name for path in folder.iterdir()], f"The folder {folder} ({place})")
    return folder


def _refuse_pickles(names: Sequence[str], what: str) -> None:
    for needed in ("config.json", "source.spm", "target.spm", "vocab.json"):
        if needed not in names:
            raise InputError(
                f"{what} has no {needed}, so it holds no MarianMT model; choose a folder or a commit that does."
            )
    if not any(name.endswith(".safetensors") for name in names):
        raise InputError(
            f"{what} has no safetensors, and pickled weights are never loaded: choose a commit that has them."
        )


def _refuse_other_models(folder: Path, place: str) -> None:
    try:
        found = json.loads((folder / "config.json").read_text(encoding="utf-8"))["model_type"]
    except (OSError, ValueError, KeyError, TypeError):
        found = "nameless"
    if found != "marian":
        raise InputError(
            f"{folder} ({place}) holds a {str(found)[:40]} model, not a MarianMT one; choose another folder or id."
        )


def _weights_digest(folder: Path) -> str:
    """Twelve digits that another model's weights would not have."""
    hashes = [sha256_of_file(path) for path in sorted(folder.glob("*.safetensors"))]
    return hashes[0][:12] if len(hashes) == 1 else "-".join(found[:12] for found in hashes)


class Translator:
    """One loaded model.

    Args:
        folder: A Hugging Face folder of a MarianMT model.
        place: The key of params.yaml that names it, for sentences.
    """

    def __init__(self, folder: Path, place: str) -> None:
        _refuse_other_models(folder, place)
        import torch
        from transformers import MarianMTModel, MarianTokenizer
        from transformers.utils import logging

        logging.set_verbosity_error()
        logging.disable_progress_bar()
        self._place = place
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        options = {
            "dtype": torch.float32,
            "use_safetensors": True,
            "local_files_only": True,
            "output_loading_info": True,
        }
        try:
            self._tokenizer = MarianTokenizer.from_pretrained(folder, local_files_only=True)
            model, report = MarianMTModel.from_pretrained(folder, **options)
        except Exception as error:
            reason = (str(error).splitlines() or [""])[0][:200]
            raise InputError(
                f"{folder} ({place}) cannot be loaded as a MarianMT model ({type(error).__name__}: {reason}); choose another."
            ) from error
        # Sinusoidal positions are computed where a checkpoint has none; weights that are shared count as there.
        if missing := sorted(key for key in report["missing_keys"] if "embed_positions" not in key):
            raise InputError(
                f"{folder} ({place}) misses {len(missing)} weights, the first {missing[0]}; choose another model."
            )
        self._model = model.eval().to(self._device)
        self._longest = int(model.config.max_position_embeddings)

    def translate(self, texts: Sequence[str], language: str) -> list[str]:
        """Translations in the same order, blank where the model makes nothing of a text."""
        parts = [[piece for part in sentences(fold(text)) for piece in split(part, self._fits)] for text in texts]
        asked = sorted({piece for pieces in parts for piece in pieces}, key=lambda piece: (len(piece), piece))
        answers: dict[str, str] = {}
        for start in range(0, len(asked), len(texts)):
            batch = asked[start : start + len(texts)]
            answers.update(zip(batch, self._generate(batch), strict=True))
        return [join([answers[piece] for piece in pieces if answers[piece]], language) for pieces in parts]

    def _fits(self, text: str) -> bool:
        return len(self._tokenizer(text)["input_ids"]) <= self._longest

    def _generate(self, pieces: Sequence[str]) -> list[str]:
        import torch

        inputs = self._tokenizer(list(pieces), return_tensors="pt", padding=True).to(self._device)
        try:
            with torch.inference_mode():
                output: Any = self._model.generate(**inputs)
        except torch.OutOfMemoryError:
            raise InputError(
                f"The device has not enough memory for {len(pieces)} sentences of {self._place} at one time; make translation.batch "
                "smaller and run it again: what was translated is kept."
            ) from None
        return [text.strip() for text in self._tokenizer.batch_decode(output, skip_special_tokens=True)]
