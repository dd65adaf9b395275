"""What a site answered: a page, or that its answer was too large to keep."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

ROBOTS = "/robots.txt"
REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True)
class Page:
    """A whole answer, whatever its status."""

    url: str
    fetched: str
    """When, as `2026-01-31T12:00:00Z`."""
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    """Unpacked, unless its Content-Encoding is one that nobody asked for."""

    def header(self, name: str) -> str | None:
        """A header's first value."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def is_html(self) -> bool:
        """Whether the page may hold links and texts."""
        if self.header("Content-Encoding"):
            return False
        kind = self.header("Content-Type")
        return "html" in kind.lower() if kind else self.body.lstrip()[:1] == b"<"

    @property
    def redirect(self) -> str | None:
        """Where the page sends its reader, as it says it."""
        return self.header("Location") if self.status in REDIRECTS else None


@dataclass(frozen=True)
class LeftOut:
    """An answer that is not kept, and not asked for again as long as the limit that it broke is no higher."""

    url: str
    fetched: str
    reason: str
    limit: int
    """Bytes."""


Answer = Page | LeftOut


def is_robots(address: str) -> bool:
    """Whether an address is that of a robots.txt."""
    return urlsplit(address).path == ROBOTS


def without_transport(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Headers of a body that is kept unpacked: those that speak of its transport stay under names of their own, as in
    the archives of Common Crawl. Scrapy has taken off the header of a packing that it has undone.
    """
    moved = {"content-length", "transfer-encoding"}
    return tuple((f"X-Crawler-{name}" if name.lower() in moved else name, value) for name, value in headers)
