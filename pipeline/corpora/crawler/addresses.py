"""Which addresses a page leads to."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree
from w3lib.html import get_base_url
from w3lib.url import canonicalize_url, safe_url_string

from pipeline.corpora.crawler.documents import decoded, selector, tree_of
from pipeline.corpora.crawler.pages import Page
from pipeline.study import Crawl

DEFAULT_PORTS = {"http": ":80", "https": ":443"}
LONGEST = 2083
"""Characters of an address that servers and proxies still take."""


@dataclass(frozen=True)
class Leads:
    """Where a page leads."""

    addresses: tuple[str, ...]
    """Within the site, in the order of the page, each once."""
    matched: frozenset[str]
    """The keys of the selectors that found something."""


class Links:
    """The rules by which links are followed.

    Args:
        place: The key of the block, for sentences.
        crawl: The block.

    Raises:
        InputError: A selector is neither CSS nor XPath.
    """

    def __init__(self, place: str, crawl: Crawl) -> None:
        named = [(f"{place}.follow.{index}", text) for index, text in enumerate(crawl.follow)]
        named += [(f"{place}.paging", crawl.paging)] if crawl.paging is not None else []
        self.selectors = [selector(key, text) for key, text in named]
        self._allow = [re.compile(pattern) for pattern in crawl.allow]
        self._deny = [re.compile(pattern) for pattern in crawl.deny]
        self._hosts = {host(address) for address in crawl.start}

    def leads(self, page: Page) -> Leads:
        """The addresses that a page's links or its redirect lead to."""
        if page.redirect is not None:
            return Leads(tuple(self._within([page.redirect], page.url, [])), frozenset())
        if page.status != 200 or not page.is_html:
            return Leads((), frozenset())
        text, _ = decoded(page)
        root = tree_of(text)
        found = {one.place: one.find(root) for one in self.selectors}
        targets = [target for nodes in found.values() for node in nodes if (target := _target(node))]
        base = _base(text, page.url)
        within = tuple(self._within(targets, base, self._allow))
        return Leads(within, frozenset(key for key, nodes in found.items() if nodes))

    def _within(self, targets: Iterable[str], base: str, allow: Sequence[re.Pattern[str]]) -> dict[str, None]:
        """Where a redirect leads need not be allowed by a pattern, only not denied: the link to it was."""
        found = (absolute(target, base) for target in targets)
        return {address: None for address in found if address is not None and self._is_followed(address, allow)}

    def _is_followed(self, address: str, allow: Sequence[re.Pattern[str]]) -> bool:
        if host(address) not in self._hosts or len(address) > LONGEST:
            return False
        allowed = not allow or any(pattern.search(address) for pattern in allow)
        return allowed and not any(pattern.search(address) for pattern in self._deny)


def absolute(target: str, base: str) -> str | None:
    """An address that can be asked for, without its fragment; None where the target is none."""
    try:
        address = safe_url_string(urljoin(base, target.strip())).partition("#")[0]
        parts = urlsplit(address)
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
            return None
        return address if parts.path else parts._replace(path="/").geturl()
    except ValueError:
        return None


def host(address: str) -> str:
    """The host of an address, with its port where that is not the usual one."""
    parts = urlsplit(address)
    return parts.netloc.lower().removesuffix(DEFAULT_PORTS[parts.scheme])


@lru_cache(2**16)
def same(address: str) -> str:
    """What addresses of one page have in common: order of the query's parts, case of the host and the like do not count."""
    return str(canonicalize_url(address))


def _target(node: Any) -> str | None:
    return node.get("href") if isinstance(node, etree._Element) else str(node)


def _base(text: str, url: str) -> str:
    try:
        return str(get_base_url(text, url))
    except ValueError:
        return url
