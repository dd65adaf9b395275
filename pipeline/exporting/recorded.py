"""What a cell recorded of one seed: the labels that it predicted, and whether the record still belongs to the inputs in the tree.

The probabilities and labels of every test row are in predictions/ (the DVC cache); without it, reports/predicted (git) has the labels
of the rows that were scored: those that no start of the task has seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as parquet
from numpy.typing import NDArray

from pipeline.divisions import Target
from pipeline.errors import InputError
from pipeline.exporting.faults import ExportFault
from pipeline.files import digest, read_json
from pipeline.study import Cell, Study
from pipeline.study.words import short
from pipeline.training.prediction import Prediction


@dataclass(frozen=True)
class Recorded:
    """The recorded labels of one seed on some of the rows that the exported model was tested on."""

    source: str
    """The file that they were read from."""
    rows: NDArray[np.int64]
    """Their places among the model's test rows, shape (rows,)."""
    labels: NDArray[np.int64]
    """Label ids, shape (rows,)."""

    def check(self, cell: Cell, seed: int, found: Prediction | None) -> None:
        """Compare with what the model predicts on its test rows.

        Raises:
            ExportFault: A label differs.
        """
        # A cell has a test set.
        assert found is not None
        wrong = int((found.labels[self.rows] != self.labels).sum())
        if wrong:
            raise ExportFault(
                f"{cell.name}, seed {seed}: {wrong} of {len(self.rows)} test rows are predicted otherwise than {self.source} records,"
                " so nothing was written; other code, versions, processors or numbers of threads (OMP_NUM_THREADS) do that: export"
                f" it where it was trained, or train it here with `detour run {cell.name}`."
            )


def read_record(cell: Cell) -> dict[str, Any]:
    """reports/predicted of the cell.

    Raises:
        InputError: There is none, or it is none that fine-tuning has written.
    """
    path = _predicted(cell)
    if not path.is_file():
        raise InputError(
            f"{cell.name} was never trained here: {path} does not exist; `detour run {cell.name}` makes it."
        )
    try:
        record: dict[str, Any] = read_json(path)
        _ = record["about"][0]["settings"], record["labels"], record["predicted"]
    except (ValueError, KeyError, IndexError, TypeError):
        raise InputError(
            f"{path} is no whole record of predictions; run the cell again (`detour run {cell.name}`)."
        ) from None
    return record


def check_current(cell: Cell, record: Mapping[str, Any], settings: Mapping[str, Any], checkpoint: str) -> None:
    """Refuse a record that was made with other settings or from another checkpoint than those of the tree.

    Raises:
        InputError: The first setting that differs, or the checkpoint, is named.
    """
    about = record["about"][0]
    mend = f"run it again (`detour run {cell.name}`), or export an experiment whose record is up to date"
    for key in sorted(settings.keys() & about["settings"].keys()):
        was, now = about["settings"][key], settings[key]
        if was == now:
            continue
        if key == "arithmetic":
            raise InputError(
                f"{cell.name} was trained in {was}, and this machine computes in {now}; export it on a machine like the one that"
                " trained it."
            )
        raise InputError(f"{cell.name} was recorded with {key} {short(was)}, which is {short(now)} now; {mend}.")
    if about["checkpoint"] != checkpoint:
        raise InputError(
            f"checkpoints/{cell.start}/{cell.model} is not whole, or not the one that {cell.name} was trained from; `dvc pull` it"
            f" where a remote has it, or {mend}."
        )


def read_labels(
    study: Study, cell: Cell, record: Mapping[str, Any], data: Target, places: Sequence[int], seed: int
) -> Recorded:
    """The recorded labels of a seed.

    Args:
        study: The tree's.
        cell: The cell.
        record: `read_record`'s.
        data: The cell's target.
        places: Where the model's test rows stand among all that are tested.
        seed: One of the record's.

    Raises:
        InputError: The record is about other test rows.
    """
    path = Path("predictions") / cell.task / f"{cell.stem}.parquet"
    by_id = _of_table(path, study.corpus(cell.target).labels, seed) if path.is_file() else None
    source = path if by_id is not None else _predicted(cell)
    by_id = _of_record(cell, record, data, seed) if by_id is None else by_id
    own = {row: by_id[data.tested.ids[place]] for row, place in enumerate(places) if data.tested.ids[place] in by_id}
    if not own or (source == path and len(own) != len(places)):
        raise InputError(_other_rows(cell, source))
    rows, labels = np.array(list(own), dtype=np.int64), np.array(list(own.values()), dtype=np.int64)
    return Recorded(str(source), rows, labels)


def _of_table(path: Path, labels: Sequence[str], seed: int) -> dict[str, int]:
    """Label ids by row id, all test rows."""
    columns = parquet.ParquetFile(path).read(columns=["id", "seed", "predicted"]).to_pydict()
    ids = {label: number for number, label in enumerate(labels)}
    rows = zip(columns["id"], columns["seed"], columns["predicted"], strict=True)
    return {row: ids[label] for row, of_seed, label in rows if of_seed == seed}


def _of_record(cell: Cell, record: Mapping[str, Any], data: Target, seed: int) -> dict[str, int]:
    """Label ids by row id, scored rows alone, which the record holds in the order of the test file."""
    overlap = read_json(Path("reports/overlap") / cell.task / f"{cell.target}.json")["starts"]
    seen = {row for kinds in overlap.values() for ids in kinds.values() for row in ids}
    gold = [record["labels"][label] for label in data.tested.examples.labels]
    scored = [(row, label) for row, label in zip(data.tested.ids, gold, strict=True) if row not in seen]
    rows = {"ids": [row for row, _ in scored], "labels": [label for _, label in scored]}
    if digest(rows) != record["about"][0]["test"]:
        raise InputError(_other_rows(cell, _predicted(cell)))
    return dict(zip(rows["ids"], record["predicted"][str(seed)], strict=True))


def _predicted(cell: Cell) -> Path:
    return Path("reports/predicted") / cell.task / f"{cell.stem}.json"


def _other_rows(cell: Cell, source: Path) -> str:
    return (
        f"{source} is about other test rows than corpora/ready/{cell.target}/test.parquet; run the cell again"
        f" (`detour run {cell.name}`)."
    )
