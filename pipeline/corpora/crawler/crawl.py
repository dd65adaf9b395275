"""A site fetched, page by page, into a WARC file: `corpora/crawled/<site>`.

Pages are kept in `.detour/crawls` of the main checkout as they come (`kept`); a process that is killed loses the pages that were
under way, and the next one asks for these and for what is still missing. At the end the pages that the rules of the block lead
to are written out in the order of the crawl, so that the result is the same however often it was interrupted.
"""

import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

from pipeline.checkout import main_checkout
from pipeline.corpora.crawler.addresses import host
from pipeline.corpora.crawler.bundled import SERVED_AT, content, serving
from pipeline.corpora.crawler.journey import Journey
from pipeline.corpora.crawler.kept import Kept, kept_answers
from pipeline.corpora.crawler.pages import is_robots
from pipeline.corpora.crawler.robots import PRODUCT
from pipeline.corpora.crawler.settings import settings, user_agent
from pipeline.corpora.crawler.warc import info_member
from pipeline.errors import InputError
from pipeline.files import digest, remove_leftovers, replaced_folder, write_json
from pipeline.study import Crawl

PAGES, TOLD = "pages.warc.gz", "crawl.json"
SECONDS = 30.0
"""Between two lines that tell how far a crawl is."""


def crawl(site: str, block: Crawl, out: Path) -> None:
    """Fetch what is missing of a site and write the result.

    Args:
        site: Its key.
        block: Its `crawl` block.
        out: The folder of the result, written whole or not at all.

    Raises:
        InputError: The site is gone, forbids everything, or a selector finds nothing; what is kept stays kept.
        SystemExit: The user has stopped it (130).
    """
    journey = Journey(f"sites.{site}.crawl", block)
    with kept_answers(state_folder(site, block)) as kept:
        kept.load(journey.take)
        # Nothing is asked for twice, and where nothing is missing Scrapy is not even imported.
        end = _fetch(site, block, journey, kept) if journey.wanted() else "finished"
        held = f"{len(kept)} answers are kept in {kept.path.parent}; `dvc repro crawl@{site}` goes on from there"
        if end == "shutdown":
            print(f"{site}: stopped; {held}.")
            raise SystemExit(130)
        _refuse_failures(site, journey, end, held)
        _write(block, journey, kept, out)
    print(_sentence(site, journey))


def state_folder(site: str, block: Crawl) -> Path:
    """Where a site's pages are kept: another folder for another edition, other hosts, or another bundled site."""
    where = content(Path(block.bundled)) if block.bundled else sorted({host(address) for address in block.start})
    name = digest([site, block.edition, where])[:16]
    return main_checkout() / ".detour" / "crawls" / f"{site}-{name}"


def _fetch(site: str, block: Crawl, journey: Journey, kept: Kept) -> str:
    # Importing Scrapy takes a second.
    from pipeline.corpora.crawler.spider import fetch

    hosts = len({host(address) for address in block.start})
    clock = (lambda: SERVED_AT) if block.bundled else _now
    with serving(Path(block.bundled)) if block.bundled else nullcontext() as proxy:
        return fetch(settings(block, hosts), journey, kept, clock, proxy, _progress(site, journey, kept))


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _progress(site: str, journey: Journey, kept: Kept) -> Callable[[], None]:
    last = time.monotonic()

    def tell() -> None:
        nonlocal last
        if time.monotonic() - last >= SECONDS:
            last = time.monotonic()
            print(f"{site}: {len(kept)} answers kept, {len(journey.failed)} failed", flush=True)

    return tell


def _refuse_failures(site: str, journey: Journey, end: str, held: str) -> None:
    frontier = journey.frontier
    if end == "gone":
        address, reason = list(journey.failed.items())[-1]
        raise InputError(
            f"sites.{site}: the site answers no more ({journey.failures} addresses in a row failed, the last one {address}: "
            f"{reason}); {held} when it does."
        )
    if end != "finished" or journey.wanted():
        raise RuntimeError(f"Scrapy ended with '{end}' before the crawl did")
    if not frontier.asked:
        forbidding = ", ".join(journey.robots)
        raise InputError(
            f"sites.{site}: {forbidding} forbids every start address to {PRODUCT}; ask the site's owner, or choose another site."
        )
    pages = [address for address in journey.order() if journey.seen[address].status == 200 and not is_robots(address)]
    if not any(address in frontier.asked for address in pages):
        first = frontier.asked[0]
        said = journey.failed.get(first) or journey.seen[first].in_words
        raise InputError(
            f"sites.{site}: no page could be had ({first}: {said}); correct sites.{site}.crawl.start, or try later."
        )
    if missing := journey.unmatched():
        raise InputError(
            f"{missing[0]} finds nothing on {len(pages)} pages{_more(missing)}; mend it or remove it: {held}, and only pages that "
            "are not kept are fetched."
        )


def _more(missing: list[str]) -> str:
    return f" (and {len(missing) - 1} more)" if missing[1:] else ""


def _write(block: Crawl, journey: Journey, kept: Kept, out: Path) -> None:
    order = journey.order()
    # The time of the last answer, so that writing the same answers again gives the same bytes.
    date = max(journey.seen[address].fetched for address in order)
    said = {"software": user_agent(block), "robots": "obeyed", "format": "WARC File Format 1.0", "date": date}
    remove_leftovers(out)
    with replaced_folder(out) as folder:
        with (folder / PAGES).open("wb") as file:
            file.write(info_member(said))
            for address in order:
                file.write(kept.member(address))
        write_json(folder / TOLD, journey.told())


def _sentence(site: str, journey: Journey) -> str:
    """What became of the crawl, in a line."""
    frontier = journey.frontier
    counts = {
        "forbidden by robots.txt": len(frontier.forbidden),
        "failed": len(journey.failed),
        "left out": sum(bool(journey.seen[address].reason) for address in journey.order()),
        "redirects without an end": len(frontier.endless),
        "beyond the budget": len(frontier.beyond),
    }
    told = [f"{len(journey.order())} answers", *(f"{count} {what}" for what, count in counts.items() if count)]
    again = f"; run crawl@{site} again (dvc repro --force) to ask for what failed" if journey.failed else ""
    return f"{site}: {', '.join(told)}{again}"
