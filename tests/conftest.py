"""What holds for every test: no wall-clock deadlines, one thread a process, no network."""

import os

# Before torch is imported: side by side, OpenMP threads fight over the cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

from hypothesis import settings

settings.register_profile("detour", deadline=None)
settings.load_profile("detour")
