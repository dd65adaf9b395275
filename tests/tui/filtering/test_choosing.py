"""Which experiments a filter shows."""

import math
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tui.filtering.rows import NOW, cell, index, row, run
from tui.filtering.choosing import Filter
from tui.filtering.faults import FilterFault
from tui.filtering.index import Index
from tui.filtering.row_tests import Asides
from tui.history.rows import Row

A, B = "classification@sms_spam-imdb-bert", "sentiment@emotions-pretrained-roberta"


def names(made: Index, text: str, asides: Asides | None = None) -> list[str]:
    return [made.entries[key].row.name for key in Filter(text).choose(made, asides, NOW)]


class TestCells:
    def test_terms_about_cells_choose_one_cell_together(self) -> None:
        made = index(
            row("together", cell(A, accuracy=0.9), cell(B, accuracy=0.1)),
            row("apart", cell(A, accuracy=0.1), cell(B, accuracy=0.9)),
        )
        assert names(made, "task:classification metrics.accuracy>=0.7") == ["together"]
        assert names(made, "metrics.accuracy>=0.7") == ["together", "apart"]

    def test_a_value_that_is_stale_is_left_out_and_counts_ask_of_all_cells(self) -> None:
        made = index(
            row("some", cell(A, "stale", accuracy=0.9), cell(B, accuracy=0.1)), row("none", cell(A, accuracy=0.9))
        )
        assert names(made, "metrics.accuracy>=0.7 -stale") == ["none"]
        assert names(made, "-stale") == ["some", "none"]
        assert names(made, "stale=0") == ["none"]
        assert names(made, "stale>0") == ["some"]

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("target:sms_spam", True), ("target:sms", False), ("target~sms", True), ("start:imdb", True),
            ("model:bert", True), ("model:roberta", False), ("model:bert|roberta", True), ("model!=bert", False),
            ("model!=roberta", True), ("cell:*@sms_spam-*-bert", True), ("cell:*-roberta", False), ("measured", True),
            ("origin:stale|missing", False), ("missing", False), ("TASK:x or task:CLASSIFICATION", None),
        ],
    )  # fmt: skip
    def test_a_cell_is_named_by_its_parts(self, text: str, shown: bool | None) -> None:
        made = index(row("x", cell(A)))
        if shown is None:
            with pytest.raises(FilterFault):
                Filter(text)
        else:
            assert bool(names(made, text)) is shown

    def test_missing_nan_and_zero_are_three_things(self) -> None:
        made = index(
            row("missing", cell(A, accuracy=None)), row("nan", cell(A, accuracy=math.nan)), row("zero", cell(A, accuracy=0.0))
        )  # fmt: skip
        for text, shown in {
            "metrics.accuracy<0.5": ["zero"],
            "-metrics.accuracy<0.5": ["nan"],
            "metrics.accuracy>=0.5": [],
            "-metrics.accuracy>=0.5": ["nan", "zero"],
            "metrics.accuracy=0": ["zero"],
            "metrics.accuracy!=0": ["nan"],
            "metrics.accuracy=missing": ["missing"],
            "metrics.accuracy!=missing": ["nan", "zero"],
            "metrics.accuracy=nan": ["nan"],
            "metrics.accuracy=missing|nan": ["missing", "nan"],
        }.items():
            assert names(made, text) == shown, text

    def test_an_experiment_without_cells_is_shown_by_what_asks_of_none(self) -> None:
        made = index(row("bare"))
        assert names(made, "bare") == ["bare"]
        assert names(made, "") == ["bare"]
        assert names(made, "bare or stale") == ["bare"]
        assert names(made, "-stale") == []
        assert names(made, "stale=0") == ["bare"]


class TestRows:
    def test_words_are_in_name_message_or_note(self) -> None:
        made = Index()
        made.add(row("Alpha", message="three epochs"))
        made.add(row("beta"), run(note="Are three enough?"))
        made.add(row("gamma"))
        asides = Asides(notes={row("gamma").ref: "the THREE best"})
        assert names(made, "three", asides) == ["Alpha", "beta", "gamma"]
        assert names(made, "three -enough", asides) == ["Alpha", "gamma"]
        assert names(made, "note~three", asides) == ["beta", "gamma"]
        assert names(made, 'note=""', asides) == ["Alpha"]
        assert names(made, "name:alpha") == ["Alpha"]
        assert names(made, "name=alp*") == ["Alpha"]
        assert names(made, "name=alp") == []
        assert names(made, 'name="alp*"') == []

    def test_branch_is_the_branch_and_what_is_based_on_it(self) -> None:
        made = index(row("main", kind="branch", base_name=""), row("try"), row("other", base_name="size"))
        assert names(made, "branch:main") == ["main", "try"]
        assert names(made, "branch:main|size") == ["main", "try", "other"]
        assert names(made, "base:main") == ["try"]
        assert names(made, "-branch:main") == ["other"]

    def test_a_tag_stands_for_its_commit(self) -> None:
        made = index(row("v1", kind="tag", commit="abc"), row("main", kind="branch", commit="abc"), row("x"))
        assert names(made, "tag:v1") == ["v1", "main"]
        assert names(made, "-tag:v1") == ["x"]
        assert names(made, "tag:v1 kind:branch") == ["main"]
        assert names(made, "commit:ab*") == ["v1", "main"]

    def test_what_a_run_told(self) -> None:
        made = Index()
        made.add(row("a"), run(outcome="failed", study="paper", machine={"host": "box"}))
        made.add(row("b"))
        assert names(made, "outcome:failed study:paper host:box") == ["a"]
        assert names(made, "-outcome:failed") == ["b"]

    def test_gains(self) -> None:
        made = index(row("up", gain=0.02, verdicts={"positive": 1}), row("down", gain=-0.01), row("none"))
        assert names(made, "gain>0") == ["up"]
        assert names(made, "-gain>0") == ["down"]
        assert names(made, "gain=missing") == ["none"]
        assert names(made, "verdict:positive") == ["up"]

    def test_what_is_known_beside_git(self) -> None:
        made = index(row("a"), row("b"))
        only = frozenset({row("a").ref})
        assert names(made, "starred", Asides(starred=only)) == ["a"]
        assert names(made, "-marked", Asides(marked=only)) == ["b"]
        assert names(made, "new", Asides(new=only)) == ["a"]

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("date>2026-11-01", True), ("date>2026-11-20", False), ("date>=2026-11-20", True), ("date<2026-11-20", False),
            ("date<=2026-11-20", True), ("date:2026-11-20", True), ("date:2026-11", True), ("date=2026", True),
            ("date!=2026-11", False), ("date:<7d", False), ("date<8d", True), ("date>1w", True), ("date>1m", False),
            ("date:today", False), ("date<yesterday", True), ("date>2026-11-20T09:29", True),
            ("date>2026-11-20T09:31", False), ("date=missing", False), ("date:2026-12", False),
        ],
    )  # fmt: skip
    def test_days_are_those_of_the_authors_clock(self, text: str, shown: bool) -> None:
        # In UTC it is the day before.
        date = datetime(2026, 11, 20, 9, 30, tzinfo=timezone(timedelta(hours=11)))
        assert bool(names(index(row("x", date=date)), text)) is shown

    def test_the_working_folder_has_no_date(self) -> None:
        made = index(row("x", date=None))
        assert names(made, "date>2026") == names(made, "-date>2026") == []
        assert names(made, "date=missing") == ["x"]


class TestParams:
    VALUES = {  # noqa: RUF012
        "training": {"target": {"epochs": 6, "rate": 0.001, "precision": "bf16", "weights": None, "bias": True}},
        "models": ["bert", "xlnet"], "odd": math.nan, "seeds": [1, 2],
    }  # fmt: skip

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("params.training.target.epochs<10", True), ("params.epochs<10", True), ("params.epochs:6", True),
            ("params.epochs>6", False), ("-params.epochs>6", True), ("params.epochs=6|7", True), ("params.rate=1e-3", True),
            ("params.precision:BF16", True), ("params.precision~f1", True), ("params.precision:bf*", True),
            ("params.precision<3", False), ("-params.precision<3", False), ("params.weights=null", True),
            ("params.bias=true", True), ("params.bias=1", False), ("params.models:bert", True), ("params.models=bert", False),
            ("params.models:ber", False), ("params.models~ber", True), ('params.models="[bert, xlnet]"', True),
            ("params.seeds:2", True), ("params.seeds:3", False), ("params.odd=nan", True), ("params.odd>0", False),
            ("-params.odd>0", True), ("params.gone=missing", True), ("params.gone>1", False), ("-params.gone>1", False),
            ("params.epochs=missing", False), ("params.epochs!=missing", True),
        ],
    )  # fmt: skip
    def test_a_parameter_is_a_number_a_text_or_a_list(self, text: str, shown: bool) -> None:
        assert bool(names(index(row("x", params=self.VALUES)), text)) is shown

    def test_an_exact_key_is_meant_before_its_endings(self) -> None:
        made = index(row("x", params={"epochs": 1, "a": {"epochs": 2}}))
        assert names(made, "params.epochs=2") == []
        assert names(made, "params.a.epochs=2") == ["x"]


class TestPlainRepositories:
    def test_a_metric_is_any_leaf_that_ends_in_its_key(self) -> None:
        files = {"eval/metrics.json": {"auc": 0.9, "by.class.auc": 0.5, "name": "x"}, "train.yaml": {"loss": 0.25}}
        made = index(row("x", metrics=files), row("y", metrics={"train.yaml": {"loss": 0.75}}))
        assert names(made, "metrics.auc>0.8 metrics.loss<0.5") == ["x"]
        assert names(made, "metrics.class.auc=0.5") == ["x"]
        assert names(made, "metrics.train.loss>0.5") == ["y"]
        assert names(made, "metrics.auc=missing") == ["y"]
        Filter("metrics.auc>0 metrics.train.loss>0").check(made)


class TestNames:
    @pytest.mark.parametrize(
        ("text", "word", "meant"),
        [
            ("x metrics.acuracy>0", "metrics.acuracy", "metrics.accuracy"),
            ("params.trainin.epochs=1", "params.trainin.epochs", "params.training.epochs"),
        ],
    )
    def test_names_that_no_experiment_has_are_refused(self, text: str, word: str, meant: str) -> None:
        made = index(row("x", cell(A, accuracy=0.5), params={"training": {"epochs": 1}}))
        with pytest.raises(FilterFault, match=f"did you mean {meant}") as caught:
            Filter(text).check(made)
        assert text[caught.value.start : caught.value.end] == word

    def test_known_names_pass(self) -> None:
        made = index(row("x", cell(A, accuracy=0.5), params={"training": {"epochs": 1}}))
        Filter("metrics.accuracy>0 params.epochs=1 x").check(made)


# A naive evaluator: three truth values, every experiment with every cell.

TERMS = {
    "task:classification": lambda row, cell: None if cell is None else cell.task == "classification",
    "model:roberta|bert": lambda row, cell: None if cell is None else cell.stem.rpartition("-")[2] in ("roberta", "bert"),
    "stale": lambda row, cell: None if cell is None else cell.origin.kind == "stale",
    "missing": lambda row, cell: None if cell is None else cell.origin.kind == "missing",
    "metrics.m>=0.5": lambda row, cell: _metric(cell, lambda value: value >= 0.5),
    "metrics.m<0.25": lambda row, cell: _metric(cell, lambda value: value < 0.25),
    "metrics.m=missing": lambda row, cell: None if cell is None else _number(cell) is None,
    "name~a": lambda row, cell: "a" in row.name,
    "kind:branch": lambda row, cell: row.kind == "branch",
    "params.p<2": lambda row, cell: row.params["p"] < 2 if "p" in row.params else None,
    "gain>0": lambda row, cell: None if row.gains.mean is None else row.gains.mean > 0,
    "starred": lambda row, cell: row.name == "a",
    "stale=0": lambda row, cell: row.counts()["stale"] == 0,
}  # fmt: skip


def _number(cell: Any) -> float | None:
    value = (cell.value or {}).get("m")
    found: float | None = value["mean"] if value else None
    return found


def _metric(cell: Any, test: Any) -> bool | None:
    value = _number(cell) if cell else None
    return None if value is None else test(value)


expressions = st.recursive(
    st.sampled_from(sorted(TERMS)),
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner),
        st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3)),
    ),
    max_leaves=8,
)


def written(expression: Any) -> str:
    if isinstance(expression, str):
        return expression
    if expression[0] == "not":
        return f"-({written(expression[1])})"
    joiner = " " if expression[0] == "and" else " or "
    return f"({joiner.join(map(written, expression[1]))})"


def truth(expression: Any, row: Row, cell: Any) -> bool | None:
    if isinstance(expression, str):
        return TERMS[expression](row, cell)  # type: ignore[no-untyped-call,no-any-return]
    if expression[0] == "not":
        inner = truth(expression[1], row, cell)
        return None if inner is None else not inner
    parts = [truth(part, row, cell) for part in expression[1]]
    decided = expression[0] == "or"
    if decided in parts:
        return decided
    return None if None in parts else not decided


cells = st.lists(
    st.tuples(
        st.sampled_from([A, B, "sentiment@goemotions-imdb-xlnet"]),
        st.sampled_from(["measured", "inherited", "stale", "missing"]),
        st.sampled_from([None, 0.0, 0.3, 0.5, math.nan]),
    ),
    max_size=3,
    unique_by=lambda made: made[0],
)
rows = st.lists(
    st.builds(
        lambda name, kind, held, params, gain: row(
            name, *(cell(given_name, origin, m=value) for given_name, origin, value in held), kind=kind, params=params, gain=gain
        ),
        st.sampled_from(["a", "ab", "b", "c"]),
        st.sampled_from(["branch", "experiment"]),
        cells,
        st.sampled_from([{"p": 1}, {"p": 3}, {"q": 1}]),
        st.sampled_from([None, 0.0, 0.1, math.nan]),
    ),
    max_size=4,
    unique_by=lambda one: one.ref,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(expressions, rows)
def test_every_filter_shows_what_a_naive_evaluation_shows(expression: Any, given_rows: list[Row]) -> None:
    made = index(*given_rows)
    starred = Asides(starred={one.ref for one in given_rows if one.name == "a"})
    wanted = [
        one.ref for one in given_rows if any(truth(expression, one, held) for held in [None, *one.cells.values()])
    ]
    assert Filter(written(expression)).choose(made, starred, NOW) == wanted
