"""Repetitions with a pause: Scrapy's own come at once, which a site in trouble does not need."""

import asyncio
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.http import Response

from pipeline.corpora.crawler.settings import FIRST

LONGEST = 300.0
"""Seconds. Whoever says Retry-After with more is not asked again by this process."""


class PatientRetry(RetryMiddleware):
    """Waits before it repeats a request: twice as long each time, or as long as Retry-After says.

    The request counts as under way meanwhile, so that a site in trouble is asked for less and less.
    """

    first: float

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "PatientRetry":
        """As Scrapy makes its middlewares."""
        made: PatientRetry = super().from_crawler(crawler)
        made.first = crawler.settings.getfloat(FIRST)
        return made

    async def process_response(self, request: Request, response: Response, **given: Any) -> Request | Response:
        """Repeat what the site could not answer for the moment."""
        asked = retry_after(response)
        if asked is not None and asked > LONGEST:
            return response
        again = super().process_response(request, response, **given)
        return await self._after(again, asked)

    async def process_exception(
        self, request: Request, exception: Exception, **given: Any
    ) -> Request | Response | None:
        """Repeat what got no answer, or half of one."""
        return await self._after(super().process_exception(request, exception, **given), None)

    async def _after(self, again: Any, asked: float | None) -> Any:
        if isinstance(again, Request):
            wait = min(self.first * 2 ** (again.meta["retry_times"] - 1), LONGEST)
            await asyncio.sleep(max(wait, asked or 0.0))
        return again


def retry_after(response: Response) -> float | None:
    """Seconds that a response asks to be left alone for (RFC 9110, section 10.2.3)."""
    said = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if said.isdecimal():
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None
