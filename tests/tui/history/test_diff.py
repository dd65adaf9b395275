"""Differences of two experiments: parameters, metrics, intervals and marks."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evidence.statistics import crossed_interval, gain
from tests.tui.history.repository import IF, F, Repository, cell_path, params, predicted, record, study
from tui.history.diff import ABSENT, CellDifference, Difference, MetricDifference, difference, leaves, mark_of
from tui.history.pairs import Interval, pair
from tui.history.rows import History

GOLD = [0, 1] * 30


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "study")


def compared(repository: Repository, a: str = "main", b: str = "try") -> Difference:
    history = History(repository.root)
    return difference(history, history.row(history.resolve(a)), history.row(history.resolve(b)))


def cell(found: Difference, name: str = F) -> CellDifference:
    return next(cell for cell in found.cells if cell.name == name)


def metric(found: Difference, name: str = "accuracy", of: str = F) -> MetricDifference:
    return next(metric for metric in cell(found, of).metrics if metric.metric == name)


def guesses(seed: int, right: float, rows: int = len(GOLD)) -> dict[str, list[int]]:
    """Predicted ids of three seeds, of which about a share `right` is right."""
    draw = np.random.default_rng(seed)
    gold = np.array(GOLD[:rows])
    return {str(number): np.where(draw.random(rows) < right, gold, 1 - gold).tolist() for number in (1, 2, 3)}


def scored(by_seed: dict[str, list[int]], test: str = "t1") -> dict[str, str | None]:
    """The record of F with the predicted ids that it scores."""
    ids = np.array(list(by_seed.values()))
    found = gain(ids, ids, np.array(GOLD[: ids.shape[1]]), 2)
    text = record(found.f, found.f_macro_f1)
    return {**study(cells={F: text}), cell_path(F, "predicted"): predicted(GOLD[: ids.shape[1]], by_seed, test)}


class TestParameters:
    def difference(self, a: dict[str, Any], b: dict[str, Any], repository: Repository) -> dict[str, tuple[Any, Any]]:
        repository.commit({"params.yaml": json.dumps(a)})
        repository.experiment("try", {"params.yaml": json.dumps(b)})
        return {param.key: (param.a, param.b) for param in compared(repository).params}

    def test_only_leaves_that_differ_are_told(self, repository: Repository) -> None:
        a = {"training": {"target": {"epochs": 6, "learning_rate": 0.001}}, "seeds": [1, 2], "old": {"x": None}}
        b = {"training": {"target": {"epochs": 9, "learning_rate": 1e-3}}, "seeds": [1, 2, 3], "new": {}}
        assert self.difference(a, b, repository) == {
            "training.target.epochs": (6, 9),
            "seeds": ([1, 2], [1, 2, 3]),
            "old.x": (None, ABSENT),
            "new": (ABSENT, {}),
        }

    def test_items_of_a_list_of_blocks_are_told_by_number(self, repository: Repository) -> None:
        a = {"source": [{"path": "a", "language": "fr"}, {"path": "b"}]}
        b = {"source": [{"path": "a", "language": "de"}, {"path": "b"}, {"path": "c"}]}
        assert self.difference(a, b, repository) == {
            "source.0.language": ("fr", "de"),
            "source.2.path": (ABSENT, "c"),
        }

    def test_true_is_not_one_and_nan_is_nan(self, repository: Repository) -> None:
        repository.commit({"params.yaml": "a: 1\nb: .nan\nc: 1\nd: [1]\n"})
        repository.experiment("try", {"params.yaml": "a: true\nb: .nan\nc: 1.0\nd: [true]\n"})
        assert [param.key for param in compared(repository).params] == ["a", "d"]

    def test_broken_params_are_compared_with_nothing(self, repository: Repository) -> None:
        assert dict(leaves({"a": {"b": 1}, "c": []})) == {"a.b": 1, "c": []}
        repository.commit({"params.yaml": "a: 1"})
        repository.experiment("try", {"params.yaml": "a: ["})
        found = compared(repository)
        assert found.params == ()
        assert found.b.params_fault.startswith("params.yaml, line 2:")
        assert found.b.problems


class TestIntervals:
    def test_they_are_those_of_the_statistics_module(self, repository: Repository) -> None:
        one, two = guesses(1, 0.6), guesses(2, 0.9)
        repository.commit(scored(one))
        repository.experiment("try", scored(two))
        found = compared(repository)
        ids_a, ids_b = np.array(list(one.values())), np.array(list(two.values()))
        hits = (ids_b == np.array(GOLD)).astype(float) - (ids_a == np.array(GOLD)).astype(float)
        expected = crossed_interval(hits)
        accuracy, macro_f1 = metric(found), metric(found, "macro_f1")
        assert (accuracy.low, accuracy.high) == (expected.low, expected.high)
        assert accuracy.difference == pytest.approx(expected.mean)
        assert (accuracy.mark, accuracy.why) == ("^", "")
        by_f1 = gain(ids_a, ids_b, np.array(GOLD), 2).macro_f1
        assert (macro_f1.low, macro_f1.high) == (by_f1.low, by_f1.high)

    def test_the_order_of_seeds_in_a_record_does_not_matter(self, repository: Repository) -> None:
        one, two = guesses(1, 0.6), guesses(2, 0.9)
        repository.commit(scored(one))
        repository.experiment("try", scored(two))
        repository.experiment("turned", scored(dict(reversed(two.items()))))
        straight, turned = metric(compared(repository)), metric(compared(repository, b="turned"))
        assert (straight.low, straight.high) == pytest.approx((turned.low, turned.high))

    def test_swapping_the_sides_turns_the_interval_over(self, repository: Repository) -> None:
        repository.commit(scored(guesses(1, 0.6)))
        repository.experiment("try", scored(guesses(2, 0.9)))
        forth, back = metric(compared(repository)), metric(compared(repository, "try", "main"))
        assert (forth.low, forth.high) == pytest.approx((-(back.high or 0), -(back.low or 0)))
        assert (forth.mark, back.mark) == ("^", "v")

    def test_a_small_difference_is_not_told_from_none(self, repository: Repository) -> None:
        repository.commit(scored(guesses(1, 0.7)))
        repository.experiment("try", scored(guesses(5, 0.7)))
        assert metric(compared(repository)).mark == "~"

    @pytest.mark.parametrize(
        ("b", "why"),
        [
            (scored(guesses(2, 0.9), test="t2"), "test rows differ"),
            (scored(guesses(2, 0.9, rows=58)), "test rows differ"),
            (scored(dict(list(guesses(2, 0.9).items())[:2])), "seeds differ: 1, 2, 3 and 1, 2"),
            ({**scored(guesses(2, 0.9)), cell_path(F, "predicted"): None}, "B has no predicted ids"),
            ({**scored(guesses(2, 0.9)), cell_path(F, "predicted"): "{"}, "B has no predicted ids"),
            ({**scored(guesses(2, 0.9)), cell_path(F, "predicted"): "{}"}, "predicted ids cannot be read"),
            (study(cells={F: record(0.95, 0.95)}), "predicted ids do not give these values"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_paired_says_why_and_keeps_its_direction(
        self, repository: Repository, b: dict[str, str | None], why: str
    ) -> None:
        repository.commit(scored(guesses(1, 0.6)))
        repository.experiment("try", b)
        found = metric(compared(repository))
        assert (found.low, found.high, found.mark) == (None, None, "^?")
        assert found.why == why

    def test_two_seeds_have_an_interval_and_no_verdict(self, repository: Repository) -> None:
        repository.commit(scored({"1": [0] * 60, "2": [0] * 60}))
        repository.experiment("try", scored({"1": GOLD, "2": GOLD}))
        found = metric(compared(repository))
        assert (found.low or 0) > 0
        assert (found.mark, found.provisional) == ("^?", True)

    def test_one_seed_has_no_interval(self, repository: Repository) -> None:
        repository.commit(scored({"1": guesses(1, 0.6)["1"]}))
        repository.experiment("try", scored({"1": guesses(2, 0.9)["1"]}))
        found = metric(compared(repository))
        assert (found.low, found.mark, found.why) == (None, "^?", "one seed or one test row")

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        ),
        st.sampled_from(["test", "gold", "labels", "predicted"]),
    )
    def test_a_record_of_any_form_is_a_reason_never_a_crash(self, value: Any, key: str) -> None:
        whole = json.loads(predicted([0, 1], {"1": [0, 1], "2": [1, 1]}))
        for a, b in ((whole, {**whole, key: value}), ({**whole, key: value}, {**whole, key: value})):
            found = pair(a, b)
            assert found.why or found.by_metric


class TestMetrics:
    def test_the_direction_is_the_declared_one(self, repository: Repository) -> None:
        declared = params(metrics={"accuracy": {"higher_is_better": True}, "loss": {"higher_is_better": False}})
        repository.commit(study(declared, cells={F: record(0.8, loss=0.5)}))
        repository.experiment("try", study(declared, cells={F: record(0.9, loss=0.7)}))
        found = compared(repository)
        assert [metric.metric for metric in cell(found).metrics] == ["accuracy", "loss"]
        assert metric(found, "accuracy").mark == "^?"
        assert metric(found, "loss").mark == "v?"
        assert metric(found, "loss").difference == pytest.approx(0.2)

    def test_a_metric_that_is_not_of_predicted_ids_has_no_interval(self, repository: Repository) -> None:
        declared = params(metrics={"with_overlap.accuracy": {"higher_is_better": True}})
        for name, value in (("main", 0.5), ("try", 0.6)):
            files = scored(guesses(1, 0.6))
            text = record(0.5, with_overlap={"accuracy": value})
            files |= {**study(declared, cells={F: text})}
            repository.commit(files) if name == "main" else repository.experiment("try", files)
        assert metric(compared(repository), "with_overlap.accuracy").why == "not a metric of predicted ids"

    def test_missing_zero_and_nan_are_told_apart(self, repository: Repository) -> None:
        repository.commit(study(cells={F: record(0.0, None), IF: record(float("nan"))}))
        repository.experiment("try", study(cells={F: record(0.0, 0.4), IF: record(0.5)}))
        found = compared(repository)
        zero = metric(found)
        assert (zero.a, zero.b, zero.difference, zero.mark) == (0.0, 0.0, 0.0, "=")
        missing = metric(found, "macro_f1")
        assert (missing.a, missing.b, missing.difference, missing.mark) == (None, 0.4, None, "")
        assert missing.why == "A lacks it"
        nan = metric(found, of=IF)
        assert nan.a is not None and math.isnan(nan.a)
        assert (nan.difference, nan.mark, nan.why) == (None, "", "A is not a finite number")

    def test_a_cell_that_one_side_lacks_is_told(self, repository: Repository) -> None:
        other = "classification@sms_spam-pretrained-xlnet"
        repository.commit(study(cells={F: record(0.8)}))
        repository.experiment("try", study(params(models=["xlnet"]), cells={other: record(0.7)}))
        found = compared(repository)
        assert metric(found, of=other).why == "A has no such cell"
        # The file of F is inherited by the experiment, although its params no longer declare it.
        assert cell(found, F).same
        assert metric(found, of=IF).why == "A has no such cell and B has no such cell"

    def test_a_record_that_cannot_be_read_is_told(self, repository: Repository) -> None:
        repository.commit(study(cells={F: record(0.8)}))
        repository.experiment("try", study(cells={F: "{"}))
        assert metric(compared(repository)).why == "B's record cannot be read"

    def test_the_same_record_on_both_sides_is_equal_without_predicted_ids(self, repository: Repository) -> None:
        repository.commit(study(cells={F: record(0.8)}))
        repository.experiment("try", {"note": "x"})
        found = compared(repository)
        assert cell(found).same
        assert (metric(found).mark, metric(found).low, metric(found).why) == ("=", None, "the same record")

    def test_origins_are_those_of_each_side(self, repository: Repository) -> None:
        repository.commit(study(cells={F: record(0.8), IF: record(0.9)}))
        repository.experiment("try", study(cells={F: record(0.8), IF: record(0.95)}))
        found = compared(repository)
        assert (cell(found, IF).a.kind, cell(found, IF).b.kind) == ("measured", "measured")
        assert (cell(found, F).a.kind, cell(found, F).b.kind) == ("measured", "inherited")

    def test_the_working_folder_is_a_side(self, repository: Repository) -> None:
        repository.commit(scored(guesses(1, 0.6)))
        repository.write(scored(guesses(2, 0.9)))
        found = metric(compared(repository, b="workspace"))
        assert found.mark == "^"
        assert found.low is not None


class TestMarks:
    @pytest.mark.parametrize(
        ("change", "interval", "higher", "mark"),
        [
            (0.1, Interval(0.05, 0.15), True, "^"),
            (0.1, Interval(0.05, 0.15), False, "v"),
            (-0.1, Interval(-0.15, -0.05), True, "v"),
            (-0.1, Interval(-0.15, -0.05), False, "^"),
            (0.1, Interval(-0.05, 0.25), True, "~"),
            (0.1, Interval(0.0, 0.2), True, "~"),
            (0.0, Interval(-0.1, 0.1), True, "~"),
            (0.0, Interval(0.0, 0.0), True, "="),
            (0.0, Interval(why="x"), True, "="),
            (0.1, Interval(why="x"), True, "^?"),
            (0.1, Interval(why="x"), False, "v?"),
            (0.1, Interval(0.1, 0.1), True, "^"),
        ],
    )
    def test_each_case(self, change: float, interval: Interval, higher: bool, mark: str) -> None:
        assert mark_of(change, interval, higher) == mark
