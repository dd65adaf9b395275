"""Efficiency on pairs whose costs and gains are planted."""

import numpy as np
import pytest

from pipeline.evidence.statistics import crossed_interval
from pipeline.evidence.studies import Cell, Evidence, Intermediate, Start
from pipeline.evidence.studies.efficiency import break_even, efficiency
from tests.pipeline.evidence.studies.made import cell, timing

MODELS = ("bert", "roberta", "xlnet")
LATENCIES = (2.0, 2.05, 1.98)


def study(f: float, if_: float, slower: float = 1.0, intermediate: float | None = 300.0) -> Evidence:
    cells: list[Cell] = []
    for model, latency in zip(MODELS, LATENCIES, strict=True):
        cells.append(cell("pretrained", f, model, timing=timing(p50=2.0)))
        cells.append(cell("paws", if_, model, timing=timing(p50=slower * latency)))
    trained = {("paws", model): Intermediate(600, 1000, intermediate) for model in MODELS}
    return Evidence(cells, {"paws": Start("paws", 3)}, intermediates=trained)


def test_break_even_is_where_accuracy_a_minute_is_the_same() -> None:
    rng = np.random.default_rng(0)
    gain = crossed_interval(0.1 + rng.normal(0, 0.1, (5, 200)))
    found = break_even(0.8, gain, target_minutes=1.0, intermediate_minutes=5.0)
    assert found.targets is not None and found.low is not None and found.high is not None
    assert (0.8 + gain.mean) / (1.0 + 5.0 / found.targets) == pytest.approx(0.8 / 1.0)
    assert found.low < found.targets < found.high


def test_without_a_gain_the_detour_never_breaks_even() -> None:
    answer = efficiency(study(0.9, 0.7))
    assert {row["break_even"] for row in answer.rows} == {None}
    assert "surely never for 3" in answer.sentence


def test_equal_latencies_are_equivalent_and_a_planted_break_even_is_found() -> None:
    answer = efficiency(study(0.8, 0.9))
    assert answer.said
    assert answer.summary["serving"]["p50"]["equivalent"]
    assert "equivalent within a factor of 1.25" in answer.sentence
    assert "operations are the same" in answer.sentence
    # 5 minutes x .8 over 1 minute x .1.
    assert [row["break_even"] for row in answer.rows] == pytest.approx([40.0] * 3)
    assert [row["cost_ratio_1"] for row in answer.rows] == pytest.approx([6.0] * 3)
    assert [row["cost_ratio_10"] for row in answer.rows] == pytest.approx([1.5] * 3)


def test_a_slower_detour_is_not_called_equivalent() -> None:
    answer = efficiency(study(0.8, 0.9, slower=2.0))
    assert not answer.summary["serving"]["p50"]["equivalent"]
    assert "not shown to be equivalent" in answer.sentence


def test_two_pairs_are_too_few_and_untimed_intermediates_are_said_to_be() -> None:
    whole = study(0.8, 0.9, intermediate=None)
    assert "was not timed" in efficiency(whole).sentence
    few = Evidence(whole.cells[:4], whole.starts)
    answer = efficiency(few)
    assert not answer.said and "2 pairs of F and IF are timed, and a test needs three" in answer.sentence
    assert not efficiency(Evidence([])).said


def test_energy_that_nobody_measured_is_said_to_be_so() -> None:
    assert any("Energy is not measured" in note for note in efficiency(study(0.8, 0.9)).notes)
