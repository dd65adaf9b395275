"""A warm parent for the stages of real studies, so that not every one of them spends seconds on importing torch."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.tui.toy import environment


@contextmanager
def warm_stages(log: Path) -> Iterator[None]:
    """Let every stage of plain DVC start from a parent within the block; `log` takes what the parent complains of."""
    with log.open("w", encoding="utf-8") as complaints:
        parent = subprocess.Popen(
            [sys.executable, "-P", "-m", "pipeline.warm.parent"],
            # What libraries read of it while they are imported must be the stages' own.
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            start_new_session=True,
        )
    assert parent.stdout is not None
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("DETOUR_WARM", parent.stdout.readline().strip())
        try:
            yield
        finally:
            parent.terminate()
            parent.communicate(timeout=30)
