"""Events as no supervisor writes them: cut, foreign, of other types, with a clock that jumps."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.runs.following import CELL, events, held_stage, launch, order, over, supervisor, take_back
from tests.tui.toy import detour
from tui.commands.run import as_mapping
from tui.runs.events import FILE, EventLog, EventReader
from tui.runs.story import RunStory, read_story
from tui.runs.telling import ending, line_of

KINDS = ("queued", "opened", "planned", "stage", "epoch", "note", "recorded", "ended")
WORDS = st.sampled_from([CELL, "encoder@bert", "started", "done", "failed", "cached", "again"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = (
    "time", "run", "name", "command", "settings", "note", "jobs", "priority", "host", "process", "began", "attempt", "cells",
    "stages", "stage", "state", "why", "metrics", "tail", "seed", "epoch", "epochs", "text", "experiment", "commit", "outcome",
)  # fmt: skip
EVENT = st.fixed_dictionaries({"event": st.sampled_from(KINDS)}, optional=dict.fromkeys(FIELDS, ANYTHING))


@given(st.lists(EVENT, max_size=12))
def test_whatever_stands_in_an_event_is_told_somehow(found: list[dict[str, Any]]) -> None:
    story = RunStory(Path("20261121-100000-abcd"))
    for event in found:
        story.add(event)
        line_of(event, story.opened, epochs=True)
    story.look()
    story.settle()
    list(ending(story))
    json.dumps(as_mapping(story))
    assert story.elapsed(time.time()) >= 0


@pytest.mark.parametrize(
    "line",
    [b"\x00" * 4096, b"\xff\xfe{}", b"[" * 100_000, b'{"event": "stage"', b'{"event": ["stage"]}', b"null"],
    ids=["zeros", "binary", "deep", "cut", "of another type", "null"],
)
def test_a_line_that_is_no_event_is_left_out_and_what_follows_is_read(tmp_path: Path, line: bytes) -> None:
    EventLog(tmp_path).write("note", text="before")
    with (tmp_path / FILE).open("ab") as file:
        file.write(line)
    # The next writer ends what another has left open.
    EventLog(tmp_path).write("note", text="after")
    assert [event["text"] for event in EventReader(tmp_path).read()] == ["before", "after"]


def test_a_run_whose_events_were_spoiled_goes_on(study: Path) -> None:
    order(study, f"wait-{CELL}")
    folder = launch(study, CELL)
    held_stage(study)
    supervisor(folder)
    with (folder / FILE).open("ab") as file:
        file.write(b'\x00\x00{"event": "stage", "state": ["done"], "stage": 3}\n{"event": "sta')
    detour(study, "stop")
    take_back(study, f"wait-{CELL}")
    detour(study, "resume", "--wait")
    assert over(folder).status == "done"
    assert "done     report" in detour(study, "watch").stdout


def test_a_clock_that_is_set_back_counts_nothing_down_and_changes_no_states(study: Path) -> None:
    order(study, f"wait-{CELL}")
    folder = launch(study, CELL)
    held_stage(study)
    # As if the clock had been set back by a day since.
    early = [json.dumps({**event, "time": event["time"] + 86_400}) for event in events(folder)]
    (folder / FILE).write_text("".join(f"{line}\n" for line in early))
    take_back(study, f"wait-{CELL}")
    story = over(folder)
    assert (story.status, story.elapsed(time.time())) == ("done", 0.0)
    assert "Recorded as experiment" in detour(study, "watch").stdout
    (listed,) = json.loads(detour(study, "runs", "--json").stdout)
    assert listed["seconds"] == 0.0
    assert read_story(folder).count("done") == 4
    # What was told since counts as told at once.
    assert "  0:00  done     report" in detour(study, "watch").stdout
    assert events(folder)[-1]["outcome"] == "done"
