"""A crawl in progress: what is known of a site so far, and what has to be asked for next.

`wanted` is a function of the answers alone. A crawl that goes on is a journey that is first given the answers that are kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.corpora.crawler.addresses import Leads, Links
from pipeline.corpora.crawler.frontier import Frontier
from pipeline.corpora.crawler.pages import Answer, LeftOut, Page, is_robots
from pipeline.corpora.crawler.robots import Rules, origin, rules_of
from pipeline.errors import InputError
from pipeline.study import Crawl

NOTHING = Leads((), frozenset())
MIB = 2**20


@dataclass(frozen=True)
class Seen:
    """What is remembered of an answer: not its body, of which there may be many."""

    status: int | None
    """None where the answer was left out."""
    leads: Leads
    redirect: str | None
    """Where the answer sends whoever asks, as it says it."""
    fetched: str
    reason: str = ""
    """Why it was left out."""

    @property
    def in_words(self) -> str:
        """What came back."""
        sent = f", which leads to {self.redirect}" if self.redirect is not None else ""
        return self.reason or f"status {self.status}{sent}"


class Journey:
    """The state of one crawl.

    Args:
        place: The key of the block, for sentences.
        crawl: The block.
    """

    def __init__(self, place: str, crawl: Crawl) -> None:
        self.place = place
        self.links = Links(place, crawl)
        self.frontier = Frontier(crawl.start, crawl.pages)
        self.seen: dict[str, Seen] = {}
        self.failed: dict[str, str] = {}
        """Addresses that gave no answer that could be kept, and why."""
        self.failures = 0
        """How many of them in a row."""
        self.robots: dict[str, Rules] = {}
        """The rules of each host, by the address of its robots.txt, in the order in which they were needed."""
        self._files: dict[str, Answer] = {}
        self._limit = int(crawl.largest_mib * MIB)

    def take(self, answer: Answer) -> None:
        """Learn of an answer that is kept."""
        self.failures = 0
        if isinstance(answer, LeftOut) and answer.limit < self._limit:
            return
        if is_robots(answer.url):
            self._files[answer.url] = answer
        if isinstance(answer, LeftOut):
            self.seen[answer.url] = Seen(None, NOTHING, None, answer.fetched, answer.reason)
        else:
            self.seen[answer.url] = Seen(answer.status, self._leads(answer), answer.redirect, answer.fetched)

    def _leads(self, page: Page) -> Leads:
        return NOTHING if is_robots(page.url) else self.links.leads(page)

    def fail(self, address: str, reason: str) -> None:
        """Learn that an address could not be had.

        Raises:
            InputError: It is that of a robots.txt, without which nothing of its host may be asked for.
        """
        if is_robots(address):
            raise InputError(
                f"{address} cannot be had ({reason}), and without knowing what it forbids nothing of the site may be asked for; "
                "run the crawl again when the site answers."
            )
        self.failed[address] = reason
        self.failures += 1

    def wanted(self) -> list[str]:
        """What has to be asked for now, in order; nothing where the crawl is at its end."""
        while True:
            pending = [address for address in self.frontier.level if not self._is_settled(address)]
            if pending:
                return pending
            if self.frontier.level:
                self._advance()
            if not self.frontier.next:
                return []
            if files := self._robots_to_ask():
                return files
            self.frontier.admit(lambda address: self.robots[origin(address)].allow(address))

    def _is_settled(self, address: str) -> bool:
        return address in self.seen or address in self.failed

    def _advance(self) -> None:
        level = self.frontier.level
        leads = {address: self.seen[address].leads.addresses for address in level if address in self.seen}
        self.frontier.advance(leads, {address for address in leads if self.seen[address].redirect is not None})

    def _robots_to_ask(self) -> list[str]:
        """Files that say what the next level may hold, as far as they are not known."""
        needed: dict[str, None] = {}
        for file in dict.fromkeys(origin(address) for address in self.frontier.next):
            if file not in self.robots:
                rules = rules_of(file, self._files)
                if isinstance(rules, str):
                    needed[rules] = None
                else:
                    self.robots[file] = rules
        return list(needed)

    def order(self) -> list[str]:
        """Every address with an answer: files of robots first, then level by level."""
        files = [address for address in self._files if address in self.seen]
        asked = [address for address in self.frontier.asked if address in self.seen and address not in self._files]
        return sorted(files) + asked

    def unmatched(self) -> list[str]:
        """The selectors that found nothing on any page."""
        matched = frozenset[str]().union(*(self.seen[address].leads.matched for address in self.order()))
        return [f"{one.place} ('{one.text}')" for one in self.links.selectors if one.place not in matched]

    def told(self) -> Mapping[str, object]:
        """What the crawl did, for crawl.json."""
        pages = [self.seen[address] for address in self.order()]
        statuses = sorted(seen.status for seen in pages if seen.status is not None)
        return {
            "answers": len(pages),
            "statuses": {str(status): statuses.count(status) for status in dict.fromkeys(statuses)},
            "robots": {file: "none" if rules.file is None else "obeyed" for file, rules in self.robots.items()},
            "forbidden": self.frontier.forbidden,
            "failed": {address: self.failed[address] for address in self.frontier.asked if address in self.failed},
            "left_out": {address: seen.reason for address in self.order() if (seen := self.seen[address]).reason},
            "endless_redirects": self.frontier.endless,
            "beyond_budget": len(self.frontier.beyond),
        }
