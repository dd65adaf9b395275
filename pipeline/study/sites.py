"""Crawled sites: the blocks of `sites` in params.yaml; a docstring under a field says what the key means.

`crawl` says which pages are fetched and how gently, `extract` what becomes of them. They are apart so that a change to a
selector runs the extraction again and no page is fetched anew.

A selector is CSS with parsel's `::text` and `::attr(name)`, or XPath where it begins with `/`, `./`, `../` or `(`.
"""

from typing import Annotated

from pydantic import Field

from pipeline.study.base import Block, Count, Text, worded

Seconds = Annotated[float, Field(ge=0, le=3600)]
Selector = Text


class Crawl(Block):
    """Which pages of a site are fetched, and how."""

    start: Annotated[tuple[Text, ...], Field(min_length=1)]
    """Addresses that the crawl begins at. Only their hosts are ever asked."""
    bundled: Annotated[str, worded(r"data/sites/[a-z][a-z0-9_]*", "a folder of data/sites")] | None = None
    """A folder that holds the site: the stage serves it on loopback while it crawls. Real sites have none."""
    contact: Annotated[
        str,
        worded(
            r"https?://[\x21-\x7e]+|[\x21-\x7e]+@[\x21-\x7e]+",
            "an address at which a site's owner reaches you: you@example.org or https://example.org/you",
        ),
    ]
    """An address of mail or web at which the site's owner reaches whoever crawls; it goes into the user agent."""
    follow: tuple[Selector, ...] = ()
    """Elements whose `href` is followed, or their attributes."""
    paging: Selector | None = None
    """The link to the next page of a list."""
    allow: tuple[Text, ...] = ()
    """Regular expressions of which one has to be found in an address that is followed; any address where empty."""
    deny: tuple[Text, ...] = ()
    """Regular expressions of which none may be found in an address that is followed."""
    pages: Count
    """At most so many addresses are asked for, lists and redirects included, robots.txt not; the nearest to the start first."""
    delay: Seconds = 1.0
    """At least so many seconds on average between two requests to a host; robots.txt may ask for more."""
    at_once: Annotated[int, Field(gt=0, le=32)] = 1
    """Requests that may be under way to one host."""
    throttle: bool = True
    """Whether the delay grows with the time that the site takes to answer (Scrapy's AutoThrottle)."""
    timeout: Annotated[float, Field(gt=0, le=3600)] = 30.0
    """Seconds after which an answer is given up."""
    retries: Annotated[int, Field(ge=0, le=20)] = 4
    """How often a page that failed for the moment (408, 429, 5xx, no or half an answer) is asked for again."""
    wait: Seconds = 5.0
    """Seconds before the first such repetition; each later one waits twice as long, or as long as the site says."""
    largest_mib: Annotated[float, Field(gt=0, le=1024)] = 5.0
    """Size in MiB beyond which a page is left out, packed or unpacked."""
    edition: Annotated[str, worded(r"[A-Za-z0-9._-]{1,40}", "at most 40 letters, digits, dots and hyphens")] = "1"
    """Pages that are kept are never fetched again within one edition; another word here fetches all of them anew."""


class Extract(Block):
    """What becomes of the pages: records of text and label."""

    item: Selector | None = None
    """The elements of a page that are a record each; where absent, the whole page is one."""
    text: Selector
    """The text within an item; several elements are joined by a space."""
    rating: Selector
    """The rating within an item: the first number of its text, or its count of ★."""
    title: Selector | None = None
    """Within the item, else anywhere on its page."""
    date: Selector | None = None
    """When the text was written, as the site says it, within the item."""
    language: Selector | None = None
    """A language code within the item, else anywhere on its page (`html::attr(lang)`)."""
    author: Selector | None = None
    """The author's name within an item, so that it can be taken out of the text; it is never recorded."""
    languages: Annotated[
        tuple[Annotated[str, worded(r"[a-z]{2,3}", "a language's code such as fr")], ...], Field(min_length=1)
    ]
    """Languages that are kept (ISO 639); texts that are recognised as another are dropped."""
    ratings: Annotated[dict[str, tuple[float, float]], Field(min_length=1)]
    """Label to the lowest and the highest rating that means it; a rating between the labels drops its record."""
    examples: Count | None = None
    """At most so many records of each label in each language; all of them where absent."""
    licence: Text
    """What the site allows, in words; it stands beside every record."""


class Site(Block):
    """A site whose pages become rows of one corpus."""

    corpus: Text
    """The corpus that it feeds, a key of `corpora` one of whose sources is `{site: ...}`; dvc.yaml finds it by this."""
    crawl: Crawl
    extract: Extract
