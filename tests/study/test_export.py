"""`detour export` in a study of one real cell on a tiny encoder, under real git and DVC."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as arrow
import pyarrow.parquet as parquet
import pytest
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from pipeline.pretrained import BuiltEncoder, build
from tests.pipeline.tiny_encoders import WORDS
from tests.pipeline.trees import make_cell
from tests.tui.toy import ROOT, copy_toy, detour, dvc, environment, shell

CELL = "classification@sms_spam-pretrained-bert"
STEM = "classification/sms_spam-pretrained-bert"
EPOCHS = 150
GRAPH = """\
stages:
  prepare:
    foreach: [sms_spam]
    do:
      cmd: python -m pipeline.stages.prepare ${item}
      outs: ["corpora/ready/${item}"]
  encoder:
    matrix: {model: "${models}"}
    cmd: python -m pipeline.stages.encoder ${item.model}
    outs: ["checkpoints/pretrained/${item.model}"]
  classification:
    matrix: {target: "${classification.targets}", start: "${classification.starts}", model: "${models}"}
    cmd: python -m pipeline.stages.finetune ${item.target} ${item.start} ${item.model}
    params: [training.target, seeds]
    deps: ["corpora/ready/${item.target}", "checkpoints/${item.start}/${item.model}"]
    outs: ["predictions/classification/${item.target}-${item.start}-${item.model}.parquet"]
    metrics:
      - reports/cells/classification/${item.target}-${item.start}-${item.model}.json: {cache: false}
      - reports/predicted/classification/${item.target}-${item.start}-${item.model}.json: {cache: false}
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study with branches: `main` (one epoch), `untrained`, `long` (many epochs), `wrong`, `old` (whose code knows no exports)."""
    place = tmp_path_factory.mktemp("export")
    (place / "words.txt").write_text("\n".join(WORDS) + "\n", encoding="utf-8")
    build(place / "bert", BuiltEncoder("bert", 16, 2, 2, 24, 20, 7, place / "words.txt"))
    folder = make_cell(place / "a study", place / "bert", "")
    shell(folder, "git", "init", "--quiet", "--initial-branch=main")
    for key, value in (("user.name", "Tester"), ("user.email", "tester@example.org")):
        shell(folder, "git", "config", key, value)
    dvc(folder, "init", "--quiet")
    (folder / "dvc.yaml").write_text(GRAPH)
    shutil.copy(ROOT / ".gitignore", folder / ".gitignore")
    commit(folder, "A study that has not run")
    shell(folder, "git", "branch", "untrained")
    train(folder)
    commit(folder, "Trained")
    on_branch(folder, "old")
    shell(folder, "git", "rm", "-r", "--quiet", "pipeline/exporting")
    commit(folder, "Before there were exports")
    on_branch(folder, "wrong")
    misrecord(folder)
    commit(folder, "A record that nothing gives")
    on_branch(folder, "long")
    params = folder / "params.yaml"
    text, count = re.subn(r"(  target:\n    epochs: )1\n", rf"\g<1>{EPOCHS}\n", params.read_text())
    assert count == 1
    params.write_text(text)
    train(folder)
    commit(folder, "Trained for long")
    shell(folder, "git", "checkout", "--quiet", "main")
    dvc(folder, "checkout", "--quiet")
    return folder


@pytest.fixture
def study(finished: Path, tmp_path: Path) -> Path:
    return copy_toy(finished, tmp_path / "a study")


def on_branch(folder: Path, name: str) -> None:
    shell(folder, "git", "checkout", "--quiet", "-b", name, "main")


def commit(folder: Path, message: str) -> None:
    shell(folder, "git", "add", "--all")
    shell(folder, "git", "commit", "--quiet", "--message", message)


def train(folder: Path) -> None:
    """Run the cell as its stage does, and take what is there for what every stage has written."""
    run = [sys.executable, "-m", "pipeline.stages.finetune", "sms_spam", "pretrained", "bert"]
    shell(folder, *run)
    dvc(folder, "commit", "--quiet", "--force")


def misrecord(folder: Path) -> None:
    """Record another label for one row."""
    path = folder / "predictions" / f"{STEM}.parquet"
    columns = parquet.read_table(path).to_pydict()
    columns["predicted"][3] = {"ham": "spam", "spam": "ham"}[columns["predicted"][3]]
    path.unlink()
    parquet.write_table(arrow.table(columns), path)
    dvc(folder, "commit", "--quiet", "--force")


def nothing_left(study: Path) -> bool:
    worktrees = shell(study, "git", "worktree", "list", "--porcelain").count("worktree ")
    return (
        worktrees == 1
        and not list((study / ".detour" / "exports").glob("*"))
        and not shell(study, "git", "status", "--porcelain")
    )


def test_a_seed_is_a_folder_that_anybody_can_load(study: Path, tmp_path: Path) -> None:
    model = tmp_path / "models" / "spam"
    told = json.loads(detour(study, "export", CELL, "--seed", "1", "--to", str(model), "--json").stdout)
    assert told["folder"] == str(model)
    assert told["commit"] == shell(study, "git", "rev-parse", "main").strip()
    assert (told["trained"], told["rows"], told["source"]) == (True, 20, f"predictions/{STEM}.parquet")
    tokenizer, classifier = (
        kind.from_pretrained(model) for kind in (AutoTokenizer, AutoModelForSequenceClassification)
    )
    texts = parquet.read_table(study / "corpora/ready/sms_spam/test.parquet")["text"].to_pylist()
    scores = classifier(**tokenizer(texts, truncation=True, padding=True, return_tensors="pt")).logits
    names = [classifier.config.id2label[label] for label in scores.argmax(-1).tolist()]
    assert names == parquet.read_table(study / "predictions" / f"{STEM}.parquet")["predicted"].to_pylist()
    assert told["commit"] in (model / "README.md").read_text()
    assert nothing_left(study)


def test_an_experiment_is_exported_beside_the_working_tree_and_goes_on_after_a_kill(
    study: Path, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    words = ["export", CELL, "--seed", "1", "--to", str(model), "--experiment", "long"]
    with exporting(study, words) as process:
        process.kill()
        process.wait()
        assert ends_well(study)
    assert not model.exists()
    assert len(list((study / ".detour" / "exports").glob("*"))) == 1
    with exporting(study, words) as process:
        # As Ctrl-C does in a terminal.
        os.killpg(process.pid, signal.SIGINT)
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert "Traceback" not in said
    kept = re.search(r"Stopped; seed 1 is kept at epoch (\d+), step \d+", said)
    assert kept is not None, said
    # What the killed one has left is gone as well.
    assert nothing_left(study)
    done = detour(study, *words)
    assert f"Seed 1 goes on in epoch {kept[1]} of {EPOCHS}" in done.stderr
    assert "is in " in done.stdout and "(trained again); 20 predicted labels equal" in done.stdout
    card = " ".join((model / "README.md").read_text().split())
    assert f"| training.target.epochs | {EPOCHS} |" in card
    assert "| experiment | long |" in card
    assert [path.name for path in tmp_path.iterdir() if "export" in path.name] == []
    assert nothing_left(study)


class exporting:
    """An export that has begun to train."""

    def __init__(self, study: Path, words: list[str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tui", *words],
            cwd=study,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> "subprocess.Popen[str]":
        assert self.process.stderr is not None
        assert any(re.search(rf" epoch \d+/{EPOCHS} ", line) for line in self.process.stderr)
        return self.process

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


def ends_well(study: Path) -> bool:
    """Whether what an export began ends with it."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if not any(True for _ in processes_in(study / ".detour" / "exports")):
            return True
        time.sleep(0.05)
    return False


def processes_in(folder: Path) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                where = str((entry / "cwd").readlink())
                state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
            except OSError:
                continue
            if where.startswith(str(folder)) and state != "Z":
                yield int(entry.name)


def test_predictions_that_differ_from_the_recorded_ones_are_refused_and_nothing_is_written(
    study: Path, tmp_path: Path
) -> None:
    words = ("--to", str(tmp_path / "models" / "spam"), "--experiment", "wrong", "--json")
    done = detour(study, "export", CELL, "--seed", "1", *words, status=1)
    assert done.stdout == ""
    assert re.fullmatch(
        rf"{CELL}, seed 1: 1 of 20 test rows are predicted otherwise than predictions/{STEM}\.parquet records, so nothing was "
        r"written; [^\n]+\.\n",
        done.stderr,
    )
    assert not (tmp_path / "models").exists()
    assert nothing_left(study)


def test_neither_old_code_nor_a_lost_table_keeps_an_experiment_from_being_exported(study: Path, tmp_path: Path) -> None:
    # This program's own code exports it, and the labels in git are compared.
    cached(study, f"predictions/{STEM}.parquet").unlink()
    words = ("--seed", "1", "--to", str(tmp_path / "model"), "--experiment", "old", "--json")
    told = json.loads(detour(study, "export", CELL, *words).stdout)
    assert told["source"] == f"reports/predicted/{STEM}.json"
    assert (tmp_path / "model" / "model.safetensors").is_file()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([f"{CELL}a"], f"The study of HEAD has no cell '{CELL}a'; did you mean '{CELL}'?"),
        (["classification"], "The study of HEAD has no cell 'classification'; "),
        ([CELL, "--seed", "7"], f"{CELL} has no seed 7 in HEAD; it was trained with 1."),
        ([CELL, "-e", "untrained"], f"{CELL} was never trained in untrained; `detour run {CELL}` trains it"),
        ([CELL, "-e", "lond"], "'lond' names no branch, tag, experiment or commit; did you mean 'long'"),
        ([CELL, "-e", "\x1b[31m"], "'\\x1b[31m' names no branch"),
        (
            [CELL, "-e", "workspace"],
            "What the working folder holds has no commit to be named by; commit it and export HEAD.",
        ),
        ([CELL, "--to", "corpora"], "corpora is not empty; give --to a folder that does not exist or is empty."),
        ([CELL, "--to", "params.yaml"], "params.yaml is there already and no folder"),
    ],
    ids=lambda words: words[-1].strip("\x1b") if isinstance(words, list) else None,
)
def test_what_cannot_be_exported_is_told_at_once(finished: Path, words: list[str], told: str, tmp_path: Path) -> None:
    usual = {"--seed": "1", "--to": str(tmp_path / "model")}
    more = [word for option, value in usual.items() if option not in words for word in (option, value)]
    done = detour(finished, "export", *words, *more, status=2)
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "model").exists()


def test_a_seed_that_is_no_number_is_a_fault_of_usage(finished: Path) -> None:
    assert "--seed" in detour(finished, "export", CELL, "--seed", "one", "--to", "model", status=2).stderr


def cached(study: Path, path: str) -> Path:
    """Where the DVC cache holds what dvc.lock says of a path."""
    match = re.search(rf"path: {path}\n\s+hash: md5\n\s+md5: (\w\w)(\S+)", (study / "dvc.lock").read_text())
    assert match is not None
    return study / ".dvc" / "cache" / "files" / "md5" / match[1] / match[2]


def test_an_input_that_the_cache_does_not_hold_says_what_fetches_or_makes_it(study: Path, tmp_path: Path) -> None:
    listing = cached(study, "checkpoints/pretrained/bert")
    listing.unlink()
    words = ("export", CELL, "--seed", "1", "--to", str(tmp_path / "model"))
    told = detour(study, *words, status=2).stderr
    assert told == (
        "checkpoints/pretrained/bert is not in the DVC cache; `dvc pull checkpoints/pretrained/bert` fetches it where a remote has"
        f" it, and `detour run {CELL}` makes it again.\n"
    )
    assert not (tmp_path / "model").exists()
    assert nothing_left(study)


def test_an_input_of_which_the_cache_has_lost_a_part_is_named_as_well(study: Path, tmp_path: Path) -> None:
    entries = json.loads(cached(study, "checkpoints/pretrained/bert").read_text())
    lost = next(entry["md5"] for entry in entries if entry["relpath"] == "model.safetensors")
    (study / ".dvc" / "cache" / "files" / "md5" / lost[:2] / lost[2:]).unlink()
    told = detour(study, "export", CELL, "--seed", "1", "--to", str(tmp_path / "model"), status=2).stderr
    assert "checkpoints/pretrained/bert" in told and "dvc pull" in told
    assert told.count("\n") == 1
