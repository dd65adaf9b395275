"""Kappa is scikit-learn's, its error the published formula's, and where there is none the reason is told."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from pipeline.corpora.annotation.__main__ import main
from pipeline.corpora.annotation.agreement import agreement, standard_error
from pipeline.corpora.annotation.labels import Given, LabelFile
from pipeline.corpora.annotation.pairing import choose_two, compare
from pipeline.corpora.annotation.session import Session
from pipeline.errors import InputError
from tests.pipeline.corpora.annotation.reviews import CORPUS

Labels = Callable[[str], LabelFile]
LABELS = ("a", "b", "c")


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """`python -m pipeline.corpora.annotation WORDS` in this process: its JSON, or its sentence."""

    def answer(*words: str, status: int = 0) -> Any:
        monkeypatch.setattr("sys.argv", ["annotation", *words])
        if status:
            with pytest.raises(SystemExit) as ended:
                main()
            assert ended.value.code == status
            return capsys.readouterr().err
        main()
        return json.loads(capsys.readouterr().out)

    return answer


class TestKappa:
    @settings(max_examples=30)
    @given(st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), min_size=1, max_size=40))
    def test_it_is_scikit_learns_and_the_closed_form(self, pairs: list[tuple[str, str]]) -> None:
        found = agreement(pairs, LABELS)
        if len({label for pair in pairs for label in pair}) == 1:
            assert found.kappa is None and "one and the same label" in found.why
            return
        assert found.kappa == cohen_kappa_score(*zip(*pairs, strict=True))
        assert found.observed is not None and found.expected is not None
        assert found.kappa == pytest.approx((found.observed - found.expected) / (1 - found.expected))
        assert np.array(found.matrix).sum() == len(pairs)

    def test_rows_are_the_first_annotators(self) -> None:
        assert agreement([("a", "b"), ("a", "b"), ("c", "c")], LABELS).matrix == [[0, 2, 0], [0, 0, 0], [0, 0, 1]]

    def test_without_a_text_there_is_none(self) -> None:
        found = agreement([], LABELS)
        assert (found.texts, found.kappa, found.why) == (0, None, "no text has a label of both")

    def test_the_error_is_that_of_new_samples(self) -> None:
        # Of 2,000 texts each, drawn anew from one table of probabilities.
        shares = np.array([[0.3, 0.1, 0.02], [0.05, 0.2, 0.05], [0.03, 0.05, 0.2]])
        tables = np.random.default_rng(1).multinomial(2000, shares.ravel(), size=4000).reshape(-1, 3, 3) / 2000
        observed = np.trace(tables, axis1=1, axis2=2)
        expected = (tables.sum(axis=2) * tables.sum(axis=1)).sum(axis=1)
        assert standard_error((shares * 2000).astype(int)) == pytest.approx(
            ((observed - expected) / (1 - expected)).std(), rel=0.05
        )

    def test_too_few_equal_or_different_labels_have_no_interval(self) -> None:
        equal, different = [("a", "a"), ("b", "b")] * 5, [("a", "b")]
        assert agreement(equal + different * 4, LABELS).low is None
        found = agreement(equal + different * 5, LABELS)
        assert found.low is not None and found.kappa is not None and found.high is not None
        assert found.low < found.kappa < found.high


class TestPairs:
    def test_states_of_texts(self, both: Session, labels: Labels) -> None:
        rows = compare(both, labels("ann").rows, labels("bo").rows)
        assert [row.state for row in rows[:8]] == ["differ"] * 6 + ["skipped", "agreed"]
        assert [row.labels is None for row in rows[:8]] == [False] * 5 + [True, True, False]
        labels("bo").put(both.items[9].id, None)
        assert compare(both, labels("ann").rows, labels("bo").rows)[9].state == "waiting"

    @pytest.mark.parametrize(
        ("found", "named", "sentence"),
        [
            (["ann"], [], "only ann has labelled"),
            ([], [], "nobody has labelled"),
            (["ann", "bo", "cy"], [], "3 annotators .* name two with --between"),
            (["ann", "bo"], ["dy", "bo"], "'dy' has no labels .* the annotators are ann, bo"),
            (["ann", "bo"], ["bo", "bo"], "only bo has"),
        ],
    )
    def test_two_are_wanted(self, found: list[str], named: list[str], sentence: str) -> None:
        with pytest.raises(InputError, match=sentence):
            choose_two("mail", found, named)

    def test_of_three_two_can_be_named(self) -> None:
        assert choose_two("mail", ["ann", "bo", "cy"], ["cy", "ann"]) == ("cy", "ann")


class TestAnswer:
    def test_skips_are_no_labels_and_the_rest_is_counted(
        self, both: Session, labels: Labels, ask: Callable[..., Any]
    ) -> None:
        answer = ask("agreement", CORPUS)
        pairs = [row.labels for row in compare(both, labels("ann").rows, labels("bo").rows) if row.labels]
        assert answer["kappa"] == cohen_kappa_score(*zip(*pairs, strict=True))
        assert (answer["texts"], answer["of"], answer["agreed"], answer["differ"]) == (28, 30, 23, 6)
        assert (answer["annotators"], answer["skipped"], answer["waiting"]) == (["ann", "bo"], [1, 2], 0)

    def test_annotators_stay_blind_while_one_has_texts_to_go(
        self, both: Session, labels: Labels, ask: Callable[..., Any]
    ) -> None:
        labels("bo").put(both.items[9].id, None)
        said = ask("agreement", CORPUS, status=2)
        assert "bo has 1 of 30 texts to go" in said and "--partial" in said
        assert ask("agreement", CORPUS, "--partial")["waiting"] == 1

    def test_files_of_two_sessions_are_refused_and_left_alone(
        self, both: Session, labels: Labels, tree: Path, ask: Callable[..., Any]
    ) -> None:
        path = labels("bo").path
        path.write_text(path.read_text().replace("r-", "other-"))
        before = path.read_bytes()
        for words in (["agreement"], ["export", "--partial"]):
            said = ask(words[0], CORPUS, *words[1:], status=2)
            assert "and 29 more is not among the 30 texts" in said and "another session" in said
        assert path.read_bytes() == before and not (path.parent / "labels.csv").exists()

    def test_a_scheme_that_lost_a_label_is_told(self, both: Session, tree: Path, ask: Callable[..., Any]) -> None:
        path = tree / "annotations/schemes/sentiment.yaml"
        path.write_text("labels: {negative: {key: n}, mixed: {key: m}}\n")
        assert "the label 'positive' is not in the scheme sentiment" in ask("agreement", CORPUS, status=2)

    def test_random_labels_have_no_kappa_to_speak_of(
        self, session: Session, labels: Labels, ask: Callable[..., Any]
    ) -> None:
        dice = random.Random(3)
        for name in ("ann", "bo"):
            file = labels(name)
            for item in session.items:
                file.put(item.id, Given(item.id, dice.choice(["negative", "positive"])))
        answer = ask("agreement", CORPUS)
        assert answer["low"] < 0 < answer["high"]
