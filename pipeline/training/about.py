"""What a state says of itself, in `about.json` beside it, for readers without torch.

It holds what the caller says of its training and how far the state goes. It is written after its state and names that one's size, so
that it never speaks of another: where the two do not fit, the state is not told of, which harms nobody.
"""

import contextlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NAME = "about.json"


def write_about(
    folder: Path, about: Mapping[str, Any], state: Mapping[str, Any], days: float, gibibytes: float
) -> None:
    """Describe the state that was just written in `folder`.

    Args:
        folder: The fit's.
        about: What the caller says of the training, as JSON.
        state: What was written: `finished`, and `epoch`, the one that is under way where it is not.
        days: How long a state is kept at most.
        gibibytes: How much room all states have together, the newest first.

    Where the disk refuses, there is none.
    """
    draft = folder / f"draft-{os.getpid()}-about"
    try:
        progress = {
            "finished": state["finished"],
            "epoch": None if state["finished"] else state["epoch"],
            "bytes": (folder / "state").stat().st_size,
            "until": time.time() + days * 86_400,
            "gibibytes": gibibytes,
        }
        draft.write_text(json.dumps({**about, **progress}), encoding="utf-8")
        draft.replace(folder / NAME)
    except OSError:
        # The state itself is there and will be taken; only nobody can tell before.
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
            (folder / NAME).unlink(missing_ok=True)
