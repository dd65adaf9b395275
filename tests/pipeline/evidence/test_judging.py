"""Predictors judged: planted predictors win, noise does not, little history says nothing."""

import numpy as np
import pytest
from scipy import stats

from pipeline.evidence.judging import expected_by, judge, left_out, regret
from pipeline.evidence.observations import Observation, fit_line


def observations(targets: int = 6, starts: int = 2, noise: float = 0.0) -> list[Observation]:
    rng = np.random.default_rng(1)
    made = []
    for target in range(targets):
        for start in range(starts):
            for model in ("bert", "roberta"):
                gain = float(rng.normal(0, 0.1))
                known = {
                    "oracle": 3 * gain + noise * float(rng.normal()),
                    "noise": float(rng.normal()),
                    "constant": 1.0,
                }
                made.append(Observation(f"t{target}", f"s{start}", model, gain, known))
    return made


def test_a_predictor_that_knows_the_gains_regrets_nothing() -> None:
    found = judge(observations(), ["oracle", "noise"])
    oracle = found["predictors"]["oracle"]
    assert (oracle["spearman"], oracle["kendall"]) == (pytest.approx(1), pytest.approx(1))
    assert oracle["regret"] == pytest.approx(0, abs=1e-12) and oracle["error"] == pytest.approx(0, abs=1e-9)
    assert found["predictors"]["noise"]["regret"] > 0.01
    assert found["baselines"]["never"]["regret"] > 0.01


def test_a_line_is_fitted_without_the_target_that_it_speaks_of() -> None:
    # One target alone turns the sign: it must not learn from itself.
    made = [Observation(f"t{n}", "s", "bert", float(n), {"x": float(n)}) for n in range(4)]
    odd = Observation("odd", "s", "bert", -50.0, {"x": 10.0})
    told = {one.target: expected for one, expected in left_out([*made, odd], expected_by("x"))}
    assert told["odd"] == pytest.approx(10.0)


def test_regret_by_hand() -> None:
    def one(target: str, start: str, gain: float) -> Observation:
        return Observation(target, start, "bert", gain, {})

    told = [
        (one("a", "s", 0.1), -1.0),
        (one("a", "t", 0.3), -2.0),
        (one("b", "s", -0.2), 1.0),
        (one("b", "t", 0.0), 0.5),
    ]
    # a: no detour is taken and .3 is missed; b: s is taken, which loses .2 against none.
    assert regret(told) == pytest.approx((0.3 + 0.2) / 2)


def test_lines_equal_scipy_and_are_level_without_variation() -> None:
    x, y = np.random.default_rng(2).normal(size=(2, 9))
    expected = stats.linregress(x, y)
    assert (fit_line(x, y).slope, fit_line(x, y).level) == pytest.approx((expected.slope, expected.intercept))
    assert fit_line([1.0, 1.0], [2.0, 4.0]).at(7.0) == 3.0


def test_correlations_equal_scipy() -> None:
    made = observations(noise=0.3)
    found = judge(made, ["oracle"])["predictors"]["oracle"]
    x, y = [one.known["oracle"] for one in made], [one.gain for one in made]
    assert found["spearman"] == pytest.approx(stats.spearmanr(x, y).statistic)
    assert found["kendall"] == pytest.approx(stats.kendalltau(x, y).statistic)


def test_what_cannot_be_said_is_a_sentence_and_not_a_number() -> None:
    found = judge(observations(targets=2, starts=1), ["oracle", "constant", "absent"])
    assert found["predictors"]["oracle"]["regret"] is None
    assert "fewer than 3 targets" in found["predictors"]["oracle"]["note"]
    assert (
        found["predictors"]["constant"]["spearman"] is None
        and "does not vary" in found["predictors"]["constant"]["note"]
    )
    assert "too few" in found["predictors"]["absent"]["note"]
    assert judge([], ["oracle"])["baselines"]["never"]["regret"] is None
