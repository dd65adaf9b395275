"""The model card of an export: README.md with the metadata that the Hugging Face hub reads, and what a person has to know.

A pure function of what was trained and recorded: it carries no date and no path of this machine.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from pipeline.exporting.provenance import commit, lock_digest, origin, versions
from pipeline.exporting.recorded import Recorded
from pipeline.files import read_json
from pipeline.reporting.text import DASH, look_up, markdown_table, one_line, paragraph, score
from pipeline.seeds import Checkpoint
from pipeline.study import PRETRAINED, Cell, Study
from pipeline.training.fit import FitResult

METRICS = {"accuracy": "accuracy", "macro_f1": "macro-F1"}
"""What the record calls them, and what the card does."""


@dataclass(frozen=True)
class Source:
    """What an exported model was made from."""

    study: Study
    cell: Cell
    seed: int
    fold: int | None
    experiment: str
    checkpoint: Checkpoint
    index: int
    """Which of the study's seeds it is, from 0."""
    result: FitResult
    recorded: Recorded

    @property
    def name(self) -> str:
        """The cell, the seed and, where there are some, the fold."""
        return f"{self.cell.name}, seed {self.seed}" + (f", fold {self.fold}" if self.fold else "")


def model_card(source: Source) -> str:
    """The text of README.md."""
    path = Path("reports/cells") / source.cell.task / f"{source.cell.stem}.json"
    record = read_json(path) if path.is_file() else {}
    note = paragraph(source.study.note, "> ", "> ") if source.study.note else ""
    parts = [
        f"---\n{_metadata(source, record).to_yaml()}\n---",
        f"# {source.name}",
        note,
        paragraph(_what(source)),
        "## Use",
        _use(source),
        "## Labels",
        markdown_table(["id", "label"], [[str(id_), label] for id_, label in enumerate(_labels(source))]),
        "## Training",
        markdown_table(["", ""], _training(source)),
        "## Evaluation",
        _evaluation(source, record),
        "## Provenance",
        markdown_table(["", ""], _provenance(source, record)),
        "## Corpora and licences",
        markdown_table(["corpus", "used for", "licence", "citation"], _corpora(source)),
        paragraph(
            "What may be done with these weights depends on the licences of these corpora and of the encoder, which this card repeats"
            " as the study states them and does not judge."
        ),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _labels(source: Source) -> tuple[str, ...]:
    return source.study.corpus(source.cell.target).labels


def _metadata(source: Source, record: Any) -> ModelCardData:
    encoder, cell = source.study.encoder(source.cell.model), source.cell
    values = {name: look_up(record, name, "seeds", str(source.seed)) for name in METRICS}
    return ModelCardData(
        language=sorted(look_up(record, "languages") or {}) or None,
        license="other",
        library_name="transformers",
        pipeline_tag="text-classification",
        base_model=encoder.hub.id if encoder.hub is not None else None,
        tags=["detour", cell.task, f"start:{cell.start}"],
        model_name=source.name,
        eval_results=[
            EvalResult("text-classification", cell.target, cell.target, name, round(value, 6))
            for name, value in values.items()
            if value is not None
        ]
        or None,
    )


def _what(source: Source) -> str:
    cell, study = source.cell, source.study
    encoder = f"{cell.model} ({origin(study, cell.model)})"
    kind = study.corpus(cell.target).kind
    return (
        f"{encoder}, {_detour(source)}, fine-tuned on {cell.target} ({cell.task}, {kind}, {len(_labels(source))} labels). One seed of one"
        " cell of a study of intermediate training, made with Detour."
    )


def _detour(source: Source) -> str:
    """The start in words."""
    if source.cell.start == PRETRAINED:
        return "without intermediate training"
    start = source.study.start(source.cell.start)
    how = " with shuffled labels" if start.labels == "shuffled" else ""
    how = "'s texts alone, to predict hidden tokens" if start.objective == "masked_language" else how
    seeds = source.checkpoint.intermediate_seeds
    seed = seeds[source.index % len(seeds)]
    return f"first trained on {start.corpus}{how} (start {source.cell.start}, seed {seed})"


def _use(source: Source) -> str:
    settings, has_pairs = (
        source.study.training.target,
        source.result.test is not None and source.cell.task == "similarity",
    )
    texts = '["a text"], ["its pair"]' if has_pairs else '["a text"]'
    code = (
        "```python\n"
        "from transformers import AutoModelForSequenceClassification, AutoTokenizer\n\n"
        'tokenizer = AutoTokenizer.from_pretrained("THIS_FOLDER")\n'
        'model = AutoModelForSequenceClassification.from_pretrained("THIS_FOLDER")\n'
        f'batch = tokenizer({texts}, truncation=True, padding=True, return_tensors="pt")\n'
        "names = [model.config.id2label[label] for label in model(**batch).logits.argmax(-1).tolist()]\n"
        "```"
    )
    length = f"It was trained on at most {settings.max_tokens} tokens, to which the tokenizer cuts."
    if settings.truncation == "head_tail" and not has_pairs:
        length = (
            f"It was trained on at most {settings.max_tokens} tokens, of longer texts a quarter from the beginning and the rest from the"
            " end; the tokenizer by itself keeps the beginning alone."
        )
    return f"{code}\n\n{paragraph(length)}"


def _training(source: Source) -> list[list[str]]:
    """Settings and what came of them."""
    settings = source.study.training.target.model_dump()
    rows = [[f"training.target.{key}", DASH if value is None else str(value)] for key, value in settings.items()]
    result = source.result
    return [
        *rows,
        ["seed", str(source.seed)],
        ["classification head", "kept from the start" if source.checkpoint.head == "keep" else "drawn from the seed"],
        ["computed in", f"{result.precision} on {result.device}"],
        ["epoch selected by dev", f"{result.epoch} of {len(result.curves)}"],
        ["optimiser steps", str(result.steps)],
    ]


def _evaluation(source: Source, record: Any) -> str:
    if not record:
        return paragraph("The cell has no record of scores.")
    rows = []
    for name, called in METRICS.items():
        block = record[name]
        low, high = block["low"], block["high"]
        interval = DASH if low is None or high is None else f"[{score(low)}, {score(high)}]"
        noun = "seed" if len(block["seeds"]) == 1 else "seeds"
        seeds = f"{score(block['mean'])} ({noun} {', '.join(block['seeds'])})"
        rows.append([called, score(look_up(block, "seeds", str(source.seed))), seeds, interval])
    floors = record["floors"]
    told = [
        f"Scored are {record['test_rows']} test rows that no start of the task has seen.",
        "The interval is for the mean, over new seeds and new test examples; one seed has none.",
        f"The floors on the same rows: {score(floors['majority'])} for the majority label, {score(floors['tfidf'])} for TF-IDF with"
        " logistic regression.",
    ]
    if source.fold:
        told.append("The scores are of all folds together, each row predicted by a model that was not trained on it.")
    if source.seed in record["collapsed"]:
        told.append("This seed collapsed: it predicts one label for every row.")
    told.append(
        f"The labels that this folder predicts on {len(source.recorded.rows)} test rows were checked equal to those in"
        f" {source.recorded.source}."
    )
    return markdown_table(["", "this seed", "mean", "95 % interval"], rows) + "\n\n" + paragraph(" ".join(told))


def _provenance(source: Source, record: Any) -> list[list[str]]:
    named = [["experiment", source.experiment]] if source.experiment != "HEAD" else []
    return [
        *named,
        ["commit", commit() or DASH],
        ["entry in dvc.lock (SHA-256)", lock_digest(source.cell) or DASH],
        ["checkpoint that it started from (SHA-256)", source.checkpoint.digest],
        ["settings (SHA-256)", look_up(record, "settings") or DASH],
        ["test rows and labels (SHA-256)", look_up(record, "test") or DASH],
        ["versions", ", ".join(f"{name} {number}" for name, number in versions().items())],
    ]


def _corpora(source: Source) -> list[list[str]]:
    """Target and intermediate corpus, and the encoder, whose licence the study does not state."""
    used = {source.cell.target: "fine-tuning and test"}
    if source.cell.start != PRETRAINED:
        used.setdefault(source.study.start(source.cell.start).corpus, "intermediate training")
    corpora = {key: source.study.corpus(key) for key in used}
    rows = [[key, used[key], corpora[key].licence, corpora[key].citation] for key in used]
    is_built = source.study.encoder(source.cell.model).build is not None
    licence = "none needed" if is_built else "see where it comes from"
    return [*rows, [source.cell.model, "encoder", licence, one_line(origin(source.study, source.cell.model))]]
