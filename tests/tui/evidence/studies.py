"""Studies whose records are written by the project's own code, small enough to read."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.corpora.schema import Row, write_table
from pipeline.evidence.gains import gains, read_cells
from pipeline.evidence.records import CellResults, cell_record, predicted_record
from pipeline.files import write_json, write_text
from tests.tui.history.repository import Repository, md5, params, stage

LABELS = ("ham", "spam")
GOLD = [0, 1] * 6
F, IF = "classification@sms_spam-pretrained-bert", "classification@sms_spam-imdb-bert"
F_IDS = {1: [0, 1] * 5 + [0, 0], 2: [0, 1] * 5 + [0, 0]}
"""One row wrong with both seeds: the last."""
IF_IDS = {1: [1, 1] + [0, 1] * 5, 2: [1, 1] + [0, 1] * 4 + [1, 1]}
"""Row 0 broken with both seeds, row 11 fixed with both, row 10 broken with seed 2 alone."""
NOTE = "Tiny encoders and synthetic texts."


def results(
    name: str,
    predicted: Mapping[int, Sequence[int]],
    gold: Sequence[int] = tuple(GOLD),
    labels: Sequence[str] = LABELS,
    languages: Sequence[str] | None = None,
    seen: Sequence[int] = (),
    settings: Mapping[str, Any] | None = None,
    ids: Sequence[str] | None = None,
) -> CellResults:
    """The results of a cell; `seen` are places of rows that a start has seen."""
    task, _, stem = name.partition("@")
    target, start, model = stem.split("-")
    rows = len(gold)
    return CellResults(
        cell={"task": task, "target": target, "start": start, "model": model},
        kind="domain",
        labels=labels,
        ids=ids or [f"r{row}" for row in range(rows)],
        gold=gold,
        languages=languages or ["en"] * rows,
        seen=[row in seen for row in range(rows)],
        predicted=predicted,
        epochs=dict.fromkeys(predicted, 2),
        paper_accuracy=dict.fromkeys(predicted, 1.0),
        paper_epochs=dict.fromkeys(predicted, 1),
        majority=0,
        tfidf=[0] * rows,
        settings={"training.target.epochs": 6} if settings is None else settings,
        checkpoint=f"checkpoint of {start}",
        intermediate_seeds=[] if start == "pretrained" else [1],
        truncation={"cut": 0, "max_tokens": 8, "rows": rows},
    )


def curves(seeds: Sequence[int]) -> str:
    """Two epochs for each seed; the second is better on dev, the first on test."""
    lines = ["seed,epoch,train_loss,dev_loss,dev_accuracy,dev_macro_f1,test_accuracy"]
    for seed in seeds:
        lines += [f"{seed},1,0.9,0.8,0.6,0.5,1.0", f"{seed},2,0.5,0.4,0.9,0.8,0.75"]
    return "\n".join(lines) + "\n"


def write_study(root: Path, cells: Sequence[CellResults], **changes: Any) -> None:
    """Write params.yaml, every report of the cells, and a dvc.lock that vouches for them into a folder."""
    values = params(note=NOTE, **changes)
    lists = values["classification"]
    stems = [
        f"{target}-{start}-{model}"
        for target in lists["targets"]
        for start in lists["starts"]
        for model in values["models"]
    ]
    (root / "params.yaml").write_text(json.dumps(values, indent=1), encoding="utf-8")
    reports, stages = root / "reports", {}
    for one in cells:
        stem = "-".join(one.cell[key] for key in ("target", "start", "model"))
        file = reports / "curves" / "classification" / f"{stem}.csv"
        write_text(file, curves(list(one.predicted)))
        path = f"reports/cells/classification/{stem}.json"
        write_json(root / path, cell_record(one))
        write_json(reports / "predicted" / "classification" / f"{stem}.json", predicted_record(one))
        seen = {"training.target": values["training"]["target"]}
        stages[f"classification@{stem}"] = stage(seen, outs={path: md5((root / path).read_text())})
    write_json(reports / "gains.json", gains(read_cells(reports, [("classification", stem) for stem in stems])))
    stages["gains"] = stage(outs={"reports/gains.json": md5((reports / "gains.json").read_text())})
    write_text(root / "dvc.lock", json.dumps({"schema": "2.0", "stages": stages}, indent=1))


def write_page(root: Path, corpus: str = "sms_spam") -> None:
    """The page of a corpus."""
    page = root / "reports" / "cards" / f"{corpus}.md"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(f"# {corpus}\n\nLicence: CC0-1.0.\n", encoding="utf-8")


def write_corpus(root: Path, one: CellResults, corpus: str = "sms_spam", texts: Sequence[str] = ()) -> Path:
    """The test rows of a cell as `prepare` leaves them, and the corpus's card with the hash of the file."""
    file = root / "corpora" / "ready" / corpus / "test.parquet"
    told = texts or [f"text {row} of {corpus}" for row in range(len(one.gold))]
    columns = zip(one.ids, told, one.gold, one.languages, strict=True)
    write_table(
        file,
        [Row(id, text, None, one.labels[label], lang, None, None, None, None) for id, text, label, lang in columns],
        Row,
    )
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    write_json(root / "reports" / "corpora" / f"{corpus}.json", {"about": [{"parts": {"test": {"sha256": sha256}}}]})
    return file


def f_and_if(
    f: Mapping[int, Sequence[int]] | None = None, if_: Mapping[int, Sequence[int]] | None = None, **more: Any
) -> list[CellResults]:
    """The F and the IF cell of one target."""
    return [results(F, f or F_IDS, **more), results(IF, if_ or IF_IDS, **more)]


def commit_study(repository: Repository, cells: Sequence[CellResults] | None = None, **changes: Any) -> str:
    """Commit a study on the current branch; the commit's id."""
    write_study(repository.root, f_and_if() if cells is None else cells, **changes)
    return repository.commit({".gitignore": "/corpora\n"})
