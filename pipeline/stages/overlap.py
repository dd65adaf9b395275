"""`overlap CORPUS`: test rows of a corpus that a start of its task has seen: reports/overlap/TASK/CORPUS.json."""

from pathlib import Path

from pipeline.corpora.overlap import seen_rows
from pipeline.corpora.schema import Row, read_table
from pipeline.files import write_json
from pipeline.stages.command import run
from pipeline.study import Study


def main(study: Study, corpus: str) -> None:
    """List the overlap of one corpus with every start of its task."""
    task = study.corpus(corpus).task
    tests = _rows(Path("ready") / corpus / "test")
    starts: dict[str, list[str]] = {}
    for start in study.group(task).starts:
        if ids := seen_rows(tests, _rows(Path("seen") / task / start)):
            starts[start] = ids
    write_json(Path("reports/overlap") / task / f"{corpus}.json", {"target": corpus, "starts": starts})


def _rows(table: Path) -> list[Row]:
    return read_table(f"corpora/{table}.parquet", Row)[0]


if __name__ == "__main__":
    run(main, "corpus")
