"""What a commit says of itself: author, date, first line of its message."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

import pygit2


@dataclass(frozen=True)
class About:
    """Who made a commit, when, and why."""

    date: datetime | None
    """When the author made it, with the author's offset; None where a broken commit says something impossible."""
    author: str
    message: str
    """The first line."""

    @property
    def age(self) -> float:
        """What to sort by for the newest first."""
        return -(self.date or datetime.min.replace(tzinfo=UTC)).timestamp()


def about(commit: pygit2.Commit) -> About:
    """What a commit says; bytes that are no text are shown as escapes."""
    encoding = commit.message_encoding or "utf-8"
    lines = _decoded(commit.raw_message, encoding).strip().splitlines()
    return About(_date(commit), _decoded(commit.author.raw_name, encoding), lines[0] if lines else "")


def _decoded(text: bytes, encoding: str) -> str:
    try:
        return text.decode(encoding, "backslashreplace")
    except LookupError:
        return text.decode("utf-8", "backslashreplace")


def _date(commit: pygit2.Commit) -> datetime | None:
    try:
        return datetime.fromtimestamp(commit.author.time, timezone(timedelta(minutes=commit.author.offset)))
    except (ValueError, OverflowError, OSError):
        return None
