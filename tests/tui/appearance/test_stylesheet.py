"""Styles are parsed once, and again where a colour is another."""

from typing import Any

import pytest

from tests.tui.app.browsing import new_repository
from tests.tui.history.repository import study
from tui.app import DetourApp
from tui.appearance.stylesheet import KeepingStylesheet
from tui.screens import SCREENS


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Grows whenever a source is parsed: by where it is from, its scope, and its rank among others, which a new widget may change."""
    from textual.css import stylesheet

    found: list[Any] = []
    real = stylesheet.parse

    def counted(scope: str, css: str, read_from: Any, *rest: Any, **options: Any) -> Any:
        found.append((read_from, scope, options["tie_breaker"]))
        return real(scope, css, read_from, *rest, **options)

    monkeypatch.setattr(stylesheet, "parse", counted)
    return found


def test_a_source_is_parsed_again_where_a_variable_is_another(parsed: list[Any]) -> None:
    sheet = KeepingStylesheet(variables={"ink": "#112233"})
    for number in range(100):
        sheet.add_source(f"Label{number} {{ color: $ink; }}", read_from=("", f"{number}"))
    sheet.parse()
    assert len(parsed) == 100
    sheet.set_variables({"ink": "#112233"})
    sheet.reparse()
    assert len(parsed) == 100
    sheet.add_source("Other { color: $ink; }", read_from=("", "other"))
    sheet.reparse()
    assert [source for source, *_ in parsed[100:]] == [("", "other")]
    sheet.set_variables({"ink": "#445566"})
    sheet.reparse()
    assert len(parsed) == 202
    assert {rule.styles.color.hex for rule in sheet.rules} == {"#445566"}


@pytest.mark.asyncio
async def test_the_app_parses_nothing_twice_while_its_screens_open(tmp_path: Any, parsed: list[Any]) -> None:
    repository = new_repository(tmp_path / "study")
    repository.commit(study())
    app = DetourApp(repository.root)
    async with app.run_test() as pilot:
        await pilot.pause()
        parsed.clear()
        for name in SCREENS:
            await app.action_go(name)
            await pilot.pause()
        assert parsed
        assert len(parsed) == len(set(parsed))
