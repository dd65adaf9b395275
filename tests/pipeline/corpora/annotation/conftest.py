"""A tree with a collected corpus, schemes, and two annotators."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.corpora.annotation.labels import Given, LabelFile
from pipeline.corpora.annotation.scheme import read_scheme
from pipeline.corpora.annotation.session import Session, read_session
from pipeline.corpora.annotation.texts import Wish, begin
from tests.pipeline.corpora.annotation.reviews import CORPUS, collect

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sample's params.yaml, the schemes of this checkout, 40 collected reviews; the current folder."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "params.yaml", "params.yaml")
    shutil.copytree(ROOT / "annotations" / "schemes", "annotations/schemes")
    collect(40)
    return tmp_path


@pytest.fixture
def session(tree: Path) -> Session:
    """30 of them."""
    begin(CORPUS, Wish(sample=30, seed=1))
    return read_session(tree, CORPUS)


@pytest.fixture
def labels(tree: Path, session: Session) -> Callable[[str], LabelFile]:
    """The file of an annotator by name."""
    return lambda name: LabelFile(
        tree, session, read_scheme(tree, "sentiment"), name, tree / ".detour/locks/annotations"
    )


@pytest.fixture
def both(session: Session, labels: Callable[[str], LabelFile]) -> Session:
    """Ann and Bo through all 30: they differ on five, Bo skipped the sixth, both skipped the seventh."""
    ann, bo = labels("ann"), labels("bo")
    for index, item in enumerate(session.items):
        own = "positive" if index % 3 else "negative"
        other = {"positive": "negative", "negative": "positive"}[own] if index < 5 else own
        ann.put(item.id, Given(item.id, "" if index == 6 else own))
        bo.put(item.id, Given(item.id, "" if index in (5, 6) else other))
    return session
