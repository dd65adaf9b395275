"""Studies with sites, and stages that are forked from a process which has imported Scrapy."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.pipeline.corpora.crawler.loopback import Answer, Loopback, serving

ROOT = Path(__file__).resolve().parents[4]
MODULES = (
    "scrapy.crawler", "scrapy.core.downloader.handlers.http11", "scrapy.core.downloader.handlers.s3", "scrapy.extensions.throttle",
    "scrapy.extensions.telnet", "scrapy.extensions.feedexport", "scrapy.downloadermiddlewares.cookies", "scrapy.squeues",
    "scrapy.downloadermiddlewares.httpcache", "scrapy.downloadermiddlewares.redirect", "scrapy.spidermiddlewares.referer",
    "twisted.internet.asyncioreactor", "tldextract", "warcio.archiveiterator", "pydantic.main", "ruamel.yaml",
)  # fmt: skip
AT_FIRST = dict(os.environ)
"""Before any test changes it: a stage and the process it is forked from must have the same."""
GENTLE: dict[str, Any] = {"delay": 0, "at_once": 4, "throttle": False, "retries": 1, "wait": 0.01, "timeout": 5}


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a warm parent that has imported Scrapy: each stage is a process of its own and starts at once."""
    command = [sys.executable, "-P", "-m", "pipeline.warm.parent", *MODULES]
    log = tmp_path_factory.mktemp("warm") / "log"
    with log.open("w") as complaints:
        process = subprocess.Popen(command, env=variables(), stdout=subprocess.PIPE, stderr=complaints, text=True)
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    assert process.stdout.readline() == "ready\n", log.read_text()
    yield address
    process.terminate()
    process.wait(10)


def variables(**more: str) -> dict[str, str]:
    """The environment of stages: this checkout, no proxy."""
    kept = {name: value for name, value in AT_FIRST.items() if not name.lower().endswith("_proxy")}
    return {**kept, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "DETOUR_WARM": "off", **more}


class Study:
    """A study with one site in a folder of its own.

    Args:
        folder: Made by the test.
        warm: The parent of its stages.
    """

    def __init__(self, folder: Path, warm: str) -> None:
        self.folder, self.warm = folder, warm
        values = YAML(typ="safe").load((ROOT / "params.yaml").read_text(encoding="utf-8"))
        values.update(models=["bert"], starts={}, seeds=[1])
        values["classification"] = {"starts": ["pretrained"], "targets": ["movie_reviews"]}
        values["sentiment"] = values["similarity"] = {"starts": ["pretrained"], "targets": []}
        values["corpora"] = {"movie_reviews": values["corpora"]["movie_reviews"]}
        self.values = values
        self.write()

    @property
    def site(self) -> dict[str, Any]:
        """The block of the site, to be changed and written."""
        return self.values["sites"]["cinephile"]  # type: ignore[no-any-return]

    def write(self) -> None:
        """Write params.yaml."""
        with (self.folder / "params.yaml").open("w") as file:
            YAML(typ="safe").dump(self.values, file)

    def crawls(self, address: str, **crawl: Any) -> None:
        """Let the site be the one at `address`, with gentle settings and those given."""
        begin = {"start": [f"{address}/"], "contact": "mail@films.example", "pages": 100}
        self.site["crawl"] = {**begin, "follow": ["a"], **GENTLE, **crawl}
        self.write()

    def start(self, stage: str, **more: str) -> "subprocess.Popen[str]":
        """Begin a stage."""
        command = [sys.executable, "-m", f"pipeline.stages.{stage}", "cinephile"]
        environment = variables(DETOUR_WARM=self.warm, **more)
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=self.folder, env=environment, stdout=pipe, stderr=pipe, text=True)

    def run(self, stage: str, status: int = 0, **more: str) -> str:
        """Run a stage to its end, and return what it said."""
        with self.start(stage, **more) as process:
            said, complained = process.communicate(timeout=120)
        assert process.returncode == status, said + complained
        assert "Traceback" not in complained
        return said + complained

    @property
    def told(self) -> Any:
        """crawl.json."""
        return json.loads((self.crawled / "crawl.json").read_text(encoding="utf-8"))

    @property
    def crawled(self) -> Path:
        """The folder of the crawl's result."""
        return self.folder / "corpora" / "crawled" / "cinephile"

    def kept(self) -> Path:
        """The folder of the resume state."""
        return next((self.folder / ".detour" / "crawls").iterdir())


@pytest.fixture
def study(tmp_path: Path, warm: str) -> Study:
    return Study(tmp_path, warm)


@pytest.fixture
def serve() -> Iterator[Callable[[dict[str, Answer]], Loopback]]:
    """Serves pages until the test ends."""
    import contextlib

    with contextlib.ExitStack() as stack:
        yield lambda pages: stack.enter_context(serving(pages))
