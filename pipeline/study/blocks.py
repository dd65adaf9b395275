"""The blocks of params.yaml as frozen types; a docstring under a field says what the key means."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, Field, model_validator

from pipeline.errors import InputError
from pipeline.study.base import Block, Count, Share, Text
from pipeline.study.sites import Site
from pipeline.study.words import choose

TASKS = ("classification", "sentiment", "similarity")
PRETRAINED = "pretrained"
RESERVED = frozenset({PRETRAINED, "true", "false", "null"})
KEY = re.compile(r"[a-z][a-z0-9_]*")
UNPINNED = "unpinned"
"""In the place of a commit of the hub that nobody has looked up yet: the study is valid, and no stage fetches it."""

T = TypeVar("T")
Task = Literal["classification", "sentiment", "similarity"]


def _pinned(revision: str) -> str:
    if revision != UNPINNED and not re.fullmatch(r"[0-9a-f]{40}", revision):
        raise ValueError(
            "it should be a full commit of 40 hexadecimal digits, since a branch may move, or unpinned until `detour study pin` asks"
        )
    return revision


Revision = Annotated[str, AfterValidator(_pinned)]
"""A commit of the hub."""


def _without_secrets(address: str) -> str:
    # A pattern cannot tell a password from a host with a port.
    if not re.fullmatch(r"https?://[^\s/@?#]+(/[^\s?#]*)?", address):
        raise ValueError("it should be http(s)://HOST/PATH without a name, password, question mark or key in it")
    return address


Address = Annotated[str, AfterValidator(_without_secrets)]
"""Of a service; secrets belong into environment variables."""

Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
"""ISO 639-1, with a region or script where it matters: `fr`, `zh-CN`."""


class Start(Block):
    """What fine-tuning begins from: intermediate training on one corpus."""

    task: Task
    """The task of its corpus; dvc.yaml finds by it which targets the start could have seen."""
    corpus: Text
    """The corpus of intermediate training, a key of `corpora`."""
    labels: Literal["given", "shuffled"] = "given"
    """`shuffled` permutes the training labels: a control that keeps everything but the task."""
    examples: Count | None = None
    """At most this many training examples, stratified by label; all of them where absent."""
    epochs: Count | None = None
    """Epochs in the place of training.intermediate.epochs."""
    head: Literal["reinit", "keep"] = "reinit"
    """Whether a target draws a new classification head or keeps the intermediate's; `keep` needs equal label counts."""


class Group(Block):
    """The cells of one task: every target from every start, for every model of the study."""

    starts: tuple[str, ...]
    """`pretrained` or keys of `starts`."""
    targets: tuple[str, ...]
    """Keys of `corpora` that are fine-tuned and tested on."""


class Split(Block):
    """How a corpus is divided; both shares are stratified by label."""

    test: Share
    """Share of the rows held out for testing (the paper: .30)."""
    dev: Share
    """Share of the remaining rows on which the epoch is selected."""
    seed: int
    """Seed of sampling and splitting."""


class Settings(Block):
    """Training settings that intermediate training and fine-tuning have in common."""

    epochs: Count
    """Passes over the training rows."""
    learning_rate: Annotated[float, Field(gt=0, lt=1)]
    """Peak of AdamW's learning rate."""
    warmup: Annotated[float, Field(ge=0, le=1)]
    """Share of all steps in which the rate rises linearly; it falls linearly to 0 after them."""
    weight_decay: Annotated[float, Field(ge=0)]
    """AdamW's decoupled decay, on weight matrices alone."""
    batch_size: Count
    """Examples in one optimiser step."""
    max_tokens: Annotated[int, Field(ge=4)]
    """Longer texts are cut to this many tokens, special tokens included."""
    truncation: Literal["head", "head_tail"] = "head"
    """What of a longer text is kept: its beginning, or a quarter from its beginning and the rest from its end. Of a sentence pair
    the longer text is always cut first, at its end."""
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """`bf16` computes under autocast; weights and optimiser stay fp32. `auto` is bf16 on a GPU that has it, fp32 elsewhere."""
    patience: Count
    """Epochs without a better dev accuracy after which later epochs are no candidates."""
    protocol: Literal["paper", "credible"] = "paper"
    """`paper` trains all epochs and records both selections; `credible` stops when patience has run out."""


class IntermediateSettings(Settings):
    """Settings of intermediate training."""

    seeds: tuple[int, ...]
    """Seeds of intermediate training; fine-tuning seed number i starts from number i modulo their count."""


class TargetSettings(Settings):
    """Settings of fine-tuning."""


class Training(Block):
    """Both kinds of training."""

    intermediate: IntermediateSettings
    target: TargetSettings


class Fields(Block):
    """Which columns of a file hold what."""

    text: Text
    label: str | None = None
    """The label's column; absent only where a file's `listing` makes the labels."""
    pair: str | None = None
    """The second text of a sentence pair."""
    language: str | None = None
    id: str | tuple[str, ...] | None = None
    """Column or columns that name a row for good; the row number where absent."""
    group: str | None = None
    """Rows of one group (reviews of one film, say) never stand in two parts of a split."""
    translation: str | None = None
    """A column with the file's own translation of `text`, used as translation memory."""
    translation_pair: str | None = None


RECORDS = Fields(text="text", label="label", id="id", language="language")
"""Columns of the records of a site; `title`, `url`, `rating` and `date` stand beside them."""


class Binarise(Block):
    """Two labels from a number."""

    at: float
    """The threshold."""
    below: Text
    """The label of numbers below `at`."""
    from_: Annotated[str, Field(alias="from", min_length=1)]
    """The label of numbers from `at` on."""


class ByHand(Block):
    """Where a person gets a file that no program may fetch: behind a login, or on request."""

    page: Text
    """The address of the page that offers it."""
    file: Text | None = None
    """What it is called there."""
    note: Text | None = None
    """What it takes: an account, a form, a conversion."""

    def mend(self, path: str) -> str:
        """What a person does to place the file at `path`."""
        file = self.file or "it"
        note = f" ({self.note})" if self.note else ""
        return f"get {file} at {self.page}{note} and put it at {path}"


class Companion(Block):
    """A second file whose rows belong to the rows of a source file that have the same id."""

    path: Text
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    where: dict[str, str | tuple[str, ...]] = Field(default_factory=dict)
    by_hand: ByHand | None = None
    id: str | tuple[str, ...]
    """Column or columns that hold what the source file's `fields.id` holds."""
    text: Text
    pair: str | None = None


class Listing(Companion):
    """A second list of the same things under other names, from which sentence pairs are made.

    Half of the source file's rows are paired with the text of the same id, half with that of another row near it in
    alphabetical order, so that a shared first word tells nothing.
    """

    same: Text
    """Label of two texts of one id."""
    different: Text
    """Label of the texts of two ids."""


class Annotations(Block):
    """Labels by hand, as `detour annotate CORPUS export` wrote them; they belong to the rows of a source file by id."""

    path: Annotated[str, Field(pattern=r"^annotations/[a-z][a-z0-9_]*/labels\.csv$")]
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64}|unpinned)$")]
    """What the file hashes to, so that a corpus changes with an export and not with every key; `unpinned` until there is one."""
    rest: Literal["drop", "keep"] = "drop"
    """What happens to rows without a label by hand: they are left out, or keep the file's own label (`fields.label`)."""


class NamePairs(Block):
    """Sentence pairs made from a listing of securities: tickers and names, right and wrong (`pipeline.corpora.names`).

    `fields.text` is the column of the name. Files of a corpus that have this block are taken as one listing.
    """

    ticker: Text
    """The column of the ticker."""
    sector: Text | None = None
    """A column whose value companies that are easily mistaken for each other share."""
    same: Text
    """Label of pairs of one company."""
    different: Text
    """Label of pairs of two companies."""


class HubData(Block):
    """Splits of a data set of the Hugging Face hub: its Parquet files at one commit, never its code."""

    id: Text
    revision: Revision
    """The full commit hash, or `unpinned`."""
    config: Text | None = None
    """The configuration (subset); may be absent where the data set has one alone."""
    split: Annotated[tuple[Text, ...], Field(min_length=1)]
    """The splits that are read, in this order."""


class SourceFile(Block):
    """One source of a corpus: a file (`path`), splits of a data set of the hub (`hub`) or a crawled site (`site`)."""

    path: Text | None = None
    """CSV, JSON lines or a symbol directory of NASDAQ (.txt; all also .xz, .gz), or Parquet; relative to the main checkout."""
    hub: HubData | None = None
    site: Text | None = None
    """A key of `sites`, whose records are read; their columns need no `fields`."""
    by_hand: ByHand | None = None
    """Where to get the file of `path`, if it has to be placed by hand."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """Required for a file outside the tree, which DVC does not track."""
    fields: Fields | None = None
    """Columns of this file, where they differ from the corpus's."""
    language: str | None = None
    where: dict[str, str | tuple[str, ...]] = Field(default_factory=dict)
    """Rows are kept where each named column equals the value or one of the values."""
    map: dict[str, str] = Field(default_factory=dict)
    """From the file's labels to declared ones."""
    unmapped: Literal["refuse", "drop"] = "refuse"
    """What happens to a label that is neither declared nor mapped."""
    binarise: Binarise | None = None
    translations: Companion | None = None
    """Translations of this file's texts, used as translation memory."""
    listing: Listing | None = None
    """Makes the sentence pairs and their labels."""
    annotations: Annotations | None = None
    """Labels by hand, in the place of the file's own."""
    name_pairs: NamePairs | None = None
    """Makes the sentence pairs and their labels from this file alone."""
    sample: Count | None = None
    """Rows drawn from this file before duplicates are dropped, stratified by label."""

    @property
    def columns(self) -> Fields | None:
        """The columns that the file itself declares; those of records where it is a site."""
        return self.fields or (RECORDS if self.site is not None else None)

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(place is not None for place in (self.path, self.hub, self.site)) != 1:
            raise ValueError("it needs exactly one of path, hub and site")
        if self.path is None and self.by_hand is not None:
            raise ValueError("by_hand belongs to a path; files of the hub and pages of a site are fetched")
        if self.hub is not None and self.sha256 is not None:
            raise ValueError("sha256 belongs to a path; the revision says which content of the hub is meant")
        if self.site is not None and self.sha256 is not None:
            raise ValueError("sha256 belongs to a path; a site has an edition")
        return self


class CorpusSplit(Block):
    """How one corpus is divided, where that differs from the others."""

    pairs: Literal["together", "apart"] = "together"
    """Whether sentence pairs that share a sentence stay in one part; `apart` divides pairs one by one."""
    folds: Annotated[int, Field(ge=2, le=100)] | None = None
    """Cross-validation in the place of one test set: every seed trains a model for each fold and predicts every row once."""
    repeats: Annotated[int, Field(ge=1, le=100)] = 1
    """How many divisions into folds; seed number i takes division i modulo their number."""


class Corpus(Block):
    """One labelled text collection with its provenance."""

    task: Task
    kind: Literal["intermediate", "domain", "crosslingual"]
    source: Annotated[tuple[SourceFile, ...], Field(min_length=1)]
    fields: Fields | None = None
    """Columns of every file that does not declare its own."""
    labels: Annotated[tuple[str, ...], Field(min_length=2)]
    """Label names in the order of their ids."""
    language: str | None = None
    """Language of every row (ISO 639-1) where no file and no column says it."""
    translation: Literal["none", "to_english", "from_english"] = "none"
    into: tuple[Language, ...] = ()
    """With `from_english`: every English row once in each of these languages, in the place of `language`."""
    split: CorpusSplit = CorpusSplit()
    pair_ids: Text | None = None
    """A name for the numbering of its pairs: rows of two corpora that give one name here and have the same group (the same id
    where they have none) are one pair, in whatever language."""
    sample: Count | None = None
    """Rows drawn over all files before duplicates are dropped, stratified by label and language."""
    licence: Text
    citation: Text


class Build(Block):
    """Sizes of an encoder that is built with random weights, its tokenizer made from data/vocabulary.txt."""

    layers: Count
    hidden: Count
    heads: Count
    feed_forward: Count
    positions: Count
    seed: int = 0


class Hub(Block):
    """A model of the Hugging Face hub; safetensors only, never remote code."""

    id: Text
    revision: Revision
    """The full commit hash, or `unpinned`."""


class Local(Block):
    """A Hugging Face folder on this machine."""

    folder: Text
    package: str | None = None
    """An installed Python package inside which `folder` is looked up; the main checkout where absent."""


class Encoder(Block):
    """Where a model's pretrained encoder comes from: exactly one of `build`, `hub`, `local`."""

    architecture: Literal["bert", "roberta", "xlnet", "xlm_roberta"]
    """What the folder must hold; another architecture is refused."""
    build: Build | None = None
    hub: Hub | None = None
    local: Local | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if sum(origin is not None for origin in (self.build, self.hub, self.local)) != 1:
            raise ValueError("it needs exactly one of build, hub and local")
        return self


class MarianModel(Block):
    """Where the MarianMT model of a language pair comes from: exactly one of `hub` and `local`."""

    hub: Hub | None = None
    local: Local | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.hub is None) == (self.local is None):
            raise ValueError("it needs exactly one of hub and local")
        return self


class Translation(Block):
    """Where translations come from: the memory, and an engine for what it does not hold."""

    memory: Annotated[str, Field(pattern=r"^data/[^/].*$")]
    """JSON lines of the translation memory, versioned with the raw inputs."""
    engine: Literal["memory", "google", "libre", "marian"] = "memory"
    """What translates texts that the memory lacks; `memory` is nothing, so that no network and no model is needed."""
    address: Address | None = None
    """Where `google` (a page of its form) or `libre` (a server) answers; the public one where absent."""
    threads: Annotated[int, Field(gt=0, le=64)] = 4
    """Requests to `google` or `libre` at one time."""
    rate: Annotated[float, Field(gt=0)] = 5.0
    """Requests to them a second, over all threads."""
    timeout: Annotated[float, Field(gt=0)] = 30.0
    """Seconds after which one request counts as failed."""
    tries: Count = 5
    """Times that a text is sent before it counts as failed, and faults of the service in a row that end the stage."""
    wait: Annotated[float, Field(ge=0)] = 1.0
    """Seconds before a second try, doubled for each further one; a service that names a time is waited for longer."""
    characters: Annotated[int, Field(ge=20, le=4999)] = 4999
    """Longer texts are sent in pieces, cut at ends of sentences; scripts that take more room in an address are cut sooner."""
    models: dict[str, MarianModel] = Field(default_factory=dict)
    """MarianMT models by language pair, such as `fr-en`."""
    batch: Count = 16
    """Texts that a MarianMT model translates at one time."""
    round_trip: Annotated[int, Field(ge=0)] = 0
    """Translations of each language pair that are translated back to measure chrF; 0 for none."""


class Statistics(Block):
    """The rule of the verdicts."""

    primary: Literal["accuracy"]
    """The metric that verdicts are about; others are descriptive."""
    alpha: Annotated[float, Field(gt=0, lt=0.5)]
    """Familywise error rate of Holm's procedure; intervals cover 1 - alpha each."""
    margin: Annotated[float, Field(gt=0, lt=1)]
    """Gains inside plus and minus this margin count as equivalent."""


class Metric(Block):
    """What tables, diffs and colours need to know of a metric."""

    higher_is_better: bool


@dataclass(frozen=True)
class Cell:
    """Task x target x start x model; all its seeds are trained in one stage."""

    task: str
    target: str
    start: str
    model: str

    @property
    def stem(self) -> str:
        """The cell's file name without suffix, unique within its task."""
        return f"{self.target}-{self.start}-{self.model}"

    @property
    def name(self) -> str:
        """The cell's stage in dvc.yaml."""
        return f"{self.task}@{self.stem}"


class Study(Block):
    """The current study: what params.yaml holds."""

    note: str = ""
    """Printed wherever the study's numbers are shown."""
    models: Annotated[tuple[str, ...], Field(min_length=1)]
    starts: dict[str, Start]
    classification: Group
    sentiment: Group
    similarity: Group
    seeds: Annotated[tuple[int, ...], Field(min_length=1)]
    split: Split
    training: Training
    translation: Translation
    sites: dict[str, Site] = Field(default_factory=dict)
    """What is crawled; each site feeds one corpus. dvc.yaml asks for the key, be it `{}`."""
    corpora: dict[str, Corpus]
    encoders: dict[str, Encoder]
    statistics: Statistics
    metrics: dict[str, Metric]

    def group(self, task: str) -> Group:
        """The group of one of the three tasks."""
        groups = {
            "classification": self.classification,
            "sentiment": self.sentiment,
            "similarity": self.similarity,
        }
        return groups[task]

    def cells(self) -> list[Cell]:
        """Every cell in the order of params.yaml."""
        return [
            Cell(task, target, start, model)
            for task in TASKS
            for target in self.group(task).targets
            for start in self.group(task).starts
            for model in self.models
        ]

    def corpus(self, key: str) -> Corpus:
        """A corpus by key; InputError names the corpora that exist."""
        return _lookup(self.corpora, key, "corpus", "corpora")

    def site(self, key: str) -> Site:
        """A site by key; InputError names the sites that exist."""
        return _lookup(self.sites, key, "site", "sites")

    def start(self, key: str) -> Start:
        """A start by key; InputError names the starts that exist."""
        return _lookup(self.starts, key, "start", "starts")

    def encoder(self, model: str) -> Encoder:
        """An encoder by the model's key; InputError names the encoders that exist."""
        return _lookup(self.encoders, model, "model", "encoders")


def _lookup(block: Mapping[str, T], key: str, noun: str, name: str) -> T:
    if key not in block:
        raise InputError(f"There is no {noun} '{key}' under {name} in params.yaml; {choose(key, block)}.")
    return block[key]
