"""What holds for every test: no wall-clock deadlines, one thread a process, no network, slots and settings of its own."""

import os
import shutil
import tempfile
from pathlib import Path

# Before torch is imported: side by side, OpenMP threads fight over the cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
# Runs of toy studies would import torch for nothing; tests of warm starts ask for them.
os.environ.setdefault("DETOUR_WARM", "off")

# What else runs on this machine, and how its user likes things, is no concern of a test.
os.environ["DETOUR_MACHINE"] = tempfile.mkdtemp(prefix="detour-tests-")
os.environ["XDG_CONFIG_HOME"] = os.environ["DETOUR_MACHINE"]
os.environ["XDG_CACHE_HOME"] = os.environ["DETOUR_MACHINE"]
os.environ["XDG_STATE_HOME"] = os.environ["DETOUR_MACHINE"]
os.environ["XDG_CACHE_HOME"] = os.environ["DETOUR_MACHINE"]

import pytest
from hypothesis import settings

# The tour of somebody's first visit would take the first key of every test.
(Path(os.environ["DETOUR_MACHINE"]) / "detour").mkdir()
(Path(os.environ["DETOUR_MACHINE"]) / "detour" / "tour-seen").touch()

settings.register_profile("detour", deadline=None)
settings.load_profile("detour")

LONG = ("tests/study/", "tests/real/", "tests/tui/runs/", "tests/tui/test_terminal")
"""Where tests run real studies: they go first, so that side by side no process ends with minutes of them left."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_unconfigure() -> None:
    shutil.rmtree(os.environ["DETOUR_MACHINE"], ignore_errors=True)
