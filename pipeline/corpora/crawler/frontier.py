"""Which addresses a crawl asks for: level by level, each level in the order in which the one before leads to it.

Only what pages lead to decides, never the order in which answers come, so that a crawl that was killed and one that was not ask
for the same pages and spend their budget on the same ones. Nothing here asks for anything.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set

from pipeline.corpora.crawler.addresses import same

MOST_REDIRECTS = 10
"""Redirects in a row beyond which a chain is given up."""


class Frontier:
    """The levels of one crawl.

    Args:
        start: The addresses of the first level.
        budget: At most so many addresses over all levels.
    """

    def __init__(self, start: Iterable[str], budget: int) -> None:
        self._budget = budget
        self._known: set[str] = set()
        self._chains: dict[str, tuple[str, ...]] = {}
        self.next = self._new(start)
        """Addresses that the next level may have."""
        self.level: list[str] = []
        self.asked: list[str] = []
        """Every address of all levels so far, in their order."""
        self.forbidden: list[str] = []
        self.beyond: list[str] = []
        """What the budget left out."""
        self.endless: list[str] = []
        """Redirects that lead back to themselves, or on and on."""

    def admit(self, is_allowed: Callable[[str], bool]) -> None:
        """Make the next level of what may be asked for and the budget still covers."""
        self.level = []
        for address in self.next:
            if not is_allowed(address):
                self.forbidden.append(address)
            elif len(self.asked) >= self._budget:
                self.beyond.append(address)
            else:
                self.level.append(address)
                self.asked.append(address)
        self.next = []

    def advance(self, leads: Mapping[str, Sequence[str]], redirects: Set[str]) -> None:
        """Leave the level, for where its pages lead.

        Args:
            leads: Address to the addresses that its page leads to, in their order; a redirect leads to one, or nowhere.
            redirects: The addresses that redirect.
        """
        found: list[str] = []
        for address in self.level:
            targets = leads.get(address, ())
            if address in redirects and targets:
                found += self._redirected(address, targets[0])
            else:
                found += targets
        self.level, self.next = [], self._new(found)

    def _redirected(self, address: str, target: str) -> list[str]:
        """The target, unless it stands earlier in its own chain or the chain is too long."""
        chain = (*self._chains.get(address, ()), same(address))
        if same(target) in chain or len(chain) > MOST_REDIRECTS:
            self.endless.append(address)
            return []
        self._chains.setdefault(target, chain)
        return [target]

    def _new(self, addresses: Iterable[str]) -> list[str]:
        new = []
        for address in addresses:
            if (key := same(address)) not in self._known:
                self._known.add(key)
                new.append(address)
        return new
