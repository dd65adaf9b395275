"""`collect CORPUS`: the raw files of a corpus, one table of text: corpora/collected/CORPUS.parquet."""

from pathlib import Path

from pipeline.corpora.schema import Collected, write_table
from pipeline.corpora.sources import collect
from pipeline.stages.command import run
from pipeline.study import Study


def main(study: Study, corpus: str) -> None:
    """Collect one corpus."""
    rows, record = collect(corpus, study.corpus(corpus), study.split.seed)
    write_table(Path("corpora/collected") / f"{corpus}.parquet", rows, Collected, record)
    print(f"{corpus}: {len(rows)} rows", *record["notes"], sep="; ")


if __name__ == "__main__":
    run(main, "corpus")
