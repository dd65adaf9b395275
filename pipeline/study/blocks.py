"""The study and its blocks as frozen types; a docstring under a field says what the key means."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

from pydantic import Field

from pipeline.errors import InputError
from pipeline.study.base import TASKS, Block, Count, Task, Text
from pipeline.study.corpora import Corpus, Split
from pipeline.study.encoders import Encoder
from pipeline.study.sites import Site
from pipeline.study.translation import Translation
from pipeline.study.words import choose

PRETRAINED = "pretrained"
RESERVED = frozenset({PRETRAINED, "true", "false", "null"})
T = TypeVar("T")


class Start(Block):
    """What fine-tuning begins from: intermediate training on one corpus."""

    task: Task
    """The task of its corpus; dvc.yaml finds by it which targets the start could have seen."""
    corpus: Text
    """The corpus of intermediate training, a key of `corpora`."""
    objective: Literal["labels", "masked_language"] = "labels"
    """What is predicted: the corpus's labels, or hidden tokens of its texts (XLNet: tokens in a random order), without any label."""
    labels: Literal["given", "shuffled"] = "given"
    """`shuffled` permutes the training labels: a control that keeps everything but the task."""
    examples: Count | None = None
    """At most this many training examples, stratified by label; all of them where absent."""
    epochs: Count | None = None
    """Epochs in the place of training.intermediate.epochs."""
    head: Literal["reinit", "keep"] = "reinit"
    """Whether a target draws a new classification head or keeps the intermediate's; `keep` needs equal label counts
    and the objective labels."""


class Group(Block):
    """The cells of one task: every target from every start, for every model of the study."""

    starts: tuple[str, ...]
    """`pretrained` or keys of `starts`."""
    targets: tuple[str, ...]
    """Keys of `corpora` that are fine-tuned and tested on."""


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
    truncation: Literal["head", "head_tail"]
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


class Statistics(Block):
    """The rule of the verdicts."""

    primary: Literal["accuracy"]
    """The metric that verdicts are about; others are descriptive."""
    alpha: Annotated[float, Field(gt=0, lt=0.5)]
    """Familywise error rate of Holm's procedure; intervals cover 1 - alpha each."""
    margin: Annotated[float, Field(gt=0, lt=1)]
    """Gains inside plus and minus this margin count as equivalent."""


class DistanceSettings(Block):
    """How distances between a start's corpus and a target are measured."""

    texts: Annotated[int, Field(ge=20)] = 2500
    """Rows of a sample whose words are counted, at most; of a corpus twice as many are looked at."""
    embedded: Annotated[int, Field(ge=20)] = 250
    """Rows of a sample that the pretrained encoder reads, at most."""
    transported: Annotated[int, Field(ge=20)] = 200
    """Rows of a sample in optimal transport, at most: its time grows with their third power."""
    repeats: Count = 3
    """Samples that are drawn; distances are their means."""
    seed: int = 1
    """Of the draws."""


class PredictorSettings(Block):
    """How much of a target the predictors look at."""

    rows: Annotated[int, Field(ge=20)] = 500
    """Training rows of the target that each checkpoint reads, at most."""
    seed: int = 1
    """Of their draw."""


class Resampling(Block):
    """The tests that stand beside the verdicts."""

    replicates: Annotated[int, Field(ge=100)] = 10000
    """Of the bootstrap and of approximate randomisation."""
    seed: int = 1
    """Of their draws."""


class Evidence(Block):
    """What stands beside the gains: other tests, distances, and predictors of a gain."""

    resampling: Resampling = Resampling()
    distances: DistanceSettings = DistanceSettings()
    predictors: PredictorSettings = PredictorSettings()


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
    evidence: Evidence = Evidence()
    """Other tests, distances and predictors; usual values where absent."""
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
        raise InputError(f"There is no {noun} '{key}' under {name} in params.yaml; {choose(key, block)}")
    return block[key]
