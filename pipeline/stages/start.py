"""`start START`: the rows that intermediate training of a start reads: corpora/starts/START/.

Those that it trains on or chooses its epoch by stand in corpora/seen/TASK/START.parquet once more: what a target's test set
is compared with, in a folder that holds no other task's starts.
"""

from pathlib import Path

from pipeline.corpora.schema import PARTS, Row, read_table, write_table
from pipeline.corpora.starts import training_rows
from pipeline.files import replaced_folder, write_json
from pipeline.stages.command import run
from pipeline.study import Study


def main(study: Study, start: str) -> None:
    """Write the rows of one start, and `start.json` which says what they are."""
    block = study.start(start)
    ready = Path("corpora/ready") / block.corpus
    parts = {part: read_table(ready / f"{part}.parquet", Row)[0] for part in PARTS}
    parts["train"] = training_rows(block, parts["train"], study.split.seed)
    about = {
        "start": start,
        "corpus": block.corpus,
        "labels": list(study.corpus(block.corpus).labels),
        "head": block.head,
        "objective": block.objective,
        "examples": len(parts["train"]),
    }
    with replaced_folder(Path("corpora/starts") / start) as folder:
        for part, rows in parts.items():
            write_table(folder / f"{part}.parquet", rows, Row)
        write_json(folder / "start.json", about)
    record = {"pair_ids": pair_ids} if (pair_ids := study.corpus(block.corpus).pair_ids) else None
    write_table(Path("corpora/seen") / block.task / f"{start}.parquet", parts["train"] + parts["dev"], Row, record)


if __name__ == "__main__":
    run(main, "start")
