"""A training killed at random moments, as a program:

    python -m tests.pipeline.training.killed FOLDER ARCHITECTURE TRIALS SIGNAL OBJECTIVE

Every training is a child forked from this process, which has loaded the model and started no threads, so that a trial costs
what its steps cost. Where it is killed by SIGKILL, a state is written after every step: about half of a training is spent saving.
By SIGTERM it is asked to stop, and keeps a state because of that. Prints, as JSON, what an undisturbed training decided, what each
killed and resumed one decided, how the killed ones ended and what they left behind.
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
from pipeline.language_models import load_language_model
from pipeline.training.fit import States, fit
from pipeline.training.objectives import LABELS, Objective
from pipeline.training.state import MINUTES
from pipeline.training.stopping import heeding
from tests.pipeline.training.conftest import toy_parts
from tests.pipeline.training.test_fit import SETTINGS, fingerprint


def train(
    model: Any, parts: dict[str, Any], objective: Objective, root: Path | None, minutes: float = 0.0
) -> dict[str, Any]:
    """Train the toy task for two epochs; returns all that was decided, and what was said on the way."""
    said: list[str] = []
    states = None if root is None else States(root, minutes=minutes)
    settings = replace(SETTINGS, epochs=2)
    result = fit(model, **parts, settings=settings, seed=3, states=states, say=said.append, objective=objective)
    return {**fingerprint(model, result), "said": said}


def in_child(
    work: Callable[[], dict[str, Any]],
    answer: Path,
    number: signal.Signals = signal.SIGKILL,
    after: float | None = None,
) -> tuple[float, int]:
    """Do `work` in a forked child, which writes what it returns; signal it after so many seconds. Returns its seconds and status."""
    began = time.monotonic()
    # It listens before it can be signalled.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    child = os.fork()
    if not child:
        try:
            with heeding():
                signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
                answer.write_text(json.dumps(work()), encoding="utf-8")
        except SystemExit as end:
            os._exit(int(str(end.code)))
        os._exit(0)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    if after is not None:
        time.sleep(after)
        os.kill(child, number)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return time.monotonic() - began, status


def main(folder: Path, architecture: str, count: int, number: signal.Signals, kind: str) -> None:
    """Run all trials and print what came of them."""
    torch.set_num_threads(1)
    objective: Objective = LABELS
    if kind == "labels":
        model, tokenizer = load_classifier(folder / architecture, 2, "reinit", seed=3)
    else:
        model, tokenizer, objective = load_language_model(folder / architecture, seed=3)
    parts = toy_parts(tokenizer)
    moments = random.Random(architecture)
    answer, root = folder / f"{kind}-{architecture}.json", folder / f"states-{kind}-{architecture}"
    minutes = 0.0 if number == signal.SIGKILL else MINUTES
    in_child(lambda: train(model, parts, objective, None), answer)
    undisturbed = json.loads(answer.read_text(encoding="utf-8"))
    shutil.rmtree(root, ignore_errors=True)
    seconds, _ = in_child(lambda: train(model, parts, objective, root, minutes), answer)
    trials = []
    for _ in range(count):
        shutil.rmtree(root)
        answer.unlink(missing_ok=True)
        after = moments.uniform(0, seconds)
        _, status = in_child(lambda: train(model, parts, objective, root, minutes), answer, number, after)
        finished = answer.exists()
        left = sorted(path.name.split("-")[0] for path in root.glob("*/*")) if root.exists() else []
        answer.unlink(missing_ok=True)
        in_child(lambda: train(model, parts, objective, root, minutes), answer)
        end = json.loads(answer.read_text(encoding="utf-8"))
        trials.append({"finished": finished, "status": status, "left": left, **end})
    print(json.dumps({"undisturbed": undisturbed, "trials": trials}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), signal.Signals[sys.argv[4]], sys.argv[5])
