"""What DVC and a stage print, turned into why it failed."""

import pytest

from tui.runs.said import Heard

STAGE = "encoder@bert"
RUNNING = f"Running stage '{STAGE}':\n"
EXITED = "WARNING: failed to run: python -m pipeline.stages.encoder bert, exited with 1\n"
FAILED = f"ERROR: failed to reproduce '{STAGE}'"


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([RUNNING, "error: there is no encoder 'bert'\n", EXITED, FAILED], "there is no encoder 'bert'"),
        (
            [RUNNING, "Traceback (most recent call last):\n", "KeyError: 'bert'\n", EXITED, FAILED],
            "its command ended with status 1; its last words: KeyError: 'bert'",
        ),
        ([RUNNING, EXITED, FAILED], "its command ended with status 1"),
        # The command ended well and DVC could not keep what it wrote.
        ([RUNNING, "done\n", f"{FAILED}: no space left on device\n"], f"{FAILED[7:]}: no space left on device"),
        ([f"{FAILED}: missing data 'source': data\n"], f"{FAILED[7:]}: missing data 'source': data"),
        ([FAILED], ""),
    ],
)
def test_why_a_stage_failed(lines: list[str], sentence: str) -> None:
    heard = Heard(STAGE, lambda _what: None, lambda _epoch: None)
    for line in lines:
        heard.hear(line)
    assert heard.failed
    assert heard.why(1) == sentence
