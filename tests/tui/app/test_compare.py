"""The comparison of two revisions in the app."""

import json
import math
from pathlib import Path

import pytest

from tests.tui.app.browsing import Browsed, body, line, new_repository, opened, press, settle
from tests.tui.app.pilot import screen_text
from tests.tui.comparing.experiments import trained
from tests.tui.history.repository import IF, F, Repository, cell_path, params, predicted, record, study
from tui.app import DetourApp
from tui.screens.base import DetourScreen
from tui.screens.compare import CompareScreen
from tui.screens.experiments import ExperimentsScreen
from tui.screens.flips import FlipsScreen

GOLD = [0, 1] * 20
WRONG = [0, 0] * 20
WORSE = {"1": WRONG, "2": [*WRONG[:-1], 1], "3": WRONG}
BETTER = {"1": GOLD, "2": GOLD, "3": [*GOLD[:-1], 0]}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return new_repository(tmp_path / "a study")


def scored(by_seed: dict[str, list[int]], rate: float = 0.001, higher: bool = True) -> dict[str, str | None]:
    """A study whose accuracy follows from its predicted ids; macro-F1 is the same in all."""
    hits = sum(one == two for ids in by_seed.values() for one, two in zip(ids, GOLD, strict=True))
    values = params(
        training={"intermediate": {"epochs": 3}, "target": {"learning_rate": rate, "epochs": 6}},
        metrics={"accuracy": {"higher_is_better": higher}, "macro_f1": {"higher_is_better": True}},
    )
    text = record(hits / len(GOLD) / len(by_seed), 0.5)
    return {
        **study(values, cells={F: text, IF: record(0.9)}),
        cell_path(F, "predicted"): predicted(GOLD, by_seed),
    }


@pytest.fixture
def two(repository: Repository) -> Repository:
    """main, and an experiment that is surely better in one cell of two."""
    repository.commit(scored(WORSE))
    repository.experiment("try", scored(BETTER, rate=0.01))
    return repository


async def compare(browsed: Browsed, baseline: str, *others: str) -> CompareScreen:
    app, pilot = browsed
    app.open_compare(baseline, *others)
    await settle(app, pilot)
    await settle(app, pilot)
    assert isinstance(app.screen, CompareScreen)
    return app.screen


def words(app: DetourApp, start: str) -> list[str]:
    """The line that begins so, in words."""
    return next(text.split() for text in body(app) if text.strip().startswith(start))


class TestLines:
    async def test_parameters_and_metrics_that_differ_are_shown_with_verdict_and_interval(
        self, two: Repository
    ) -> None:
        async with opened(two) as browsed:
            await compare(browsed, "main", "try")
            app = browsed[0]
            assert words(app, "training.target.learning_rate")[-2:] == ["0.001", "0.01"]
            found = words(app, "sms_spam-pretrained-bert")
            assert found[1:7] == ["accuracy", "0.5083", "0.9917", "+0.4833", "▲", "better"]
            assert found[7].startswith("[+0.")
            assert not any("sms_spam-imdb-bert" in text for text in body(app))
            assert "1 parameter differs · 1 of 2 cells differ (accuracy: 1 better)" in line(app, "sides")

    async def test_x_shows_what_is_the_same_too(self, two: Repository) -> None:
        async with opened(two) as browsed:
            await compare(browsed, "main", "try")
            await press(browsed, "x")
            assert words(browsed[0], "sms_spam-imdb-bert")[1:7] == [
                "accuracy", "0.9000", "0.9000", "+0.0000", "=", "equal",
            ]  # fmt: skip
            await press(browsed, "x")
            assert not any("sms_spam-imdb-bert" in text for text in body(browsed[0]))

    async def test_b_swaps_the_baseline(self, two: Repository) -> None:
        async with opened(two) as browsed:
            screen = await compare(browsed, "main", "try")
            await press(browsed, "b")
            assert [name.rpartition("/")[2] for name in screen.revisions] == ["try", "main"]
            assert words(browsed[0], "sms_spam-pretrained-bert")[4:7] == ["-0.4833", "▼", "worse"]
            assert words(browsed[0], "training.target.learning_rate")[-2:] == ["0.01", "0.001"]

    async def test_a_metric_of_which_less_is_better_turns_the_verdict_and_not_the_number(
        self, repository: Repository
    ) -> None:
        repository.commit(scored(WORSE, higher=False))
        repository.experiment("try", scored(BETTER, higher=False))
        async with opened(repository) as browsed:
            await compare(browsed, "main", "try")
            assert words(browsed[0], "sms_spam-pretrained-bert")[4:7] == ["+0.4833", "▼", "worse"]
            assert "lower is better" in line(browsed[0], "detail")

    async def test_a_pair_without_an_interval_says_why_and_claims_nothing(self, repository: Repository) -> None:
        repository.commit(study(cells={F: record(0.8)}))
        repository.experiment("try", study(cells={F: record(0.9)}))
        async with opened(repository) as browsed:
            await compare(browsed, "main", "try")
            found = words(browsed[0], "sms_spam-pretrained-bert")
            assert found[4:7] == ["+0.1000", "▲", "better?"]
            assert "no interval: the baseline has no predicted ids" in line(browsed[0], "detail")

    async def test_missing_and_nan_have_no_difference(self, repository: Repository) -> None:
        repository.commit(study(cells={F: record(math.nan), IF: record(0.5)}))
        repository.experiment("try", {**study(cells={F: record(0.0)}), cell_path(IF): None})
        async with opened(repository) as browsed:
            await compare(browsed, "main", "try")
            assert words(browsed[0], "sms_spam-pretrained-bert")[1:4] == ["accuracy", "NaN", "0.0000"]
            assert words(browsed[0], "sms_spam-imdb-bert")[1:4] == ["accuracy", "0.5000", "·"]

    async def test_a_stale_side_has_a_sign_and_its_reason(self, repository: Repository) -> None:
        repository.commit(study(cells={F: record(0.8)}))
        repository.experiment("try", study(cells={F: record(0.9)}, seen={"seeds": [7]}))
        async with opened(repository) as browsed:
            await compare(browsed, "main", "try")
            assert words(browsed[0], "sms_spam-pretrained-bert")[2:4] == ["0.8000", "!0.9000"]
            assert "try is stale: seeds is [1, 2] in params.yaml and was [7]" in line(browsed[0], "detail")

    async def test_long_names_and_values_are_whole_below_the_table(self, repository: Repository) -> None:
        long = "classification@" + "t" * 60 + "-imdb-bert"
        repository.commit(study(params(note="a" * 80), cells={long: record(0.8)}))
        repository.experiment("try", study(params(note="b" * 80), cells={long: record(0.9)}))
        async with opened(repository, (80, 24)) as browsed:
            await compare(browsed, "main", "try")
            assert f'note: main "{"a" * 80}", try "{"b" * 80}"' in line(browsed[0], "detail")
            await press(browsed, "j")
            assert long in line(browsed[0], "detail")
            assert any("…" in text and "better?" in text for text in body(browsed[0]))

    async def test_nothing_of_what_came_of_it_is_cut_at_eighty_columns(self, repository: Repository) -> None:
        repository.commit(study(cells={F: record(0.8)}))
        repository.experiment("a-longer-name", study(params(seeds=[7]), cells={F: record(0.9)}, seen={"seeds": [1]}))
        async with opened(repository, (80, 24)) as browsed:
            screen = await compare(browsed, "main", "a-longer-name")
            await press(browsed, "G")
            shown = " ".join(screen_text(browsed[1]).split())
            assert "1 of 2 cells differ (accuracy: 1 better?; 1 stale) · only what differs" in shown
            assert "higher is better. a-longer-name is stale: seeds is [7] in params.yaml and was [1]." in shown
            height = screen.query_one("#detail").size.height
            await press(browsed, "g")
            assert screen.query_one("#detail").size.height == height

    async def test_verdicts_are_in_sight_at_forty_columns(self, two: Repository) -> None:
        async with opened(two, (40, 10)) as browsed:
            await compare(browsed, "main", "try")
            assert any("+0.4833 ▲ better" in text for text in body(browsed[0]))
            assert line(browsed[0], "sides") == "A main  B try"


@pytest.fixture
def four(tmp_path: Path) -> Repository:
    """main, one that is better, one that is worse, and a second set of seeds of the better one."""
    made = new_repository(tmp_path / "a study")
    made.commit(trained(12))
    made.experiment("good", trained(1, rate=0.01))
    made.experiment("bad", trained(20, rate=0.0001))
    made.experiment("good-too", trained(2, [4, 5, 6], rate=0.01))
    return made


class TestSeveral:
    async def test_each_experiment_has_a_column_of_marked_differences(self, four: Repository) -> None:
        async with opened(four, (80, 24)) as browsed:
            await compare(browsed, "main", "good", "bad")
            app = browsed[0]
            assert words(app, "parameter or cell")[-3:] == ["main", "good", "bad"]
            assert words(app, "sms_spam-pretrained-bert")[1:] == [
                "accuracy", "0.7083", "+0.2750", "^", "-0.2000", "v",
            ]  # fmt: skip
            assert words(app, "training.tar")[-3:] == ["0.001", "0.01", "0.0001"]
            assert "1 parameter differs · 1 of 2 cells differ · only what differs" in line(app, "sides")

    async def test_the_line_below_tells_the_verdict_of_the_chosen_column(self, four: Repository) -> None:
        async with opened(four, (80, 24)) as browsed:
            await compare(browsed, "main", "good", "bad")
            app = browsed[0]
            await press(browsed, "j")
            assert "accuracy: +0.2750 better, [+0." in line(app, "detail")
            await press(browsed, *"llll")
            assert "accuracy: -0.2000 worse, [-0." in line(app, "detail")
            assert "bad 0.5083 (±0.0144 n=3, measured); higher is better." in line(app, "detail")
            assert "B 2/2 bad  accuracy: 1 worse" in line(app, "sides")

    async def test_v_shows_values_and_m_one_metric(self, four: Repository) -> None:
        async with opened(four, (80, 24)) as browsed:
            await compare(browsed, "main", "good", "bad")
            await press(browsed, "v")
            assert words(browsed[0], "sms_spam-pretrained-bert")[2:] == ["0.7083", "0.9833", "0.5083"]
            await press(browsed, "x", "m", "m")
            assert "macro_f1 alone" in line(browsed[0], "sides")
            assert words(browsed[0], "sms_spam-pretrained-bert")[1] == "macro_f1"

    @pytest.mark.parametrize("key", ["enter", "f"])
    async def test_a_cell_opens_the_test_rows_that_differ_between_baseline_and_the_chosen_column(
        self, four: Repository, key: str
    ) -> None:
        async with opened(four, (80, 24)) as browsed:
            app = browsed[0]
            await compare(browsed, "main", "good", "bad")
            await press(browsed, "enter")
            assert isinstance(app.screen, CompareScreen)
            await press(browsed, "j", *"llll", key)
            await settle(app, browsed[1])
            assert isinstance(app.screen, FlipsScreen)
            assert "bad" in screen_text(browsed[1])

    async def test_b_makes_the_chosen_column_the_baseline(self, four: Repository) -> None:
        async with opened(four, (80, 24)) as browsed:
            screen = await compare(browsed, "main", "good", "bad")
            await press(browsed, *"llll", "b")
            assert [name.rpartition("/")[2] for name in screen.revisions] == ["bad", "main", "good"]
            assert words(browsed[0], "sms_spam-pretrained-bert")[3:] == ["+0.2000", "^", "+0.4750", "^"]

    async def test_seeds_are_averaged_until_e_shows_each(self, four: Repository) -> None:
        async with opened(four, (80, 24)) as browsed:
            screen = await compare(browsed, "main", "good", "good-too")
            assert "good x2" in line(browsed[0], "sides")
            await press(browsed, "j", "j")
            assert "good x2 0.9708 (±0.0188 n=6, measured)" in line(browsed[0], "detail")
            await press(browsed, "e")
            assert words(browsed[0], "parameter or cell")[-2:] == ["good", "good-too"]
            assert screen.found is not None
            assert len(screen.found.sides) == 2

    async def test_columns_that_do_not_fit_are_reached_sideways(self, four: Repository) -> None:
        for place in range(6):
            four.experiment(f"more-{place}", trained(place, rate=0.2 + place))
        async with opened(four, (80, 24)) as browsed:
            await compare(browsed, "main", *(f"more-{place}" for place in range(6)))
            assert not any("more-5" in text for text in body(browsed[0]))
            await press(browsed, *"llllllll")
            assert any("more-5" in text for text in body(browsed[0]))
            assert line(browsed[0], "sides").splitlines()[1].startswith("B 6/6 more-5")

    async def test_y_hands_over_what_is_shown_with_the_command_that_makes_it_again(self, four: Repository) -> None:
        async with opened(four, (80, 24)) as browsed:
            await compare(browsed, "main", "good", "bad")
            await press(browsed, "m", "y", "l")
            copied = browsed[0].clipboard
            assert "% Made by: detour compare --metric accuracy main good bad" in copied
            assert r"\textbf{0.9833}" in copied
            assert r"$\uparrow$" in copied
            assert "macro" not in copied


class TestRevisions:
    async def test_a_name_that_stands_for_nothing_is_a_sentence_and_a_way_back(self, two: Repository) -> None:
        async with opened(two) as browsed:
            await compare(browsed, "main", "tyr")
            text = " ".join(" ".join(body(browsed[0])).split())
            assert "'tyr' names no branch, tag, experiment or commit; did you mean 'try'?" in text
            await press(browsed, "x", "j", "y", "s", "space", "escape")
            assert isinstance(browsed[0].screen, ExperimentsScreen)

    async def test_a_revision_that_comes_later_is_found_by_r(self, two: Repository) -> None:
        async with opened(two) as browsed:
            screen = await compare(browsed, "main", "later")
            assert screen.found is None
            two.git("branch", "later", "main")
            await press(browsed, "r")
            assert screen.found is not None
            assert "Nothing differs" in " ".join(body(browsed[0]))

    async def test_commits_and_the_workspace_are_revisions(self, two: Repository) -> None:
        async with opened(two) as browsed:
            screen = await compare(browsed, two.git("rev-parse", "HEAD"), "workspace")
            assert screen.found is not None
            assert screen.found.sides[0].row.kind == "workspace"

    async def test_before_anything_is_chosen_the_way_on_is_told(self, two: Repository) -> None:
        async with opened(two) as browsed:
            await press(browsed, "4", "x", "b", "y", "r")
            assert "Nothing is chosen yet" in " ".join(body(browsed[0]))
            await press(browsed, "escape")
            assert isinstance(browsed[0].screen, ExperimentsScreen)

    async def test_broken_files_are_told_beside_what_can_be_compared(self, repository: Repository) -> None:
        repository.commit(study(cells={F: record(0.8), IF: record(0.9)}))
        repository.experiment("metric", {cell_path(IF): "{"})
        repository.experiment("params", {"params.yaml": "models: [\n"})
        async with opened(repository) as browsed:
            await compare(browsed, "main", "metric")
            assert f"{cell_path(IF)} is not JSON" in line(browsed[0], "sides")
            await press(browsed, "x")
            assert "the experiment has a record that cannot be read" in " ".join(body(browsed[0]))
            await compare(browsed, "main", "params")
            assert "(!)" in line(browsed[0], "sides")

    async def test_values_from_git_are_data(self, repository: Repository) -> None:
        repository.commit({"params.yaml": json.dumps({"note": "\x1b[2J[bold]"})})
        repository.experiment("try", {"params.yaml": json.dumps({"note": "[red]x"})})
        async with opened(repository) as browsed:
            await compare(browsed, "main", "try")
            text = "\n".join(body(browsed[0]))
            assert "\x1b" not in text
            assert "[red]x" in text
            assert not any(
                "\x1b" in segment.text for strip in browsed[0].screen._compositor.render_strips() for segment in strip
            )


@pytest.mark.parametrize("mode", ["compare", "gains", "flips"])
async def test_a_screen_that_is_asked_for_comes_to_the_top_although_its_help_was_left_open(
    two: Repository, mode: str
) -> None:
    async with opened(two) as browsed:
        app, pilot = browsed
        await app.action_go(mode)
        await press(browsed, "question_mark", "3")
        match mode:
            case "compare":
                app.open_compare("main", "try")
            case "gains":
                app.open_gains("main")
            case _:
                app.open_flips("main", "try", F)
        await settle(app, pilot)
        assert isinstance(app.screen, DetourScreen) and app.screen.name_in_registry == mode
