"""Any number of experiments against one baseline: values, differences, intervals, marks."""

import math
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import InputError
from pipeline.evidence.statistics import crossed_interval
from tests.tui.comparing.experiments import GOLD, compared, ids, line, trained
from tests.tui.history.repository import IF, F, Repository, cell_path, params, record, study
from tui.comparing.choice import chosen_cells, chosen_metrics, only_changed
from tui.comparing.mapping import as_mapping
from tui.comparing.words import param_sentence, summary
from tui.history.diff import ABSENT, UNREADABLE, difference
from tui.history.rows import History
from tui.screens.compare_rows import columns_for, param_key, rows_of


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "study")
    made.commit(trained(12))
    made.experiment("good", trained(1, rate=0.01))
    made.experiment("bad", trained(20, rate=0.0001))
    return made


def hits(by_seed: dict[str, list[int]]) -> np.ndarray:
    return (np.array(list(by_seed.values())) == np.array(GOLD)).astype(float)


class TestLines:
    def test_each_experiment_is_marked_against_the_one_baseline(self, repository: Repository) -> None:
        found = line(compared(repository, "main", "good", "bad"))
        assert [contrast.mark for contrast in found.contrasts] == ["^", "v"]
        expected = crossed_interval(hits(ids(1, [1, 2, 3])) - hits(ids(12, [1, 2, 3])))
        good = found.contrasts[0]
        assert (good.low, good.high) == (expected.low, expected.high)
        assert good.difference == pytest.approx(expected.mean)

    def test_two_are_compared_as_detour_diff_does(self, repository: Repository) -> None:
        history = History(repository.root)
        a, b = (history.row(history.resolve(name)) for name in ("main", "good"))
        one = difference(history, a, b)
        by_name = {(cell.name, metric.metric): metric for cell in one.cells for metric in cell.metrics}
        for found in compared(repository, "main", "good").metrics:
            metric, contrast = by_name[found.scope, found.metric], found.contrasts[0]
            assert (metric.a, metric.b, metric.difference) == (
                found.baseline.value, contrast.measured.value, contrast.difference,
            )  # fmt: skip
            assert (metric.low, metric.high, metric.mark) == (contrast.low, contrast.high, contrast.mark)

    def test_a_group_pairs_with_a_baseline_of_the_same_seeds(self, repository: Repository) -> None:
        repository.experiment("base", trained(12, [1, 2, 3, 4, 5, 6], rate=0.5))
        repository.experiment("new-a", trained(2, [1, 2, 3], rate=0.7))
        repository.experiment("new-b", trained(3, [4, 5, 6], rate=0.7))
        contrast = line(compared(repository, "base", "new-a", "new-b")).contrasts[0]
        both = np.vstack([hits(ids(2, [1, 2, 3])), hits(ids(3, [4, 5, 6]))])
        expected = crossed_interval(both - hits(ids(12, [1, 2, 3, 4, 5, 6])))
        assert (contrast.low, contrast.high) == pytest.approx((expected.low, expected.high))
        assert contrast.mark == "^"

    def test_other_test_rows_within_a_group_have_no_interval_and_say_so(self, repository: Repository) -> None:
        repository.experiment("new-a", trained(2, [1, 2, 3], rate=0.7))
        repository.experiment("new-b", trained(3, [4, 5, 6], rate=0.7, test="t2"))
        contrast = line(compared(repository, "main", "new-a", "new-b")).contrasts[0]
        assert (contrast.low, contrast.mark) == (None, "^?")
        assert "the same test rows" in contrast.why

    def test_one_seed_has_no_interval(self, repository: Repository) -> None:
        repository.experiment("one", trained(2, [1], rate=0.7))
        repository.experiment("other", trained(12, [1], rate=0.8))
        found = line(compared(repository, "other", "one"))
        assert (found.contrasts[0].measured.n, found.contrasts[0].measured.sd) == (1, None)
        assert (found.contrasts[0].low, found.contrasts[0].mark) == (None, "^?")

    def test_missing_nan_and_zero_are_three_things(self, repository: Repository) -> None:
        repository.experiment("nan", study(cells={F: record(math.nan), IF: record(0.0)}))
        repository.experiment("none", {**study(cells={F: record(None)}), cell_path(IF): None})
        found = compared(repository, "main", "nan", "none")
        nan, none = line(found).contrasts
        assert math.isnan(nan.measured.value or 0)
        assert (none.measured.value, none.why) == (None, "the experiment lacks it")
        zero, gone = line(found, scope=IF).contrasts
        assert zero.measured.value == 0
        assert gone.why == "the experiment has no such cell"
        assert {contrast.mark for contrast in (nan, none, gone)} == {""}

    def test_less_is_better_where_that_is_declared(self, repository: Repository) -> None:
        metrics = {"loss": {"higher_is_better": False}}
        repository.experiment("more", study(params(metrics=metrics), cells={F: record(0.5, loss=0.9)}))
        repository.experiment("less", study(params(metrics=metrics), cells={F: record(0.5, loss=0.1)}))
        found = line(compared(repository, "more", "less"), "loss")
        assert (found.contrasts[0].mark, found.direction.words) == ("^?", "lower is better")

    def test_a_parameter_that_one_lacks_is_absent_and_not_null(self, repository: Repository) -> None:
        repository.experiment("noted", trained(12, note=None))
        found = compared(repository, "main", "noted")
        assert [(one.key, one.baseline, one.values) for one in found.params if not one.same] == [
            ("note", ABSENT, (None,))
        ]

    def test_parameters_that_cannot_be_read_are_not_absent_and_the_others_are_compared(
        self, repository: Repository
    ) -> None:
        repository.write({"params.yaml": "seeds: [1\n"})
        found = compared(repository, "main", "workspace", "good")
        rate = next(line for line in found.params if line.key == "training.target.learning_rate")
        assert (rate.values, rate.same) == ((UNREADABLE, 0.01), False)
        assert all(line.same for line in found.params if line is not rate)
        assert param_sentence(rate, found.names).endswith("main 0.001, workspace (unreadable), good 0.01")
        assert summary(found).startswith("1 parameter differs among those that can be read · ")
        assert as_mapping(found)["params"][found.params.index(rate)]["values"] == {"main": 0.001, "good": 0.01}
        cells = {row.key: row.cells for row in rows_of(found, columns_for(found, 160), values=False)}
        assert [cell.text for cell in cells[param_key(rate)]][2:] == ["0.001", "?", "0.01"]

    def test_one_alone_is_refused(self, repository: Repository) -> None:
        with pytest.raises(InputError, match="There is only 'main'"):
            compared(repository, "main", "main")


class TestParts:
    def test_only_what_differs_is_left(self, repository: Repository) -> None:
        found = only_changed(compared(repository, "main", "good", "bad"))
        assert {one.scope for one in found.metrics} == {F}
        assert [one.key for one in found.params] == ["training.target.learning_rate"]

    @pytest.mark.parametrize("glob", ["*pretrained*", "classification@sms*-pretrained-*", F])
    def test_cells_are_chosen_with_their_task_or_without(self, repository: Repository, glob: str) -> None:
        found = chosen_cells(compared(repository, "main", "good"), [glob])
        assert {one.scope for one in found.metrics} == {F}

    def test_a_pattern_that_fits_nothing_is_a_sentence(self, repository: Repository) -> None:
        with pytest.raises(InputError, match=r"No cell fits '\*spma\*'; there are "):
            chosen_cells(compared(repository, "main", "good"), ["*spma*"])

    def test_a_metric_that_nobody_declared_is_found_in_the_record(self, repository: Repository) -> None:
        repository.experiment("fr", study(cells={F: record(0.5, languages={"fr": {"accuracy": {"mean": 0.25}}})}))
        history = History(repository.root)
        found = chosen_metrics(history, compared(repository, "main", "fr"), ["languages.fr.accuracy"])
        assert [(one.scope, one.metric, one.contrasts[0].measured.value) for one in found.metrics] == [
            (F, "languages.fr.accuracy", 0.25)
        ]
        with pytest.raises(InputError, match="None of the experiments has a metric 'acuracy'; there are accuracy"):
            chosen_metrics(history, compared(repository, "main", "fr"), ["acuracy"])
