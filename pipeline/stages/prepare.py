"""`prepare CORPUS`: a translated corpus, cleaned, without duplicates and split: corpora/ready/CORPUS/.

Its card stands in reports/corpora/CORPUS.json as well, so that an experiment tells of its corpora without having their texts.
"""

from pathlib import Path

from pipeline.corpora.cards import card
from pipeline.corpora.cleaning import cleaned
from pipeline.corpora.floors import floors
from pipeline.corpora.near import without_near
from pipeline.corpora.schema import Row, read_table, replaced_folder, write_table
from pipeline.corpora.splits import split
from pipeline.files import write_json
from pipeline.stages.command import run
from pipeline.study import Study


def main(study: Study, corpus: str) -> None:
    """Prepare one corpus."""
    block = study.corpus(corpus)
    rows, record = read_table(Path("corpora/translated") / f"{corpus}.parquet", Row)
    rows, dropped = without_near(*cleaned(corpus, rows))
    parts = split(corpus, rows, block.labels, study.split.test, study.split.dev, study.split.seed)
    with replaced_folder(Path("corpora/ready") / corpus) as folder:
        for part, members in parts.items():
            write_table(folder / f"{part}.parquet", members, Row)
        write_json(folder / "floors.json", floors(parts["train"] + parts["dev"], parts["test"], block.labels))
        told = card(corpus, block, study.split, record, dropped, parts, folder)
        write_json(folder / "card.json", told)
    # In a list, which tables of metrics leave out.
    write_json(Path("reports/corpora") / f"{corpus}.json", {"about": [told]})
    sizes = ", ".join(f"{len(members)} {part}" for part, members in parts.items())
    duplicates = f"{dropped.exact} exact, {dropped.folded} folded and {dropped.near} near-duplicates dropped"
    print(f"{corpus}: {sizes}; {duplicates}")


if __name__ == "__main__":
    run(main, "corpus")
