"""Records from the pages of a site, without the network.

Each item of each page gives one record or a reason why not: no text, no rating, a rating between the labels, another language, a
text that stands on the site before. What is recorded is clean text (`pipeline.corpora.cleaning`), so that no markup, no control
character and no terminal sequence of a page goes further.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.corpora.cleaning import clean
from pipeline.corpora.crawler.documents import Node, decoded, selector, text_of, tree_of
from pipeline.corpora.crawler.languages import language_of, require_known
from pipeline.corpora.crawler.names import without_name
from pipeline.corpora.crawler.pages import Page, is_robots
from pipeline.corpora.crawler.ratings import label_of, rating_of
from pipeline.corpora.schema import Record
from pipeline.errors import InputError
from pipeline.study import Extract

FIELDS = ("text", "rating", "title", "date", "language", "author")
WHOLE_PAGE = frozenset({"title", "language"})
"""Fields that an item which lacks them takes from its page."""


@dataclass
class Tally:
    """What became of a site's items."""

    pages: int = 0
    items: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    matched: set[str] = field(default_factory=set)
    wrong_charset: list[str] = field(default_factory=list)
    names: int = 0


class Extraction:
    """The rules by which pages become records.

    Args:
        site: The site's key, for sentences.
        block: Its `extract` block.

    Raises:
        InputError: A selector or a language code cannot be used.
    """

    def __init__(self, site: str, block: Extract) -> None:
        self.place, self.block, self.tally = f"sites.{site}.extract", block, Tally()
        declared = {name: getattr(block, name) for name in ("item", *FIELDS)}
        self._selectors = {
            name: selector(f"{self.place}.{name}", text) for name, text in declared.items() if text is not None
        }
        self._texts: set[str] = set()
        require_known(f"{self.place}.languages", block.languages)

    def records(self, pages: Iterable[Page]) -> list[Record]:
        """The records of all pages, in their order.

        Raises:
            InputError: A selector finds nothing on any page, or no record is left.
        """
        found = [record for page in pages if _is_read(page) for record in self._page(page)]
        self._refuse_nothing(len(found))
        kept = self._examples(found)
        self.tally.dropped["beyond examples"] = len(found) - len(kept)
        return kept

    def _page(self, page: Page) -> Iterator[Record]:
        text, declared = decoded(page)
        root = tree_of(text)
        self.tally.pages += 1
        if declared is not None:
            self.tally.wrong_charset.append(page.url)
        items = self._find("item", root) if "item" in self._selectors else [root]
        whole = {name: self._text(name, root) for name in WHOLE_PAGE if name in self._selectors}
        told = hashlib.sha256(page.body).hexdigest()
        for number, item in enumerate(items, 1):
            self.tally.items += 1
            found = self._record(item, whole, _id(page.url, number), page, told)
            if isinstance(found, str):
                self.tally.dropped[found] += 1
            else:
                yield found

    def _record(self, item: Node, whole: dict[str, str], name: str, page: Page, told: str) -> Record | str:
        """The record of an item, or why there is none."""
        declared = [name for name in FIELDS if name in self._selectors]
        values = {field: self._text(field, item) or whole.get(field, "") for field in declared}
        text = self._nameless(values["text"], values.get("author", ""))
        rating = rating_of(values["rating"])
        if not text:
            return "no text"
        if rating is None:
            return "no rating"
        if (label := label_of(rating, self.block.ratings)) is None:
            return "rating between the labels"
        if (language := language_of(text, values.get("language"), self.block.languages)) is None:
            return "another language"
        if text in self._texts:
            return "repeated"
        self._texts.add(text)
        title = self._nameless(values.get("title", ""), values.get("author", ""))
        about = (f"{rating:g}", values.get("date") or None, title or None)
        return Record(name, text, label, language, *about, page.url, page.fetched, told, self.block.licence)

    def _nameless(self, text: str, author: str) -> str:
        kept = without_name(text, author)
        self.tally.names += kept != text
        return kept

    def _find(self, name: str, node: Node) -> list[Any]:
        found = self._selectors[name].find(node)
        if found:
            self.tally.matched.add(name)
        return found

    def _text(self, name: str, node: Node) -> str:
        return clean(" ".join(text_of(found) for found in self._find(name, node)))

    def _refuse_nothing(self, count: int) -> None:
        kept = "the pages are kept, so that a mended selector needs no network"
        if not self.tally.pages:
            raise InputError(f"{self.place}: the crawl kept no page with status 200 that is HTML; see its crawl.json.")
        for name, one in self._selectors.items():
            if name not in self.tally.matched:
                where = "" if name == "item" else f"{self.tally.items} items of "
                raise InputError(
                    f"{one.place} is '{one.text}', which finds nothing in {where}{self.tally.pages} pages; mend it or remove "
                    f"it ({kept})."
                )
        if not count:
            told = ", ".join(f"{number} {why}" for why, number in sorted(self.tally.dropped.items()))
            raise InputError(
                f"{self.place}: of {self.tally.items} items none is left ({told}); mend the rules ({kept})."
            )

    def _examples(self, records: Sequence[Record]) -> list[Record]:
        """At most so many of each label and language, chosen by a digest of their ids, in their order."""
        if self.block.examples is None:
            return list(records)
        groups: dict[tuple[str, str], list[Record]] = {}
        for record in records:
            groups.setdefault((record.label, record.language), []).append(record)
        shuffled = (sorted(group, key=_lot) for group in groups.values())
        chosen = {record.id for group in shuffled for record in group[: self.block.examples]}
        return [record for record in records if record.id in chosen]

    def told(self, records: Sequence[Record]) -> dict[str, Any]:
        """What became of the items, for the record of the corpus."""
        counts = Counter((record.language, record.label) for record in records)
        languages = sorted({record.language for record in records})
        return {
            "pages": self.tally.pages,
            "items": self.tally.items,
            "records": len(records),
            "dropped": dict(sorted(self.tally.dropped.items())),
            "labels": {
                language: {label: counts[language, label] for label in self.block.ratings} for language in languages
            },
            "asked_of_each": self.block.examples,
            "names_removed": self.tally.names,
            "wrong_charset": self.tally.wrong_charset,
            "licence": self.block.licence,
        }


def _is_read(page: Page) -> bool:
    return page.status == 200 and page.is_html and not is_robots(page.url)


def _lot(record: Record) -> bytes:
    """Where a record stands among those that are drawn from."""
    return hashlib.sha256(record.id.encode()).digest()


def _id(url: str, number: int) -> str:
    """An item's id: its page's address as a digest, and its number there."""
    return f"{hashlib.sha256(url.encode()).hexdigest()[:12]}-{number}"
