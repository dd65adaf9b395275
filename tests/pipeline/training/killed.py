"""A training killed at random moments, as a program: `python -m tests.pipeline.training.killed FOLDER ARCHITECTURE TRIALS`.

Every training is a child forked from this process, which has loaded the model and started no threads, so that a trial costs
what its steps cost. A state is written after every step: about half of a training is spent saving. Prints, as JSON, what an
undisturbed training decided, what each killed and resumed one decided, and what the kills left behind.
"""

import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from pipeline.encoders import load_classifier
from pipeline.training.fit import States, fit
from tests.pipeline.training.conftest import toy_parts
from tests.pipeline.training.test_fit import SETTINGS, fingerprint


def train(model: Any, parts: dict[str, Any], root: Path | None) -> dict[str, Any]:
    """Train the toy task for two epochs; returns all that was decided, and what was said on the way."""
    said: list[str] = []
    states = None if root is None else States(root, minutes=0.0)
    settings = replace(SETTINGS, epochs=2)
    result = fit(model, **parts, settings=settings, seed=3, states=states, say=said.append)
    return {**fingerprint(model, result), "said": said}


def in_child(work: Callable[[], dict[str, Any]], answer: Path, kill_after: float | None = None) -> float:
    """Do `work` in a forked child, which writes what it returns; kill it after so many seconds. Returns its seconds."""
    began = time.monotonic()
    child = os.fork()
    if not child:
        answer.write_text(json.dumps(work()), encoding="utf-8")
        os._exit(0)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return time.monotonic() - began


def main(folder: Path, architecture: str, count: int) -> None:
    """Run all trials and print what came of them."""
    torch.set_num_threads(1)
    model, tokenizer = load_classifier(folder / architecture, 2, "reinit", seed=3)
    parts = toy_parts(tokenizer)
    moments = random.Random(architecture)
    answer, root = folder / f"{architecture}.json", folder / f"states-{architecture}"
    in_child(lambda: train(model, parts, None), answer)
    undisturbed = json.loads(answer.read_text(encoding="utf-8"))
    seconds = in_child(lambda: train(model, parts, root), answer)
    trials = []
    for _ in range(count):
        shutil.rmtree(root)
        answer.unlink(missing_ok=True)
        in_child(lambda: train(model, parts, root), answer, kill_after=moments.uniform(0, seconds))
        finished = answer.exists()
        left = sorted(path.name.split("-")[0] for path in root.glob("*/*")) if root.exists() else []
        answer.unlink(missing_ok=True)
        in_child(lambda: train(model, parts, root), answer)
        end = json.loads(answer.read_text(encoding="utf-8"))
        trials.append({"finished": finished, "left": left, **end})
    print(json.dumps({"undisturbed": undisturbed, "trials": trials}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
