"""The advisor: measured gains first, honest intervals, and words where the history is too small to say."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from pipeline.errors import InputError
from pipeline.evidence.advice import advise, expected_line, expected_mean
from pipeline.files import write_json
from pipeline.study import Study, load_study

ROOT = Path(__file__).parents[3]
TARGETS = {
    "sms_spam": ("classification", "imdb"), "movie_reviews": ("classification", "imdb"), "goemotions": ("sentiment", "imdb_genres"),
    "emotions": ("sentiment", "imdb_genres"), "stock_names": ("similarity", "paws"), "pawsx": ("similarity", "paws"),
}  # fmt: skip


@pytest.fixture(scope="module")
def study() -> Study:
    return load_study(ROOT / "params.yaml")


def a_gain(target: str, value: float | None, model: str = "bert", **changes: Any) -> tuple[str, dict[str, Any]]:
    task, start = TARGETS[target]
    entry = {
        "task": task, "target": target, "start": start, "model": model, "comparable": value is not None, "gain": value,
        "low": None if value is None else value - 0.01, "high": None if value is None else value + 0.01, "verdict": "positive",
        "provisional": False, "negligible": False, "seeds": 5, "test_rows": 200,
    }  # fmt: skip
    return f"{task}/{target}/{start}/{model}", {**entry, **changes}


def write(reports: Path, *entries: tuple[str, dict[str, Any]]) -> Path:
    write_json(reports / "gains.json", {"gains": dict(entries)})
    return reports


def option(told: dict[str, Any], model: str = "bert") -> dict[str, Any]:
    return next(one for one in told["options"] if one["model"] == model)


class TestIntervals:
    def test_one_more_target_lies_in_the_interval_as_often_as_promised(self) -> None:
        draws = np.random.default_rng(1).normal(0.02, 0.05, (2000, 6))
        inside = [found.low <= row[5] <= found.high for row in draws if (found := expected_mean(row[:5])) is not None]
        assert np.mean(inside) == pytest.approx(0.95, abs=0.015)

    def test_it_is_the_textbook_prediction_interval(self) -> None:
        gains = [0.1, -0.05, 0.02, 0.04]
        found = expected_mean(gains)
        assert found is not None
        low, high = stats.t.interval(0.95, 3, np.mean(gains), np.std(gains, ddof=1) * np.sqrt(1.25))
        assert (found.gain, found.low, found.high) == pytest.approx((np.mean(gains), low, high))

    def test_a_line_has_the_prediction_interval_of_statsmodels(self) -> None:
        x, noise = np.random.default_rng(2).normal(size=(2, 9))
        y = 0.5 * x + 0.1 * noise
        found = expected_line(list(x), list(y), 0.7, "logme")
        frame = sm.OLS(y, sm.add_constant(x)).fit().get_prediction([[1, 0.7]]).summary_frame(alpha=0.05)
        assert found is not None
        expected = (frame["mean"][0], frame["obs_ci_lower"][0], frame["obs_ci_upper"][0])
        assert (found.gain, found.low, found.high) == pytest.approx(expected)

    def test_little_history_expects_nothing(self) -> None:
        assert expected_mean([0.1, 0.2]) is None
        assert expected_line([1.0] * 20, [0.1] * 20, 1.0, "constant") is None
        assert expected_line([1.0, 2.0, 3.0], [0.1, 0.2, 0.3], 1.0, "logme") is None


class TestAdvice:
    def test_a_positive_gain_that_was_measured_here_is_taken(self, study: Study, tmp_path: Path) -> None:
        told = advise(study, "sms_spam", write(tmp_path, a_gain("sms_spam", 0.05), a_gain("sms_spam", 0.09, "roberta")))
        assert told["advice"] == "take"
        assert (
            told["words"] == "Take the detour over imdb with roberta for sms_spam: measured here: the gain is positive."
        )
        assert option(told)["measured"]["gain"] == 0.05

    @pytest.mark.parametrize(
        "changes, words",
        [
            ({"verdict": "negative"}, "negative"),
            ({"verdict": "equivalent"}, "equivalent"),
            ({"verdict": "inconclusive", "provisional": True, "seeds": 2}, "2 seeds are too few"),
            ({"negligible": True}, "smaller than the margin"),
        ],
    )
    def test_whatever_else_was_measured_is_skipped(
        self, study: Study, tmp_path: Path, changes: Any, words: str
    ) -> None:
        told = advise(study, "sms_spam", write(tmp_path, a_gain("sms_spam", 0.05, **changes)))
        assert option(told)["advice"] == told["advice"] == "skip"
        assert words in option(told)["words"]

    def test_other_targets_that_all_gain_make_a_gain_expected(self, study: Study, tmp_path: Path) -> None:
        others = [a_gain(target, 0.10 + 0.01 * n) for n, target in enumerate(TARGETS) if target != "sms_spam"]
        told = advise(study, "sms_spam", write(tmp_path, *others))
        assert (option(told)["advice"], option(told)["expected"]["targets"]) == ("take", 5)
        assert option(told)["expected"]["low"] > 0
        # Nothing is known of the other models, and gains of one say nothing of another.
        assert option(told, "xlnet")["expected"] is None

    def test_other_targets_that_disagree_leave_nothing_to_support_the_detour(
        self, study: Study, tmp_path: Path
    ) -> None:
        others = [a_gain(target, 0.1 * (-1) ** n) for n, target in enumerate(TARGETS) if target != "sms_spam"]
        told = advise(study, "sms_spam", write(tmp_path, *others))
        assert told["advice"] == "skip" and "leave the sign open" in option(told)["words"]

    @pytest.mark.parametrize("count", [0, 1, 2])
    def test_a_small_history_is_said_to_be_small(self, study: Study, tmp_path: Path, count: int) -> None:
        others = [a_gain(target, 0.3) for target in list(TARGETS)[1 : 1 + count]]
        told = advise(study, "sms_spam", write(tmp_path, *others))
        assert told["advice"] == "skip"
        assert f"the history is too small to say: {count} other target" in option(told)["words"]

    def test_an_empty_history_is_no_error_and_one_that_cannot_be_compared_counts_as_none(
        self, study: Study, tmp_path: Path
    ) -> None:
        assert "too small" in advise(study, "sms_spam", tmp_path)["words"]
        others = [a_gain(target, None) for target in TARGETS]
        assert advise(study, "sms_spam", write(tmp_path, *others))["history"] == {"gains": 0, "targets": []}

    def test_costs_are_the_recorded_minutes(self, study: Study, tmp_path: Path) -> None:
        timing = {"process": [{"seconds": 180.0}], "seeds": [{"device": "cuda"}], "serving": []}
        write_json(tmp_path / "timings" / "intermediate" / "imdb-bert.json", timing)
        told = advise(study, "sms_spam", tmp_path)
        assert option(told)["minutes"] == {"detour": 3.0, "fine_tuning": None, "device": "cuda", "note": None}
        assert option(told, "xlnet")["minutes"]["detour"] is None
        assert "no timing" in option(told, "xlnet")["minutes"]["note"]

    def test_what_is_no_target_and_a_damaged_report_are_sentences(self, study: Study, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="There is no corpus 'spam'"):
            advise(study, "spam", tmp_path)
        with pytest.raises(InputError, match="'imdb' is no target of classification"):
            advise(study, "imdb", tmp_path)
        (tmp_path / "gains.json").write_text("{")
        with pytest.raises(InputError, match="not whole JSON"):
            advise(study, "sms_spam", tmp_path)

    def test_it_is_json_whatever_is_known(self, study: Study, tmp_path: Path) -> None:
        for target in TARGETS:
            json.dumps(advise(study, target, ROOT / "reports"), allow_nan=False)
            json.dumps(advise(study, target, tmp_path), allow_nan=False)


def test_the_answer_loads_neither_scipy_nor_torch() -> None:
    import subprocess
    import sys

    code = "import sys, pipeline.evidence.advice\nprint(sorted({'scipy', 'pandas', 'torch', 'sklearn', 'pyarrow'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
