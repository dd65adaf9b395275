"""Services on loopback, settings that use them, and a live memory of one's own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.corpora.translation.live import LiveMemory
from pipeline.study import Translation
from tests.pipeline.corpora.translation.translators import Services, serving

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """What both services of `settings` are asked and do."""
    for name in (*PROXIES, "LIBRE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    held = Services()
    with serving(held) as url:
        monkeypatch.setenv("TRANSLATORS", url)
        yield held


@pytest.fixture
def settings(tmp_path: Path, services: Services, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Translation]:
    """A study's block that asks a service on loopback; the snapshot lies in `data/` of the test's folder and is empty."""
    import os

    monkeypatch.chdir(tmp_path)
    snapshot = tmp_path / "data" / "memory.jsonl"
    snapshot.parent.mkdir()
    snapshot.touch()

    def make(engine: str = "google", **values: Any) -> Translation:
        url = os.environ["TRANSLATORS"]
        told = {"memory": "data/memory.jsonl", "engine": engine, "rate": 10000, "wait": 0.01, "timeout": 5, "tries": 3}
        addresses = {"google": {"address": f"{url}/m"}, "libre": {"address": url}}.get(engine, {})
        return Translation(**{**told, **addresses, **values})

    return make


@pytest.fixture
def said() -> list[str]:
    """What the live memory and the stage said."""
    return []


@pytest.fixture
def live(tmp_path: Path, said: list[str]) -> LiveMemory:
    return LiveMemory(tmp_path / ".detour" / "memory", said.append)
