"""The stage `page` over the committed sample, whole, in part and damaged."""

import json
import shutil
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
    return " ".join((reports / "report.md").read_text().split())


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


def test_dvc_knows_everything_that_the_page_reads() -> None:
    stages = YAML(typ="safe").load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    deps = stages["page"]["deps"]
    assert [dep.removeprefix("reports/") for dep in deps if dep.startswith("reports/")] == list(page.READ)
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
