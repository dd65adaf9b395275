"""`overlap CORPUS`: test rows of a corpus that a start of its task has seen: reports/overlap/TASK/CORPUS.json.

Their ids stand by start and by kind (exact, folded, near, pair_id).
"""

from pathlib import Path

from pipeline.corpora.overlap import seen_rows
from pipeline.corpora.schema import Row, read_table
from pipeline.files import write_json
from pipeline.stages.command import run
from pipeline.study import Study


def main(study: Study, corpus: str) -> None:
    """List the overlap of one corpus with every start of its task."""
    block = study.corpus(corpus)
    tests, _ = read_table(Path("corpora/ready") / corpus / "test.parquet", Row)
    starts: dict[str, dict[str, list[str]]] = {}
    for start in study.group(block.task).starts:
        seen, record = read_table(Path("corpora/seen") / block.task / f"{start}.parquet", Row)
        numbered_alike = block.pair_ids is not None and record.get("pair_ids") == block.pair_ids
        if found := seen_rows(tests, seen, numbered_alike):
            starts[start] = found
    write_json(Path("reports/overlap") / block.task / f"{corpus}.json", {"target": corpus, "starts": starts})


if __name__ == "__main__":
    run(main, "corpus")
