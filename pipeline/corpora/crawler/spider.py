"""The spider: asks for what the journey wants, keeps each whole answer at once, and tells the journey.

Once every address of a level has been settled it asks for the next level. It stops where the site has failed to answer several
times in a row.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler, CrawlerProcess
from scrapy.exceptions import (
    CannotResolveHostError,
    CloseSpider,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response
from twisted.python.failure import Failure

from pipeline.corpora.crawler.journey import Journey
from pipeline.corpora.crawler.kept import Kept
from pipeline.corpora.crawler.pages import LeftOut, Page, without_transport
from pipeline.corpora.crawler.settings import FOR_THE_MOMENT

GIVE_UP = 5
"""Failures in a row, each with its repetitions, after which a site counts as gone."""
GONE = "gone"


class PageSpider(Spider):
    """One crawl.

    Args:
        journey: What is known and wanted.
        kept: Where answers are kept.
        clock: The time of an answer, as `2026-01-31T12:00:00Z`.
        proxy: Through which all requests go, if any.
        progress: Told after every answer.
    """

    name = "detour"

    def __init__(
        self, journey: Journey, kept: Kept, clock: Callable[[], str], proxy: str | None, progress: Callable[[], None]
    ) -> None:
        super().__init__()
        self.journey, self.kept, self.clock, self.proxy, self.progress = journey, kept, clock, proxy, progress
        self.waiting: set[str] = set()
        self.fault: BaseException | None = None
        """What went wrong in this process, to be raised once the reactor has stopped."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, *given: Any, **named: Any) -> "PageSpider":
        """As Scrapy makes its spiders."""
        made: PageSpider = super().from_crawler(crawler, *given, **named)
        crawler.signals.connect(made.failed, signals.spider_error)
        return made

    async def start(self) -> AsyncIterator[Request]:
        """The first requests."""
        for request in self.more():
            yield request

    def more(self) -> Iterator[Request]:
        """Requests for what is wanted now, unless some are under way."""
        if not self.waiting:
            wanted = self.journey.wanted()
            self._slow_down()
            self.waiting.update(wanted)
            for address in wanted:
                yield self.ask(address)

    def ask(self, address: str) -> Request:
        """The request for an address."""
        meta = {"asked": address} | ({"proxy": self.proxy} if self.proxy else {})
        return Request(address, self.answered, errback=self.unanswered, dont_filter=True, meta=meta)

    def answered(self, response: Response) -> Iterator[Request]:
        """Keep a page, or note that the site could not give it."""
        address = response.meta["asked"]
        if response.status in FOR_THE_MOMENT:
            times = response.meta.get("retry_times", 0) + 1
            self.journey.fail(address, f"status {response.status}, asked {times} times")
        else:
            headers = tuple(
                (_text(name), _text(value)) for name, values in response.headers.items() for value in values
            )
            self._keep(Page(address, self.clock(), response.status, without_transport(headers), response.body))
        yield from self._next(address)

    def unanswered(self, failure: Failure) -> Iterator[Request]:
        """Note why there is no answer."""
        address = failure.request.meta["asked"]
        if isinstance(failure.value, DownloadCancelledError | IgnoreRequest):
            largest = self.settings.getint("DOWNLOAD_MAXSIZE")
            packed = "unpacks to" if isinstance(failure.value, IgnoreRequest) else "is"
            self._keep(LeftOut(address, self.clock(), f"it {packed} more than {largest} bytes", largest))
        else:
            self.journey.fail(address, reason(failure.value))
        yield from self._next(address)

    def _keep(self, answer: Page | LeftOut) -> None:
        self.journey.take(self.kept.keep(answer))

    def _next(self, address: str) -> Iterator[Request]:
        self.waiting.discard(address)
        self.progress()
        if self.journey.failures >= GIVE_UP:
            raise CloseSpider(GONE)
        yield from self.more()

    def failed(self, failure: Failure, **_: Any) -> None:
        """Stop at a fault of ours, which Scrapy would log and forget."""
        if self.fault is None:
            self.fault = failure.value
            self.crawler.engine.close_spider(self, "fault")

    def _slow_down(self) -> None:
        """Heed the delay that robots.txt asks for."""
        asked = max((rules.delay for rules in self.journey.robots.values()), default=0.0)
        if asked <= self.settings.getfloat("DOWNLOAD_DELAY"):
            return
        throttle = self.crawler.get_extension(AutoThrottle)
        if throttle is not None:
            throttle.mindelay, throttle.maxdelay = asked, max(asked, throttle.maxdelay)
        for slot in self.crawler.engine.downloader.slots.values():
            slot.delay = max(slot.delay, asked)


def _text(header: bytes) -> str:
    """A part of a header; addresses in it are UTF-8 where they are not ASCII."""
    try:
        return header.decode("utf-8")
    except UnicodeDecodeError:
        return header.decode("latin-1")


def reason(error: BaseException) -> str:
    """Why there was no answer, in words."""
    said = {
        CannotResolveHostError: "no such host",
        DownloadConnectionRefusedError: "connection refused",
        DownloadTimeoutError: "no answer in time",
        ResponseDataLossError: "the answer was cut",
    }
    if isinstance(error, DownloadFailedError):
        # Scrapy lists Twisted's failures as Python shows them; their messages are what a person can read.
        found = re.findall(r"Failure [\w.]+: ([^<>]*?)\.?>", str(error))
        return f"the connection failed: {'; '.join(found) or error}"
    return next((words for kind, words in said.items() if isinstance(error, kind)), None) or " ".join(
        f"{type(error).__name__}: {error}".split()
    )


def fetch(settings: dict[str, Any], *given: Any) -> str:
    """Crawl until nothing is wanted any more; `given` is what the spider is made of.

    Returns:
        `finished`, `gone`, or `shutdown` where the user has stopped it.

    Raises:
        Whatever went wrong in the spider.
    """
    process = CrawlerProcess(settings)
    crawler = process.create_crawler(PageSpider)
    process.crawl(crawler, *given)
    process.start()
    fault = getattr(crawler.spider, "fault", None)
    if fault is not None:
        raise fault
    return str(crawler.stats.get_value("finish_reason")) if crawler.stats else "finished"
