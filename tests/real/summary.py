"""`python -m tests.real.summary`: what reports/real found, written into README.md between two marks, so that no figure is typed.

`make real` calls it when it ends. Cells of models that predict one class only are told by their number.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.files import read_json, write_text
from pipeline.study import read_yaml
from tests.real.run import MAIN, OVERLAYS, REPORTS, STUDIES

README = Path("README.md")
BEGIN, END = "<!-- python -m tests.real.summary -->", "<!-- /python -m tests.real.summary -->"
MODEL = "bert"
"""The model of the study that was pretrained."""
WIDTH = 136


def main() -> None:
    """Write the summary into README.md."""
    text = README.read_text(encoding="utf-8")
    write_text(README, replaced(text, summary()))


def replaced(text: str, told: str) -> str:
    """The text with what stands between the marks replaced."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{told}{END}{rest.split(END)[1]}"


def summary() -> str:
    """The findings of every study that has run, as Markdown."""
    parts = [*_paper(), *(part for study in STUDIES if study != MAIN for part in _question(study))]
    return "\n".join([*parts, ""])


def _paper() -> Iterator[str]:
    gains = [entry for entry in read_json(REPORTS / "gains.json")["gains"].values() if entry["model"] == MODEL]
    report = (REPORTS / "report.md").read_text(encoding="utf-8")
    answer = re.search(r"(?m)(^> .*\n)+", report)
    assert answer is not None
    yield _filled(f"{answer[0].replace('> ', ' ')} With MiniLM, by itself:")
    yield ""
    yield "| target | F | IF | gain [95 %] | verdict | TF-IDF |"
    yield "|---|---|---|---|---|---|"
    for entry in sorted(gains, key=lambda entry: (entry["task"], entry["target"])):
        cell = read_json(REPORTS / "cells" / entry["task"] / f"{entry['target']}-pretrained-{MODEL}.json")
        interval = f"{entry['gain']:+.3f} [{entry['low']:+.3f}, {entry['high']:+.3f}]"
        yield (
            f"| {entry['target']} | {entry['f']:.3f} | {entry['if']:.3f} | {interval} | {entry['verdict']} | "
            f"{cell['floors']['tfidf']:.3f} |"
        )
    yield ""
    run = read_json(REPORTS / "run.json")
    cells = sum(1 for _ in REPORTS.glob("cells/*/*.json"))
    yield _filled(
        f"The trainings of its {cells} cells and their intermediates took {run['training_minutes']:.0f} minutes of one core."
    )
    yield ""


def _question(study: str) -> Iterator[str]:
    folder = REPORTS / study
    if not (folder / "studies.json").is_file():
        return
    found: Any = read_json(folder / "studies.json")["studies"][study]
    run = read_json(folder / "run.json")
    note = str(read_yaml(OVERLAYS / f"{study}.yaml")["note"]).split(". ")[0]
    yield _filled(
        f"- **{study.capitalize()}** ([page](reports/real/{study}/index.html), {run['training_minutes']:.0f} minutes of training; "
        f"{note}). {found['sentence']}",
        "  ",
    )


def _filled(text: str, indent: str = "") -> str:
    """Lines of at most WIDTH characters; a hyphenated number stays whole."""
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > WIDTH:
            lines.append(line)
            line = indent + word
        else:
            line = f"{line} {word}" if line else word
    return "\n".join([*lines, line])


if __name__ == "__main__":
    main()
