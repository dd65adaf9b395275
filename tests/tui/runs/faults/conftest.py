"""Whatever a test leaves of a run is ended."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui.runs.following import end_all


@pytest.fixture(autouse=True)
def nothing_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    study: Path = request.getfixturevalue("study") if "study" in request.fixturenames else Path()
    yield
    if study != Path():
        end_all(study)
