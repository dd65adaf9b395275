"""corpora.crawl_*: a site of 1,000 pages over HTTP on loopback, fetched and read, by the stages' own code.

Each page shows one review, a list of 20 links and the usual frame. The crawl is a process as the stage begins it, which serves
the site itself; throttling is off. Extraction reads the crawl's WARC in this process, language check included. `rows` gives these
to `python -m benchmarks.corpora`.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.report import Row, run
from pipeline.corpora.crawler.extraction import Extraction
from pipeline.corpora.crawler.warc import read_pages
from pipeline.corpora.sample.reviews import foreign_reviews
from pipeline.files import write_bytes
from pipeline.study import Extract

PAGES, QUICK = 1000, 200
CRAWL_S, EXTRACT_PAGES_S = 60.0, 500.0

PROGRAM = """
import json, sys
from pathlib import Path
from pipeline.corpora.crawler.crawl import crawl
from pipeline.study import Crawl
crawl("bench", Crawl.model_validate_json(sys.argv[1]), Path("corpora/crawled/bench"))
"""


def rows(quick: bool = False) -> Sequence[Row]:
    """Crawl and extract once."""
    count = QUICK if quick else PAGES
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write_site(folder / "data" / "sites" / "bench", count)
        seconds, again = _crawl(folder, count), _crawl(folder, count)
        path = folder / "corpora" / "crawled" / "bench" / "pages.warc.gz"
        answers = json.loads((path.parent / "crawl.json").read_text(encoding="utf-8"))["statuses"]["200"]
        if answers != count + 1:
            raise SystemExit(f"the crawl kept {answers} answers of {count + 1}")
        rate, records = _extract(path)
        kilobytes = sum(len(page.body) for page in read_pages(path)) / count / 1000
    how = f"{count} pages of {kilobytes:.1f} kB over HTTP on loopback, 8 at once, throttling off, robots.txt obeyed; the stage's process"
    return [
        Row("corpora.crawl_s", seconds, "s", f"<= {CRAWL_S:g}", seconds <= CRAWL_S, how),
        Row("corpora.crawl_again_s", again, "s", None, None, "the same crawl again: everything is kept, nothing is asked for"),
        Row("corpora.extract_pages_s", rate, "pages/CPU-s", f">= {EXTRACT_PAGES_S:g}", rate >= EXTRACT_PAGES_S,
            f"{count} pages of the WARC to {records} records, one process, one core: markup, rating, language, names, repeated texts"),
    ]  # fmt: skip


def _write_site(folder: Path, count: int) -> None:
    """A chain of pages, each leading to the next twenty."""
    reviews = [review.fr for review in foreign_reviews(0.2)[:200]]
    write_bytes(folder / "site.json", json.dumps({"/robots.txt": {"type": "text/plain"}}).encode())
    write_bytes(folder / "robots.txt", b"User-agent: *\nDisallow: /no/\n")
    for number in range(count):
        text = " ".join(reviews[(number + step) % len(reviews)] for step in range(6)) + f" Numéro {number}."
        name = "index.html" if not number else f"{number}/index.html"
        write_bytes(folder / name, _page(text, number, count).encode())


def _page(text: str, number: int, count: int) -> str:
    links = "".join(
        f'<li><a href="/{other}/">Critique {other}</a></li>' for other in range(number + 1, min(number + 21, count))
    )
    style = ".a { color: black } " * 60
    return (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{number}</title><style>{style}</style></head><body>'
        f'<nav><ul>{links}</ul></nav><h1>Film {number}</h1><article class="review"><b class="author">Camille Roux</b>'
        f'<span class="rating">{1 + 3 * (number % 2)}/5</span><div class="body"><p>{text}</p></div></article></body></html>'
    )


def _crawl(folder: Path, count: int) -> float:
    """Seconds of a crawl's process, from its start to its end."""
    block = {
        "start": ["http://bench.example/"], "bundled": "data/sites/bench", "contact": "http://bench.example/", "follow": ["nav a"],
        "pages": count + 10, "delay": 0, "at_once": 8, "throttle": False,
    }  # fmt: skip
    command = [sys.executable, "-c", PROGRAM, json.dumps(block)]
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    begun = time.monotonic()
    subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - begun


def _extract(path: Path) -> tuple[float, int]:
    """Pages a CPU-second, once the model of languages is read, and how many records came of them."""
    rules = {
        "item": "article.review", "text": ".body", "rating": ".rating", "title": "h1", "language": "html::attr(lang)",
        "author": ".author", "languages": ["fr"], "ratings": {"negative": [1, 2], "positive": [4, 5]}, "licence": "CC0 1.0",
    }  # fmt: skip
    extraction = Extraction("bench", Extract.model_validate_json(json.dumps(rules)))
    begun = time.process_time()
    records = extraction.records(read_pages(path))
    return extraction.tally.pages / (time.process_time() - begun), len(records)


if __name__ == "__main__":
    sys.exit(run("crawl", rows, ["scrapy", "warcio", "lxml", "py3langid"]))
