"""robots.txt, as RFC 9309 has it: asked for before anything else of a host, once, and kept like a page.

No file (4xx) means that all is allowed; a file that cannot be had (5xx, no answer) means that nothing is, which is a fault
that the crawl stops at. Redirects are followed as long as they lead to a robots.txt.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from protego import Protego

from pipeline.corpora.crawler.addresses import absolute
from pipeline.corpora.crawler.pages import ROBOTS, Answer, Page, is_robots

PRODUCT = "Detour"
"""The name by which robots.txt may speak of this crawler."""
LARGEST = 500 * 1024
"""Bytes that are read (section 2.5)."""
MOST_REDIRECTS = 5
NOTHING = "User-agent: *\nDisallow: /"
"""What a file too large to be kept is taken to say."""


@dataclass(frozen=True)
class Rules:
    """What a host asks of crawlers."""

    file: Protego | None
    """None where it has no robots.txt."""

    def allow(self, address: str) -> bool:
        """Whether the address may be asked for."""
        return self.file is None or bool(self.file.can_fetch(address, PRODUCT))

    @property
    def delay(self) -> float:
        """Seconds between two requests."""
        return float((self.file.crawl_delay(PRODUCT) if self.file else None) or 0)


def origin(address: str) -> str:
    """The address of the robots.txt that speaks of an address."""
    return urlsplit(address)._replace(path=ROBOTS, query="", fragment="").geturl()


def rules_of(origin: str, known: Mapping[str, Answer]) -> Rules | str:
    """The rules of a host; the address of what has to be asked first, where that is not known."""
    address = origin
    for _ in range(MOST_REDIRECTS + 1):
        answer = known.get(address)
        if answer is None:
            return address
        if not isinstance(answer, Page):
            return Rules(Protego.parse(NOTHING))
        if answer.status == 200:
            return Rules(Protego.parse(answer.body[:LARGEST].decode("utf-8", "replace")))
        target = absolute(answer.redirect, address) if answer.redirect else None
        if target is None or not is_robots(target):
            return Rules(None)
        address = target
    return Rules(None)
