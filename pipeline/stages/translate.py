"""`translate CORPUS`: a corpus in the language its study asks for: corpora/translated/CORPUS.parquet."""

from functools import partial
from pathlib import Path

from pipeline.checkout import main_checkout
from pipeline.corpora.schema import Collected, Row, read_table, write_table
from pipeline.corpora.translation.corpus import translate
from pipeline.corpora.translation.live import LiveMemory
from pipeline.stages.command import run
from pipeline.study import Study


def main(study: Study, corpus: str) -> None:
    """Translate one corpus."""
    block = study.corpus(corpus)
    rows, record = read_table(Path("corpora/collected") / f"{corpus}.parquet", Collected)
    # Lines are told while work goes on, also where nobody's terminal but a log reads them.
    say = partial(print, flush=True)
    live = LiveMemory(main_checkout() / ".detour" / "memory", say)
    translated, told = translate(corpus, block, rows, study.translation, live, say)
    write_table(Path("corpora/translated") / f"{corpus}.parquet", translated, Row, {**record, "translated": told})


if __name__ == "__main__":
    run(main, "corpus")
