"""Corpora blocks, rows and folders for the tests of this room."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from pipeline.corpora.schema import Collected, Row
from pipeline.study import Corpus

# Importing scikit-learn or waiting for a busy machine is no fault of an example.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

DEFAULTS: dict[str, Any] = {
    "task": "classification",
    "kind": "domain",
    "source": [{"path": "data/mail.csv"}],
    "fields": {"text": "text", "label": "label"},
    "labels": ["ham", "spam"],
    "language": "en",
    "licence": "CC0-1.0",
    "citation": "nobody",
}


@pytest.fixture
def corpus() -> Callable[..., Corpus]:
    """A corpus block with some keys replaced."""
    return lambda **values: Corpus.model_validate_json(json.dumps({**DEFAULTS, **values}))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty tree with data/, which is the current folder."""
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def row() -> Callable[..., Row]:
    """A row with some columns replaced."""

    def make(id: str = "1", text: str = "a text", label: str = "ham", **values: Any) -> Row:
        empty = dict.fromkeys(Row._fields)
        return Row(**{**empty, "id": id, "text": text, "label": label, "language": "en", **values})

    return make


@pytest.fixture
def collected() -> Callable[..., Collected]:
    """A collected row with some columns replaced."""

    def make(id: str = "1", text: str = "a text", label: str = "ham", **values: Any) -> Collected:
        empty = dict.fromkeys(Collected._fields)
        return Collected(**{**empty, "id": id, "text": text, "label": label, "language": "en", **values})

    return make
