"""`pretrained TASK`: what the start `pretrained` has seen of a task: corpora/seen/TASK/pretrained.parquet.

Nobody can list what an encoder was pretrained on, so the table has no rows. It is there so that `pretrained` is a start like
any other, also in a task that has no other.
"""

from pathlib import Path

from pipeline.corpora.schema import Row, write_table
from pipeline.errors import InputError
from pipeline.stages.command import run
from pipeline.study import PRETRAINED, TASKS, Study


def main(study: Study, task: str) -> None:
    """Write the empty table of one task."""
    if task not in TASKS:
        raise InputError(f"There is no task '{task}'; choose one of {', '.join(TASKS)}.")
    write_table(Path("corpora/seen") / task / f"{PRETRAINED}.parquet", [], Row)


if __name__ == "__main__":
    run(main, "task")
