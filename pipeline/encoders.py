"""Classifiers on encoders, and the folders that both are kept in.

Every model of a study is the same kind of folder: a Hugging Face model in fp32 (config.json, model.safetensors,
tokenizer.json, tokenizer_config.json), byte for byte the same each time. A pretrained encoder that was published with the head of its
pretraining has that in a file of its own, `LANGUAGE_HEAD`, for `pipeline.language_models`. Weights are read from safetensors
alone; neither pickles nor code from a repository are executed. `pipeline.pretrained` makes such folders of bare
encoders; nothing here knows how, since every trained cell depends on this module.

`load_classifier` puts a classification head on such a folder, or on an intermediate classifier, under an
explicit head policy, because transformers silently reuses an intermediate head whenever the numbers of labels
agree. The head is everything that `<Model>ForSequenceClassification` adds to the encoder, hidden layers
included: BERT's `classifier`, RoBERTa's and XLM-R's `classifier.dense` and `classifier.out_proj`, XLNet's
`sequence_summary` and `logits_proj`. BERT's pooler belongs to the encoder: it was pretrained with it, and the
classification layer's weights are "the only new parameters introduced during fine-tuning" (Devlin et al.
2019, section 4.1). Where a checkpoint brings no pooler, it is drawn after the head.

Loading a RoBERTa folder into a BERT class succeeds with random weights: here every weight that is missing or
of another shape, and not the head's, is an error. Importing this module imports torch alone; transformers
follows with the first call, and of it only the model class in question, since every stage pays for its start.
"""

import contextlib
import importlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch

from pipeline.errors import InputError

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

HeadPolicy = Literal["keep", "reinit"]
"""`reinit` draws the whole head from the seed; `keep` takes the checkpoint's, if the label counts agree."""


LANGUAGE_HEAD = "language_head.safetensors"
"""The file of a pretrained encoder's head that scores its vocabulary, but for the weights that are its word embeddings."""


@dataclass(frozen=True)
class Architecture:
    """What differs between the families of models."""

    prefix: str
    """Of the class names in transformers: `Bert` of `BertModel`."""
    encoder: str
    """Attribute of a classifier that holds its encoder."""
    head: tuple[str, ...]
    """Modules of the head, in the order in which they are drawn."""
    language: tuple[str, str]
    """The class that predicts tokens, after the prefix, and its module that scores the vocabulary."""
    attention: str
    """Attention implementation measured to be the fastest; XLNet has no other."""


ARCHITECTURES = {
    "bert": Architecture("Bert", "bert", ("classifier",), ("ForMaskedLM", "cls"), "sdpa"),
    "roberta": Architecture("Roberta", "roberta", ("classifier",), ("ForMaskedLM", "lm_head"), "sdpa"),
    "xlnet": Architecture(
        "XLNet", "transformer", ("sequence_summary", "logits_proj"), ("LMHeadModel", "lm_loss"), "eager"
    ),
    "xlm_roberta": Architecture("XLMRoberta", "roberta", ("classifier",), ("ForMaskedLM", "lm_head"), "sdpa"),
}
"""By the key of params.yaml, which is the name of the family's module in transformers."""


def load_classifier(
    folder: Path, labels: int, head: HeadPolicy, seed: int, architecture: str | None = None
) -> "tuple[PreTrainedModel, PreTrainedTokenizerFast]":
    """Load a sequence classifier in fp32 from a bare encoder or from an intermediate classifier.

    Args:
        folder: A folder that `pipeline.pretrained` or `save_classifier` wrote.
        labels: Number of labels of the corpus to be trained on.
        head: The head policy. A head drawn with `reinit` depends on `seed` and its own shape alone, so that it
            is the same for F and IF.
        seed: Seed of the draw; unused with `keep`.
        architecture: What the folder must hold, if the caller knows it.

    Raises:
        InputError: If the folder is no such folder, of another architecture, misses weights that are not the
            head's, or has no head of `labels` labels to keep.
    """
    folder = Path(folder)
    what = f"Checkpoint {folder}"
    found = architecture_of(folder, what, architecture)
    config = class_of(found, "Config").from_pretrained(folder)
    if head == "keep":
        _check_kept_head(config, labels, what)
    config.num_labels = labels
    if found == "xlnet":
        # A classifier never reads the memories that XLNet returns by default when it evaluates.
        config.use_mems_eval = False
    model, missing = load_model(folder, class_of(found, "ForSequenceClassification"), config, what)
    names = ARCHITECTURES[found]
    absent = [key for key in missing if not key.startswith(tuple(f"{name}." for name in names.head))]
    check_missing(absent, f"{names.encoder}.pooler.", what)
    if head == "keep" and len(absent) != len(missing):
        raise InputError(f"{what} has no head to keep: set `head` to reinit.")
    drawn = list(names.head) if head == "reinit" else []
    draw(model, [*drawn, f"{names.encoder}.pooler"] if absent else drawn, seed)
    return model, load_tokenizer(folder, what)


def load_config(folder: Path) -> Any:
    """The configuration of a folder that `load_classifier` reads.

    Raises:
        InputError: If the folder is no such folder.
    """
    return class_of(architecture_of(Path(folder), f"Checkpoint {folder}", None), "Config").from_pretrained(folder)


def save_classifier(folder: Path, model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerFast") -> None:
    """Write a trained classifier, head included, for `load_classifier`; equal weights give equal bytes."""
    write_folder(Path(folder), model, tokenizer)


def _check_kept_head(config: Any, labels: int, what: str) -> None:
    """Refuse to keep a head that is not there or was trained for another number of labels."""
    if not any(name.endswith("ForSequenceClassification") for name in config.architectures or ()):
        raise InputError(f"{what} is a bare encoder and has no head to keep: set `head` to reinit.")
    if config.num_labels != labels:
        raise InputError(
            f"{what} has a head of {config.num_labels} labels, the corpus has {labels}: set `head` to reinit."
        )


def draw(model: "PreTrainedModel", names: list[str], seed: int) -> None:
    """Draw the linear layers below the named modules as transformers does: normal weights, zero biases."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name in names:
            for layer in model.get_submodule(name).modules():
                if isinstance(layer, torch.nn.Linear):
                    layer.weight.normal_(0.0, model.config.initializer_range, generator=generator)
                    layer.bias.zero_()


# Reading and writing folders, shared with `pipeline.pretrained`; `what` names a folder in messages


def class_of(architecture: str, kind: str) -> Any:
    """The transformers class `<Prefix><kind>`, like `BertConfig`, importing that family's module alone."""
    from transformers.utils import logging

    # Loading prints a bar and a table of the heads that are missing, which are checked here instead.
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    file = {"Config": "configuration", "Tokenizer": "tokenization"}.get(kind, "modeling")
    module = importlib.import_module(f"transformers.models.{architecture}.{file}_{architecture}")
    return getattr(module, ARCHITECTURES[architecture].prefix + kind)


def key_of(model_type: str) -> str:
    """The key of `ARCHITECTURES` for the model_type of a config.json: XLM-R's has a hyphen, which no key may have."""
    return model_type.replace("-", "_")


def architecture_of(folder: Path, what: str, asked: str | None) -> str:
    """The architecture that a folder's config.json names, checked to be the one asked for and a known one.

    Raises:
        InputError: If it is not, or the folder has no config.json or no safetensors.
    """
    try:
        named = key_of(json.loads((folder / "config.json").read_text(encoding="utf-8"))["model_type"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise InputError(
            f"{what} has no config.json that names its model_type: give a Hugging Face model folder."
        ) from None
    if named not in ARCHITECTURES or (asked is not None and named != asked):
        wanted = asked or " or ".join(ARCHITECTURES)
        raise InputError(f"{what} holds a {named} model, not {wanted}: correct the encoder's `architecture` or source.")
    if not list(folder.glob("*.safetensors")):
        raise InputError(f"{what} has no safetensors, and pickled weights are never loaded: choose one that has them.")
    return named


def load_model(folder: Path, kind: Any, config: Any, what: str, **options: Any) -> "tuple[PreTrainedModel, list[str]]":
    """A model in fp32, and the sorted names of its weights that the folder lacks or has in another shape.

    Args:
        folder: A folder that `architecture_of` has accepted.
        kind: The transformers class, from `class_of`.
        config: The configuration, of the same architecture.
        what: How messages name the folder.
        options: Further arguments of the class.

    Raises:
        InputError: If transformers cannot read the folder.
    """
    try:
        model, report = kind.from_pretrained(
            folder,
            config=config,
            dtype=torch.float32,
            attn_implementation=ARCHITECTURES[key_of(config.model_type)].attention,
            use_safetensors=True,
            ignore_mismatched_sizes=True,
            output_loading_info=True,
            local_files_only=True,
            **options,
        )
    except Exception as error:
        reason = (str(error).splitlines() or [""])[0][:200]
        raise InputError(f"{what} cannot be loaded ({type(error).__name__}: {reason}): make it again.") from error
    return model, sorted({*report["missing_keys"], *(key for key, *_ in report["mismatched_keys"])})


def load_with_language_head(folder: Path, architecture: str, what: str) -> "tuple[PreTrainedModel, list[str]]":
    """A model that predicts tokens, in fp32, and the names of the weights that `load_model` misses.

    The weights that score the vocabulary are its word embeddings, whatever the folder's config.json says of that.
    """
    config = class_of(architecture, "Config").from_pretrained(folder)
    config.tie_word_embeddings = True
    return load_model(folder, class_of(architecture, ARCHITECTURES[architecture].language[0]), config, what)


def language_head_of(model: "PreTrainedModel", architecture: str) -> dict[str, torch.Tensor]:
    """The weights of `LANGUAGE_HEAD` by name."""
    embeddings = model.get_input_embeddings().weight
    module = f"{ARCHITECTURES[architecture].language[1]}."
    return {
        name: value.detach()
        for name, value in model.named_parameters()
        if name.startswith(module) and value is not embeddings
    }


def check_missing(missing: list[str], allowed: str | tuple[str, ...], what: str) -> None:
    """Refuse a checkpoint without weights that only a pretraining could give.

    Raises:
        InputError: If the name of a missing weight does not begin with what is allowed.
    """
    wrong = [key for key in missing if not key.startswith(allowed)]
    if wrong:
        raise InputError(
            f"{what} misses {len(wrong)} weights of its encoder, the first of them {wrong[0]}:"
            " its config.json and its weights are not of one model; make or fetch it again."
        )


def load_tokenizer(folder: Path, what: str) -> "PreTrainedTokenizerFast":
    """The tokenizer just as tokenizer.json has it; an architecture's own class would rebuild parts of it."""
    from transformers import PreTrainedTokenizerFast

    if not (folder / "tokenizer.json").exists():
        raise InputError(f"{what} has no tokenizer.json: make or fetch the encoder again.")
    return PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)


def write_folder(
    folder: Path,
    model: "PreTrainedModel",
    tokenizer: Any,
    without: Sequence[str] = (),
    language_head: Mapping[str, torch.Tensor] | None = None,
) -> None:
    """Write a model folder, but for the weights named in `without`; a folder already there is replaced as a whole.

    `language_head` are the weights of `LANGUAGE_HEAD`, where there is one.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _beside(folder) as draft:
        fill_folder(draft, model, tokenizer, without)
        if language_head:
            from safetensors.torch import save_file

            save_file(dict(language_head), draft / LANGUAGE_HEAD, {"format": "pt"})


def fill_folder(folder: Path, model: "PreTrainedModel", tokenizer: Any, without: Sequence[str] = ()) -> None:
    """Write a model and its tokenizer into a folder that is there, but for the weights named in `without`."""
    forget_limits(tokenizer.backend_tokenizer)
    # Loading leaves the origin in the tokenizer's settings.
    for name in ("is_local", "local_files_only", "name_or_path"):
        tokenizer.init_kwargs.pop(name, None)
    weights = {key: value for key, value in model.state_dict().items() if key not in without}
    model.save_pretrained(folder, state_dict=weights)
    tokenizer.save_pretrained(folder)


def forget_limits(tokenizer: "Tokenizer") -> None:
    """Encoding a corpus leaves its truncation and padding in the tokenizer; they are the training's to set."""
    tokenizer.no_truncation()
    tokenizer.no_padding()


@contextlib.contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """An empty folder beside `folder` that takes its place when the block ends well."""
    draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        yield draft
        draft.chmod(0o755)
        shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
