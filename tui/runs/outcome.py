"""What became of the stages of a run."""

from dataclasses import dataclass, field


@dataclass
class Outcome:
    """The stages of one attempt by what became of them."""

    done: list[str] = field(default_factory=list)
    """Stages that are up to date now."""
    ran: list[str] = field(default_factory=list)
    """Stages whose command really ran in this run."""
    failed: list[str] = field(default_factory=list)
    """Stages whose command failed."""
    reasons: dict[str, str] = field(default_factory=dict)
    """The sentence that a failed stage ended with, where it had one."""
    skipped: list[str] = field(default_factory=list)
    """Stages that depend on a failed one."""

    @property
    def is_well(self) -> bool:
        """Whether nothing failed."""
        return not self.failed and not self.skipped

    def add(self, other: "Outcome") -> None:
        """Take in what became of further stages."""
        for mine, others in ((self.done, other.done), (self.ran, other.ran), (self.failed, other.failed)):
            mine.extend(others)
        self.skipped.extend(other.skipped)
        self.reasons.update(other.reasons)


@dataclass(frozen=True)
class Told:
    """Something that became of a stage: `started`, `cached`, `done`, `failed`, `skipped`, or `again` when it was killed.

    A result out of the cache is `cached` when DVC finds it, and then `done`.
    """

    what: str
    stage: str
    why: str = ""
    tail: tuple[str, ...] = ()
    """The last lines that a failed stage printed."""
