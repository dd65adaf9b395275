"""translate.*: looking 100,000 translations up in the memory, and the corpus made of them.

Half of them lie in the snapshot, half in the live memory, each among as many others of the same language pair. Texts are 10 to 150
words. Files are in the page cache, as they are when a stage has just written or checked them out.
"""

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.report import Row, run
from pipeline.corpora.schema import Collected
from pipeline.corpora.translation.corpus import translate
from pipeline.corpora.translation.entries import Entry, line_of
from pipeline.corpora.translation.live import LiveMemory
from pipeline.corpora.translation.memory import Memory
from pipeline.study import Corpus, Translation

LOOKUP_S = 5.0
SNAPSHOT = "data/memory.jsonl"
WORDS = [
    "un",
    "film",
    "que",
    "le",
    "réalisateur",
    "a",
    "voulu",
    "très",
    "long",
    "mais",
    "dont",
    "la",
    "fin",
    "étonne",
    "vraiment",
]


def rows(quick: bool = False) -> Sequence[Row]:
    """What was measured; a tenth of the size where it is to be quick."""
    size, times = (10_000, 1) if quick else (100_000, 3)
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            return _measure(size, times)
        finally:
            os.chdir(here)


def _measure(size: int, times: int) -> Sequence[Row]:
    texts, live = _texts(2 * size), LiveMemory(Path("live"))
    wanted = texts[::2]
    bytes_ = _write_memory(texts, live)
    keys = {("fr", "en", text) for text in wanted}
    lookup = _seconds(lambda: len(Memory(SNAPSHOT, live, lambda *_: "google").find(keys)) == size, times)
    collected = [Collected(str(i), text, None, "good", "fr", None, None, None) for i, text in enumerate(wanted)]
    settings = Translation(memory=SNAPSHOT, engine="google")
    whole = _seconds(lambda: len(translate("corpus", _block(), collected, settings, live)[0]) == size, times)
    how = f"{size:,} of {2 * size:,} entries ({bytes_ / 1e6:.0f} MB), half in the snapshot and half in the live memory; median of {times}"
    value = statistics.median(lookup)
    return [
        Row("translate.lookup_s", value, "s", f"<= {LOOKUP_S:g}", value <= LOOKUP_S, f"{how}, {min(lookup):.2f} to {max(lookup):.2f}"),
        Row("translate.corpus_s", statistics.median(whole), "s", None, None, f"the same with rows, provenance and quality card; {how}"),
    ]  # fmt: skip


def _texts(count: int) -> list[str]:
    dice = random.Random(1)
    return [f"{number} {' '.join(dice.choices(WORDS, k=dice.randint(10, 150)))}" for number in range(count)]


def _write_memory(texts: Sequence[str], live: LiveMemory) -> int:
    entries = [Entry("fr", "en", "google", text, text[::-1], date="2026-01-31") for text in texts]
    Path("data").mkdir()
    half = len(entries) // 2
    Path(SNAPSHOT).write_bytes(b"".join(map(line_of, entries[:half])))
    live.add(entries[half:])
    return Path(SNAPSHOT).stat().st_size + live.path("fr", "en").stat().st_size


def _block() -> Corpus:
    return Corpus(
        task="classification",
        kind="crosslingual",
        source=({"path": "data/none.csv", "language": "fr", "fields": {"text": "text", "label": "label"}},),  # type: ignore[arg-type]
        labels=("bad", "good"),
        translation="to_english",
        licence="CC0-1.0",
        citation="nobody",
    )


def _seconds(work: Callable[[], bool], times: int) -> list[float]:
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        if not work():
            raise SystemExit("the memory did not answer everything")
        found.append(time.perf_counter() - begun)
    return found


if __name__ == "__main__":
    sys.exit(run("translation", rows, ["pyarrow"]))
