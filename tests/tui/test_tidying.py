"""Old cycles of objects wait until nobody is at the keys."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from tui import tidying
from tui.tidying import Tidying


class Knot:
    """An object that holds itself."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture
def tidy() -> Iterator[Tidying]:
    found = Tidying()
    found.begin()
    yield found
    found.end()
    gc.unfreeze()


def old_knot() -> "weakref.ref[Knot]":
    """A cycle that nobody uses, among the old objects."""
    knot = Knot()
    gc.collect(1)
    return weakref.ref(knot)


@pytest.mark.parametrize(
    ("quiet", "worth", "too_many", "is_gone"),
    [(60.0, -1, 1_000, False), (0.0, -1, 1_000, True), (0.0, 1_000, 1_000, False), (60.0, 1_000, -1, True)],
    ids=["somebody types", "nobody does", "there are few", "there are too many"],
)
def test_they_go(
    tidy: Tidying, monkeypatch: pytest.MonkeyPatch, quiet: float, worth: int, too_many: int, is_gone: bool
) -> None:
    for name, value in (("QUIET_S", quiet), ("WORTH", worth), ("TOO_MANY", too_many)):
        monkeypatch.setattr(tidying, name, value)
    tidy.touched()
    knot = old_knot()
    tidy.look()
    assert (knot() is None) == is_gone


def test_python_never_looks_through_old_objects_itself_until_the_end() -> None:
    usual = gc.get_threshold()
    found = Tidying()
    found.begin()
    try:
        assert gc.isenabled()
        assert gc.get_threshold()[:2] == usual[:2]
        assert gc.get_threshold()[2] > 100_000
    finally:
        found.end()
        gc.unfreeze()
    assert gc.get_threshold() == usual
