"""Keys of one's own: checked against the registry, used by Textual, shown in footer and help."""

import pytest

from pipeline.errors import InputError
from tests.tui.app.pilot import screen_text, until, until_text
from tui import actions
from tui.app import DetourApp
from tui.appearance.choice import Choice, read_choice
from tui.appearance.contexts import contexts
from tui.appearance.keymap import bound, check_keymap
from tui.screens.help import HelpScreen


@pytest.mark.parametrize(
    ("keymap", "says"),
    [
        ({"experiments.compar": "C"}, "did you mean 'experiments.compare'?"),
        ({"experiments.compare": "ctrl+b"}, "which tmux, screen or the terminal keeps"),
        ({"experiments.compare": "ctrl+alt"}, "is no key"),
        ({"experiments.compare": "s"}, "both experiments.compare and table.sort have the key s"),
        ({"compare.reload": "q"}, "both app.quit and compare.reload have the key q"),
        ({"compare.reload": "w", "compare.changed": "w"}, "on compare both compare.changed and compare.reload"),
    ],
)
def test_what_cannot_work_is_one_sentence(keymap: dict[str, str], says: str) -> None:
    with pytest.raises(InputError, match=r"^mine\.toml: app\.keys: .*\.$") as told:
        check_keymap(keymap, contexts(), "mine.toml")
    assert says in str(told.value)


def test_the_keys_as_they_are_meet_nowhere_where_a_person_gave_one() -> None:
    check_keymap({"app.quit": "q,ctrl+q", "app.help": "f1", "settings.change": "percent_sign"}, contexts(), "mine.toml")


def test_an_action_shows_the_keys_that_it_has() -> None:
    action = next(action for action in actions.ACTIONS if action.id == "app.help")
    assert bound(action, {}) is action
    mine = bound(action, {"app.help": "f1, ?, pagedown"})
    assert (mine.keys, mine.shown) == ("f1,question_mark,pagedown", "f1/?/PgDn")


def test_a_file_that_does_not_fit_gives_the_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "config.toml"
    monkeypatch.setenv("DETOUR_CONFIG", str(file))
    assert read_choice() == Choice()
    for text in ("[app", "app = 1", "[app]\ntheme = 1\nkeys = [1]"):
        file.write_text(text)
        assert read_choice() == Choice()
    file.write_text('[app]\ntheme = "light"\nkeys = { "app.quit" = "Q" }')
    assert read_choice() == Choice(theme="light", keys={"app.quit": "Q"})


async def test_the_key_of_ones_own_works_and_the_old_one_does_not() -> None:
    # Else it opens on what is new in the checkout, wherever the tests run.
    app = DetourApp(choice=Choice(keys={"app.help": "f1"}, opens="settings"))
    async with app.run_test(size=(120, 40)) as pilot:
        await until_text(pilot, "app.theme")
        await pilot.press("question_mark")
        await pilot.pause()
        assert not isinstance(app.screen, HelpScreen)
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        assert "f1  the keys of this screen" in screen_text(pilot)


async def test_a_click_on_a_word_of_the_footer_does_what_its_key_does() -> None:
    app = DetourApp(choice=Choice(opens="settings"))
    async with app.run_test(size=(120, 40)) as pilot:
        await until_text(pilot, "app.theme")
        line = screen_text(pilot).splitlines()[39]
        await pilot.click(offset=(line.index("keys"), 39))
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
