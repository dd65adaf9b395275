"""How far trainings are and how long they still take, told from their epochs."""

from pathlib import Path

from tui.runs.pace import Seeds, read_seeds, run_seconds_left, seconds_left, share_done
from tui.runs.stage_story import Progress, StageStory
from tui.runs.story import RunStory

CELL = "classification@sms_spam-pretrained-bert"
SEEDS = Seeds(2, 1)


def training(*epochs: tuple[int, int, float], name: str = CELL, begun: float = 0.0) -> StageStory:
    """A stage that has told (seed, epoch of 4, when)."""
    told = tuple(Progress(seed, epoch, 4, 0.5, when) for seed, epoch, when in epochs)
    fresh = [one for one in told if one.when >= begun]
    return StageStory(name, "started", begun, progress=fresh[-1] if fresh else None, epochs=told)


def story(*stages: StageStory, jobs: int = 1) -> RunStory:
    return RunStory(Path("run"), jobs=jobs, stages={stage.name: stage for stage in stages})


def test_seeds_that_train_one_after_another_or_side_by_side_count_alike() -> None:
    assert share_done(training((1, 4, 40), (2, 2, 60)), SEEDS) == 0.75
    assert share_done(training((1, 3, 60), (2, 3, 60)), SEEDS) == 0.75
    assert share_done(training((1, 4, 40), name="intermediate@imdb-bert"), SEEDS) == 1


def test_what_is_left_follows_from_the_pace_and_goes_down_with_the_time() -> None:
    stage = training((1, 1, 10), (1, 2, 20))
    assert seconds_left(stage, SEEDS, now=20) == 60
    assert seconds_left(stage, SEEDS, now=25) == 55
    assert seconds_left(stage, SEEDS, now=81) is None, "nobody knows why it takes longer"


def test_a_training_that_goes_on_is_as_fast_as_since_it_went_on() -> None:
    stage = training((1, 1, 10), (1, 2, 20), (1, 3, 1_010), begun=1_000)
    assert share_done(stage, SEEDS) == 0.375
    assert seconds_left(stage, SEEDS, now=1_010) == 50


def test_without_an_epoch_nothing_is_known() -> None:
    assert seconds_left(training(), SEEDS, now=10) is None
    assert run_seconds_left(story(training()), SEEDS, now=10) is None


def test_what_waits_takes_what_others_of_its_model_took_side_by_side() -> None:
    done = StageStory("classification@movie_reviews-pretrained-bert", "done", 0, 100)
    running = training(*((1, epoch, 100 + 10 * epoch) for epoch in (1, 2, 3, 4)), begun=100)
    waiting = [StageStory(f"classification@{name}-imdb-bert") for name in ("sms_spam", "movie_reviews")]
    closing = StageStory("report")
    # 40 s of the running one, and twice the mean of 100 and 80.
    assert run_seconds_left(story(done, running, *waiting, closing), SEEDS, now=140) == 220
    assert run_seconds_left(story(done, running, *waiting, closing, jobs=2), SEEDS, now=140) == 110


def test_an_intermediate_that_waits_and_is_like_nothing_before_leaves_the_end_open() -> None:
    stages = training((1, 4, 40)), StageStory("intermediate@imdb-bert")
    assert run_seconds_left(story(*stages), SEEDS, now=40) is None


def test_seeds_are_read_from_the_tree_as_long_as_it_stands(study: Path, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    assert read_seeds(tmp_path) is None
    (tmp_path / "tree" / "params.yaml").write_text((study / "params.yaml").read_text())
    assert read_seeds(tmp_path) == Seeds(2, 1)
