"""Counting the memory, and writing the live memory's entries into the snapshot.

The snapshot keeps every line that it has, in its order; entries of the live memory whose address it lacks are put behind them, in the
order of their files. So taking a snapshot changes no answer of the memory.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.corpora.translation.entries import Entry, line_of, open_snapshot, read_entries
from pipeline.corpora.translation.live import LiveMemory
from pipeline.files import write_bytes


def counts(snapshot: Path, live: LiveMemory) -> dict[str, Any]:
    """How many translations the memory holds.

    Returns:
        `pairs`: for each language pair and maker the addresses in `snapshot`, in `live`, and `new` in live alone; and their sums.

    Raises:
        InputError: A line of either half is broken.
    """
    held = {entry.address: _group(entry) for entry in _snapshot_entries(snapshot)}
    lived = {entry.address: _group(entry) for entry in _live_entries(live)}
    new = {address: lived[address] for address in lived.keys() - held}
    table: dict[tuple[str, str, str], dict[str, int]] = {}
    for name, groups in (("snapshot", held), ("live", lived), ("new", new)):
        for group in groups.values():
            table.setdefault(group, {"snapshot": 0, "live": 0, "new": 0})[name] += 1
    pairs = [
        {"source_language": source, "target_language": target, "maker": maker, **table[source, target, maker]}
        for source, target, maker in sorted(table)
    ]
    return {"pairs": pairs, "snapshot": len(held), "live": len(lived), "new": len(new)}


def _group(entry: Entry) -> tuple[str, str, str]:
    return entry.source_language, entry.target_language, entry.maker


def write_snapshot(snapshot: Path, live: LiveMemory) -> dict[str, Any]:
    """Put the live memory's entries into the snapshot, whole or not at all.

    Returns:
        `added` and `entries`, the number of addresses.

    Raises:
        InputError: A line of either half is broken; the snapshot is as it was.
    """
    held = {entry.address for entry in _snapshot_entries(snapshot)}
    # A dictionary keeps the place of the first entry of an address and the value of the last, as looking up does.
    new = {entry.address: entry for entry in _live_entries(live) if entry.address not in held}
    if new or not snapshot.exists():
        data = snapshot.read_bytes() if snapshot.exists() else b""
        ended = data if not data or data.endswith(b"\n") else data + b"\n"
        write_bytes(snapshot, ended + b"".join(map(line_of, new.values())))
    return {"added": len(new), "entries": len(held) + len(new)}


def _snapshot_entries(snapshot: Path) -> Iterator[Entry]:
    if snapshot.exists():
        with open_snapshot(snapshot) as lines:
            yield from read_entries(snapshot, lines)


def _live_entries(live: LiveMemory) -> Iterator[Entry]:
    for source, target in live.pairs():
        yield from live.entries(source, target)
