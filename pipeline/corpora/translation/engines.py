"""What translates, as the study chooses it.

An engine is asked for many texts at once, puts each translation into the memory as soon as it has it, and says what became of the
rest. `memory` is no engine: nothing is translated, and translations of any engine are taken.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pipeline.corpora.translation.entries import Key
from pipeline.corpora.translation.live import LiveMemory


@dataclass
class Outcome:
    """What became of texts that an engine was asked for; those in neither field are translated and saved."""

    failed: dict[Key, str] = field(default_factory=dict)
    """Texts without a translation and why, as the rest of a sentence after the engine's name."""
    stopped: str | None = None
    """Why the engine was not asked for the rest."""


class Engine(Protocol):
    """What translates."""

    name: str

    def maker(self, source: str, target: str) -> str:
        """The maker of its entries of a language pair; raises InputError where it does not translate the pair."""

    def translate(self, keys: Sequence[Key], live: LiveMemory, say: Callable[[str], None]) -> Outcome:
        """Translate texts into the live memory."""
