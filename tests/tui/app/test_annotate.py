"""Labelling in the app: a letter is a label in the file, nobody sees another's, and text from outside steers nothing."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from pipeline.corpora.annotation.session import read_session
from pipeline.corpora.annotation.texts import Wish, begin
from pipeline.corpora.schema import Collected, write_table
from tests.tui.annotating.reviews import CORPUS, label_by_hand, prepare
from tests.tui.app.pilot import screen_text, text_of, until, until_text
from tests.tui.toy import environment
from tui import actions
from tui.annotating.asked import Asked
from tui.app import DetourApp
from tui.screens.agreement import AgreementScreen
from tui.screens.annotate import AnnotateScreen
from tui.screens.fault import FaultScreen
from tui.screens.fields import FieldsDialog
from tui.screens.help import HelpScreen
from tui.screens.labelling import LabellingScreen
from tui.screens.reading import ReadingScreen

KEYS_AT_ONCE = [
    "p",
    "space",
    "n",
    "p",
    "backspace",
    "enter",
    "q",
    "n",
    "enter",
    "n",
    "left",
    "enter",
    "x",
    "escape",
    "?",
    "p",
    "n",
]
ODD = "one [bold]two[/bold]\x1b[31m\n\nthree\ttabbed \u202ereversed"


@pytest.fixture
def reviews(study: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A session of six texts, the fourth of which is odd and the fifth long."""
    prepare(study)
    monkeypatch.chdir(study)
    items = begin(CORPUS, Wish(sample=6, seed=1))[0].items
    texts = {items[3].id: ODD, items[4].id: "word " * 2000}
    rows = [
        Collected(item.id, texts.get(item.id, f"review number {item.id[2:]}"), None, "negative", "fr", None, None, None)
        for item in items
    ]
    write_table(f"corpora/collected/{CORPUS}.parquet", rows, Collected)
    (study / "annotations" / CORPUS / "session.json").unlink()
    begin(CORPUS, Wish(seed=1))
    return study


def ids(study: Path) -> list[str]:
    return [item.id for item in read_session(study, CORPUS).items]


def kept(study: Path, name: str = "ann") -> list[str]:
    path = study / "annotations" / CORPUS / f"{name}.csv"
    return path.read_text().splitlines()[1:] if path.exists() else []


Opened = tuple[Pilot[Any], LabellingScreen]


@asynccontextmanager
async def labelling(study: Path, size: tuple[int, int] = (80, 24), name: str = "ann") -> AsyncIterator[Opened]:
    async with DetourApp(study, Asked(CORPUS, name)).run_test(size=size) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, LabellingScreen) and pilot.app.screen.labelling)
        screen = pilot.app.screen
        assert isinstance(screen, LabellingScreen)
        yield pilot, screen


async def test_letters_give_labels_and_commands_are_no_letters(reviews: Path) -> None:
    own = ids(reviews)
    async with labelling(reviews) as (pilot, screen):
        assert not screen.is_enabled("undo") and not screen.is_enabled("clear") and not screen.is_enabled("previous")
        await pilot.press("p", "space", "n")
        assert kept(reviews) == [f"{own[0]},positive,", f"{own[1]},,", f"{own[2]},negative,"]
        await until_text(pilot, "text 4 of 6 2/6 labelled, 1 skipped as ann")
        assert "Text 3: negative." in text_of(pilot, "#said")
        await pilot.press("backspace", "backspace")
        assert kept(reviews) == [f"{own[0]},positive,"]
        await pilot.press("left", "n", "left", "left", "delete")
        await until(pilot, lambda: kept(reviews) == [])
        await pilot.press("x")
        assert "No label is on x." in text_of(pilot, "#said") and kept(reviews) == []
        await pilot.press("shift+tab", "p", "end", "home", "right", "tab")
        assert kept(reviews) == [f"{own[5]},positive,"] and screen.labelling is not None and screen.labelling.at == 2


async def test_keys_typed_faster_than_they_are_read_keep_their_order(reviews: Path) -> None:
    own = ids(reviews)
    async with labelling(reviews) as (pilot, screen):
        # As a slow line delivers them: all at once. What comes after ? is for the help.
        for key in KEYS_AT_ONCE:
            name = {"?": "question_mark"}.get(key, key)
            pilot.app.post_message(events.Key(name, " " if key == "space" else key if len(key) == 1 else None))
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        await pilot.press("escape")
        assert kept(reviews) == [f"{own[0]},positive,", f"{own[1]},,", f"{own[2]},negative,", f"{own[3]},negative,qn"]
        await until(pilot, lambda: pilot.app.screen is screen)
        await pilot.press("n")
        assert len(kept(reviews)) == 4 and kept(reviews)[3] == f"{own[3]},negative,qn"
        await pilot.press("p")
        assert kept(reviews)[4] == f"{own[4]},positive,"


async def test_a_note_takes_every_letter_and_escape_leaves_it(reviews: Path) -> None:
    own = ids(reviews)
    async with labelling(reviews) as (pilot, screen):
        await pilot.press("enter", *"nope", "escape")
        assert kept(reviews) == [] and pilot.app.screen is screen
        await pilot.press("enter", *"q?,5 [b]p[/b]".replace(" ", "_"), "enter")
        assert kept(reviews) == [f'{own[0]},,"q?,5_[b]p[/b]"']
        await until_text(pilot, "note: q?,5_[b]p[/b]")
        await pilot.press("p", "left", "enter", "end", "ctrl+u", "enter")
        assert kept(reviews) == [f"{own[0]},positive,"]


async def test_nobody_sees_what_another_gave(reviews: Path) -> None:
    label_by_hand(reviews, "bo", dict.fromkeys(ids(reviews), "positive"))
    async with labelling(reviews) as (pilot, screen):
        for _ in range(6):
            assert "●" not in screen_text(pilot) and not screen.query_one("#sides").display
            await pilot.press("right")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, AnnotateScreen) and pilot.app.screen.standing)
        await until_text(pilot, "bo 6/6")
        home = pilot.app.screen
        assert isinstance(home, AnnotateScreen)
        assert not home.is_enabled("agreement") and not home.is_enabled("adjudicate") and not home.is_enabled("export")
        await pilot.press("a", "d", "e")
        assert pilot.app.screen is home


async def test_text_from_outside_is_not_obeyed_and_a_long_one_is_scrolled(reviews: Path) -> None:
    async with labelling(reviews) as (pilot, screen):
        await pilot.press("right", "right", "right")
        await until_text(pilot, "one [bold]two[/bold]\\x1b[31m three tabbed \\u202ereversed")
        await pilot.press("right")
        await until(pilot, lambda: screen.is_enabled("down"))
        assert "↓ more" in screen_text(pilot) and not screen.is_enabled("up")
        await pilot.press("down")
        await until(pilot, lambda: screen.is_enabled("up"))
        await pilot.press("p")
        await until(pilot, lambda: not screen.is_enabled("down") and not screen.is_enabled("up"))


async def test_a_key_that_cannot_be_saved_is_told_and_nothing_moves(
    reviews: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    async with labelling(reviews) as (pilot, screen):
        await pilot.press("p")
        monkeypatch.setattr(os, "fsync", full)
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, FaultScreen))
        assert "No space left on device" in screen_text(pilot)
        monkeypatch.undo()
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert len(kept(reviews)) == 1 and screen.labelling is not None and screen.labelling.at == 1
        # Nor where a hand has broken the file meanwhile.
        own = ids(reviews)
        label_by_hand(reviews, "ann", {own[0]: "positiv"})
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, FaultScreen))
        assert "did you mean 'positive'" in " ".join(screen_text(pilot).split())
        label_by_hand(reviews, "ann", {own[0]: "positive"})
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        await pilot.press("n")
        assert kept(reviews) == [f"{own[0]},positive,", f"{own[1]},negative,"]


async def test_an_adjudicated_text_says_that_its_labels_stay(reviews: Path) -> None:
    own = ids(reviews)
    label_by_hand(reviews, "ann", dict.fromkeys(own, "positive"))
    (reviews / "annotations" / CORPUS / "adjudicated.csv").write_text(f"id,label,note,by\n{own[0]},negative,,bo\n")
    async with labelling(reviews) as (pilot, screen):
        await pilot.press("home", "n")
        assert "its labels stay" in text_of(pilot, "#said") and kept(reviews)[0] == f"{own[0]},positive,"
        assert not any(screen.is_enabled(method) for method in ("skip", "note", "clear"))


async def test_texts_that_changed_are_left_out_and_counted(reviews: Path) -> None:
    rows = [Collected(id, "another", None, "negative", "fr", None, None, None) for id in ids(reviews)[:2]]
    write_table(f"corpora/collected/{CORPUS}.parquet", rows, Collected)
    async with DetourApp(reviews, Asked(CORPUS, "ann")).run_test(size=(80, 24)) as pilot:
        await until_text(pilot, f"The 6 texts of {CORPUS} are gone from the corpus or changed")


async def test_a_corpus_is_begun_under_another_name_in_the_app(reviews: Path) -> None:
    async with DetourApp(reviews).run_test(size=(80, 24)) as pilot:
        await pilot.press("7")
        await until(pilot, lambda: isinstance(pilot.app.screen, AnnotateScreen) and pilot.app.screen.standing)
        await until_text(pilot, "You label as tester")
        await pilot.press("w")
        await until(pilot, lambda: isinstance(pilot.app.screen, FieldsDialog))
        await pilot.press(*"Cy", "enter")
        await until_text(pilot, "You label as cy")
        await pilot.press("G", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, FieldsDialog))
        await pilot.press("enter")
        # What the command says is told here as well.
        await until_text(pilot, "collect@sms_spam` makes it")
        rows = [Collected(str(i), f"text {i}", None, "ham", "en", None, None, None) for i in range(40)]
        write_table("corpora/collected/sms_spam.parquet", rows, Collected)
        await pilot.press("escape", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, FieldsDialog))
        # A fault stands below while one types, and is mended before anything begins.
        for typed, fault in (
            ("0", "'0' is not a whole number from 1;"),
            ("many", "'many' is not a whole number from 1;"),
        ):
            await pilot.press("home", "shift+end", *typed)
            await until_text(pilot, fault)
            await pilot.press("enter")
            assert isinstance(pilot.app.screen, FieldsDialog)
        await pilot.press("home", "shift+end", *"7")
        assert "whole number" not in screen_text(pilot)
        await pilot.press("enter")
        await until_text(pilot, "sms_spam text 1 of 7 0/7 labelled as cy en")
        await pilot.press("h", "equals_sign")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReadingScreen))
        await until_text(pilot, "has no guidelines yet")
        assert (reviews / "annotations" / "sms_spam" / "cy.csv").read_text().endswith(",ham,\n")


@pytest.mark.parametrize("size", [(80, 24), (12, 3)])
async def test_every_key_is_taken_at_any_size(reviews: Path, size: tuple[int, int]) -> None:
    async with labelling(reviews, size) as (pilot, screen):
        for action in actions.of("labelling"):
            for key in action.keys.split(",") if action.keys else ["p", "A"]:
                await pilot.press(key)
                if key in ("enter", "equals_sign"):
                    await pilot.press("escape")
                    await until(pilot, lambda: pilot.app.screen is screen)
        await pilot.press("question_mark", "escape", "escape", "j", "k", "equals_sign")
        assert pilot.app.return_code is None


def test_every_action_of_the_screens_has_its_method_and_no_two_share_a_key() -> None:
    for name, screen in {
        "labelling": LabellingScreen,
        "agreement": AgreementScreen,
        "reading": ReadingScreen,
    }.items():
        found = actions.of(name)
        assert all(callable(getattr(screen, f"action_{action.method}", None)) for action in found if action.keys)
        keys = [
            key
            for action in (*found, *actions.of("app"))
            for key in action.keys.split(",")
            if key not in ("", "escape")
        ]
        assert len(keys) == len(set(keys))
    letters = {key for action in actions.of("labelling", "app") for key in action.keys.split(",") if len(key) == 1}
    assert letters & set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == {"q"}


def test_labelling_loads_neither_pyarrow_nor_scikit_learn() -> None:
    screens = ("annotate", "labelling", "agreement", "exporting", "reading")
    heavy = ("torch", "pandas", "pyarrow", "sklearn", "scipy", "transformers", "datasets")
    loads = f"import {', '.join(f'tui.screens.{name}' for name in screens)}, tui.commands.annotate, tui.annotating.opening, sys"
    code = f"{loads}; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
