"""Whether more of a metric is better."""

import pytest

from tui.comparing.directions import Direction, direction_of


@pytest.mark.parametrize(
    "name",
    ["loss", "val_loss", "dev.loss", "testError", "RMSE", "perplexity", "train_time", "eval.log_loss", "seconds"],
)
def test_less_of_it_is_assumed_to_be_better(name: str) -> None:
    assert direction_of(name, {}) == Direction(False, assumed=True)


@pytest.mark.parametrize("name", ["accuracy", "dev.f1", "timely", "lossless", "auc"])
def test_more_of_it_is_assumed_to_be_better(name: str) -> None:
    assert direction_of(name, None) == Direction(True, assumed=True)


@pytest.mark.parametrize("name", ["epoch", "train.steps", "num_rows"])
def test_a_count_has_no_direction(name: str) -> None:
    assert direction_of(name, {}).higher is None


def test_what_params_declare_goes_before_the_name() -> None:
    params = {"metrics": {"loss": {"higher_is_better": True}, "score": {"higher_is_better": False}}}
    assert direction_of("loss", params) == Direction(True, assumed=False)
    assert direction_of("dev.score", params) == Direction(False, assumed=False)
    assert direction_of("other", params).assumed


@pytest.mark.parametrize("block", [None, [], "x", {"loss": None}, {"loss": 3}])
def test_a_block_of_another_form_declares_nothing(block: object) -> None:
    assert direction_of("loss", {"metrics": block}) == Direction(False, assumed=True)
