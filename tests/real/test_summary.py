"""What README.md says of real text is what reports/real holds."""

import pytest

from tests.real import summary
from tests.tui.toy import ROOT


def test_the_readme_tells_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    text = summary.README.read_text(encoding="utf-8")
    assert summary.replaced(text, summary.summary()) == text, "python -m tests.real.summary writes it anew"


def test_each_question_that_was_asked_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    told = summary.summary()
    assert all(f"**{study.capitalize()}**" in told for study in ("efficiency", "languages", "multilingual", "size"))
