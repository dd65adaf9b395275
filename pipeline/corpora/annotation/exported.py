"""Labels by hand as `collect` reads them: each belongs to one row of the corpus's files, with the text that was labelled.

Every label has to find its row, in one of the files that name the annotations, and the row's text has to be the one that was
labelled: a label that has lost its text is an `InputError`, never a row less.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.corpora.annotation.hashes import text_hash
from pipeline.corpora.declared import declared_bytes
from pipeline.corpora.rawcsv import decode, read_csv
from pipeline.errors import InputError
from pipeline.study import UNPINNED, SourceFile

WANTED = ("id", "label", "text")


@dataclass
class HandLabels:
    """The exported labels of one corpus."""

    path: str
    sha256: str
    labels: dict[str, tuple[str, str, str]]
    """By id: label, hash of the text, and where the line stands."""
    files: list[str] = field(default_factory=list)
    """The files that name these annotations."""
    met: set[str] = field(default_factory=set)
    """The ids that their rows have."""

    def label(self, id: str, text: str, pair: str | None, at: str) -> str | None:
        """The label of a row; None where it has none.

        Raises:
            InputError: The row has another text than the one that was labelled.
        """
        label, hash, line = self.labels.get(id, (None, "", ""))
        if label is not None and hash != text_hash(text, pair):
            raise InputError(
                f"{line}: '{id[:40]}' has another text in {at} than the one that was labelled; bring the file back as it was, or "
                f"`detour annotate {self.path.split('/')[1]} export` leaves such labels out."
            )
        return label

    def refuse_lost(self) -> None:
        """Refuse labels that no row has.

        Raises:
            InputError: The first of them.
        """
        lost = [id for id in self.labels if id not in self.met]
        if lost:
            others = f" and {len(lost) - 1} more" if lost[1:] else ""
            raise InputError(
                f"{self.labels[lost[0]][2]}: no row of {', '.join(self.files)} has the id '{lost[0][:40]}'{others}; name the columns of "
                "the id that it had when it was labelled under fields.id, or bring the file back."
            )


class HandLabelsOfCorpus:
    """The annotations that the files of a corpus name, each read once."""

    def __init__(self) -> None:
        self._read: dict[str, HandLabels] = {}

    def of(self, place: str, file: SourceFile) -> HandLabels | None:
        """The labels of a file; None where it names no annotations.

        Raises:
            InputError: They are missing, not the declared ones, or broken.
        """
        named = file.annotations
        if named is None:
            return None
        if named.path not in self._read:
            self._read[named.path] = _read(f"{place}.annotations", named.path, named.sha256)
        found = self._read[named.path]
        found.files.append(file.path or (file.hub.id if file.hub else place))
        return found

    def refuse_lost(self) -> None:
        """Refuse labels that no row of the corpus has; call it when every file was read."""
        for labels in self._read.values():
            labels.refuse_lost()


def _read(place: str, path: str, sha256: str) -> HandLabels:
    corpus = path.split("/")[1]
    if sha256 == UNPINNED:
        raise InputError(
            f"{place}.sha256 is unpinned; `detour annotate {corpus} export` writes {path} and its sha256 there."
        )
    if not Path(path).is_file():
        raise InputError(
            f"{path}, named by {place}.path, does not exist; `detour annotate {corpus} export` writes it, git keeps it."
        )
    data, found = declared_bytes(place, path, None)
    if found != sha256:
        raise InputError(
            f"{path} has the sha256 {found} where {place}.sha256 expects {sha256}; `detour annotate {corpus} export` brings both in "
            "agreement, and a run sees of either only what is committed."
        )
    table = read_csv(path, decode(path, data), dict.fromkeys(WANTED, f"{place}.path"))
    labels: dict[str, tuple[str, str, str]] = {}
    for number, id, label, hash in zip(table.numbers, *_columns(table.columns), strict=True):
        if id in labels:
            raise InputError(
                f"{path}, line {number}: the id '{id[:40]}' stands there twice; `detour annotate {corpus} export` again."
            )
        labels[id] = label, hash, f"{path}, line {number}"
    return HandLabels(path, found, labels)


def _columns(columns: dict[str, list[str]]) -> Iterable[list[str]]:
    return [columns[name] for name in WANTED]
