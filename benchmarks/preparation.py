"""What preparing a corpus of 100,000 rows costs: time, memory, and whether the duplicates that were put in are found.

The texts are as long as film reviews (lognormal, median 174 words, mean about 230), drawn from a vocabulary of 50,000 words whose
frequencies follow Zipf's law; known shares are exact, folded and near copies of others. The work runs in a process of its own, so
that its peak memory is its own.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.report import Row as Measured
from pipeline.corpora.schema import Row, write_table

ROWS, QUICK_ROWS = 100_000, 5_000
COPIES = 0.01
"""Share of the rows that are copies of each of the three kinds."""
SECONDS, MEGABYTES = 60, 1_000

CHILD = """
import json, resource, sys, time
from pathlib import Path
from pipeline.corpora.cards import Ties, card
from pipeline.corpora.cleaning import cleaned
from pipeline.corpora.components import owners
from pipeline.corpora.floors import floors
from pipeline.corpora.near import without_near
from pipeline.corpora.schema import Row, read_table, write_table
from pipeline.corpora.splits import split
from pipeline.study import Corpus, Split

def spent():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), usage.ru_utime + usage.ru_stime

folder, began = Path(sys.argv[1]), spent()
block = Corpus.model_validate_json(Path(folder, "block.json").read_text())
by = Split(test=0.3, dev=0.1, seed=13)
rows, record = read_table(folder / "translated.parquet", Row)
rows, dropped = cleaned("big", rows)
rows, dropped = without_near(rows, dropped)
owner = owners(rows, True)
parts = split("big", rows, block.labels, by.test, by.dev, by.seed, owner)
for part, members in parts.items():
    write_table(folder / f"{part}.parquet", members, Row)
told = card("big", block, by, record, dropped, parts, folder, Ties(owner, []))
ended, peak = spent(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
floors(parts["train"] + parts["dev"], parts["test"], block.labels)
after = spent()
print(json.dumps({
    "seconds": ended[0] - began[0], "cpu": ended[1] - began[1], "peak": peak, "dropped": told["rows"]["dropped"],
    "floors": after[1] - ended[1], "floors_peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
"""


def rows(quick: bool) -> list[Measured]:
    """Measure and judge against the budgets."""
    count = QUICK_ROWS if quick else ROWS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = texts(count)
        write_table(folder / "translated.parquet", made, Row)
        (folder / "block.json").write_text(json.dumps(_block()), encoding="utf-8")
        command = [sys.executable, "-c", CHILD, name]
        told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    words = sum(len(row.text.split()) for row in made) / len(made)
    of = f"{count:,} rows of {words:.0f} words in the mean; read, cleaned, exact, folded and near-duplicates, split, written, card"
    return [
        Measured(
            "corpora.prepare_s",
            told["cpu"],
            "CPU-s",
            f"<= {SECONDS}",
            told["cpu"] <= SECONDS,
            f"{of}; one process, user and system time, which is what it takes where a core is free",
        ),
        Measured(
            "corpora.prepare_mb",
            told["peak"],
            "MB",
            f"<= {MEGABYTES:,}",
            told["peak"] <= MEGABYTES,
            "peak resident memory of that process",
        ),
        Measured(
            "corpora.prepare_wall_s",
            told["seconds"],
            "s",
            None,
            None,
            "the same by the clock, beside whatever else the machine did",
        ),
        *_found(told["dropped"], count),
        Measured(
            "corpora.floors_cpu_s",
            told["floors"],
            "s",
            None,
            None,
            f"the TF-IDF floor, which `prepare` fits after that; peak memory then {told['floors_peak']:,.0f} MB",
        ),
    ]


def _found(dropped: dict[str, int], count: int) -> list[Measured]:
    copies = int(COPIES * count)
    return [
        Measured(
            f"corpora.found.{kind}",
            dropped[kind] / copies,
            "share",
            "1" if kind != "near" else None,
            dropped[kind] == copies if kind != "near" else None,
            f"of {copies:,} {kind} copies put in",
        )
        for kind in ("exact", "folded", "near")
    ]


def texts(count: int) -> list[Row]:
    """Rows of two labels, the copies among them; the same for the same count."""
    rng = np.random.default_rng(7)
    vocabulary = np.array(
        ["".join(rng.choice(list("abcdefghijklmnoprstuvw"), size=2 + place % 9)) for place in range(50_000)]
    )
    copies = int(COPIES * count)
    lengths = np.clip(np.exp(rng.normal(np.log(174), 0.75, count - 3 * copies)), 5, 1_500).astype(int)
    drawn = np.minimum(rng.zipf(1.2, lengths.sum()) - 1, 49_999)
    ends = np.cumsum(lengths)
    originals = [" ".join(vocabulary[drawn[end - length : end]]) for end, length in zip(ends, lengths, strict=True)]
    long = [place for place, length in enumerate(lengths) if length >= 80]
    made = [(text, place % 2) for place, text in enumerate(originals)]
    for number, place in enumerate(rng.choice(long, 3 * copies, replace=False)):
        text, label = made[place]
        words = text.split()
        words[len(words) // 2] = "otherwise"
        made.append(((text, text.upper(), " ".join(words))[number % 3], label))
    return [
        Row(f"r{place}", text, None, ("negative", "positive")[label], "en", None, None, None, None)
        for place, (text, label) in enumerate(made)
    ]


def _block() -> dict[str, object]:
    return {
        "task": "classification",
        "kind": "intermediate",
        "source": [{"path": "data/big.csv"}],
        "fields": {"text": "text", "label": "label"},
        "labels": ["negative", "positive"],
        "language": "en",
        "licence": "CC0-1.0",
        "citation": "drawn at random",
    }
