"""Gains of a tree: every verdict planted, every reason for no comparison, every damaged file."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import f1_score

from pipeline.errors import InputError
from pipeline.evidence import statistics
from pipeline.evidence.gains import gains, read_cells
from pipeline.files import read_json, write_json

F = ("classification", "spam-pretrained-bert")
IF = ("classification", "spam-imdb-bert")
KEY = "classification/spam/imdb/bert"


def compare(reports, names, **rules):
    return gains(read_cells(reports, names), **rules)


def only(reports, names, **rules):
    return compare(reports, names, **rules)["gains"][KEY]


class TestStudyThatChanged:
    def test_a_pair_measured_with_other_settings_is_not_compared_and_names_the_key(self, tree, results):
        entry = only(*tree(results(), results("imdb")), declared={"training.target.epochs": 1, "split.seed": 13})
        assert (entry["comparable"], entry["verdict"]) == (False, "not comparable")
        assert "training.target.epochs was 3 and is now 1" in entry["reason"]
        assert "split.seed" not in entry["reason"]

    def test_a_pair_measured_with_other_seeds_is_not_compared(self, tree, results):
        entry = only(*tree(results(), results("imdb")), declared={"seeds": [1, 2]})
        assert "seeds was [1, 2, 3] and is now [1, 2]" in entry["reason"]

    def test_a_pair_measured_as_the_study_now_stands_is_compared(self, tree, results):
        entry = only(*tree(results(), results("imdb")), declared={"seeds": [3, 1, 2], "training.target.epochs": 3})
        assert entry["comparable"] is True


class TestComparablePair:
    def test_holds_the_statistics_of_the_two_cells(self, tree, results):
        f, if_ = results(right=0.6), results("imdb", right=0.9)
        entry = only(*tree(f, if_))
        matrices = [np.array([cell.predicted[seed] for seed in (1, 2, 3)]) for cell in (f, if_)]
        expected = statistics.gain(*matrices, np.array(f.gold), 2)
        assert entry["comparable"] is True and entry["reason"] is None
        assert (entry["f"], entry["if"], entry["gain"]) == (expected.f, expected.if_, expected.accuracy.mean)
        assert (entry["low"], entry["high"], entry["p"]) == (
            expected.accuracy.low,
            expected.accuracy.high,
            expected.accuracy.p_value,
        )
        assert entry["equivalence_p"] == expected.accuracy.equivalence_p(0.01)
        assert (entry["df"], entry["seeds"], entry["test_rows"]) == (expected.accuracy.df, 3, 60)
        assert (entry["task"], entry["target"], entry["start"], entry["model"]) == (
            "classification",
            "spam",
            "imdb",
            "bert",
        )
        assert entry["kind"] == "domain"

    def test_macro_f1_and_the_papers_protocol_stand_beside(self, tree, results):
        f, if_ = results(right=0.6), results("imdb", right=0.9)
        entry = only(*tree(f, if_))
        scores = [
            np.mean([f1_score(cell.gold, row, average="macro") for row in cell.predicted.values()]) for cell in (f, if_)
        ]
        assert (entry["macro_f1"]["f"], entry["macro_f1"]["if"]) == pytest.approx(scores)
        assert entry["macro_f1"]["low"] < entry["macro_f1"]["gain"] < entry["macro_f1"]["high"]
        means = [np.mean(list(cell.paper_accuracy.values())) for cell in (f, if_)]
        assert entry["paper"] == pytest.approx({"f": means[0], "if": means[1], "gain": means[1] - means[0]})

    def test_cells_with_overlap_are_compared_on_the_scored_rows(self, tree, results):
        seen = [row < 10 for row in range(60)]
        assert only(*tree(results(seen=seen), results("imdb", seen=seen)))["test_rows"] == 50

    def test_one_seed_gives_a_gain_and_nothing_more(self, tree, results):
        entry = only(*tree(results(seeds=(1,)), results("imdb", right=0.9, seeds=(1,))))
        assert entry["gain"] > 0
        assert {entry[name] for name in ("low", "high", "p", "p_holm", "df", "equivalence_p")} == {None}
        assert (entry["verdict"], entry["provisional"]) == ("inconclusive", True)
        assert "one seed gives no interval" in entry["note"]

    def test_equal_predictions_are_no_gain_and_say_so(self, tree, results):
        gold = results().gold
        answers = dict.fromkeys((1, 2, 3), gold)
        entry = only(*tree(results(predicted=answers), results("imdb", predicted=answers)))
        assert (entry["gain"], entry["low"], entry["high"], entry["p"]) == (0.0, 0.0, 0.0, 1.0)
        assert entry["verdict"] == "inconclusive"
        assert "no difference varies" in entry["note"]

    def test_runs_that_predict_one_class_stay_in_and_the_gain_without_them_is_told(self, tree, results):
        f, if_ = results(right=0.6), results("imdb", right=0.9)
        collapsed = results("imdb", predicted={**if_.predicted, 2: [0] * 60})
        entry = only(*tree(f, collapsed))
        rows = [[cell.predicted[seed] for seed in (1, 3)] for cell in (f, collapsed)]
        without = np.mean(np.equal(rows[1], f.gold)) - np.mean(np.equal(rows[0], f.gold))
        assert f"without runs that predict one class only (seed 2) the gain is {without:+.3f}" in entry["note"]
        assert entry["seeds"] == 3 and entry["gain"] < without

    def test_a_pair_whose_every_seed_predicts_one_class_says_so(self, tree, results):
        entry = only(*tree(results(), results("imdb", predicted=dict.fromkeys((1, 2, 3), [0] * 60))))
        assert "F or IF predicts one class only with every seed" in entry["note"]

    def test_the_document_has_no_nan_and_equal_bytes(self, tree, results, tmp_path):
        reports, names = tree(results(), results("imdb"))
        for name in ("a", "b"):
            write_json(tmp_path / name, compare(reports, names))
        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()

    @pytest.mark.parametrize(
        "intermediate, conditional, note",
        [
            ([1], True, "conditional on one intermediate checkpoint"),
            ([1, 2], False, "3 seeds share 2 intermediate checkpoints"),
            ([1, 2, 3], False, None),
        ],
    )
    def test_says_how_many_intermediate_checkpoints_it_rests_on(self, tree, results, intermediate, conditional, note):
        entry = only(*tree(results(), results("imdb", intermediate_seeds=intermediate)))
        assert entry["conditional"] is conditional
        assert entry["note"] is None if note is None else note in entry["note"]


class TestVerdicts:
    @pytest.mark.parametrize(
        "right, seeds, margin, expected",
        [
            ((0.4, 0.95), (1, 2, 3), 0.01, ("positive", False, False)),
            ((0.95, 0.4), (1, 2, 3), 0.01, ("negative", False, False)),
            ((0.4, 0.95), (1, 2), 0.01, ("inconclusive", True, False)),
            ((0.7, 0.72), (1, 2, 3), 0.01, ("inconclusive", False, False)),
            ((0.7, 0.7), (1, 2, 3), 0.3, ("equivalent", False, False)),
            ((0.4, 0.95), (1, 2, 3), 0.9, ("positive", False, True)),
        ],
    )
    def test_planted_gains(self, tree, results, right, seeds, margin, expected):
        cells = results(right=right[0], seeds=seeds), results("imdb", right=right[1], seeds=seeds)
        entry = only(*tree(*cells), margin=margin)
        assert (entry["verdict"], entry["provisional"], entry["negligible"]) == expected

    def test_every_gain_that_the_study_declares_is_of_the_family(self, tree, results):
        reports, names = tree(results(right=0.6), results("imdb", right=0.8))
        alone = compare(reports, names)
        planned = [*names, *((IF[0], f"spam-imdb-{model}") for model in ("roberta", "xlnet"))]
        among = compare(reports, planned)
        assert (alone["family"]["size"], among["family"]["size"]) == (1, 3)
        p = alone["gains"][KEY]["p"]
        assert 0 < p < 0.3
        assert alone["gains"][KEY]["p_holm"] == p
        assert among["gains"][KEY]["p_holm"] == pytest.approx(3 * p)
        equivalence = alone["gains"][KEY]["equivalence_p"]
        assert among["gains"][KEY]["equivalence_p_holm"] == pytest.approx(min(1, 3 * equivalence))

    def test_the_family_tells_its_rule(self, tree, results):
        family = compare(*tree(results(), results("imdb")), alpha=0.1, margin=0.02)["family"]
        assert family == {"primary": "accuracy", "alpha": 0.1, "margin": 0.02, "size": 1, "intervals": "unadjusted"}

    def test_macro_f1_cannot_decide(self):
        with pytest.raises(InputError, match=r"statistics\.primary is 'macro_f1'.*set it to accuracy"):
            gains({}, primary="macro_f1")


class TestNotComparable:
    def refused(self, reports, names):
        entry = only(reports, names)
        assert (entry["comparable"], entry["verdict"]) == (False, "not comparable")
        assert {entry[name] for name in ("gain", "low", "high", "p", "p_holm", "equivalence_p", "note")} == {None}
        assert (entry["macro_f1"]["gain"], entry["paper"]["gain"]) == (None, None)
        return entry

    def test_without_the_f_cells_result(self, tree, results):
        reports, names = tree(results("imdb"))
        entry = self.refused(reports, [F, *names])
        assert entry["reason"] == "There is no result of classification@spam-pretrained-bert."
        assert entry["f"] is None and entry["if"] is not None and entry["kind"] == "domain"

    def test_without_the_if_cells_result(self, tree, results):
        reports, names = tree(results())
        entry = self.refused(reports, [*names, IF])
        assert entry["reason"] == "There is no result of classification@spam-imdb-bert."
        assert (entry["seeds"], entry["test_rows"], entry["conditional"]) == (0, 0, False)

    def test_without_either(self, tmp_path):
        entry = self.refused(tmp_path, [F, IF])
        assert entry["reason"].endswith(
            "classification@spam-pretrained-bert and none of classification@spam-imdb-bert."
        )
        assert entry["kind"] is None

    def test_where_the_study_has_no_f_cell(self, tree, results):
        entry = self.refused(*tree(results("imdb")))
        assert entry["reason"] == "The study has no cell classification@spam-pretrained-bert to compare with."

    @pytest.mark.parametrize("kind", ["cells", "predicted"])
    def test_where_one_of_the_two_records_is_absent(self, tree, results, kind):
        reports, names = tree(results(), results("imdb"))
        (reports / kind / F[0] / f"{F[1]}.json").unlink()
        assert "There is no result" in self.refused(reports, names)["reason"]

    def test_where_settings_differ_names_keys_and_both_values(self, tree, results):
        settings = results().settings
        other = {**settings, "training.target.epochs": 5, "corpora.spam.labels": ["ham"], "extra": True}
        reason = self.refused(*tree(results(), results("imdb", settings=other)))["reason"]
        assert reason == (
            'Settings differ: corpora.spam.labels is ["ham", "spam"] for F and ["ham"] for IF; '
            "extra is absent for F and true for IF; training.target.epochs is 3 for F and 5 for IF."
        )

    def test_where_many_settings_differ_names_three(self, tree, results):
        other = {f"key{number}": number for number in range(5)}
        reason = self.refused(*tree(results(settings={}), results("imdb", settings=other)))["reason"]
        assert "key2" in reason and "key3" not in reason and reason.endswith(", and 2 more.")

    def test_where_the_scored_rows_differ(self, tree, results):
        cells = results(), results("imdb", seen=[row < 2 for row in range(60)])
        reason = self.refused(*tree(*cells))["reason"]
        assert reason == "Test rows differ: F is scored on 60 rows and IF on 58 that are not the same."

    def test_where_the_seeds_differ(self, tree, results):
        reason = self.refused(*tree(results(seeds=(1, 2)), results("imdb", seeds=(1, 2, 10))))["reason"]
        assert reason == "Seeds differ: F has 1, 2 and IF has 1, 2, 10."


class TestDamagedRecords:
    @pytest.fixture
    def reports(self, tree, results) -> Path:
        return tree(results(), results("imdb"))[0]

    def path(self, reports, kind):
        return reports / kind / IF[0] / f"{IF[1]}.json"

    def fault(self, reports, kind="cells"):
        with pytest.raises(InputError) as caught:
            read_cells(reports, [F, IF])
        message = str(caught.value)
        assert str(self.path(reports, kind)) in message
        assert message.endswith("`dvc repro --force --single-item classification@spam-imdb-bert`.")
        return message

    @pytest.mark.parametrize("kind", ["cells", "predicted"])
    @pytest.mark.parametrize("text", ["", '{"cell": {', "\udce9", "{'a': 1}", '{"a": NaN}'])
    def test_text_that_is_not_whole_json(self, reports, kind, text):
        self.path(reports, kind).write_bytes(text.encode(errors="surrogateescape"))
        assert "not whole JSON" in self.fault(reports, kind)

    @pytest.mark.parametrize("kind", ["cells", "predicted"])
    @pytest.mark.parametrize("text", ["[]", "null", "{}"])
    def test_json_of_another_shape(self, reports, kind, text):
        self.path(reports, kind).write_text(text)
        self.fault(reports, kind)

    @pytest.mark.parametrize(
        "change, told",
        [
            ({"predicted": {"1": [0]}}, "predicted.1 has 1 label ids where gold has 60"),
            ({"predicted": {"1": [7] * 60}}, "predicted.1 has a label id that none of the 2 labels has"),
            ({"predicted": {"one": [0] * 60}}, "predicted.one"),
            ({"predicted": {}}, "predicted"),
            ({"gold": ["ham"] * 60}, "gold.0"),
        ],
    )
    def test_predictions_that_cannot_be(self, reports, change, told):
        path = self.path(reports, "predicted")
        write_json(path, {**read_json(path), **change})
        assert told in self.fault(reports, "predicted")

    @pytest.mark.parametrize("key, value", [("test", "x"), ("checkpoint", "x"), ("settings", {"a": 1})])
    def test_records_of_two_runs(self, reports, key, value):
        path = self.path(reports, "predicted")
        record = read_json(path)
        write_json(path, {**record, "about": [{**record["about"][0], key: value}]})
        assert "another run wrote" in self.fault(reports)

    def test_a_score_that_is_missing(self, reports):
        path = self.path(reports, "cells")
        record = json.loads(path.read_text())
        del record["paper"]
        write_json(path, record)
        assert "paper" in self.fault(reports)
