"""What corpora cost: preparing 100,000 rows, looking up as many translations, crawling 1,000 pages and extracting them.

Each room of the work has a module of its own, whose `rows(quick)` measures it.
"""

import sys

from benchmarks import crawl, preparation, translation
from benchmarks.report import Row, run


def measure(quick: bool) -> list[Row]:
    """All rows, room by room."""
    return [row for room in (preparation, translation, crawl) for row in room.rows(quick)]


if __name__ == "__main__":
    sys.exit(run("corpora", measure, ["numpy", "pyarrow", "rensa", "scikit-learn", "scrapy"]))
