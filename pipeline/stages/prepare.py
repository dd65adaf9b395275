"""`prepare CORPUS`: a translated corpus, cleaned, without duplicates and split: corpora/ready/CORPUS/.

A corpus in folds has all of its rows in test.parquet, with the divisions in the file's record, and none elsewhere.

Its card stands in reports/corpora/CORPUS.json as well, so that an experiment tells of its corpora without having their texts.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.corpora.cards import Ties, card
from pipeline.corpora.cleaning import cleaned
from pipeline.corpora.components import owners
from pipeline.corpora.floors import floors, floors_of_folds
from pipeline.corpora.folds import divisions
from pipeline.corpora.near import without_near
from pipeline.corpora.schema import Row, read_table, write_table
from pipeline.corpora.splits import in_languages, split
from pipeline.files import replaced_folder, write_json
from pipeline.stages.command import run
from pipeline.study import Corpus, Split, Study


def main(study: Study, corpus: str) -> None:
    """Prepare one corpus."""
    block = study.corpus(corpus)
    rows, record = read_table(Path("corpora/translated") / f"{corpus}.parquet", Row)
    # In two steps: the rows as they were are forgotten before signatures need the room.
    rows, dropped = cleaned(corpus, rows)
    rows, dropped = without_near(rows, dropped)
    owner = owners(rows, block.split.pairs == "together")
    parts, folds = _divided(corpus, block, rows, study.split, owner)
    with replaced_folder(Path("corpora/ready") / corpus) as folder:
        for part, members in parts.items():
            write_table(
                folder / f"{part}.parquet", members, Row, {"divisions": folds} if folds and part == "test" else None
            )
        write_json(folder / "floors.json", _floors(parts, folds, block))
        ties = Ties(owner, folds, len(rows) - sum(map(len, parts.values())))
        told = card(corpus, block, study.split, record, dropped, parts, folder, ties)
        write_json(folder / "card.json", told)
    # In a list, which tables of metrics leave out.
    write_json(Path("reports/corpora") / f"{corpus}.json", {"about": [told]})
    sizes = ", ".join(f"{len(members)} {part}" for part, members in parts.items())
    if folds:
        sizes = f"{len(rows)} in {block.split.folds} folds, {block.split.repeats} times"
    duplicates = f"{dropped.exact} exact, {dropped.folded} folded and {dropped.near} near-duplicates dropped"
    print(f"{corpus}: {sizes}; {duplicates}")


def _divided(
    key: str, corpus: Corpus, rows: list[Row], split_by: Split, owner: Mapping[str, str]
) -> tuple[dict[str, list[Row]], list[list[str]]]:
    """The parts, and the divisions of a corpus in folds: all of its rows are tested, and none stands elsewhere."""
    if corpus.split.folds is None:
        parts = split(key, rows, corpus.labels, split_by.test, split_by.dev, split_by.seed, owner)
        return in_languages(key, parts, corpus.labels, corpus.split.train_in, corpus.split.test_in), []
    of_study = split_by.dev, split_by.seed
    made = divisions(key, rows, corpus.labels, corpus.split.folds, corpus.split.repeats, *of_study, owner)
    return {"train": [], "dev": [], "test": rows}, made


def _floors(parts: Mapping[str, list[Row]], folds: list[list[str]], corpus: Corpus) -> dict[str, Any]:
    """What a model has to beat; in folds, each row by what the other folds of the first division teach."""
    if not folds:
        return floors(parts["train"] + parts["dev"], parts["test"], corpus.labels)
    return floors_of_folds(parts["test"], folds[0], corpus.labels)


if __name__ == "__main__":
    run(main, "corpus")
