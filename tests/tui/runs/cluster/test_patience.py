"""Asking a remote again and again."""

import threading

import pytest

from pipeline.errors import InputError
from tui.runs.cluster.patience import Patience, Stopped, Unreachable


def gone(times: int) -> object:
    left = [times]

    def ask() -> str:
        if left[0]:
            left[0] -= 1
            raise Unreachable("nobody answers")
        return "here"

    return ask


def test_what_comes_back_is_waited_for_and_told(notes: list[str]) -> None:
    assert Patience((0, 0, 0), notes.append)("Pushing", gone(2)) == "here"  # type: ignore[arg-type]
    assert notes == ["Pushing failed (nobody answers); it is tried again in 0 s."] * 2


def test_what_stays_away_is_one_sentence_with_the_mend(notes: list[str]) -> None:
    with pytest.raises(InputError) as fault:
        Patience((0, 0.01), notes.append)("Pushing", gone(9))  # type: ignore[arg-type]
    assert str(fault.value).startswith("Pushing failed for 0 seconds (nobody answers); mend that")
    assert len(notes) == 2


def test_a_pause_ends_when_the_run_is_stopped(notes: list[str]) -> None:
    patience = Patience((600,), notes.append)
    ended: list[type] = []

    def ask() -> None:
        try:
            patience("Pushing", gone(9))  # type: ignore[arg-type]
        except Stopped as end:
            ended.append(type(end))

    thread = threading.Thread(target=ask)
    thread.start()
    patience.stop()
    thread.join(60)
    assert ended == [Stopped]
