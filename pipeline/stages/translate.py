"""`translate CORPUS`: a corpus in the language its study asks for: corpora/translated/CORPUS.parquet."""

from pathlib import Path

from pipeline.corpora.schema import Collected, Row, read_table, write_table
from pipeline.corpora.translation import translate
from pipeline.stages.command import run
from pipeline.study import Study


def main(study: Study, corpus: str) -> None:
    """Translate one corpus."""
    block = study.corpus(corpus)
    rows, record = read_table(Path("corpora/collected") / f"{corpus}.parquet", Collected)
    translated, counts = translate(corpus, block, rows, study.translation.memory)
    write_table(Path("corpora/translated") / f"{corpus}.parquet", translated, Row, {**record, "translated": counts})


if __name__ == "__main__":
    run(main, "corpus")
