"""The toy study with a collected corpus to label and the schemes of this checkout."""

import shutil
from pathlib import Path

from tests.pipeline.corpora.annotation.reviews import CORPUS, collect
from tests.tui.toy import ROOT

__all__ = ["CORPUS", "label_by_hand", "prepare"]


def prepare(study: Path) -> Path:
    """Schemes and 40 reviews."""
    shutil.copytree(ROOT / "annotations" / "schemes", study / "annotations" / "schemes")
    collect(40, str(study))
    return study


def label_by_hand(study: Path, name: str, labels: dict[str, str]) -> None:
    """A file of labels as an annotator leaves it."""
    lines = ["id,label,note", *(f"{id},{label}," for id, label in labels.items())]
    (study / "annotations" / CORPUS / f"{name}.csv").write_text("\n".join(lines) + "\n")
