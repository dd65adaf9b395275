"""What translations look like, told in numbers: the card of a translated corpus.

For each language pair: how many texts were translated and by whom, the share that came back unchanged (case and white space
aside), how long translations are against their texts, how many lie far from the usual length (cut short, or run wild), and,
where it was asked for, chrF of texts against their translations back (Popovic 2015, chrF: character n-gram F-score;
computed by sacrebleu at its defaults, over all texts at once). A round trip also counts what the way back spoils, so it
compares engines and does not measure one.
"""

import hashlib
import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.corpora.translation.entries import Entry, Key, Pair, line_of
from pipeline.corpora.translation.splitting import fold

FAR = 3.0
"""A translation is far off where its length against its text's is so many times more or less than the median of its language pair."""


def quality(used: Mapping[Key, Entry], back: Mapping[Key, Entry]) -> dict[str, Any]:
    """Describe the entries that answered a corpus.

    Args:
        used: Every entry that stands in the corpus, by its key.
        back: Translations of translations, by languages and translation.

    Returns:
        JSON values by language pair, as `fr>en`.
    """
    return {f"{source}>{target}": _pair(entries, back) for (source, target), entries in sorted(_by_pair(used).items())}


def answered(used: Mapping[Key, Entry]) -> dict[str, Any]:
    """Which entries of the memory answered: their number, and the SHA-256 of their lines in order."""
    told = hashlib.sha256()
    for entry in sorted(used.values()):
        told.update(line_of(entry))
    return {"entries": len(used), "sha256": told.hexdigest()}


def round_trip_keys(used: Mapping[Key, Entry], count: int) -> list[Key]:
    """What is translated back: of each language pair the `count` entries with the smallest addresses, which is a random choice that
    stays the same when others join."""
    chosen: list[Entry] = []
    for entries in _by_pair(used).values() if count else ():
        chosen += sorted(entries, key=lambda entry: entry.address)[:count]
    return [way_back(entry) for entry in chosen]


def way_back(entry: Entry) -> Key:
    """What translates a translation back is looked up by."""
    return entry.target_language, entry.source_language, entry.translation


def _by_pair(used: Mapping[Key, Entry]) -> dict[Pair, list[Entry]]:
    by_pair: dict[Pair, list[Entry]] = defaultdict(list)
    for entry in used.values():
        by_pair[entry.source_language, entry.target_language].append(entry)
    return by_pair


def _pair(entries: Sequence[Entry], back: Mapping[Key, Entry]) -> dict[str, Any]:
    ratios = sorted(len(entry.translation) / len(entry.text) for entry in entries)
    median = statistics.median(ratios)
    unchanged = sum(fold(entry.translation).casefold() == fold(entry.text).casefold() for entry in entries)
    returned = sorted((entry.text, back[way_back(entry)].translation) for entry in entries if way_back(entry) in back)
    trip = {"round_trip": {"texts": len(returned), "chrf": _chrf(returned)}} if returned else {}
    return {
        "texts": len(entries),
        "by": dict(sorted(Counter(entry.provenance for entry in entries).items())),
        "unchanged": unchanged,
        "unchanged_share": round(unchanged / len(entries), 4),
        "length_ratio": {
            "median": round(median, 3),
            "p05": round(ratios[(len(ratios) - 1) * 5 // 100], 3),
            "p95": round(ratios[-(-95 * len(ratios) // 100) - 1], 3),
        },
        "far_off": sum(not median / FAR <= ratio <= median * FAR for ratio in ratios),
        **trip,
    }


def _chrf(pairs: Sequence[tuple[str, str]]) -> float:
    """chrF of back translations, 0 to 100."""
    from sacrebleu.metrics.chrf import CHRF

    texts, back = zip(*pairs, strict=True)
    return round(float(CHRF().corpus_score(list(back), [list(texts)]).score), 2)
