"""What was agreed or adjudicated, as one file that a corpus reads: annotations/CORPUS/labels.csv.

A text has its adjudicated label, or the one that both annotators gave. What was skipped, or left out in adjudication, is not in
the file. Each row carries the hash of its text, so that `collect` refuses a label whose text has changed. Where params.yaml
names the file, its sha256 there is brought up to date; comments, order and everything else stay as they are.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.corpora.annotation.labels import Given
from pipeline.corpora.annotation.pairing import Compared
from pipeline.corpora.annotation.session import FOLDER, Session, folder_of
from pipeline.errors import InputError
from pipeline.files import sha256_of_file, write_text
from pipeline.study import read_yaml

COLUMNS = ("id", "label", "origin", "text")


@dataclass(frozen=True)
class Exported:
    """What became of a session's texts."""

    path: str
    sha256: str
    counts: Mapping[str, int]
    """Texts by origin: agreed, adjudicated, or the one annotator's; and those that are not in the file, by why."""
    places: tuple[str, ...]
    """The keys of params.yaml whose sha256 was brought up to date."""


def decided(rows: Sequence[Compared], adjudicated: Mapping[str, Given]) -> Iterator[tuple[str, str, str]]:
    """Id, label and origin of each text; the label is empty where there is none, and the origin says why."""
    for row in rows:
        ruling = adjudicated.get(row.id)
        if ruling is not None:
            yield row.id, ruling.label, "adjudicated" if ruling.label else "left out in adjudication"
        elif row.state == "agreed" and row.first is not None:
            yield row.id, row.first.label, "agreed"
        else:
            yield (
                row.id,
                "",
                {"differ": "not adjudicated", "waiting": "not looked at by both"}.get(row.state, "skipped"),
            )


def alone(session: Session, name: str, given: Mapping[str, Given]) -> Iterator[tuple[str, str, str]]:
    """As `decided`, with one annotator's labels as they are."""
    for item in session.items:
        row = given.get(item.id)
        label = row.label if row else ""
        yield item.id, label, name if label else "skipped" if row else "not looked at"


def export(
    root: Path, session: Session, rows: Sequence[tuple[str, str, str]], gone: Sequence[str], partial: bool
) -> Exported:
    """Write labels.csv and its sha256 in params.yaml.

    Args:
        root: The working tree.
        session: The session.
        rows: Id, label and origin of every text.
        gone: Ids whose text is another by now; they are left out.
        partial: Whether texts may be left out that were not labelled or adjudicated yet.

    Raises:
        InputError: Something is not decided yet, or nothing is left; nothing was written.
    """
    counts = Counter("text gone or changed" if id in gone else origin for id, _, origin in rows)
    open_ = [
        f"{counts[why]} {why}" for why in ("not adjudicated", "not looked at by both", "not looked at") if counts[why]
    ]
    if open_ and not partial:
        raise InputError(
            f"Of {len(rows)} texts of {session.corpus} {' and '.join(open_)}; finish them, or --partial leaves them out."
        )
    kept = [(id, label, origin) for id, label, origin in rows if label and id not in gone]
    if not kept:
        raise InputError(f"No text of {session.corpus} has a label to export; nothing was written.")
    hashes = {item.id: item.hash for item in session.items}
    path = folder_of(root, session.corpus) / "labels.csv"
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([COLUMNS, *([id, label, origin, hashes[id]] for id, label, origin in kept)])
    write_text(path, stream.getvalue())
    place, sha256 = f"{FOLDER}/{session.corpus}/labels.csv", sha256_of_file(path)
    return Exported(place, sha256, dict(counts), tuple(pin(root / "params.yaml", place, sha256)))


def pin(params: Path, path: str, sha256: str) -> list[str]:
    """Write a file's sha256 wherever params.yaml names the file under `annotations`; the keys that name it."""
    from ruamel.yaml import YAML

    read_yaml(params)  # For its sentence on broken YAML.
    text = params.read_text(encoding="utf-8")
    blocks = dict(_blocks(YAML().load(text), path))
    lines = text.splitlines(keepends=True)
    # From the end, so that positions before stay what they are.
    for block in sorted(blocks.values(), key=lambda block: block.lc.value("sha256"), reverse=True):
        row, column = block.lc.value("sha256")
        before, after = lines[row][:column], lines[row][column:]
        lines[row] = before + after.replace(str(block["sha256"]), sha256, 1)
    if "".join(lines) != text:
        write_text(params, "".join(lines))
    return list(blocks)


def _blocks(values: Any, path: str) -> Iterator[tuple[str, Any]]:
    for key, corpus in (values.get("corpora") or {}).items():
        for index, file in enumerate(corpus.get("source") or []):
            block = file.get("annotations")
            if isinstance(block, dict) and block.get("path") == path and "sha256" in block:
                yield f"corpora.{key}.source.{index}.annotations", block


def block_of(session: Session, exported: Exported) -> str:
    """What has to stand in params.yaml for a corpus to have the labels: a key of its file, or a file."""
    named = f"path: {exported.path}, sha256: {exported.sha256}"
    if session.file is None:
        return f"annotations: {{{named}, rest: keep}}"
    columns = {key: session.file[key] for key in ("id", "text", "pair") if session.file.get(key)}
    fields = ", ".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in columns.items())
    path = json.dumps(session.file["path"], ensure_ascii=False)
    return f"{{path: {path}, fields: {{{fields}}}, annotations: {{{named}}}}}"
