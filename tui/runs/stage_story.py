"""What the events of a run come to for one of its stages: its state, its times, how far its training is."""

from dataclasses import dataclass, field
from typing import Literal

StageState = Literal["waiting", "started", "cached", "done", "failed", "skipped", "again", "stopped"]


@dataclass(frozen=True)
class Progress:
    """How far the training of a stage has come."""

    seed: int
    epoch: int
    epochs: int
    dev: float | None
    """Accuracy on dev."""
    when: float = 0.0
    """When it was told, in seconds since 1970."""


@dataclass
class StageStory:
    """One stage of a run."""

    name: str
    state: StageState = "waiting"
    begun: float | None = None
    """Seconds since 1970."""
    ended: float | None = None
    why: str = ""
    """The sentence of a failed stage."""
    metrics: dict[str, float] = field(default_factory=dict)
    progress: Progress | None = None
    """The last epoch that was told; None for a stage that trains nothing, or as long as none is through."""
    epochs: tuple[Progress, ...] = ()
    """Every epoch that was told, in all attempts: a training that goes on tells only those that it adds."""
    tail: tuple[str, ...] = ()
    """The last lines that a failed stage printed."""

    @property
    def is_cell(self) -> bool:
        """Whether the stage is a cell of the study."""
        return self.name.split("@")[0] in ("classification", "sentiment", "similarity")
