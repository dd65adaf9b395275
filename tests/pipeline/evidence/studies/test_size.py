"""Gains along sizes with a planted slope."""

from typing import Any

import pytest

from pipeline.evidence.studies import Evidence, Start
from pipeline.evidence.studies.size import size
from tests.pipeline.evidence.studies.made import cell, timing

FLOPS = {"tiny": 1e6, "mini": 1e7, "small": 1e8, "medium": 1e9}


def study(slope: float, models: tuple[str, ...] = tuple(FLOPS), architecture: Any = "bert") -> Evidence:
    cells = []
    for place, model in enumerate(models):
        gain = 0.1 + slope * place
        for target, base in (("pawsx", 0.5), ("reviews", 0.6)):
            cells.append(cell("pretrained", base, model, target, timing=timing(flops=FLOPS[model])))
            cells.append(cell("paws", base + gain, model, target, timing=timing(flops=FLOPS[model])))
    kinds = architecture if isinstance(architecture, dict) else dict.fromkeys(models, architecture)
    return Evidence(cells, {"paws": Start("paws", 3)}, architectures=kinds)


def test_a_planted_slope_is_found_with_its_size() -> None:
    answer = size(study(0.05))
    slope = answer.summary["slope"]
    assert answer.said and "gain more from the detour" in answer.sentence
    assert slope["slope"] == pytest.approx(0.05, abs=0.01)
    assert 0 < slope["low"] < 0.05 < slope["high"] + 0.01
    assert (answer.summary["sizes"], answer.summary["gains"]) == (4, 8)


def test_the_interval_is_called_by_the_studys_own_error_rate() -> None:
    given = study(0.05)
    strict = size(Evidence(given.cells, given.starts, architectures=given.architectures, alpha=0.01))
    assert "(95 % interval" in size(given).sentence and "(99 % interval" in strict.sentence
    low, high = (size(given).summary["slope"][end] for end in ("low", "high"))
    assert strict.summary["slope"]["low"] < low < high < strict.summary["slope"]["high"]


def test_no_slope_is_not_called_one() -> None:
    assert "are not shown to gain more or less" in size(study(0.0)).sentence
    assert "gain less" in size(study(-0.03)).sentence


def test_two_sizes_or_sizes_of_different_architectures_are_too_few() -> None:
    for evidence in (
        study(0.05, ("tiny", "mini")),
        study(0.05, architecture={"tiny": "bert", "mini": "roberta", "small": "xlnet", "medium": "xlm_roberta"}),
    ):
        answer = size(evidence)
        assert not answer.said and "and a slope needs 3" in answer.sentence
        assert answer.rows


def collapsed(evidence: Evidence, models: tuple[str, ...]) -> Evidence:
    """The study with every run of these models predicting the first label."""
    for one in evidence.cells:
        if one.model in models:
            one.predicted["predicted"] = {seed: [0] * len(ids) for seed, ids in one.predicted["predicted"].items()}
    return evidence


def test_models_that_have_learnt_nothing_are_no_evidence_of_a_slope() -> None:
    answer = size(collapsed(study(0.05), tuple(FLOPS)))
    assert not answer.said
    assert "it has 8 gains of 8 between models that predict one class only" in answer.sentence
    few = size(collapsed(study(0.05), ("tiny", "mini")))
    assert not few.said and "it has 4 gains of 8" in few.sentence and "the others have 2 sizes" in few.sentence


def test_a_size_that_has_learnt_nothing_is_left_out_and_said_to_be() -> None:
    answer = size(collapsed(study(0.05), ("medium",)))
    assert answer.said and (answer.summary["sizes"], answer.summary["gains"]) == (3, 6)
    assert any(note.startswith("Left out: 2 gains of 8") for note in answer.notes)
    assert answer.summary["slope"]["slope"] == pytest.approx(0.05, abs=0.02)


def test_sizes_that_were_not_measured_are_none() -> None:
    bare = study(0.05)
    untimed = Evidence([cell("pretrained", 0.5), cell("paws", 0.6)], bare.starts)
    assert "no pair of F and IF has its operations measured" in size(untimed).sentence
