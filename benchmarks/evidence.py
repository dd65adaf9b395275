"""What stands beside the gains: how long it takes and how much memory.

A pair of 35,000 and 5,000 texts with the lengths of film reviews and of short messages; all other tests on gains of the size of the
paper's; the advisor from cached reports, the whole process; the replicates of a paired macro-F1 bootstrap. Every row is measured in a
process of its own, whose peak memory counts.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report import Row, run

ROOT = Path(__file__).parents[1]
TEXTS = (35_000, 5_000)
CLASSES, ROWS, SEEDS = 28, 1_500, 2
GAINS = 18
HIDDEN, LAYERS = 256, 4
"""The encoder of the other benchmarks: BERT 4 x 256."""


def measure(quick: bool) -> list[Row]:
    """The rows of the group `evidence`."""
    share = 10 if quick else 1
    pair = _alone("pair", TEXTS[0] // share, TEXTS[1] // share)
    told = f"{TEXTS[0] // share:,} texts of 230 words and {TEXTS[1] // share:,} of 20, words and BERT {LAYERS} x {HIDDEN}, at the defaults"
    opinions = _alone("opinions", GAINS // share or 1, 10_000)
    bootstrap = _alone("bootstrap", 10_000 // share)
    many = f"{10_000 // share:,} paired macro-F1 replicates, {CLASSES} classes, {ROWS:,} examples"
    tests = f"{GAINS // share or 1} gains, {SEEDS} seeds, {ROWS:,} rows, {CLASSES} labels, 10,000 replicates each"
    # A tenth of the sizes says nothing of their budgets; the advisor is measured whole.
    return [
        _row("evidence.pair_s", pair["seconds"], "s", None if quick else 60, told),
        _row(
            "evidence.pair_gb",
            pair["gigabytes"],
            "GB",
            None if quick else 2,
            "peak resident memory of the same process",
        ),
        _row("evidence.opinions_s", opinions["seconds"], "s", None if quick else 20, tests),
        _row("evidence.advice_s", _advice(), "s", 2, "the whole process over this study's reports, median of 5"),
        _row("stats.bootstrap_s", bootstrap["seconds"], "s", None if quick else 2, many),
    ]


def _row(id_: str, value: float, unit: str, most: float | None, how: str) -> Row:
    if most is None:
        return Row(id_, value, unit, None, None, how)
    return Row(id_, value, unit, f"<= {most:g}", value <= most, how)


def _alone(what: str, *sizes: int) -> dict[str, Any]:
    """The measurement of a job of this module in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.evidence", "--job", what, *map(str, sizes)]
    threads = {"OMP_NUM_THREADS": str(os.cpu_count() or 1)}
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **threads}, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _advice() -> float:
    taken = []
    for _ in range(5):
        begun = time.perf_counter()
        command = [sys.executable, "-P", "-m", "pipeline.evidence.advice", "sms_spam"]
        subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
        taken.append(time.perf_counter() - begun)
    return float(np.median(taken))


def pair(start: int, target: int) -> Callable[[], object]:
    """All distances of a pair, its encoder's reading of the texts included."""
    from pipeline.evidence.distances.pairs import Sizes, embedded_distances, lexical_distances
    from pipeline.evidence.features import features_of
    from pipeline.pretrained import BuiltEncoder, build
    from pipeline.study.blocks import DistanceSettings
    from pipeline.training.batches import Examples

    rng = np.random.default_rng(1)
    words = np.array([f"{chr(97 + n % 26)}{n}" for n in range(30_000)])
    weights = 1 / np.arange(1, 30_001)
    weights /= weights.sum()

    def texts(count: int, length: int, shift: int) -> list[str]:
        drawn = np.roll(words, shift)[rng.choice(30_000, (count, length), p=weights)]
        return [" ".join(row) for row in drawn]

    corpora = texts(start, 230, 0), texts(target, 20, 200)
    folder = Path(tempfile.mkdtemp())
    (folder / "words.txt").write_text("\n".join([*words[:8_000], *"abcdefghijklmnopqrstuvwxyz0123456789"]) + "\n")
    build(folder / "bert", BuiltEncoder("bert", HIDDEN, LAYERS, 4, 1024, 256, 7, folder / "words.txt"))
    sizes = Sizes(**DistanceSettings().model_dump())

    def job() -> object:
        lexical = lexical_distances(*corpora, sizes)
        labels = [np.arange(2 * sizes.embedded) % kinds for kinds in (2, CLASSES)]
        read = [
            features_of(folder / "bert", Examples(some[: 2 * sizes.embedded], None, ids), None, 256, "head").vectors
            for some, ids in zip(corpora, labels, strict=True)
        ]
        return lexical, embedded_distances(read[0], labels[0], read[1], labels[1], sizes)

    return job


def opinions(gains: int, replicates: int) -> Callable[[], object]:
    """Every other test on so many gains."""
    from pipeline.evidence.opinions import opinions as ask

    cells = [_predicted(number) for number in (1, 2)]
    entry = {"task": "t", "target": "a", "start": "s", "model": "m", "verdict": "inconclusive"}
    family = {"alpha": 0.05, "size": GAINS}
    return lambda: [ask(entry, *cells, family, replicates, number) for number in range(gains)]


def bootstrap(replicates: int) -> Callable[[], object]:
    """The replicates of one seed."""
    from pipeline.evidence.resampling import paired_bootstrap

    f, if_ = (_predicted(number) for number in (1, 2))
    gold = np.array(f["gold"])
    sides = [np.array([cell["predicted"]["1"]]) for cell in (f, if_)]
    return lambda: paired_bootstrap(*sides, gold, CLASSES, "macro_f1", replicates=replicates)


def _predicted(number: int) -> dict[str, Any]:
    rng = np.random.default_rng(number)
    gold = np.random.default_rng(9).integers(0, CLASSES, ROWS)
    answers = {
        str(seed): np.where(rng.random(ROWS) < 0.5, gold, rng.integers(0, CLASSES, ROWS)).tolist()
        for seed in range(1, SEEDS + 1)
    }
    labels = [f"label{n}" for n in range(CLASSES)]
    return {
        "labels": labels,
        "gold": gold.tolist(),
        "predicted": answers,
        "languages": ["en"] * ROWS,
        "intermediate_seeds": [1],
        "about": [{"settings": {}}],
    }


JOBS: dict[str, Callable[..., Callable[[], object]]] = {"pair": pair, "opinions": opinions, "bootstrap": bootstrap}


def do(what: str, *sizes: int) -> None:
    """Prepare a job, then measure and print it."""
    job = JOBS[what](*sizes)
    begun = time.perf_counter()
    job()
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    print(json.dumps({"seconds": seconds, "gigabytes": peak}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--job"]:
        do(sys.argv[2], *map(int, sys.argv[3:]))
    else:
        raise SystemExit(run("evidence", measure, ["numpy", "scipy", "scikit-learn", "POT", "torch"]))
