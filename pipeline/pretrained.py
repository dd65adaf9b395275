"""Pretrained encoders and their tokenizers: built from a configuration, fetched from the hub, or copied from a folder.

`build`, `fetch` and `copy_local` write the kind of folder that `pipeline.encoders` describes and puts classifiers
on: a bare encoder in fp32, byte for byte the same each time. A built encoder has random weights
and a tokenizer made from a word list; a fetched or copied one keeps the weights and the tokenizer of its
pretraining, and neither its pickles nor its code are executed.

Importing this module imports torch alone; tokenizers, transformers and huggingface_hub follow with the first call
that needs them.
"""

import fnmatch
import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from pipeline.encoders import (
    ARCHITECTURES,
    architecture_of,
    check_missing,
    class_of,
    forget_limits,
    key_of,
    language_head_of,
    load_model,
    load_with_language_head,
    write_folder,
)
from pipeline.errors import InputError
from pipeline.hub import Repository, download

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

XLNET_LENGTH = 512
"""Longest input of an XLNet that states no limit: that of its pretraining (Yang et al. 2019, section 3.1)."""

FETCHED = ["config.json", "model*.safetensors", "model.safetensors.index.json", "tokenizer*.json", "tokenizer.model"]
FETCHED += ["special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt", "spiece.model"]
FETCHED += ["sentencepiece.bpe.model"]
"""What a repository is asked for: weights as safetensors, and the tokenizer in whichever form it has."""

# RoBERTa's and XLM-R's classifiers have no use for a pooler; BERT's do, and XLNet has none.
_BARE = {"roberta": {"add_pooling_layer": False}, "xlm_roberta": {"add_pooling_layer": False}}

# These count positions from the padding token's id + 1.
_COUNTED_FROM_PADDING = ("roberta", "xlm_roberta")


@dataclass(frozen=True)
class BuiltEncoder:
    """An encoder with random weights, described by its sizes."""

    architecture: str
    """`bert` (WordPiece), `roberta` (byte-level BPE), `xlnet` (Unigram, left padding) or `xlm_roberta` (Unigram); all
    lower-case."""
    hidden: int
    """Width of the hidden states."""
    layers: int
    """Number of transformer layers."""
    heads: int
    """Attention heads of a layer; divides `hidden`."""
    feed_forward: int
    """Width inside the feed-forward layers."""
    positions: int
    """Longest input in tokens, special tokens included."""
    seed: int
    """Seed of the weights."""
    vocabulary: Path
    """Word list: one lower-cased word a line, the most frequent first, single characters included."""
    tokenizer: Path | None = None
    """A model folder of the same architecture whose tokenizer is taken in the place of one made from the word list."""


def build(folder: Path, spec: BuiltEncoder) -> None:
    """Write a randomly initialised encoder and its tokenizer to `folder`.

    Raises:
        InputError: If the architecture is unknown, `heads` does not divide `hidden`, or the word list or the tokenizer cannot
            be read.
    """
    if spec.architecture not in ARCHITECTURES:
        raise InputError(f"Architecture {spec.architecture!r} is unknown: choose one of {', '.join(ARCHITECTURES)}.")
    if spec.hidden % spec.heads:
        raise InputError(f"Hidden size {spec.hidden} is no multiple of {spec.heads} heads: change `hidden` or `heads`.")
    tokenizer = _made_tokenizer(spec) if spec.tokenizer is None else _borrowed_tokenizer(spec, spec.tokenizer)
    config = _configuration(spec, len(tokenizer))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(spec.seed)
        model = class_of(spec.architecture, "Model")(config, **_BARE.get(spec.architecture, {}))
    write_folder(Path(folder), model, tokenizer)


def fetch(folder: Path, hub_id: str, revision: str, architecture: str | None = None, place: str = "hub") -> None:
    """Download an encoder from the hub and write it to `folder` in fp32.

    A classification head that the repository brings along is left behind: every target draws or keeps a head of its own
    (`pipeline.encoders`). Standard output says so.

    Args:
        folder: Where the encoder is written.
        hub_id: Repository on the hub, like `google-bert/bert-base-uncased`.
        revision: The full commit of 40 hexadecimal digits, or `unpinned`, which is refused.
        architecture: What the repository must hold, if the caller knows it.
        place: The key of params.yaml that asks for it, for sentences.

    Raises:
        InputError: If the hub, the repository, the commit or its safetensors are not to be had, or the model is none that
            `copy_local` would take.
    """
    repository = Repository("model", hub_id, revision, place)
    files = download(repository, lambda names: _encoder_files(repository, names))
    _copy(Path(folder), next(iter(files.values())).path.parent, repository.what, architecture)


def _encoder_files(repository: Repository, names: Sequence[str]) -> list[str]:
    """What of a repository is asked for: its configuration, safetensors and tokenizer, at the top and nowhere else."""
    found = [
        name for name in names if any(fnmatch.fnmatchcase(name, pattern) for pattern in FETCHED) and "/" not in name
    ]
    if "config.json" not in found:
        raise InputError(f"{repository.what} has no config.json: give a repository that holds a model.")
    if not any(name.endswith(".safetensors") for name in found):
        pickles = [name for name in names if name.endswith((".bin", ".pt", ".ckpt", ".h5", ".msgpack"))]
        brings = f"only {pickles[0]}, and" if pickles else "and"
        raise InputError(
            f"{repository.what} has no safetensors, {brings} pickled weights are never loaded: "
            f"choose a commit of {repository.page}/commits that has model.safetensors (for older models the hub's converter"
            " offers one as a pull request)."
        )
    # Where weights lie in one file and in shards too, the one file is what transformers reads.
    whole = "model.safetensors" in found
    return [name for name in found if not (whole and name != "model.safetensors" and ".safetensors" in name)]


def copy_local(folder: Path, source_folder: Path, architecture: str | None = None) -> None:
    """Write the encoder of a local Hugging Face folder to `folder` in fp32, without a classification head.

    Raises:
        InputError: If the folder is no model folder, of another architecture than the one given or than the known
            ones, has no safetensors, or misses weights other than a pooler's.
    """
    _copy(Path(folder), Path(source_folder), f"Model folder {source_folder}", architecture)


def _copy(folder: Path, source: Path, what: str, asked: str | None) -> None:
    """Load the bare encoder of any Hugging Face folder as its config.json says, and write it in our form."""
    architecture = architecture_of(source, what, asked)
    config = class_of(architecture, "Config").from_pretrained(source)
    if any(name.endswith("ForSequenceClassification") for name in config.architectures or ()):
        print(f"{what} brings a classification head of {config.num_labels} labels, which is left behind.")
    kind = class_of(architecture, "Model")
    model, missing = load_model(source, kind, config, what, **_BARE.get(architecture, {}))
    check_missing(missing, "pooler.", what)
    tokenizer = _read_tokenizer(source, architecture, what, _longest_input(config))
    write_folder(folder, model, tokenizer, without=missing, language_head=_language_head(source, architecture, what))


def _language_head(source: Path, architecture: str, what: str) -> dict[str, torch.Tensor]:
    """The head of the pretraining, for starts that go on with it; empty where the folder has none, or a part of it alone."""
    model, missing = load_with_language_head(source, architecture, what)
    head = language_head_of(model, architecture)
    return {} if set(head) & set(missing) else head


def _longest_input(config: Any) -> int:
    """Longest input in tokens that an encoder has positions for."""
    if config.model_type == "xlnet":
        return XLNET_LENGTH
    reserved = config.pad_token_id + 1 if key_of(config.model_type) in _COUNTED_FROM_PADDING else 0
    return int(config.max_position_embeddings) - reserved


# Tokenizers and configurations


def _read_tokenizer(source: Path, architecture: str, what: str, longest: int) -> "PreTrainedTokenizerFast":
    """The tokenizer of a model folder, for inputs of `longest` tokens at most."""
    try:
        original = class_of(architecture, "Tokenizer").from_pretrained(source, local_files_only=True)
    except Exception as error:
        raise InputError(f"{what} has no tokenizer that can be read: add its tokenizer.json.") from error
    return _wrapped(
        original.backend_tokenizer,
        {name: str(getattr(original, name)) for name in _TOKEN_NAMES if getattr(original, name) is not None},
        min(original.model_max_length, longest),
        original.padding_side,
    )


def _made_tokenizer(spec: BuiltEncoder) -> "PreTrainedTokenizerFast":
    return _wrapped(
        _TOKENIZERS[spec.architecture](_words(spec.vocabulary)),
        _SPECIAL_TOKENS[spec.architecture],
        spec.positions,
        "left" if spec.architecture == "xlnet" else "right",
    )


def _borrowed_tokenizer(spec: BuiltEncoder, source: Path) -> "PreTrainedTokenizerFast":
    what = f"Model folder {source}, whose tokenizer is asked for,"
    return _read_tokenizer(source, architecture_of(source, what, spec.architecture), what, spec.positions)


def _words(path: Path) -> list[str]:
    """The words of a list in its order, composed (NFC), without empty lines or repetitions."""
    try:
        lines = Path(path).read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Word list {path} cannot be read ({type(error).__name__}): restore it.") from None
    words = (unicodedata.normalize("NFC", line.strip()).lower() for line in lines)
    found = list(dict.fromkeys(word for word in words if word))
    if not found:
        raise InputError(f"Word list {path} is empty: write one lower-cased word a line.")
    return found


def _characters(words: list[str]) -> list[str]:
    """Every character of the words, in the order of their first occurrence."""
    return list(dict.fromkeys("".join(words)))


def _word_piece(words: list[str]) -> "Tokenizer":
    """BERT's tokenizer over whole words, falling back on characters."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    characters = _characters(words)
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces = dict.fromkeys([*special, *words, *characters, *(f"##{character}" for character in characters)])
    vocabulary = {piece: index for index, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    # Accents stay: the list has its words with them, and stripping would take Hangul apart.
    bert = normalizers.BertNormalizer(lowercase=True, strip_accents=False)
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), bert])
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[(name, vocabulary[name]) for name in ("[CLS]", "[SEP]")],
    )
    return tokenizer


def _byte_pairs(words: list[str]) -> "Tokenizer":
    """RoBERTa's tokenizer: byte-level BPE, trained on the words with and without the space before them."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        # Room for the bytes, and for each word in both of its forms.
        vocab_size=len(special) + len(alphabet) + 2 * len(words),
        special_tokens=special,
        initial_alphabet=alphabet,
        show_progress=False,
    )
    # Zipf's law stands in for the counts, so that frequent words are merged first.
    counts = (max(1, round(1000 / rank)) for rank in range(1, len(words) + 1))
    corpus = (form for word, count in zip(words, counts, strict=True) for form in (word, f" {word}") * count)
    tokenizer.train_from_iterator(corpus, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), True, False)
    return tokenizer


def _xlnet_unigram(words: list[str]) -> "Tokenizer":
    """XLNet's tokenizer: its classification token comes last and has a type of its own."""
    from tokenizers import processors

    special = ["<unk>", "<s>", "</s>", "<cls>", "<sep>", "<pad>", "<mask>"]
    tokenizer = _unigram(words, special)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A:0 <sep>:0 <cls>:2",
        pair="$A:0 <sep>:0 $B:1 <sep>:1 <cls>:2",
        special_tokens=[(name, special.index(name)) for name in ("<sep>", "<cls>")],
    )
    return tokenizer


def _xlm_roberta_unigram(words: list[str]) -> "Tokenizer":
    """XLM-R's tokenizer: special tokens with the ids and places of RoBERTa's, one token type."""
    from tokenizers import processors

    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer = _unigram(words, special)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B:0 </s>",
        special_tokens=[(name, special.index(name)) for name in ("<s>", "</s>")],
    )
    return tokenizer


def _unigram(words: list[str], special: list[str]) -> "Tokenizer":
    """Unigram pieces with scores by Zipf's law, falling back on characters, after the special tokens."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

    scores: dict[str, float] = dict.fromkeys(special, 0.0)
    for rank, word in enumerate(words, start=1):
        scores[f"▁{word}"] = -math.log(rank + 1)
    # A word inside another costs more than any word that begins one, and a character more than any word.
    inside, least = math.log(len(words) + 2), 3 * math.log(len(words) + 2)
    for rank, word in enumerate(words, start=1):
        scores.setdefault(word, -inside - math.log(rank + 1))
    for character in ["▁", *_characters(words)]:
        scores[character] = -least
    tokenizer = Tokenizer(models.Unigram(list(scores.items()), unk_id=special.index("<unk>"), byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")]
    )
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    return tokenizer


_TOKENIZERS = {
    "bert": _word_piece,
    "roberta": _byte_pairs,
    "xlnet": _xlnet_unigram,
    "xlm_roberta": _xlm_roberta_unigram,
}

_TOKEN_NAMES = ("bos_token", "eos_token", "unk_token", "pad_token", "cls_token", "sep_token", "mask_token")

_SPECIAL_TOKENS = {
    architecture: {name: token for name, token in zip(_TOKEN_NAMES, tokens, strict=True) if token is not None}
    for architecture, tokens in {
        "bert": (None, None, "[UNK]", "[PAD]", "[CLS]", "[SEP]", "[MASK]"),
        "roberta": ("<s>", "</s>", "<unk>", "<pad>", "<s>", "</s>", "<mask>"),
        "xlnet": ("<s>", "</s>", "<unk>", "<pad>", "<cls>", "<sep>", "<mask>"),
        "xlm_roberta": ("<s>", "</s>", "<unk>", "<pad>", "<s>", "</s>", "<mask>"),
    }.items()
}


def _wrapped(tokenizer: "Tokenizer", special: dict[str, str], longest: int, side: str) -> "PreTrainedTokenizerFast":
    """A tokenizer as transformers' class, with its special tokens by name, longest input and padding side."""
    from transformers import PreTrainedTokenizerFast

    forget_limits(tokenizer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=longest, padding_side=side, **special)


def _configuration(spec: BuiltEncoder, vocabulary: int) -> Any:
    """The architecture's configuration with the sizes of `spec`; dropout stays at the model's default."""
    if spec.architecture == "xlnet":
        return class_of("xlnet", "Config")(
            vocab_size=vocabulary,
            d_model=spec.hidden,
            n_layer=spec.layers,
            n_head=spec.heads,
            d_inner=spec.feed_forward,
        )
    sizes = {
        "vocab_size": vocabulary,
        "hidden_size": spec.hidden,
        "num_hidden_layers": spec.layers,
        "num_attention_heads": spec.heads,
        "intermediate_size": spec.feed_forward,
    }
    if spec.architecture == "bert":
        return class_of("bert", "Config")(**sizes, max_position_embeddings=spec.positions)
    # RoBERTa and XLM-R know one token type and have a coarser norm (their published configurations).
    padding = 1
    return class_of(spec.architecture, "Config")(
        **sizes,
        max_position_embeddings=spec.positions + padding + 1,
        type_vocab_size=1,
        layer_norm_eps=1e-5,
        pad_token_id=padding,
        bos_token_id=0,
        eos_token_id=2,
    )
