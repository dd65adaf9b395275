"""The parts of drawings."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.reporting.page.svg import Scale, drawing, element, label, nice_step


@given(st.text(), st.text())
def test_no_text_is_markup(title: str, text: str) -> None:
    made = drawing("one", 10, 10, title, text, [label(1.0, 2.0, text)])
    assert made.count("<") == 2 * 4
    assert 'role="img"' in made and 'viewBox="0 0 10 10"' in made


def test_a_drawing_is_well_formed() -> None:
    made = drawing("one", 10, 10, "a & b", '"<c>"', [element("g", class_='">')])
    assert [child.text for child in ElementTree.fromstring(made)][:2] == ["a & b", '"<c>"']


@given(
    st.floats(-10, 10, allow_subnormal=False).flatmap(
        lambda low: st.tuples(st.just(low), st.floats(low + 0.01, low + 20, allow_subnormal=False))
    ),
    st.integers(2, 8),
)
def test_ticks_are_round_within_the_scale_and_not_too_many(ends: tuple[float, float], count: int) -> None:
    scale = Scale(*ends, 0.0, 100.0)
    ticks = scale.ticks(count)
    assert 1 <= len(ticks) <= count + 2
    assert all(ends[0] - 1e-6 <= tick <= ends[1] + 1e-6 for tick in ticks)
    assert all(-1e-6 <= scale(tick) <= 100 + 1e-6 for tick in ticks)


@pytest.mark.parametrize(("rough", "step"), [(0.2, 0.2), (0.21, 0.5), (0.6, 1), (3, 5), (70, 100)])
def test_steps_are_one_two_and_five(rough: float, step: float) -> None:
    assert nice_step(rough) == pytest.approx(step)


def test_values_beyond_the_scale_stay_at_its_ends() -> None:
    scale = Scale(0, 1, 10, 20)
    assert (scale(-5), scale(0.5), scale(9)) == (10, 15, 20)
