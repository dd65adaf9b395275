"""The page of a corpus, from a corpus that was really prepared."""

import copy
import csv
import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.files import read_json, write_json
from pipeline.reporting.corpus import corpus_page
from pipeline.stages import collect, overlap, prepare, pretrained, report, start, translate
from pipeline.study import Study, load_study, study_from

ROOT = Path(__file__).resolve().parents[3]
BLOCK = {
    "task": "classification",
    "fields": {"text": "text", "label": "label"},
    "labels": ["ham", "spam"],
    "language": "en",
    "licence": "CC0-1.0 <script>",
    "citation": "A|B *et al.*\x1b[2J",
}
CUT = {"bert": {"max_tokens": 64, "rows": 60, "cut": 15}}


def narrowed() -> Study:
    values = json.loads(load_study(ROOT / "params.yaml").model_dump_json(by_alias=True))
    values["models"] = ["bert", "roberta"]
    values["starts"] = {"films": {"task": "classification", "corpus": "films"}}
    values["classification"] = {"starts": ["pretrained", "films"], "targets": ["mail"]}
    values["sentiment"] = values["similarity"] = {"starts": [], "targets": []}
    values["sites"] = {}
    values["corpora"] = {
        "films": {**BLOCK, "kind": "intermediate", "source": [{"path": "data/films.csv"}]},
        "mail": {**BLOCK, "kind": "domain", "source": [{"path": "data/mail.csv"}]},
    }
    return study_from(values)


def write(name: str, texts: list[str]) -> None:
    with Path("data", name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows([text, ("ham", "spam")[number % 2]] for number, text in enumerate(texts))


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    """Two corpora prepared in the current folder: 20 of the 60 messages are film reviews, in capitals."""
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    films = [f"film {number}" for number in range(60)]
    long = " ".join(f"word{number}" for number in range(40))
    write("films.csv", films)
    write(
        "mail.csv",
        [*(text.upper() for text in films[:20]), *(f"mail {number}" for number in range(38)), long, "x", f"{long}!"],
    )
    made = narrowed()
    for key in made.corpora:
        for stage in (collect, translate, prepare):
            stage.main(made, key)
    start.main(made, "films")
    pretrained.main(made, "classification")
    overlap.main(made, "mail")
    return made


def page(study: Study, key: str) -> str:
    report.main(study)
    return Path(f"reports/cards/{key}.md").read_text()


def row_of(text: str, first: str) -> list[str]:
    line = next(line for line in text.split("\n") if line.startswith(f"| {first} "))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_it_counts_rows_and_duplicates(study: Study) -> None:
    text = page(study, "mail")
    assert row_of(text, "read")[1] == "61"
    assert row_of(text, "near-duplicates")[1] == "1"
    assert row_of(text, "left")[1] == "60"


def test_it_lists_the_overlap_with_each_start_by_kind(study: Study) -> None:
    seen = read_json("reports/overlap/classification/mail.json")["starts"]["films"]["folded"]
    assert len(seen) >= 2
    assert row_of(page(study, "mail"), "films")[1:] == ["0", str(len(seen)), "0", "0"]
    # An intermediate has no test rows that are scored.
    assert "seen" not in page(study, "films")


def test_it_tells_how_much_each_model_cuts_once_a_cell_or_an_intermediate_has_run(study: Study) -> None:
    assert "were not counted" in page(study, "mail")
    write_json("reports/predicted/classification/mail-pretrained-bert.json", {"about": [{"truncation": CUT["bert"]}]})
    write_json("reports/intermediate/films-roberta.json", {"truncation": [{"max_tokens": 32, "rows": 60, "cut": 60}]})
    assert row_of(page(study, "mail"), "bert")[1:] == ["64", "60", "15", "25.0 %"]
    assert row_of(page(study, "films"), "roberta")[1:] == ["32", "60", "60", "100.0 %"]


def test_rows_left_out_for_their_language_are_counted_where_there_may_be_any(study: Study) -> None:
    card: dict[str, Any] = copy.deepcopy(read_json("reports/corpora/mail.json")["about"][0])
    assert "no place" not in corpus_page("mail", card, None, {}, [])
    card["rows"]["left_out"] = 1_234
    assert row_of(corpus_page("mail", card, None, {}, []), "in languages that have no place")[1] == "1,234"


def test_text_from_outside_is_only_text(study: Study) -> None:
    text = page(study, "mail")
    assert "\x1b" not in text and "\\<script>" in text and "\\*et al.\\*" in text


def test_a_name_in_a_table_has_one_backslash_for_each_mark(study: Study) -> None:
    card: dict[str, Any] = copy.deepcopy(read_json("reports/corpora/mail.json")["about"][0])
    card["source"][0]["path"] = "data/a_b|c.csv"
    assert "| data/a\\_b\\|c.csv |" in corpus_page("mail", card, None, {}, [])


def test_split_hashes_and_lengths_are_those_of_the_card(study: Study) -> None:
    card = read_json("reports/corpora/mail.json")["about"][0]
    text = page(study, "mail")
    for part in ("train", "dev", "test"):
        assert row_of(text, part)[1:] == [
            str(card["parts"][part]["rows"]),
            f"{100 * card['parts'][part]['rows'] / card['rows']['final']:.1f} %",
            card["parts"][part]["ids"],
            card["parts"][part]["sha256"],
        ]
    assert "| text " in text and card["source"][0]["sha256"] in text and card["rows"]["sha256"] in text


def test_what_has_not_run_or_is_of_an_earlier_form_is_named(study: Study) -> None:
    missing = corpus_page("mail", None, None, {}, ["films"])
    assert "has not been prepared" in missing and "has not been looked for" in missing
    card: dict[str, Any] = copy.deepcopy(read_json("reports/corpora/mail.json")["about"][0])
    del card["rows"]["dropped"]["near"]
    earlier = corpus_page("mail", card, {"target": "mail", "starts": {"films": ["1"]}}, CUT, ["films"])
    assert "`dvc repro prepare@mail`" in earlier and "`dvc repro overlap@mail`" in earlier


def test_a_hub_source_shows_its_revision(study: Study) -> None:
    card = copy.deepcopy(read_json("reports/corpora/mail.json")["about"][0])
    card["source"][0]["hub"] = {"revision": "c" * 40, "config": None, "split": ["train", "test"]}
    assert f"{'c' * 40} (default: train, test)" in corpus_page("mail", card, None, {}, [])
