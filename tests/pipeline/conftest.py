"""Tiny encoders and classifiers on them; torch is imported by the tests that ask for them alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline.hubserver import Repositories, point_here, serving


@pytest.fixture(scope="session")
def encoders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.pipeline.tiny_encoders import build_all

    folder = tmp_path_factory.mktemp("encoders")
    build_all(folder)
    return folder


@pytest.fixture(scope="session")
def intermediates(encoders: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.pipeline.tiny_encoders import train_all

    folder = tmp_path_factory.mktemp("intermediates")
    train_all(folder, encoders)
    return folder


@pytest.fixture(params=["bert", "roberta", "xlnet", "xlm_roberta"])
def architecture(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repositories]:
    """A hub on loopback that this process and its children use, with an empty cache."""
    held = Repositories()
    with serving(held) as url:
        point_here(monkeypatch, url, tmp_path / "home")
        yield held
