"""`sites CORPUS`: which sites feed a corpus: corpora/extracted/CORPUS/named-sites.json.

A corpus's stage `collect` depends on the folder of that file, into which its sites' stages write as well (the hyphen keeps them
apart: no key has one). DVC knows no dependency that only some of a group have, and this one waits for a crawl only where there is
a site.
"""

from pathlib import Path

from pipeline.files import remove_leftovers, write_json
from pipeline.stages.command import run
from pipeline.study import Study


def main(study: Study, corpus: str) -> None:
    """List the sites of one corpus."""
    named = [file.site for file in study.corpus(corpus).source if file.site is not None]
    path = Path("corpora/extracted") / corpus / "named-sites.json"
    remove_leftovers(path)
    write_json(path, {"corpus": corpus, "sites": named})


if __name__ == "__main__":
    run(main, "corpus")
