"""The typed view of params.yaml.

`load_study` reads the file as DVC does, checks every key by type and every reference between blocks, and returns a frozen
`Study`. A fault raises `InputError`: one sentence with the file, the key, the value and the mend. Nothing here reads corpora,
models or git, so the terminal app may import it.
"""

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.errors import InputError

TASKS = ("classification", "sentiment", "similarity")
PRETRAINED = "pretrained"
RESERVED = frozenset({PRETRAINED, "true", "false", "null"})
KEY = re.compile(r"[a-z][a-z0-9_]*")
UNPINNED = "unpinned"
"""In the place of a commit of the hub that nobody has looked up yet: the study is valid, and no stage fetches it."""

T = TypeVar("T")
Task = Literal["classification", "sentiment", "similarity"]
Share = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(gt=0)]
Text = Annotated[str, Field(min_length=1)]


def _pinned(revision: str) -> str:
    if revision != UNPINNED and not re.fullmatch(r"[0-9a-f]{40}", revision):
        raise ValueError(
            "it should be a full commit of 40 hexadecimal digits, since a branch may move, or unpinned until `detour study pin` asks"
        )
    return revision


Revision = Annotated[str, AfterValidator(_pinned)]
"""A commit of the hub."""


class Block(BaseModel):
    """A frozen block of params.yaml; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True, allow_inf_nan=False)


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
    precision: Literal["fp32", "bf16"] = "fp32"
    """`bf16` computes under autocast; weights and optimiser stay fp32."""
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


class Binarise(Block):
    """Two labels from a number."""

    at: float
    """The threshold."""
    below: Text
    """The label of numbers below `at`."""
    from_: Annotated[str, Field(alias="from", min_length=1)]
    """The label of numbers from `at` on."""


class Companion(Block):
    """A second file whose rows belong to the rows of a source file that have the same id."""

    path: Text
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    where: dict[str, str | tuple[str, ...]] = {}
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
    """One source of a corpus: a file (`path`) or splits of a data set of the hub (`hub`)."""

    path: Text | None = None
    """CSV (also .xz, .gz), Parquet or JSON lines; relative to the main checkout."""
    hub: HubData | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """Required for a file outside the tree, which DVC does not track."""
    fields: Fields | None = None
    """Columns of this file, where they differ from the corpus's."""
    language: str | None = None
    where: dict[str, str | tuple[str, ...]] = {}
    """Rows are kept where each named column equals the value or one of the values."""
    map: dict[str, str] = {}
    """From the file's labels to declared ones."""
    unmapped: Literal["refuse", "drop"] = "refuse"
    """What happens to a label that is neither declared nor mapped."""
    binarise: Binarise | None = None
    translations: Companion | None = None
    """Translations of this file's texts, used as translation memory."""
    listing: Listing | None = None
    """Makes the sentence pairs and their labels."""
    sample: Count | None = None
    """Rows drawn from this file before duplicates are dropped, stratified by label."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.path is None) == (self.hub is None):
            raise ValueError("it needs exactly one of path and hub")
        if self.hub is not None and self.sha256 is not None:
            raise ValueError("sha256 belongs to a path; the revision says which content of the hub is meant")
        return self


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

    architecture: Literal["bert", "roberta", "xlnet"]
    """What the folder must hold; another architecture is refused."""
    build: Build | None = None
    hub: Hub | None = None
    local: Local | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if sum(origin is not None for origin in (self.build, self.hub, self.local)) != 1:
            raise ValueError("it needs exactly one of build, hub and local")
        return self


class Translation(Block):
    """Where translations come from."""

    memory: Annotated[str, Field(pattern=r"^data/[^/].*$")]
    """JSON lines of the translation memory, versioned with the raw inputs."""


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

    def start(self, key: str) -> Start:
        """A start by key; InputError names the starts that exist."""
        return _lookup(self.starts, key, "start", "starts")

    def encoder(self, model: str) -> Encoder:
        """An encoder by the model's key; InputError names the encoders that exist."""
        return _lookup(self.encoders, model, "model", "encoders")


def _lookup(block: Mapping[str, T], key: str, noun: str, name: str) -> T:
    if key not in block:
        raise InputError(f"There is no {noun} '{key}' under {name} in params.yaml; {_choose(key, block)}.")
    return block[key]


def load_study(path: Path | str = "params.yaml") -> Study:
    """Read and check a study.

    Args:
        path: The file, `params.yaml` of the current folder where absent.

    Returns:
        The study, frozen.

    Raises:
        InputError: The file is missing, is not YAML, or holds something that the study cannot use.
    """
    return study_from(read_yaml(path), str(path))


def read_yaml(path: Path | str) -> Any:
    """Read a YAML file with the parser and the rules that DVC uses (YAML 1.2, duplicate keys refused).

    Raises:
        InputError: The file is missing, not UTF-8, or not YAML; the line is named.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; run this in the folder of a Detour study.") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError(f"{path}, line {line}: the file is not UTF-8; save it as UTF-8.") from None
    return parse_yaml(text, str(path))


def parse_yaml(text: str, name: str) -> Any:
    """Parse YAML text with DVC's rules; `name` is what an error calls the text."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return YAML(typ="safe").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        problem = " ".join(str(error.problem).split())
        raise InputError(f"{name}, line {line}: this is not valid YAML ({problem}); mend that line.") from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise InputError(f"{name} is not valid YAML ({' '.join(str(error).split())}); mend the file.") from None


def study_from(values: Any, name: str = "params.yaml") -> Study:
    """Check already parsed values; `name` is what errors call the file.

    Raises:
        InputError: As `load_study`.
    """
    if not isinstance(values, dict):
        raise InputError(f"{name} holds no keys; it should be a mapping with models, corpora, starts and so on.")
    try:
        # Through JSON, where strict types still let a list become a tuple.
        text = json.dumps(values, default=str)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name} holds a value that contains itself or is too long ({error}); write it out.") from None
    try:
        study = Study.model_validate_json(text)
    except ValidationError as error:
        raise InputError(_sentence(error, values, name)) from None
    for fault in _faults(study):
        raise InputError(f"{name}: {fault}")
    return study


def _sentence(error: ValidationError, values: Any, name: str) -> str:
    """The first fault of a validation as a sentence with file, key, value and mend."""
    faults = error.errors(include_url=False)
    # A mistyped key is both unknown and missing: the unknown one is the word to mend.
    first = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
    location = [str(part) for part in first["loc"] if f"[{part}" not in str(part)]
    location = [part for part in location if part not in ("str", "tuple[str, ...]")]
    key = ".".join(location) or "the file"
    if first["type"] == "extra_forbidden":
        return f"{name}: {key} is not a key that Detour knows; {_choose(location[-1], _known_keys(location[:-1]))}."
    if first["type"] == "missing":
        return f"{name}: {key} is missing; add it (the sample study's params.yaml shows each key with a comment)."
    message = first["msg"].removeprefix("Value error, ")
    message = message.replace("Input should be", "it should be").replace("String should", "it should")
    message = (
        message.replace("a valid array", "a list")
        .replace("a valid list", "a list")
        .replace("an object", "a mapping of keys")
    )
    message = re.sub(r"^(List|Tuple|Dictionary|Input) should", "it should", message)
    return f"{name}: {key} is {_short(first['input'])}; {message[0].lower()}{message[1:]}."


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def _known_keys(location: list[str]) -> list[str]:
    """The keys that the block at `location` may have, found by walking the models."""
    model: Any = Study
    for part in location:
        model = _step(model, part)
        if model is None:
            return []
    return [field.alias or name for name, field in model.model_fields.items()]


def _step(model: Any, part: str) -> Any:
    field = model.model_fields.get(part)
    blocks = re.findall(r"\b([A-Z]\w+)\b", str(field.annotation)) if field else [model.__name__]
    found = [globals()[block] for block in blocks if isinstance(globals().get(block), type)]
    return next((block for block in found if issubclass(block, Block)), None)


def _choose(word: str, options: Iterable[str]) -> str:
    """`did you mean x?` where one is near, else the list of what exists."""
    options = list(options)
    near = difflib.get_close_matches(word, options, n=1)
    if near:
        return f"did you mean '{near[0]}'"
    return f"choose one of {', '.join(options)}" if options else "remove it"


def _faults(study: Study) -> Iterable[str]:
    """Every fault in the references between blocks, in the order of the file."""
    yield from _faults_of_keys(study)
    yield from _faults_of_lists(study)
    yield from _faults_of_references(study)
    yield from _faults_of_corpora(study)
    yield from _faults_of_settings(study)


def _faults_of_keys(study: Study) -> Iterable[str]:
    for block in ("starts", "corpora", "encoders"):
        for key in getattr(study, block):
            if not KEY.fullmatch(key):
                yield (
                    f"{block}.{key} is not a usable key; use lower-case letters, digits and underscores, "
                    f"beginning with a letter (a hyphen would make two cells share a name)."
                )
            if key in RESERVED:
                yield f"{block}.{key} is a reserved word; choose another key."


def _faults_of_lists(study: Study) -> Iterable[str]:
    lists: dict[str, tuple[Any, ...]] = {
        "models": study.models,
        "seeds": study.seeds,
        "training.intermediate.seeds": study.training.intermediate.seeds,
    }
    for task in TASKS:
        lists[f"{task}.starts"] = study.group(task).starts
        lists[f"{task}.targets"] = study.group(task).targets
    for key, corpus in study.corpora.items():
        lists[f"corpora.{key}.labels"] = corpus.labels
    for name, values in lists.items():
        for value in values:
            if values.count(value) > 1:
                yield f"{name} lists {_short(value)} twice; remove one of them."
    if not study.training.intermediate.seeds:
        yield "training.intermediate.seeds is empty; give at least one seed, such as [1]."
    for name in ("seeds", "training.intermediate.seeds"):
        for seed in lists[name]:
            if not 0 <= seed < 2**32:
                yield f"{name} holds {seed}; a seed is a whole number from 0 to 4294967295."


def _faults_of_references(study: Study) -> Iterable[str]:
    for model in study.models:
        if model not in study.encoders:
            yield f"models lists '{model}', which has no block under encoders; {_choose(model, study.encoders)}."
    for key, start in study.starts.items():
        if start.corpus not in study.corpora:
            yield f"starts.{key}.corpus is '{start.corpus}', not a key of corpora; " + (
                f"{_choose(start.corpus, study.corpora)}."
            )
        elif study.corpora[start.corpus].kind != "intermediate":
            yield f"starts.{key}.corpus is '{start.corpus}', whose kind is '{study.corpora[start.corpus].kind}'; " + (
                "a start needs a corpus of kind intermediate."
            )
        elif study.corpora[start.corpus].task != start.task:
            yield f"starts.{key}.task is '{start.task}', but its corpus '{start.corpus}' belongs to the task " + (
                f"{study.corpora[start.corpus].task}; make them agree."
            )
    for task in TASKS:
        yield from _faults_of_group(study, task)


def _faults_of_group(study: Study, task: str) -> Iterable[str]:
    for start in study.group(task).starts:
        if start == PRETRAINED:
            continue
        if start not in study.starts:
            yield f"{task}.starts lists '{start}'; {_choose(start, [PRETRAINED, *study.starts])}."
        elif study.corpora[study.starts[start].corpus].task != task:
            other = study.corpora[study.starts[start].corpus].task
            yield f"{task}.starts lists '{start}', whose corpus belongs to the task {other}; move it there."
    for target in study.group(task).targets:
        if target not in study.corpora:
            yield f"{task}.targets lists '{target}', not a key of corpora; {_choose(target, study.corpora)}."
        elif study.corpora[target].task != task or study.corpora[target].kind == "intermediate":
            yield (
                f"{task}.targets lists '{target}', whose block says task {study.corpora[target].task} and "
                f"kind {study.corpora[target].kind}; a target of {task} needs that task and kind domain or crosslingual."
            )
        else:
            yield from _faults_of_heads(study, task, target)


def _faults_of_heads(study: Study, task: str, target: str) -> Iterable[str]:
    for key in study.group(task).starts:
        if key == PRETRAINED or study.starts[key].head != "keep":
            continue
        ours, theirs = len(study.corpora[study.starts[key].corpus].labels), len(study.corpora[target].labels)
        if ours != theirs:
            yield (
                f"starts.{key}.head is 'keep', but its corpus has {ours} labels and the target '{target}' has "
                f"{theirs}; use reinit."
            )


def _faults_of_corpora(study: Study) -> Iterable[str]:
    used = {start.corpus for start in study.starts.values()}
    used.update(target for task in TASKS for target in study.group(task).targets)
    for key, corpus in study.corpora.items():
        if key not in used:
            yield f"corpora.{key} is used by no start and no target; remove the block or list it as a target."
        for index, file in enumerate(corpus.source):
            yield from _faults_of_file(f"corpora.{key}.source.{index}", corpus, file)


def _faults_of_path(place: str, path: str, sha256: str | None) -> Iterable[str]:
    outside = path.startswith(("/", "../", "~"))
    if "\0" in path or (not outside and ".." in path.split("/")):
        yield f"{place}.path is {_short(path)}; give it without '..' inside, as data/FILE or ../FOLDER/FILE."
    if outside and sha256 is None:
        yield f"{place}.path is '{path}', outside the tree; add its sha256 (sha256sum prints it)."
    if not outside and not path.startswith("data/"):
        yield f"{place}.path is '{path}'; put the file under data/, which DVC versions, or give a path outside the tree."


def _faults_of_companions(place: str, file: SourceFile, fields: Fields) -> Iterable[str]:
    for name, companion in (("translations", file.translations), ("listing", file.listing)):
        if companion is None:
            continue
        yield from _faults_of_path(f"{place}.{name}", companion.path, companion.sha256)
        if fields.id is None:
            yield f"{place}.{name} joins rows by id; add fields.id, the columns that {name}.id holds in the other file."
    if file.translations is not None and fields.translation is not None:
        yield f"{place} has both translations and fields.translation; keep one of them."
    if file.translations is not None and (file.translations.pair is None) != (fields.pair is None):
        yield f"{place}.translations and its fields have to agree on whether texts are pairs; give both or neither a pair column."
    if file.listing is not None and (fields.pair, fields.label, file.translations) != (None, None, None):
        yield f"{place}.listing makes the pairs and their labels; remove fields.pair, fields.label and translations."
    if file.listing is None and fields.label is None:
        yield f"{place} has no labels; add fields.label, the column of the label."


def _faults_of_file(place: str, corpus: Corpus, file: SourceFile) -> Iterable[str]:
    fields = file.fields or corpus.fields
    if fields is None:
        yield f"{place} declares no fields and neither does its corpus; say which columns hold text and label."
        return
    if file.path is not None:
        yield from _faults_of_path(place, file.path, file.sha256)
    if fields.language is None and file.language is None and corpus.language is None:
        yield f"{place} says no language; add language: en (ISO 639-1), or a language column under fields."
    if corpus.task == "similarity" and fields.pair is None and file.listing is None:
        yield f"{place} has no second sentence; add fields.pair, the column of the pair's other text."
    yield from _faults_of_companions(place, file, fields)
    results = [*file.map.values()] + ([file.binarise.below, file.binarise.from_] if file.binarise else [])
    results += [file.listing.same, file.listing.different] if file.listing else []
    for label in results:
        if label not in corpus.labels:
            yield f"{place} makes the label '{label}', which labels does not declare; {_choose(label, corpus.labels)}."


def _faults_of_settings(study: Study) -> Iterable[str]:
    longest = max(study.training.intermediate.max_tokens, study.training.target.max_tokens)
    for model in study.models:
        build = study.encoders[model].build
        if build is not None and build.positions < longest:
            yield f"encoders.{model}.build.positions is {build.positions}; training reads up to {longest} tokens, give that many."
        if build is not None and build.hidden % build.heads:
            yield f"encoders.{model}.build.hidden is {build.hidden}; it should be a multiple of heads ({build.heads})."
    if study.statistics.primary not in study.metrics:
        yield f"metrics lacks '{study.statistics.primary}', the primary metric; add it with higher_is_better: true."
