"""Scrapy's settings for a site: who asks, how often, how much.

Scrapy fetches; what is asked for, and whether robots.txt allows it, is decided before (`journey`), where the answer is the same
for every process that goes on with a crawl.
"""

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pipeline.corpora.crawler.journey import MIB
from pipeline.corpora.crawler.robots import PRODUCT
from pipeline.study import Crawl

FOR_THE_MOMENT = (408, 429, 500, 502, 503, 504, 522, 524)
"""Statuses after which a page is asked for again."""
FIRST = "DETOUR_FIRST_WAIT"
"""A setting of our own: seconds before the first repetition."""
NOT_WANTED = {
    f"scrapy.downloadermiddlewares.{name}": None
    for name in (
        "retry.RetryMiddleware", "cookies.CookiesMiddleware", "httpauth.HttpAuthMiddleware", "offsite.OffsiteMiddleware",
        "robotstxt.RobotsTxtMiddleware", "redirect.RedirectMiddleware", "redirect.MetaRefreshMiddleware",
    )
}  # fmt: skip
"""What Scrapy would do and the journey does, or nobody needs."""
LONGEST_DELAY = 60.0


def user_agent(crawl: Crawl) -> str:
    """Name, version and whom to write to."""
    try:
        number = version("detour")
    except PackageNotFoundError:
        number = "0"
    return f"{PRODUCT}/{number} (+{crawl.contact})"


def settings(crawl: Crawl, hosts: int) -> dict[str, Any]:
    """The settings; `hosts` is how many hosts the site has."""
    return {
        "USER_AGENT": user_agent(crawl),
        "DEFAULT_REQUEST_HEADERS": {"Accept": "text/html,application/xhtml+xml"},
        # The journey obeys it: this middleware would fetch it again in every process, and cannot tell a missing file from a
        # server in trouble.
        "ROBOTSTXT_OBEY": False,
        # Redirects are pages of their own: kept, counted, and followed under the same rules.
        "REDIRECT_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "HTTPERROR_ALLOW_ALL": True,
        "REFERER_ENABLED": False,
        "CONCURRENT_REQUESTS": crawl.at_once * hosts,
        "CONCURRENT_REQUESTS_PER_DOMAIN": crawl.at_once,
        "DOWNLOAD_DELAY": crawl.delay,
        "AUTOTHROTTLE_ENABLED": crawl.throttle,
        "AUTOTHROTTLE_START_DELAY": crawl.delay,
        "AUTOTHROTTLE_MAX_DELAY": max(LONGEST_DELAY, crawl.delay),
        "AUTOTHROTTLE_TARGET_CONCURRENCY": float(crawl.at_once),
        "DOWNLOAD_TIMEOUT": crawl.timeout,
        "DOWNLOAD_MAXSIZE": int(crawl.largest_mib * MIB),
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_FAIL_ON_DATALOSS": True,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "RETRY_TIMES": crawl.retries,
        "RETRY_HTTP_CODES": list(FOR_THE_MOMENT),
        FIRST: crawl.wait,
        "DOWNLOADER_MIDDLEWARES": {**NOT_WANTED, "pipeline.corpora.crawler.patience.PatientRetry": 550},
        "DOWNLOAD_HANDLERS": dict.fromkeys(("data", "file", "ftp", "s3")),
        "EXTENSIONS": {"scrapy.extensions.telnet.TelnetConsole": None, "scrapy.extensions.memusage.MemoryUsage": None},
        "WARN_ON_GENERATOR_RETURN_VALUE": False,
        # In the order in which the journey wants them.
        "SCHEDULER_MEMORY_QUEUE": "scrapy.squeues.FifoMemoryQueue",
        # A stage tells its own news; what Scrapy logs holds addresses from outside as they stand.
        "LOG_ENABLED": False,
        "LOG_INSTALL_ROOT_HANDLER": False,
        "REMOTE_CONTROL_ENABLED": False,
    }
