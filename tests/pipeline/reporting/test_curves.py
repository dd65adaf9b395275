"""Learning curves as they are read."""

from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.reporting.curves import SeedCurve, read_curves

HEADER = "seed,epoch,train_loss,dev_loss,dev_accuracy,dev_macro_f1,test_accuracy\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "sentiment" / "emotions-pretrained-bert.csv"
    path.parent.mkdir()
    path.write_text(HEADER + text)
    return path


def test_every_seed_has_its_accuracies_by_epoch(tmp_path: Path) -> None:
    path = written(tmp_path, "1,1,9,9,.5,.4,.55\n1,2,9,9,.6,.4,.65\n-7,1,9,9,.1,.1,.2\n")
    assert read_curves(path) == {1: SeedCurve((0.5, 0.6), (0.55, 0.65)), -7: SeedCurve((0.1,), (0.2,))}
    assert read_curves(tmp_path / "nothing.csv") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1,1,9,9,.5,.4,\n",
        "1,1,9,9,nan,.4,.5\n",
        "1,1,9,9,1.5,.4,.5\n",
        "1,2,9,9,.5,.4,.5\n",
        "1,1,9\n",
        "one,1,9,9,.5,.4,.5\n",
    ],
)
def test_a_damaged_file_is_one_sentence_with_the_stage_to_run(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match=r"-bert.csv is damaged .*--single-item sentiment@emotions-pretrained-bert`"):
        read_curves(written(tmp_path, text))


@pytest.mark.parametrize(
    "dev, rising", [((0.1, 0.2, 0.3), True), ((0.1, 0.3, 0.3), False), ((0.3, 0.2), False), ((0.3,), False)]
)
def test_a_curve_rises_still_if_its_last_epoch_is_better_than_all_others(dev: tuple[float, ...], rising: bool) -> None:
    assert SeedCurve(dev, dev).still_rising is rising
