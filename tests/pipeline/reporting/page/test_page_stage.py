"""The stage `page` over the committed sample, whole, in part and damaged."""

import base64
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from pipeline.errors import InputError
from pipeline.reporting.page.digests import digests
from pipeline.reporting.page.html import SCRIPT, STYLE, TEMPLATE, html
from pipeline.reporting.page.inputs import read_inputs
from pipeline.reporting.page.markdown import markdown
from pipeline.reporting.page.report import TITLE, report
from pipeline.stages import page
from pipeline.study import Study, load_study
from tests.pipeline.reporting.page import made

ROOT = Path(__file__).resolve().parents[4]
LARGEST = 3_000_000
"""Bytes of the page."""


@pytest.fixture
def study() -> Study:
    return load_study(ROOT / "params.yaml")


@pytest.fixture
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sample's reports in a folder of their own, which is the current one."""
    for name in page.READ:
        source = ROOT / "reports" / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / "reports" / name)
        elif source.is_file():
            shutil.copy(source, tmp_path / "reports" / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "reports"


def text(reports: Path) -> str:
    """The page's Markdown on one line."""
    lines = (reports / "report.md").read_text().split("\n")
    return " ".join(" ".join(line.removeprefix("> ") for line in lines).split())


def headings(reports: Path) -> list[str]:
    return [line for line in (reports / "report.md").read_text().split("\n") if line.startswith(("# ", "## "))]


def test_the_same_inputs_give_the_same_bytes_within_the_budget(reports: Path, study: Study) -> None:
    page.main(study)
    first = [(reports / name).read_bytes() for name in ("index.html", "report.md")]
    page.main(study)
    assert [(reports / name).read_bytes() for name in ("index.html", "report.md")] == first
    assert len(first[0]) < LARGEST
    assert b"\n\n\n" not in first[1]


def test_both_forms_have_the_same_sections(reports: Path, study: Study) -> None:
    page.main(study)
    made = (reports / "index.html").read_text()
    titles = [heading.lstrip("# ") for heading in headings(reports)]
    assert titles[0] == TITLE and len(titles) > 10
    places = [made.index(f">{title.replace(chr(39), '&#39;')}</h") for title in titles]
    assert places == sorted(places)


def test_nothing_is_fetched(reports: Path, study: Study) -> None:
    page.main(study)
    made = (reports / "index.html").read_text()
    for sign in ("http://", "https://", "@import", "url(", 'src="//', " onclick", "javascript:"):
        assert sign not in made.replace("data:", "")


def test_every_part_that_is_missing_is_said_in_a_sentence(tmp_path: Path, study: Study) -> None:
    sections = report(read_inputs(study, tmp_path / "reports"), list(digests([tmp_path / "reports"])))
    told = " ".join(markdown(sections).split())
    for said in (
        "Nothing can be said yet",
        "No gain is there",
        "No learning curve",
        "No cell is measured",
        "No timing is there",
    ):
        assert said in told
    assert "nan" not in told.lower().split() and "None" not in told
    assert html(TITLE, sections).count("<section") == len(sections)


def test_a_part_of_the_cells_is_shown_and_counted(reports: Path, study: Study) -> None:
    for path in reports.glob("cells/sentiment/*.json"):
        path.unlink()
    page.main(study)
    assert "24 of 36" in text(reports)
    assert "12 of 36 cells are not measured" in text(reports)


def test_what_other_stages_find_is_shown_as_they_say_it(reports: Path, study: Study) -> None:
    gains = json.loads((reports / "gains.json").read_text())
    files = {"distances": made.distances(gains), "predictors": made.predictors(), "studies": made.studies()}
    (reports / "evidence").mkdir(exist_ok=True)
    for name, held in {**files, "second_opinions": made.second_opinions(gains)}.items():
        place = reports if name == "studies" else reports / "evidence"
        (place / f"{name}.json").write_text(json.dumps(held))
    (reports / "studies").mkdir(exist_ok=True)
    (reports / "studies" / "size.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    page.main(study)
    told = text(reports)
    for said in (
        "The training rows of paws are not in this tree.",
        "URIEL has no data of the language 'qq'.",
        "Of 2 predictors 1 tell the gain of a target that was left out better than the mean of the others does, best logme",
        "The gain grows by +.020 with each tenfold.",
        "It cannot be said from this study: it has no controls.",
        "what mcnemar is",
        "ranks that differ by less than 1.50 cannot be told apart",
        "Gain over folds: corrected resampled t-test, over folds.",
    ):
        assert said in told
    image = re.search(
        r'<img src="data:image/svg\+xml;base64,([^"]*)" alt="Gains against size.">',
        (reports / "index.html").read_text(),
    )
    assert image and base64.b64decode(image[1]) == (reports / "studies" / "size.svg").read_bytes()


def test_a_predictor_that_beats_nothing_is_no_answer(reports: Path, study: Study) -> None:
    (reports / "evidence").mkdir(exist_ok=True)
    (reports / "evidence" / "predictors.json").write_text(json.dumps(made.predictors(best=0.25)))
    page.main(study)
    assert "No: none of 2 predictors tells the gain" in text(reports)


def test_one_seed_has_no_interval(reports: Path, study: Study) -> None:
    gains = json.loads((reports / "gains.json").read_text())
    for entry in gains["gains"].values():
        entry.update(seeds=1, low=None, high=None, p=None, p_holm=None, provisional=True)
        entry["macro_f1"].update(low=None, high=None)
    (reports / "gains.json").write_text(json.dumps(gains))
    page.main(study)
    told = text(reports)
    assert "with 1 fine-tuning seed a gain can at most be inconclusive" in told
    row = next(line for line in (reports / "report.md").read_text().split("\n") if "provisional, 1 seed" in line)
    assert "\\[" not in row


@pytest.mark.parametrize(
    ("file", "stage"),
    [
        ("gains.json", "gains"),
        ("corpora/pawsx.json", "prepare@pawsx"),
        ("timings/intermediate/imdb-bert.json", "intermediate@imdb-bert"),
        ("cells/similarity/pawsx-paws-bert.json", "similarity@pawsx-paws-bert"),
    ],
)
@pytest.mark.parametrize("held", ["{", "[]"])
def test_a_damaged_file_is_named_with_its_mend(reports: Path, study: Study, file: str, stage: str, held: str) -> None:
    (reports / file).write_text(held)
    with pytest.raises(InputError) as refused:
        page.main(study)
    assert str(refused.value).startswith(f"reports/{file} is damaged") and f"--single-item {stage}`" in str(
        refused.value
    )
    assert not (reports / "index.html").exists()


def outs_of(stage: dict) -> Iterator[str]:
    for kind in ("outs", "metrics", "plots"):
        for out in stage.get(kind, ()):
            yield from [out] if isinstance(out, str) else out


def test_dvc_knows_everything_that_the_page_reads() -> None:
    stages = YAML(typ="safe").load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    deps = stages["page"]["deps"]
    written = [str(name) for stage in stages.values() for name in outs_of(stage.get("do", stage))]
    shown = [
        f"reports/{name}" for name in page.READ if any(f"{out}/".startswith(f"reports/{name}/") for out in written)
    ]
    assert [dep for dep in deps if dep.startswith("reports/")] == shown
    folder = "pipeline/reporting/page/"
    assert {f"{folder}{name}" for name in (TEMPLATE, STYLE, SCRIPT)} <= {*deps}
    files = {path.name for path in (ROOT / folder).iterdir() if path.suffix not in (".py", "") and path.is_file()}
    assert files == {TEMPLATE, STYLE, SCRIPT}


def test_digests_are_those_of_dvc() -> None:
    lock = YAML(typ="safe").load((ROOT / "dvc.lock").read_text(encoding="utf-8"))["stages"]["report"]
    paths = ("reports/cells", "reports/gains.json", "reports/overlap")
    recorded = {dep["path"]: dep["md5"] for dep in lock["deps"] if dep["path"] in paths}
    assert {
        str(Path(found.path).relative_to(ROOT)): found.md5 for found in digests(ROOT / path for path in paths)
    } == recorded
