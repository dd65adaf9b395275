"""Records against scikit-learn and plain counting, and what makes them comparable."""

import json

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from pipeline.errors import InputError
from pipeline.evidence import statistics
from pipeline.evidence.records import cell_record, predicted_record
from pipeline.files import digest, write_json


class TestCellRecord:
    def test_scores_of_every_seed_with_mean_and_deviation(self, results):
        given = results(right=0.8)
        record = cell_record(given)
        accuracies = [accuracy_score(given.gold, given.predicted[seed]) for seed in (1, 2, 3)]
        scores = [f1_score(given.gold, given.predicted[seed], average="macro") for seed in (1, 2, 3)]
        for name, expected in (("accuracy", accuracies), ("macro_f1", scores)):
            block = record[name]
            assert block["seeds"] == pytest.approx(dict(zip("123", expected, strict=True)))
            assert (block["mean"], block["sd"]) == pytest.approx((np.mean(expected), np.std(expected, ddof=1)))
            assert block["low"] < block["mean"] < block["high"]

    def test_one_seed_has_no_deviation_and_no_interval(self, results):
        record = cell_record(results(seeds=(4,)))
        assert record["accuracy"]["mean"] == record["accuracy"]["seeds"]["4"]
        for block in (record["accuracy"], record["macro_f1"], record["languages"]["fr"]["accuracy"]):
            assert (block["sd"], block["low"], block["high"]) == (None, None, None)
        assert record["floors"]["above_tfidf"]["low"] is None

    def test_each_language_is_scored_on_its_rows_over_all_labels(self, results):
        given = results()
        record = cell_record(given)
        assert sorted(record["languages"]) == ["en", "fr"]
        rows = slice(30, 60)
        expected = [
            f1_score(given.gold[rows], given.predicted[seed][rows], labels=[0, 1], average="macro")
            for seed in (1, 2, 3)
        ]
        assert record["languages"]["fr"]["macro_f1"]["mean"] == pytest.approx(np.mean(expected))

    def test_rows_that_a_start_has_seen_are_scored_beside_and_not_within(self, results):
        seen = [row < 15 for row in range(60)]
        given = results(seen=seen)
        record = cell_record(given)
        scored = [accuracy_score(given.gold[15:], given.predicted[seed][15:]) for seed in (1, 2, 3)]
        everywhere = [accuracy_score(given.gold, given.predicted[seed]) for seed in (1, 2, 3)]
        assert record["test_rows"] == 45
        assert record["accuracy"]["mean"] == pytest.approx(np.mean(scored))
        assert record["with_overlap"] == {"rows": 15, "accuracy": pytest.approx(np.mean(everywhere))}
        assert record["paper"]["optimism"] == pytest.approx(0.01)

    def test_the_papers_protocol_stands_beside(self, results):
        given = results()
        paper = cell_record(given)["paper"]
        assert paper["accuracy"]["mean"] == pytest.approx(np.mean(list(given.paper_accuracy.values())))
        assert paper["accuracy"]["seeds"] == {str(seed): value for seed, value in given.paper_accuracy.items()}
        assert (paper["epochs"], cell_record(given)["epochs"]) == ({"1": 3, "2": 3, "3": 3}, {"1": 2, "2": 2, "3": 2})

    def test_floors_and_the_distance_to_them(self, results):
        given = results(right=0.9)
        floors = cell_record(given)["floors"]
        assert (floors["majority"], floors["tfidf"]) == (pytest.approx(given.gold.count(0) / 60), 0.75)
        matrix = [
            [float(p == g) - float(t == g) for p, g, t in zip(row, given.gold, given.tfidf, strict=True)]
            for row in given.predicted.values()
        ]
        expected = statistics.crossed_interval(np.array(matrix))
        assert list(floors["above_tfidf"].values()) == pytest.approx([expected.mean, expected.low, expected.high])

    def test_seeds_that_predict_one_class_are_named(self, results):
        answers = {1: [0] * 60, 2: [0, 1] * 30, 3: [1] * 60}
        assert cell_record(results(predicted=answers))["collapsed"] == [1, 3]

    def test_a_cell_that_is_always_right_has_no_nan(self, results):
        gold = results().gold
        record = cell_record(results(predicted=dict.fromkeys((1, 2, 3), gold)))
        assert (record["accuracy"]["mean"], record["accuracy"]["low"], record["accuracy"]["sd"]) == (1.0, 1.0, 0.0)
        json.dumps(record, allow_nan=False)

    def test_intervals_stay_within_the_range_of_a_score(self, results):
        record = cell_record(results(right=0.98, seeds=(1, 2)))
        for block in (record["accuracy"], record["macro_f1"]):
            assert block["low"] >= 0 and block["high"] <= 1

    def test_nothing_left_to_score_is_an_input_fault(self, results):
        with pytest.raises(InputError, match=r"classification/spam: all 60 test rows were seen .* take another"):
            results(seen=[True] * 60)

    @pytest.mark.parametrize("change", [{"tfidf": [0]}, {"languages": ["en"]}, {"predicted": {1: [0], 2: [0], 3: [0]}}])
    def test_columns_of_other_lengths_are_refused(self, results, change):
        with pytest.raises(ValueError, match="60 test rows"):
            results(**change)

    def test_results_of_other_seeds_are_refused(self, results):
        with pytest.raises(ValueError, match=r"seeds \[1, 2, 3\]"):
            results(epochs={1: 2})


class TestComparability:
    def test_digests_tell_settings_and_scored_rows(self, results):
        record, predicted = cell_record(results()), predicted_record(results())["about"][0]
        assert record["settings"] == digest(predicted["settings"])
        assert record["test"] == predicted["test"]
        assert record["checkpoint"] == predicted["checkpoint"] == "checkpoint of pretrained"

    def test_f_and_if_share_settings_and_test_but_not_the_checkpoint(self, results):
        f, if_ = cell_record(results()), cell_record(results("imdb"))
        assert (f["settings"], f["test"]) == (if_["settings"], if_["test"])
        assert f["checkpoint"] != if_["checkpoint"]

    def test_other_ids_labels_or_scored_rows_are_another_test(self, results):
        tests = [
            cell_record(results())["test"],
            cell_record(results(ids=[f"other{row}" for row in range(60)]))["test"],
            cell_record(results(gold=[1] * 60))["test"],
            cell_record(results(seen=[row == 0 for row in range(60)]))["test"],
        ]
        assert len(set(tests)) == 4

    def test_predictions_do_not_change_the_test(self, results):
        assert cell_record(results(right=0.5))["test"] == cell_record(results(right=0.9))["test"]


class TestPredictedRecord:
    def test_holds_lists_alone_which_metric_tables_leave_out(self, results):
        record = predicted_record(results())
        assert all(isinstance(value, list) for key, value in record.items() if key != "predicted")
        assert all(isinstance(value, list) for value in record["predicted"].values())

    def test_holds_scored_rows_in_file_order_by_seed(self, results):
        given = results(seen=[row % 2 == 1 for row in range(60)], seeds=(3, 1))
        record = predicted_record(given)
        assert record["gold"] == given.gold[::2]
        assert record["tfidf"] == list(given.tfidf[::2])
        assert record["languages"] == ["en"] * 15 + ["fr"] * 15
        assert record["predicted"] == {str(seed): given.predicted[seed][::2] for seed in (1, 3)}
        assert record["intermediate_seeds"] == []

    def test_the_scores_follow_from_it_alone(self, results):
        given = results()
        record = predicted_record(given)
        matrix = np.array([record["predicted"][seed] for seed in ("1", "2", "3")])
        estimate = statistics.accuracy_estimate(matrix, np.array(record["gold"]))
        assert cell_record(given)["accuracy"]["low"] == estimate.low


@pytest.mark.parametrize("build", [cell_record, predicted_record])
def test_equal_results_give_equal_bytes_whatever_the_order_of_seeds(results, build, tmp_path):
    given = results()
    shuffled = results(predicted={seed: given.predicted[seed] for seed in (3, 1, 2)})
    for name, value in (("a", given), ("b", shuffled)):
        write_json(tmp_path / name, build(value))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
