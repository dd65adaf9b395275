"""`detour prioritise`: the order of the queue, and who has a place in it."""

import json
from pathlib import Path

import pytest

from tests.tui.toy import detour, shell
from tui.checkout import Checkout, find_checkout
from tui.runs.locks import take_lock
from tui.runs.order import RunOrder, read_order, write_order
from tui.runs.queue import LOCK, enqueue, ready_runs, waiting_runs

CELL = "classification@sms_spam-pretrained-bert"


@pytest.fixture
def full(study: Path) -> Checkout:
    """A study in which a live run has every slot and `first` and `second` wait."""
    checkout = find_checkout(study)
    base = shell(study, "git", "rev-parse", "HEAD").strip()
    for number, name in enumerate(("live", "first", "second")):
        order = RunOrder(f"20261121-10000{number}-abcd", name, base, (CELL,), jobs=4096 if name == "live" else 1)
        if name == "live":
            (checkout.runs / order.run).mkdir(parents=True)
            write_order(checkout.runs / order.run, order)
            assert take_lock(checkout.runs / order.run / LOCK) is not None
        else:
            enqueue(checkout, order)
    return checkout


def names(checkout: Checkout) -> list[str]:
    return [waiting.order.name for waiting in waiting_runs(checkout)]


def test_a_run_of_a_higher_priority_goes_first_and_its_new_one_outlives_the_queue(full: Checkout) -> None:
    told = json.loads(detour(full.root, "prioritise", "second", "1", "--json").stdout)
    assert [(row["name"], row["priority"]) for row in told["queue"]] == [("second", 1), ("first", 0)]
    assert names(full) == ["second", "first"]
    assert read_order(full.runs / told["run"]).priority == 1
    listed = json.loads(detour(full.root, "runs", "--json").stdout)
    assert {row["name"]: row["priority"] for row in listed} == {"second": 1, "first": 0}


def test_a_negative_priority_lets_others_go_first(full: Checkout) -> None:
    assert "first" in detour(full.root, "prioritise", "first", "--", "-1").stdout.splitlines()[-1]
    assert names(full) == ["second", "first"]


def test_nothing_is_ready_while_the_slots_are_taken(full: Checkout) -> None:
    assert ready_runs(full, 4) == []
    assert [waiting.order.name for waiting in ready_runs(full, 4097)] == ["first"]


def test_only_a_run_that_waits_has_a_place_in_the_queue(full: Checkout) -> None:
    detour(full.root, "stop", "first")
    said = detour(full.root, "prioritise", "first", "1", status=2).stderr
    assert "is stopped; only one that waits has a place in the queue" in said
    assert names(full) == ["second"]
