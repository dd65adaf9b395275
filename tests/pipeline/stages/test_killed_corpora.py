"""Every stage from a site's kept pages to a ready corpus, killed ten times at random: the corpus is the same to the byte.

Crawling and asking for translations have tests of their own, which count requests.
"""

import hashlib
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pipeline.corpora.sample.bundle import write_sample
from pipeline.stages import collect, extract, prepare, sites, translate
from pipeline.study import load_study
from tests.tui.toy import ROOT

CORPUS, SITE, KILLS = "movie_reviews", "cinephile", 10
STAGES = {"sites": CORPUS, "extract": SITE, "collect": CORPUS, "translate": CORPUS, "prepare": CORPUS}
MAINS = {"sites": sites, "extract": extract, "collect": collect, "translate": translate, "prepare": prepare}
WRITTEN = ("corpora/extracted", "corpora/collected", "corpora/translated", "corpora/ready", "reports/corpora")


def run_stage(folder: Path, stage: str) -> None:
    """One stage in a process that may be killed."""
    os.chdir(folder)
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    MAINS[stage].main(load_study(), STAGES[stage])


def written(folder: Path) -> dict[str, str]:
    """Digests of what the stages have written, by path; what a killed writer leaves is hidden."""
    files = [path for place in WRITTEN for path in (folder / place).rglob("*") if path.is_file()]
    names = {path: path.relative_to(folder) for path in files}
    shown = {path: name for path, name in names.items() if not any(part.startswith(".") for part in name.parts)}
    return {str(name): hashlib.sha256(path.read_bytes()).hexdigest() for path, name in shown.items()}


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample with its site crawled."""
    folder = tmp_path_factory.mktemp("corpora") / "a study"
    folder.mkdir()
    write_sample(folder / "data")
    shutil.copy(ROOT / "params.yaml", folder)
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pipeline.stages.crawl", SITE]
    subprocess.run(command, cwd=folder, env=variables, stdout=subprocess.DEVNULL, check=True)
    return folder


@pytest.fixture(scope="module")
def context() -> Any:
    """Processes forked from one that has imported what the stages import."""
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload([__name__, "pandas", "sklearn.linear_model", "py3langid"])
    return made


def finish(context: Any, folder: Path, stage: str) -> float:
    """Run a stage to its end; the seconds that it took."""
    begun = time.monotonic()
    process = context.Process(target=run_stage, args=(folder, stage))
    process.start()
    process.join()
    assert process.exitcode == 0
    return time.monotonic() - begun


@pytest.mark.slow
def test_ten_kills_of_any_stage_change_no_byte(crawled: Path, tmp_path: Path, context: Any) -> None:
    killed = shutil.copytree(crawled, tmp_path / "a killed study")
    moments = random.Random(11)
    for stage in STAGES:
        seconds = finish(context, crawled, stage)
        hit = 0
        for _ in range(KILLS):
            process = context.Process(target=run_stage, args=(killed, stage))
            process.start()
            time.sleep(moments.uniform(0, seconds))
            process.kill()
            process.join()
            hit += process.exitcode == -9
        assert hit, f"{stage} always ended before it was killed"
        finish(context, killed, stage)
        assert written(killed) == written(crawled)
