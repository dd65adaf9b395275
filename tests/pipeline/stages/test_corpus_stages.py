"""The five stages of a corpus, one after the other, on a study of two small tasks."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from pipeline.corpora.schema import PARTS, Collected, Row, read_table
from pipeline.errors import InputError
from pipeline.files import digest, read_json, sha256_of_file
from pipeline.stages import collect, command, overlap, prepare, pretrained, start, translate
from pipeline.study import load_study

ROOT = Path(__file__).resolve().parents[3]
ABOUT = {"licence": "CC0-1.0", "citation": "nobody"}
CORPORA: dict[str, Any] = {
    "films": {
        "task": "classification",
        "kind": "intermediate",
        "source": [{"path": "data/films.csv"}],
        "fields": {"text": "text", "label": "label", "group": "film"},
        "labels": ["bad", "good"],
        "language": "en",
        **ABOUT,
    },
    "mail": {
        "task": "classification",
        "kind": "domain",
        "source": [{"path": "data/mail.csv"}],
        "fields": {"text": "text", "label": "label"},
        "labels": ["ham", "spam"],
        "language": "en",
        "sample": 500,
        **ABOUT,
    },
    "reviews": {
        "task": "classification",
        "kind": "crosslingual",
        "source": [{"path": "data/reviews.jsonl", "language": "fr", "unmapped": "drop"}],
        "fields": {"text": "text", "label": "label", "id": "id"},
        "labels": ["bad", "good"],
        "translation": "to_english",
        **ABOUT,
    },
}


def write_inputs() -> None:
    films = ["text,label,film"] + [
        f'"Film {i} was, <br />well",{"bad" if i % 2 else "good"},{i // 3}' for i in range(120)
    ]
    films[8] = f'"Film 7 was, well{" very" * 100}",bad,2'
    Path("data/films.csv").write_text("\n".join(films) + "\n")
    # Every fifth message is about a film, in other letters; the last ten are duplicates.
    mails = [f"FILM {i} was, well" if i % 5 == 0 else f"message number {i}" for i in range(90)]
    rows = [(text, "spam" if i % 3 == 0 else "ham") for i, text in enumerate(mails)]
    lines = [
        f'"{text}",{label}' for text, label in [*rows, *rows[:6], *[(text.upper(), label) for text, label in rows[1:5]]]
    ]
    Path("data/mail.csv").write_text("\n".join(["text,label", *lines]) + "\n")
    reviews = [{"id": i, "text": f"critique {i}", "label": ("bad", "good", "so so")[i % 3]} for i in range(60)]
    Path("data/reviews.jsonl").write_text("".join(json.dumps(review) + "\n" for review in reviews))
    languages = {"source_language": "fr", "target_language": "en", "engine": "toy"}
    memory = [{**languages, "text": f"critique {i}", "translation": f"review {i}"} for i in range(60)]
    Path("data/memory.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in memory))


def write_study(**blocks: Any) -> None:
    yaml = YAML(typ="safe")
    study = yaml.load(ROOT / "params.yaml")
    study["corpora"], study["sites"] = CORPORA, {}
    study["starts"] = {
        "films": {"task": "classification", "corpus": "films"},
        "shuffled": {"task": "classification", "corpus": "films", "labels": "shuffled", "examples": 40},
    }
    study["classification"] = {"starts": ["pretrained", "films", "shuffled"], "targets": ["mail", "reviews"]}
    study["sentiment"] = study["similarity"] = {"starts": ["pretrained"], "targets": []}
    study.update(blocks)
    with Path("params.yaml").open("w") as file:
        yaml.dump(study, file)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree in which all five stages have run."""
    folder = tmp_path_factory.mktemp("tree")
    before = Path.cwd()
    os.chdir(folder)
    try:
        (folder / "data").mkdir()
        write_inputs()
        write_study()
        run_all()
    finally:
        os.chdir(before)
    return folder


def run_all() -> None:
    study = load_study()
    for key in study.corpora:
        collect.main(study, key)
        translate.main(study, key)
        prepare.main(study, key)
    for key in study.starts:
        start.main(study, key)
    pretrained.main(study, "classification")
    for key in study.corpora:
        overlap.main(study, key)


@pytest.fixture
def tree(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the finished tree that a test may change."""
    shutil.copytree(finished, tmp_path / "tree")
    monkeypatch.chdir(tmp_path / "tree")
    return tmp_path / "tree"


def rows_of(folder: Path, part: str) -> list[Row]:
    return read_table(folder / f"{part}.parquet", Row)[0]


def files_below(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): sha256_of_file(path)
        for top in ("corpora", "reports")
        for path in (folder / top).rglob("*")
        if path.is_file()
    }


class TestPrepared:
    def test_parts_hold_every_row_once_and_groups_whole(self, finished: Path) -> None:
        parts = {part: rows_of(finished / "corpora/ready/films", part) for part in PARTS}
        ids = [row.id for rows in parts.values() for row in rows]
        assert len(ids) == len(set(ids)) == 120
        groups = [{row.group for row in rows} for rows in parts.values()]
        assert not groups[0] & groups[1] and not groups[0] & groups[2] and not groups[1] & groups[2]
        assert parts["test"][0].text.endswith("was, well")

    def test_translated_rows_keep_their_original(self, finished: Path) -> None:
        row = rows_of(finished / "corpora/ready/reviews", "train")[0]
        assert row.text.replace("review", "critique") == row.source_text
        assert (row.language, row.translated_by) == ("fr", "toy")

    def test_a_corpus_in_folds_is_told_as_such(self, tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
        write_study(corpora={**CORPORA, "mail": {**CORPORA["mail"], "split": {"folds": 3, "repeats": 2}}})
        prepare.main(load_study(), "mail")
        rows = len(rows_of(tree / "corpora/ready/mail", "test"))
        assert capsys.readouterr().out.startswith(f"mail: {rows} in 3 folds, 2 times; ")

    def test_the_floors_have_one_prediction_a_test_row(self, finished: Path) -> None:
        floors = json.loads((finished / "corpora/ready/mail/floors.json").read_text())
        assert floors["majority"] == 0 and set(floors["tfidf"]) <= {0, 1}
        assert len(floors["tfidf"]) == len(rows_of(finished / "corpora/ready/mail", "test"))

    def test_the_floors_are_fitted_on_train_and_dev(self, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        given: list[Any] = []
        monkeypatch.setattr(prepare, "floors", lambda *arguments: given.append(arguments) or {})
        prepare.main(load_study(), "mail")
        train, dev, test = (rows_of(tree / "corpora/ready/mail", part) for part in PARTS)
        assert given == [(train + dev, test, ("ham", "spam"))]


class TestCard:
    @pytest.fixture
    def mail(self, finished: Path) -> Any:
        return json.loads((finished / "corpora/ready/mail/card.json").read_text())

    def test_it_tells_where_the_corpus_comes_from(self, mail: Any) -> None:
        assert (mail["licence"], mail["citation"], mail["corpus"]) == ("CC0-1.0", "nobody", "mail")
        assert mail["source"][0]["path"] == "data/mail.csv" and len(mail["source"][0]["sha256"]) == 64

    def test_it_counts_every_row_on_its_way(self, mail: Any, finished: Path) -> None:
        assert mail["rows"] == {
            "asked": 500,
            "sha256": read_table(finished / "corpora/collected/mail.parquet", Collected)[1]["rows_sha256"],
            "read": 100,
            "collected": 100,
            "dropped": {"exact": 6, "folded": 4, "near": 0, "conflicting": 0, "contrasts": 0},
            "final": 90,
        }
        assert mail["notes"] == ["asked 500, 100 exist"]
        reviews = json.loads((finished / "corpora/ready/reviews/card.json").read_text())
        assert json.loads((finished / "reports/corpora/reviews.json").read_text()) == {"about": [reviews]}
        assert reviews["source"][0]["unmapped"] == 20 and reviews["rows"]["final"] == 40
        told = reviews["translation"]
        assert told["direction"] == "to_english"
        assert (told["column"], told["memory"], told["untranslated"], told["answered"]["entries"]) == (0, 40, 0, 40)
        assert told["quality"]["fr>en"]["by"] == {"toy": 40}

    def test_its_counts_are_those_of_the_files(self, mail: Any, finished: Path) -> None:
        for part in PARTS:
            rows = rows_of(finished / "corpora/ready/mail", part)
            labels = Counter(row.label for row in rows)
            assert {label: counts[part] for label, counts in mail["labels"].items()} == labels
            assert mail["languages"]["en"][part] == mail["parts"][part]["rows"] == len(rows)
            assert mail["parts"][part]["ids"] == digest([row.id for row in rows])
            assert mail["parts"][part]["sha256"] == sha256_of_file(finished / f"corpora/ready/mail/{part}.parquet")

    def test_it_tells_the_lengths(self, mail: Any) -> None:
        assert mail["lengths"]["text"]["words"] == {"median": 3, "p95": 4, "longest": 4}
        assert mail["lengths"]["text"]["characters"]["longest"] == len("message number 89")
        assert "text_pair" not in mail["lengths"]

    def test_one_long_text_in_a_hundred_is_beyond_the_95th_hundredth(self, finished: Path) -> None:
        card = json.loads((finished / "corpora/ready/films/card.json").read_text())
        assert card["lengths"]["text"]["words"] == {"median": 4, "p95": 4, "longest": 104}

    def test_it_keeps_the_order_of_labels(self, tree: Path) -> None:
        write_study(corpora={**CORPORA, "mail": {**CORPORA["mail"], "labels": ["spam", "ham"]}})
        prepare.main(load_study(), "mail")
        assert json.loads(Path("corpora/ready/mail/card.json").read_text())["label_order"] == ["spam", "ham"]

    def test_it_counts_groups(self, finished: Path) -> None:
        card = json.loads((finished / "corpora/ready/films/card.json").read_text())
        assert card["split"] == {
            "test": 0.3,
            "dev": 0.1,
            "seed": 13,
            "groups": 40,
            "together": {"things": 40, "largest": 3},
        }

    def test_it_remarks_on_parts_that_are_not_what_was_asked_for(self, tree: Path, mail: Any) -> None:
        rows = [(f"chapter {i} of a serial", "good", "serial") for i in range(190)]
        rows += [(f"film number {i}", "odd" if i < 2 else "good", str(i)) for i in range(10)]
        lines = ["text,label,film", *(",".join(row) for row in rows)]
        Path("data/own.csv").write_text("\n".join(lines) + "\n")
        own = {**CORPORA["films"], "kind": "domain", "source": [{"path": "data/own.csv"}], "labels": ["good", "odd"]}
        targets = {"starts": ["pretrained", "films", "shuffled"], "targets": ["mail", "reviews", "own"]}
        write_study(corpora={**CORPORA, "own": own}, classification=targets)
        for stage in (collect, translate, prepare):
            stage.main(load_study(), "own")
        notes = read_json(Path("corpora/ready/own/card.json"))["notes"]
        assert any(note.startswith("test holds ") and "where 30% were asked" in note for note in notes)
        assert notes[-1] == "dev, which selects the epoch, has no row of 'odd'"
        assert mail["notes"] == ["asked 500, 100 exist"]

    @pytest.mark.parametrize("translation", ["none", "from_english"])
    def test_zero_shot_and_translate_train_train_in_english_alone(self, tree: Path, translation: str) -> None:
        rows = [
            (f"{name} {i}", language, f"{i}")
            for name, language in (("story", "en"), ("conte", "fr"))
            for i in range(40)
        ]
        lines = [f"{text},{language},{group},{'bad' if int(group) % 2 else 'good'}" for text, language, group in rows]
        Path("data/own.csv").write_text("\n".join(["text,language,story,label", *lines]) + "\n")
        into_french = {"source_language": "en", "target_language": "fr", "engine": "toy"}
        memory = [{**into_french, "text": f"story {i}", "translation": f"le conte {i}"} for i in range(40)]
        Path("data/memory.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in memory))
        fields = {"text": "text", "label": "label", "language": "language", "group": "story"}
        how: dict[str, Any] = {
            "split": {"train_in": ["en"], "test_in": ["fr"]},
            "translation": translation,
            "fields": fields,
        }
        if translation == "from_english":
            how["into"] = ["fr"]
        own = {
            **CORPORA["mail"],
            "kind": "crosslingual",
            "source": [{"path": "data/own.csv"}],
            "labels": ["bad", "good"],
            **how,
        }
        del own["language"]
        targets = {"starts": ["pretrained", "films", "shuffled"], "targets": ["mail", "reviews", "own"]}
        write_study(corpora={**CORPORA, "own": own}, classification=targets)
        for stage in (collect, translate, prepare):
            stage.main(load_study(), "own")
        parts = {part: rows_of(Path("corpora/ready/own"), part) for part in PARTS}
        word = {"none": "story", "from_english": "le conte"}[translation]
        assert all(row.text.startswith(word) for row in parts["train"] + parts["dev"])
        assert all(row.text.startswith("conte") for row in parts["test"])
        assert not {row.group for row in parts["train"]} & {row.group for row in parts["test"]}
        card = read_json(Path("corpora/ready/own/card.json"))
        assert (card["split"]["train_in"], card["split"]["test_in"]) == (["en"], ["fr"])
        assert card["rows"]["collected"] == 80 == card["rows"]["final"] + card["rows"]["left_out"]
        assert card["notes"][1:] == [
            f"it is trained in en and tested in fr: {card['rows']['left_out']} rows that fell into the other part are left out, "
            "so that what belongs together stays in one part"
        ]

    def test_rows_without_a_group_are_no_group(self, mail: Any) -> None:
        assert mail["split"]["groups"] == 0


class TestStarts:
    def test_a_start_has_the_rows_of_its_corpus(self, finished: Path) -> None:
        for part in PARTS:
            assert rows_of(finished / "corpora/starts/films", part) == rows_of(finished / "corpora/ready/films", part)
        assert json.loads((finished / "corpora/starts/films/start.json").read_text()) == {
            "start": "films",
            "corpus": "films",
            "labels": ["bad", "good"],
            "head": "reinit",
            "objective": "labels",
            "examples": len(rows_of(finished / "corpora/ready/films", "train")),
        }

    def test_limits_and_shuffling_touch_the_training_rows_alone(self, finished: Path) -> None:
        ready, shuffled = finished / "corpora/ready/films", finished / "corpora/starts/shuffled"
        assert len(rows_of(shuffled, "train")) == 40
        for part in ("dev", "test"):
            assert rows_of(shuffled, part) == rows_of(ready, part)


class TestOverlapReports:
    def test_test_rows_that_a_start_has_seen_are_listed_by_start(self, finished: Path) -> None:
        report = json.loads((finished / "reports/overlap/classification/mail.json").read_text())
        tests = {row.text.lower(): row.id for row in rows_of(finished / "corpora/ready/mail", "test")}
        films = [
            row.text.lower() for part in ("train", "dev") for row in rows_of(finished / "corpora/ready/films", part)
        ]
        seen = {tests[text] for text in films if text in tests}
        assert seen and report["target"] == "mail"
        assert report["starts"]["films"].keys() == {"folded"}
        assert set(report["starts"]["films"]["folded"]) == seen
        few = [
            row.text.lower() for part in ("train", "dev") for row in rows_of(finished / "corpora/starts/shuffled", part)
        ]
        assert set(report["starts"].get("shuffled", {}).get("folded", [])) == {
            tests[text] for text in few if text in tests
        }

    def test_a_target_without_overlap_has_a_report_too(self, finished: Path) -> None:
        report = json.loads((finished / "reports/overlap/classification/reviews.json").read_text())
        assert report == {"target": "reviews", "starts": {}}

    def test_an_unknown_corpus_or_task_is_refused(self, tree: Path) -> None:
        with pytest.raises(InputError, match="no corpus 'mial'"):
            overlap.main(load_study(), "mial")
        with pytest.raises(InputError, match="no task 'clasification'"):
            pretrained.main(load_study(), "clasification")


class TestCommands:
    def run(self, stage: str, name: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
        line = [sys.executable, "-m", f"pipeline.stages.{stage}", name]
        return subprocess.run(line, capture_output=True, text=True, check=False, env=environment)

    def test_another_process_writes_the_same_bytes(self, tree: Path) -> None:
        before = files_below(tree)
        shutil.rmtree("corpora")
        shutil.rmtree("reports")
        path = os.pathsep.join([str(ROOT), str(Path(__file__).parent)])
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": path, "PYTHONHASHSEED": "5"}
        line = [sys.executable, "-c", "import test_corpus_stages; test_corpus_stages.run_all()"]
        subprocess.run(line, check=True, env=environment)
        assert files_below(tree) == before
        assert {"corpora/ready/mail/floors.json", "reports/overlap/classification/mail.json"} < before.keys()

    def test_a_stage_runs_from_the_command_line(self, tree: Path) -> None:
        before = files_below(tree)
        Path("corpora/collected/mail.parquet").unlink()
        done = self.run("collect", "mail")
        assert (done.returncode, done.stdout, done.stderr) == (
            0,
            "mail: 100 rows; asked 500, 100 exist\n",
            "",
        )
        assert files_below(tree) == before

    def test_a_fault_is_one_line_and_status_2_and_nothing_is_written(self, tree: Path) -> None:
        before = files_below(tree)
        with Path("data/mail.csv").open("a") as file:
            file.write("cut in the mid")
        done = self.run("collect", "mail")
        assert done.returncode == 2 and done.stdout == ""
        assert done.stderr.count("\n") == 1 and "data/mail.csv, line 102" in done.stderr
        assert files_below(tree) == before

    def test_an_interruption_is_one_line_and_status_130(
        self, tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def interrupted(*_: Any) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(sys, "argv", ["collect", "mail"])
        with pytest.raises(SystemExit) as end:
            command.run(interrupted, "corpus")
        assert end.value.code == 130
        assert capsys.readouterr().err == "Interrupted; run it again to go on from what is kept.\n"

    def test_a_fault_of_prepare_leaves_what_was_there(self, tree: Path) -> None:
        changed = {**CORPORA, "mail": {**CORPORA["mail"], "labels": ["ham", "spam", "scam"]}}
        write_study(corpora=changed)
        before = files_below(tree)
        with pytest.raises(InputError, match=r"corpora\.mail: the label 'scam' has 0 in train"):
            prepare.main(load_study(), "mail")
        assert files_below(tree) == before

    @pytest.mark.parametrize(
        ("stage", "noun"), [(collect, "corpus"), (translate, "corpus"), (prepare, "corpus"), (start, "start")]
    )
    def test_an_unknown_name_is_refused(self, tree: Path, stage: Any, noun: str) -> None:
        with pytest.raises(InputError, match=f"no {noun} 'flims'"):
            stage.main(load_study(), "flims")
