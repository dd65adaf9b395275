"""What a warm parent and a stage must have in common, because a fork cannot be given it afterwards.

Everything that the interpreter and the libraries read once, while they start or are imported: with another value of any of it
the child could print or compute something else than the stage would have done by itself.
"""

import os
import sys
from pathlib import Path
from typing import Any

FORMAT = 1
"""Of the request; a tree of another version of this package starts its stages cold."""

READ_AT_IMPORT = (
    "ARROW_", "ATEN_", "GLIBC_", "GOMP_", "HF_", "HUGGINGFACE_", "JE_", "KMP_", "LD_", "MALLOC_", "MKL_", "NPY_", "NUMPY_", "OMP_",
    "OPENBLAS_", "PYTHON", "PYTORCH_", "SCIPY_", "SKLEARN_", "TORCH", "TRANSFORMERS_", "USE_",
)  # fmt: skip
"""How variables begin that a library may read while it is imported."""

THREADS = "OMP_NUM_THREADS"
GIVEN_LATER = (THREADS, "PYTHONUNBUFFERED", "PYTHONIOENCODING")
"""Those of them that a child can still be given."""

_FLAGS = (
    "debug", "inspect", "interactive", "optimize", "dont_write_bytecode", "no_user_site", "no_site", "ignore_environment",
    "verbose", "bytes_warning", "quiet", "isolated", "dev_mode", "utf8_mode",
)  # fmt: skip


def likeness() -> dict[str, Any]:
    """What must be equal, by topic, in the types that JSON has; to be asked for before anything is imported or changed."""
    # Without -P the first entry is the folder of the stage, which is handed over.
    path = sys.path if sys.flags.safe_path else sys.path[1:]
    return {
        "format": FORMAT,
        "python": [sys.version, sys.prefix, str(Path(sys.executable).resolve()), sys.getfilesystemencoding()],
        "options": [[getattr(sys.flags, name) for name in _FLAGS], list(sys.warnoptions), sorted(sys._xoptions)],
        "path": list(path),
        "installed": [_changed(folder) for folder in path if folder.endswith(("site-packages", "dist-packages"))],
        "variables": {name: value for name, value in os.environ.items() if _counts(name)},
    }


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """The topics in which two differ."""
    return sorted(topic for topic in one.keys() | other.keys() if one.get(topic) != other.get(topic))


def _counts(name: str) -> bool:
    return name in ("HOME", "XDG_CACHE_HOME") or (name.startswith(READ_AT_IMPORT) and name not in GIVEN_LATER)


def _changed(folder: str) -> int:
    """When a package was last put there or taken away, in ns."""
    try:
        return Path(folder).stat().st_mtime_ns
    except OSError:
        return 0
