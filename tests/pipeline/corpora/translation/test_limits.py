"""Rate, back-off and the end of an outage, for threads that share them."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.corpora.translation.limits import TEXTS_IN_A_ROW, Fault, Limits, Stopped


def failing(times: int, **fault: object) -> tuple[Callable[[], str], list[int]]:
    """What fails so many times and then answers, and how often it was asked."""
    asked: list[int] = []

    def ask() -> str:
        asked.append(1)
        if len(asked) <= times:
            raise Fault("is down", **fault)  # type: ignore[arg-type]
        return "ok"

    return ask, asked


def test_a_fault_is_tried_again() -> None:
    ask, asked = failing(2)
    assert Limits(10000, 3, 0.001).call(ask) == "ok" and len(asked) == 3


def test_so_many_faults_of_the_service_in_a_row_stop_everyone() -> None:
    limits = Limits(10000, 3, 0.001)
    ask, asked = failing(100)
    with pytest.raises(Stopped, match="is down"):
        limits.call(ask)
    with pytest.raises(Stopped, match="is down"):
        limits.call(lambda: "never asked")
    assert len(asked) == 3 and limits.reason == "is down"


def test_a_lasting_fault_and_a_long_wait_stop_at_once() -> None:
    for fault in ({"lasting": True}, {"wait": 3600.0}):
        ask, asked = failing(100, **fault)
        with pytest.raises(Stopped):
            Limits(10000, 5, 0.001).call(ask)
        assert len(asked) == 1


def test_one_text_that_always_fails_does_not_end_the_others() -> None:
    limits, answered = Limits(10000, 4, 0.005), threading.Event()

    def other() -> str:
        while not answered.is_set():
            assert limits.call(lambda: "ok") == "ok"
        return "done"

    def poison() -> None:
        raise Fault("is down")

    with ThreadPoolExecutor(3) as pool:
        others = [pool.submit(other) for _ in range(2)]
        with pytest.raises(Fault, match="is down"):
            limits.call(poison)  # type: ignore[arg-type]
        answered.set()
        assert [future.result() for future in others] == ["done", "done"]
    assert limits.reason is None


def test_in_an_outage_one_request_at_a_time_finds_out() -> None:
    limits, lock, counts = Limits(10000, 4, 0.01), threading.Lock(), {"now": 0, "most": 0, "asked": 0}
    together = threading.Barrier(8)

    def ask() -> str:
        with lock:
            counts["asked"] += 1
            first = counts["asked"] <= 8
            counts["now"] += not first
            counts["most"] = max(counts["most"], counts["now"])
        if first:
            together.wait(10)
        else:
            time.sleep(0.002)
            with lock:
                counts["now"] -= 1
        raise Fault("is down")

    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(limits.call, ask) for _ in range(8)]
        assert all(isinstance(future.exception(), Stopped) for future in futures)
    # All eight met the outage once; after that, one at a time, until four faults in a row.
    assert counts["most"] == 1 and counts["asked"] == 8 + 3


def test_many_texts_in_a_row_without_a_translation_stop_everyone() -> None:
    limits = Limits(10000, 1, 0.0)
    ask, asked = failing(1000, of_service=False)
    for _ in range(TEXTS_IN_A_ROW):
        with pytest.raises(Fault):
            limits.call(ask)
    with pytest.raises(Stopped, match="10 texts in a row"):
        limits.call(ask)
    assert len(asked) == TEXTS_IN_A_ROW


def test_requests_keep_the_rate_over_all_threads() -> None:
    began: list[float] = []
    limits, before = Limits(200, 1, 0.0), time.monotonic()

    def ask() -> str:
        began.append(time.monotonic())
        return "ok"

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: limits.call(ask), range(20)))
    # The last of twenty turns is nineteen intervals after the first at the soonest.
    assert max(began) - before >= 19 / 200
