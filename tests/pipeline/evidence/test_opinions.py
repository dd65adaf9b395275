"""Other tests beside a gain: labelled, consistent with the gain, and silent where they know nothing."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as arrow
import pyarrow.parquet as parquet
import pytest
from scipy import stats
from sklearn.metrics import average_precision_score, f1_score

from pipeline.evidence.calibration import calibration
from pipeline.evidence.opinions import LABELS, by_study, opinions

FAMILY = {"alpha": 0.05, "size": 18}
ENTRY = {"task": "classification", "target": "spam", "start": "imdb", "model": "bert", "verdict": "inconclusive"}


def predicted(right: float, seeds: int = 3, rows: int = 80, intermediate: int = 1) -> dict[str, Any]:
    rng = np.random.default_rng([round(100 * right), seeds])
    gold = np.arange(rows) % 2
    answers = {str(seed): np.where(rng.random(rows) < right, gold, 1 - gold).tolist() for seed in range(1, seeds + 1)}
    languages = ["en"] * (rows - 1) + ["fr"]
    return {
        "labels": ["ham", "spam"], "gold": gold.tolist(), "predicted": answers, "languages": languages,
        "intermediate_seeds": list(range(intermediate)), "about": [{"settings": {}}],
    }  # fmt: skip


def ask(f: dict[str, Any], if_: dict[str, Any]) -> dict[str, Any]:
    return opinions(ENTRY, f, if_, FAMILY, replicates=300, seed=1)


def test_every_statistic_has_a_label_and_those_of_checkpoints_say_so() -> None:
    told = ask(predicted(0.6), predicted(0.9))
    assert set(told) - set(ENTRY) <= set(LABELS)
    assert all("these checkpoints only" in LABELS[name] for name in ("bootstrap", "randomisation", "mcnemar"))


def test_all_of_them_see_a_large_gain() -> None:
    told = ask(predicted(0.6), predicted(0.9))
    gain = told["bootstrap"]["accuracy"]["gain"]
    assert gain == pytest.approx(told["randomisation"]["accuracy"]["gain"]) and gain > 0.2
    assert told["bootstrap"]["accuracy"]["low"] > 0 and told["mcc"]["low"] > 0
    assert told["randomisation"]["accuracy"]["p"] < 0.02
    assert told["dominance"]["epsilon_min"] < 0.2
    assert told["detectable"]["gain"] > 0
    for seed in told["mcnemar"]:
        assert seed["p"] == pytest.approx(stats.binomtest(seed["fixed"], seed["fixed"] + seed["broken"]).pvalue)


def test_scores_of_labels_are_means_over_seeds() -> None:
    f = predicted(0.6)
    spam = ask(f, predicted(0.9))["classes"][1]
    assert spam["f_f1"] == pytest.approx(np.mean([f1_score(f["gold"], row) for row in f["predicted"].values()]))
    assert spam["rows"] == 40


def test_a_language_of_one_row_has_a_gain_and_no_interval() -> None:
    french = ask(predicted(0.6), predicted(0.9))["languages"]["fr"]
    assert french["rows"] == 1
    assert french["accuracy"]["gain"] is not None and french["accuracy"]["low"] is None


def test_two_seeds_order_nothing_and_one_has_no_detectable_effect() -> None:
    assert "fewer than 3 seeds" in ask(predicted(0.6, 2), predicted(0.9, 2))["dominance"]["reason"]
    told = ask(predicted(0.6, 1), predicted(0.9, 1))
    assert told["detectable"]["gain"] is None and told["mcc"]["low"] is None


def test_several_intermediate_checkpoints_split_the_variance() -> None:
    assert ask(predicted(0.6, 4), predicted(0.9, 4))["in_three"] is None
    told = ask(predicted(0.6, 4), predicted(0.9, 4, intermediate=2))["in_three"]
    assert told["checkpoints"] == 2
    assert set(told["variances"]) == {"intermediate", "fine_tuning", "examples", "rest"}


def entry(target: str, model: str, f: float, if_: float, **changes: Any) -> dict[str, Any]:
    return {
        "task": "t",
        "target": target,
        "start": "s",
        "model": model,
        "f": f,
        "if": if_,
        "p": 0.01,
        "comparable": True,
    } | changes


class TestStudy:
    def test_models_with_and_without_the_detour_are_ranked(self) -> None:
        gains = {
            f"{target}{model}": entry(f"t{target}", model, 0.5 + 0.1 * n, 0.9 - 0.1 * n)
            for target in range(3)
            for n, model in enumerate("ab")
        }
        told = by_study(gains, 0.05)["ranking"]
        assert [one["system"] for one in told["systems"]] == ["a F", "a IF", "b F", "b IF"]
        assert [one["rank"] for one in told["systems"]] == [4.0, 1.0, 3.0, 2.0]

    def test_targets_where_one_is_missing_are_left_out_and_too_few_are_a_sentence(self) -> None:
        gains = {"a": entry("x", "a", 0.5, 0.6), "b": entry("x", "b", 0.5, 0.6), "c": entry("y", "a", 0.5, 0.6)}
        gains["d"] = entry("y", "b", 0.5, 0.6, comparable=False, p=None)
        told = by_study(gains, 0.05)
        assert "two targets or more" in told["ranking"]["reason"]
        assert told["discoveries"][3]["p_adjusted"] is None
        assert by_study({}, 0.05)["ranking"]["systems"] == []


class TestCalibration:
    def test_scores_by_seed_come_from_the_probabilities(self, tmp_path: Path) -> None:
        path = tmp_path / "cell.parquet"
        probabilities = [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.5, 0.5], [0.1, 0.9], [0.3, 0.7]]
        gold = ["ham", "spam", "spam"] * 2
        parquet.write_table(
            arrow.table({"seed": [1] * 3 + [2] * 3, "gold": gold, "probabilities": probabilities}), path
        )
        found = calibration(path, ["ham", "spam"])
        assert found is not None
        assert found["brier"]["seeds"]["1"] == pytest.approx((0.02 + 0.08 + 0.72) / 3)
        expected = [average_precision_score([0, 1, 1], [row[1] for row in probabilities[i : i + 3]]) for i in (0, 3)]
        assert list(found["pr_auc"]["seeds"].values()) == pytest.approx(expected)
        assert found["pr_auc"]["mean"] == pytest.approx(np.mean(expected))

    def test_more_than_two_labels_have_no_area_and_no_file_no_scores(self, tmp_path: Path) -> None:
        path = tmp_path / "cell.parquet"
        parquet.write_table(arrow.table({"seed": [1], "gold": ["a"], "probabilities": [[0.5, 0.3, 0.2]]}), path)
        found = calibration(path, ["a", "b", "c"])
        assert found is not None and found["pr_auc"]["mean"] is None and found["ece"]["mean"] == pytest.approx(0.5)
        assert calibration(tmp_path / "absent.parquet", ["a"]) is None
