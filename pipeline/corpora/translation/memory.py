"""The translation memory: the snapshot under data/, which DVC versions, before the live memory of the main checkout.

What the snapshot answers is never looked up in the live memory, so that two checkouts with one snapshot agree, and taking a
snapshot of the live memory changes no answer.
"""

from collections.abc import Callable, Collection
from pathlib import Path

from pipeline.corpora.translation.entries import Entry, Key, choose, open_snapshot, read_entries
from pipeline.corpora.translation.live import LiveMemory

Maker = Callable[[str, str], str | None]
"""From source and target language to the maker whose entries count; None for any."""


class Memory:
    """Both halves of the memory, for one engine.

    Args:
        snapshot: File of the snapshot; read only where something is looked up.
        live: The live memory.
        maker: Whose entries count.
    """

    def __init__(self, snapshot: Path | str, live: LiveMemory, maker: Maker) -> None:
        self.snapshot, self.live, self._maker = snapshot, live, maker

    def find(self, needed: Collection[Key]) -> dict[Key, Entry]:
        """One entry for each key that has one.

        Raises:
            InputError: The snapshot is missing, or a line of either half is broken.
        """
        if not needed:
            return {}
        makers = {pair: self._maker(*pair) for pair in {(key[0], key[1]) for key in needed}}
        with open_snapshot(self.snapshot) as lines:
            found = choose(read_entries(self.snapshot, lines), needed, makers)
        return found | self.live.find({key for key in needed if key not in found}, makers)
