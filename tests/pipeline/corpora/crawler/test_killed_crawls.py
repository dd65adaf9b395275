"""A crawl that is killed at random goes on where it was: no page that is kept is asked for again, and the bytes are the same."""

import fcntl
import random
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.corpora.crawler.warc import answer_of, members
from pipeline.corpora.sample.reviews import foreign_reviews
from pipeline.corpora.sample.site import site_files
from pipeline.files import sha256_of_file, write_bytes
from tests.pipeline.corpora.crawler.conftest import Study

KILLS = 10


def with_site(folder: Path, warm: str) -> Study:
    """A study with the bundled site, a request at a time, so that a kill finds it half done."""
    folder.mkdir()
    for name, content in site_files(foreign_reviews(0.2)).items():
        write_bytes(folder / "data" / "sites" / "cinephile" / name, content)
    study = Study(folder, warm)
    study.site["crawl"] |= {"at_once": 2, "throttle": False, "wait": 0.01}
    study.write()
    return study


def requests(journal: Path) -> list[str]:
    return journal.read_text().split() if journal.exists() else []


def kept_paths(folder: Path) -> set[str]:
    """The paths of the pages that are kept, once the process that kept them has ended."""
    with (folder / "lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with (folder / "pages.warc.gz").open("rb") as file:
            answers = [answer_of(content) for _, _, content in members(file)]
    return {urlsplit(answer.url).path for answer in answers if answer is not None}


def kill_after(process: "subprocess.Popen[str]", journal: Path, count: int) -> None:
    """SIGKILL once the journal holds `count` requests, or do nothing where the crawl ends first."""
    while len(requests(journal)) < count and process.poll() is None:
        time.sleep(0.001)
    time.sleep(random.random() * 0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_ten_kills_change_no_byte_and_ask_for_nothing_that_is_kept(tmp_path: Path, warm: str) -> None:
    whole = with_site(tmp_path / "whole", warm)
    whole.run("crawl")
    study, journal = with_site(tmp_path / "killed", warm), tmp_path / "journal"
    kept: set[str] = set()
    killed = 0
    while killed < KILLS:
        before = len(requests(journal))
        process = study.start("crawl", DETOUR_REQUESTS=str(journal))
        kill_after(process, journal, before + random.randint(2, 7))
        killed += process.returncode == -signal.SIGKILL
        if (study.folder / ".detour").exists():
            assert not kept & set(requests(journal)[before:]), "a page that was kept is asked for again"
            now = kept_paths(study.kept())
            assert kept <= now
            kept = now
        assert not study.crawled.exists(), "the crawl must not end before the last kill"
    before = len(requests(journal))
    said = study.run("crawl", DETOUR_REQUESTS=str(journal))
    assert not kept & set(requests(journal)[before:])
    assert "57 answers, 2 forbidden by robots.txt, 2 failed, 2 redirects without an end" in said
    for name in ("pages.warc.gz", "crawl.json"):
        assert sha256_of_file(study.crawled / name) == sha256_of_file(whole.crawled / name), name
    assert "/fr/compte/" not in requests(journal)
