"""An export from beginning to end: what is asked for, the trained model, the check, the folder.

Everything is read in the current folder, a tree of the study in which the cell's inputs lie. The model comes from the seed's kept state
where that has its weights, else it is trained by the rules of fine-tuning, which gives the recorded labels or is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from pipeline.cells import settings_of, trainings
from pipeline.divisions import Fold, read_target
from pipeline.encoders import fill_folder
from pipeline.errors import InputError
from pipeline.exporting.card import Source, model_card
from pipeline.exporting.folder import new_folder
from pipeline.exporting.places import check_free
from pipeline.exporting.recorded import check_current, read_labels, read_record
from pipeline.files import write_text
from pipeline.seeds import Trained, Training, read_checkpoint
from pipeline.study import Cell, Study
from pipeline.study.words import choose
from pipeline.training.batches import encode
from pipeline.training.prediction import predict
from pipeline.training.settings import prepare_device

INPUTS = ["input_ids", "token_type_ids", "attention_mask"]
"""What the exported tokenizer gives: token types too, which every model was trained with."""


@dataclass(frozen=True)
class Asked:
    """What is to be exported, and where to."""

    cell: str
    seed: int
    fold: int | None
    """From 1; None for a target with one test set."""
    folder: Path
    experiment: str
    """How the model card calls the tree."""


def export(study: Study, asked: Asked) -> dict[str, Any]:
    """Write the folder.

    Returns:
        `trained` (False where the weights were kept), `source` of the recorded labels, compared `rows`, and the `files` written.

    Raises:
        InputError: What is asked for does not exist, or its inputs do not.
        ExportFault: The model predicts other labels than those recorded, or the folder cannot be written.
    """
    cell = find_cell(study, asked.cell)
    check_free(asked.folder)
    record = read_record(cell)
    corpus = study.corpus(cell.target)
    data = read_target(_input(cell, f"corpora/ready/{cell.target}"), corpus.labels)
    _input(cell, f"checkpoints/{cell.start}/{cell.model}")
    checkpoint = read_checkpoint(cell.start, cell.model)
    index = _index(study, cell, record["predicted"], asked.seed)
    folds = data.division_for(index)
    place = _place(cell, folds, asked.fold)
    division = index % len(data.divisions), len(data.divisions)
    training = trainings(study, cell, checkpoint, folds, division, keep_weights=True)[place]
    precision = training.settings.on(prepare_device()).precision
    check_current(cell, record, settings_of(study, cell.target, data, precision), checkpoint.digest)
    recorded = read_labels(study, cell, record, data, folds[place].places, asked.seed)
    trained = training.train(asked.seed, checkpoint.folder_for(index))
    recorded.check(cell, asked.seed, trained.result.test)
    source = Source(study, cell, asked.seed, asked.fold, asked.experiment, checkpoint, index, trained.result, recorded)
    with new_folder(asked.folder) as draft:
        _fill(draft, trained, corpus.labels, training)
        write_text(draft / "README.md", model_card(source))
        recorded.check(cell, asked.seed, _read_back(draft, training, precision))
        files = sorted(path.name for path in draft.iterdir())
    return {
        "trained": trained.result.trained,
        "source": recorded.source,
        "rows": len(recorded.rows),
        "files": files,
    }


def find_cell(study: Study, name: str) -> Cell:
    """A cell of the study by name.

    Raises:
        InputError: There is none; a near one is offered.
    """
    cells = {cell.name: cell for cell in study.cells()}
    if name not in cells:
        raise InputError(f"The study has no cell '{name}'; {choose(name, cells)}")
    return cells[name]


def _input(cell: Cell, path: str) -> Path:
    if not Path(path).exists():
        raise InputError(
            f"{path} is not in the DVC cache; `dvc pull {path}` fetches it where a remote has it, and `detour run {cell.name}`"
            " makes it again."
        )
    return Path(path)


def _index(study: Study, cell: Cell, trained: Any, seed: int) -> int:
    """Which of the study's seeds it is, from 0."""
    if str(seed) not in trained or seed not in study.seeds:
        seeds = ", ".join(str(one) for one in study.seeds if str(one) in trained) or "none of the study's seeds"
        raise InputError(f"{cell.name} has no seed {seed}; it was trained with {seeds}.")
    return study.seeds.index(seed)


def _place(cell: Cell, folds: Sequence[Fold], fold: int | None) -> int:
    """Which of the division's models it is, from 0."""
    if len(folds) == 1:
        if fold is not None:
            raise InputError(f"{cell.target} has one test set and no folds; leave --fold out.")
        return 0
    if fold is None or fold not in range(1, len(folds) + 1):
        raise InputError(
            f"{cell.target} is divided into {len(folds)} folds, each with a model of its own; give --fold a number from 1 to"
            f" {len(folds)}."
        )
    return fold - 1


def _fill(folder: Path, trained: Trained, labels: Sequence[str], training: Training) -> None:
    """Write weights, configuration and tokenizer, which names the labels and cuts as the training did."""
    config, tokenizer = trained.classifier.config, trained.tokenizer
    config.id2label, config.label2id = dict(enumerate(labels)), {label: number for number, label in enumerate(labels)}
    config.problem_type = "single_label_classification"
    tokenizer.model_max_length = training.settings.max_tokens
    tokenizer.model_input_names = tokenizer.init_kwargs["model_input_names"] = INPUTS
    fill_folder(folder, trained.classifier, tokenizer)


def _read_back(folder: Path, training: Training, precision: Any) -> Any:
    """What the written model predicts on its test rows, read as anybody would read it."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    settings = training.settings
    tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = AutoModelForSequenceClassification.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
    test = encode(tokenizer, training.parts["test"].examples, settings.max_tokens, settings.truncation)
    return predict(model.to(prepare_device()), test, None, precision, settings.layout)
