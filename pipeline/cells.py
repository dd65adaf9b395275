"""How a cell is trained, fold by fold, and which settings two cells must share to be compared.

Fine-tuning (`pipeline.stages.finetune`) and exports (`pipeline.exporting`) train a cell by the same rules, so that one gives what the
other recorded.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pipeline.divisions import Fold, Target
from pipeline.files import sha256_of_file
from pipeline.origins import origin_of_cell
from pipeline.seeds import Checkpoint, Training, train_settings
from pipeline.study import Cell, Study


def trainings(
    study: Study,
    cell: Cell,
    checkpoint: Checkpoint,
    folds: Sequence[Fold],
    division: tuple[int, int],
    keep_weights: bool = False,
) -> list[Training]:
    """The training of each fold of a division, which is given by its number, from 0, and how many there are."""
    return [
        Training(
            name=cell.name if len(folds) == 1 else f"{cell.name} fold {place}/{len(folds)}",
            where=f"training.target, cell {cell.name}",
            parts=fold.parts,
            labels=len(study.corpus(cell.target).labels),
            head=checkpoint.head,
            settings=train_settings(study.training.target),
            keep_weights=keep_weights,
            origin=partial(origin_of_cell, study, cell),
            division=division,
            fold=(place, len(folds)),
        )
        for place, fold in enumerate(folds, 1)
    ]


def settings_of(study: Study, target: str, data: Target, precision: str) -> dict[str, Any]:
    """All that has to agree between F and IF, by leaf key; `precision` is what was computed in, which may be an automatic choice.

    The corpus stands for itself by the bytes of its parts: a corrected licence or a renamed file changes nothing here, another
    sample, translation or cleaning does.
    """
    settings: dict[str, Any] = {
        f"training.target.{key}": value for key, value in study.training.target.model_dump().items()
    }
    settings["arithmetic"] = precision
    settings.update({f"split.{key}": value for key, value in study.split.model_dump().items()})
    settings[f"corpora.{target}.labels"] = list(study.corpus(target).labels)
    settings.update({f"corpora.{target}.split.{key}": value for key, value in data.settings.items()})
    for name in ("train", "dev"):
        settings[f"corpora.{target}.{name}"] = sha256_of_file(Path("corpora/ready") / target / f"{name}.parquet")
    return settings
