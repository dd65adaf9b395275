"""`overlap TASK`: test rows of each target that a start has seen: reports/overlap/TASK/TARGET.json."""

from pathlib import Path

from pipeline.corpora.overlap import TestRows
from pipeline.corpora.schema import Row, read_table, replaced_folder
from pipeline.errors import InputError
from pipeline.files import write_json
from pipeline.stages.command import run
from pipeline.study import PRETRAINED, TASKS, Study


def main(study: Study, task: str) -> None:
    """List the overlap of every target of one task."""
    if task not in TASKS:
        raise InputError(f"There is no task '{task}'; choose one of {', '.join(TASKS)}.")
    group = study.group(task)
    tests = TestRows({target: _rows(f"ready/{target}/test") for target in group.targets})
    reports: dict[str, dict[str, list[str]]] = {target: {} for target in group.targets}
    for start in group.starts:
        if start == PRETRAINED:
            continue
        seen = tests.seen_by(_rows(f"starts/{start}/train") + _rows(f"starts/{start}/dev"))
        for target, ids in seen.items():
            if ids:
                reports[target][start] = ids
    with replaced_folder(Path("reports/overlap") / task) as folder:
        # A task without targets would leave an empty folder, which git does not keep.
        write_json(
            folder / "_index.json",
            {"task": task, "targets": list(group.targets), "starts": list(group.starts)},
        )
        for target, starts in reports.items():
            write_json(folder / f"{target}.json", {"target": target, "starts": starts})


def _rows(table: str) -> list[Row]:
    return read_table(Path("corpora") / f"{table}.parquet", Row)[0]


if __name__ == "__main__":
    run(main, "task")
