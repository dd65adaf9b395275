"""The stage `translate` killed, side by side with itself, and in an outage: the same bytes, nothing saved is asked for again."""

import json
import multiprocessing
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from pipeline.corpora.schema import Collected, Row, read_table, write_table
from pipeline.corpora.translation import threads
from pipeline.corpora.translation.live import LiveMemory
from pipeline.stages import translate
from pipeline.study import load_study
from tests.pipeline.corpora.translation.translators import Services

ROOT = Path(__file__).resolve().parents[4]
KILLS, THREADS = 10, 8
TEXTS = [f"critique {number}" for number in range(150)]
LONG = [f"{number}. " + "Une assez longue phrase. " * 3 for number in range(10)]


def make_tree(folder: Path, corpora: dict[str, list[str]]) -> Path:
    """A study whose corpora are collected, its snapshot empty."""
    yaml = YAML(typ="safe")
    study = yaml.load(ROOT / "params.yaml")
    block = study["corpora"]["movie_reviews"] | {
        "source": [{"path": "data/reviews.csv", "language": "fr"}],
        "fields": {"text": "text", "label": "label"},
    }
    study["corpora"] = dict.fromkeys(corpora, block)
    study["sites"] = {}
    study["starts"], none = {}, {"starts": ["pretrained"], "targets": []}
    study.update(sentiment=none, similarity=none, classification={"starts": ["pretrained"], "targets": list(corpora)})
    address = f"{os.environ['TRANSLATORS']}/m"
    told = {"engine": "google", "address": address, "threads": THREADS, "rate": 10000, "wait": 0.01, "tries": 2}
    study["translation"] = {"memory": "data/memory.jsonl", **told, "characters": 60, "round_trip": 5}
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "memory.jsonl").touch()
    with (folder / "params.yaml").open("w") as file:
        yaml.dump(study, file)
    for key, texts in corpora.items():
        rows = [Collected(f"r{i}", text, None, "negative", "fr", None, None, None) for i, text in enumerate(texts)]
        write_table(folder / f"corpora/collected/{key}.parquet", rows, Collected)
    return folder


def run_stage(folder: Path, corpus: str) -> None:
    """The stage, in a process that may be killed; the day does not change in the middle of a test."""
    os.chdir(folder)
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    threads.today = lambda: "2026-01-31"
    translate.main(load_study(), corpus)


@pytest.fixture(scope="module")
def context() -> Any:
    """Processes forked from one that has imported what the stage imports."""
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(["pipeline.stages.translate", "deep_translator.google", "requests", "sacrebleu"])
    return made


def finish(process: Any) -> None:
    process.join()
    assert process.exitcode == 0


def test_ten_kills_change_no_byte_and_nothing_that_was_saved_is_asked_again(
    tmp_path: Path, services: Services, context: Any
) -> None:
    undisturbed = make_tree(tmp_path / "undisturbed", {"reviews": TEXTS + LONG})
    process = context.Process(target=run_stage, args=(undisturbed, "reviews"))
    process.start()
    finish(process)
    alone = Counter(services.asked)
    assert set(alone.values()) == {1} and len(alone) > len(TEXTS + LONG)
    tree = make_tree(tmp_path / "killed", {"reviews": TEXTS + LONG})
    services.asked.clear()
    services.delay = 0.01
    moments, saved_after_kills = random.Random(7), []
    for _ in range(KILLS):
        process = context.Process(target=run_stage, args=(tree, "reviews"))
        asked = len(services.asked)
        process.start()
        # By requests and not by the clock, so that every life does some of the work on a busy machine too.
        enough = asked + moments.randint(2, 20)
        while len(services.asked) < enough and process.is_alive():
            time.sleep(0.001)
        time.sleep(moments.uniform(0, 0.02))
        process.kill()
        process.join()
        assert process.exitcode == -9, "the work has to outlast ten kills"
        live = LiveMemory(tree / ".detour" / "memory", lambda _: None)
        saved_after_kills.append(
            (len(services.asked), {entry.key for pair in live.pairs() for entry in live.entries(*pair)})
        )
    process = context.Process(target=run_stage, args=(tree, "reviews"))
    process.start()
    finish(process)
    name = "corpora/translated/reviews.parquet"
    assert (tree / name).read_bytes() == (undisturbed / name).read_bytes()
    asked = Counter(services.asked)
    assert set(asked) == set(alone)
    for moment, saved in saved_after_kills:
        assert not saved & set(services.asked[moment:])
    # What was under way at a kill is asked again: one request a thread at the most.
    assert sum(asked.values()) - len(asked) <= KILLS * THREADS
    assert len(saved_after_kills[-1][1]) > 10


def test_two_stages_at_once_ask_for_each_text_once(tmp_path: Path, services: Services, context: Any) -> None:
    services.delay = 0.005
    tree = make_tree(tmp_path / "tree", {"one": TEXTS[:100], "two": TEXTS[50:]})
    processes = [context.Process(target=run_stage, args=(tree, corpus)) for corpus in ("one", "two")]
    for process in processes:
        process.start()
    for process in processes:
        finish(process)
    assert set(Counter(services.asked).values()) == {1}
    rows = read_table(tree / "corpora/translated/two.parquet", Row)[0]
    assert [row.text for row in rows] == [f"fr~{text}" for text in TEXTS[50:]]


def test_an_outage_is_one_line_and_status_2_and_writes_no_corpus(tmp_path: Path, services: Services) -> None:
    tree = make_tree(tmp_path / "tree", {"reviews": TEXTS[:30]})
    services.fault, services.after = "captcha", 10
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pipeline.stages.translate", "reviews"]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "20 of 30 rows are left" in done.stderr
    assert done.stdout.splitlines()[0] == "reviews: 0 texts in memory, 30 to translate"
    assert not (tree / "corpora/translated").exists()
    assert json.loads((tree / ".detour/memory/fr.en.jsonl").read_text().splitlines()[9])["engine"] == "google"
