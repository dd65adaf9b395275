"""`extract SITE`: records of a crawled site, ready to be collected: corpora/extracted/CORPUS/SITE.parquet.

SITE.json beside it counts what became of every item. The corpus depends on the whole folder, in which a writer that was killed
must therefore leave nothing for good.
"""

from pathlib import Path

from pipeline.corpora.crawler.extraction import Extraction
from pipeline.corpora.crawler.warc import read_pages
from pipeline.corpora.schema import Record, write_table
from pipeline.files import remove_leftovers, write_json
from pipeline.stages.command import run
from pipeline.study import Study


def main(study: Study, site: str) -> None:
    """Extract the records of one site."""
    block = study.site(site)
    extraction = Extraction(site, block.extract)
    records = extraction.records(read_pages(Path("corpora/crawled") / site / "pages.warc.gz"))
    told = {"site": site, **extraction.told(records)}
    folder = Path("corpora/extracted") / block.corpus
    for name in (f"{site}.parquet", f"{site}.json"):
        remove_leftovers(folder / name)
    write_table(folder / f"{site}.parquet", records, Record, told)
    write_json(folder / f"{site}.json", told)
    dropped = [f"{count} {why}" for why, count in told["dropped"].items() if count]
    print(f"{site}: {len(records)} records of {told['items']} items on {told['pages']} pages", *dropped, sep="; ")


if __name__ == "__main__":
    run(main, "site")
