"""`crawl SITE`: the pages of a site, fetched once and kept: corpora/crawled/SITE."""

from pathlib import Path

from pipeline.corpora.crawler.crawl import crawl
from pipeline.stages.command import run
from pipeline.study import Study


def main(study: Study, site: str) -> None:
    """Crawl one site."""
    crawl(site, study.site(site).crawl, Path("corpora/crawled") / site)


if __name__ == "__main__":
    run(main, "site")
