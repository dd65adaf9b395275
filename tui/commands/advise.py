"""`detour advise`: is the detour worth it for one target, by what this study has measured?

The answer comes from `python -m pipeline.evidence.advice` in a process of its own, over the reports of the working tree.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.errors import InputError
from tui.output import console, emit_json, plain, say, table, visible


def advise(
    target: Annotated[str, typer.Argument(help="A target of the current study.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the advice as JSON.")] = False,
) -> None:
    """Say whether a target is worth the detour: the gain to expect, what it costs, or that nothing supports it."""
    from tui.checkout import find_checkout

    told = advice(find_checkout().here, target)
    if as_json:
        emit_json(told)
        return
    say(visible(told["words"]))
    history = told["history"]
    say(f"History: {history['gains']} gains of {len(history['targets'])} other targets.")
    if told["options"]:
        say("")
        _print(told["options"])
        say("")
        say(
            "Measured and expected gains with 95 % intervals; minutes of intermediate training, once for all targets, as recorded."
        )


def advice(folder: Path, target: str) -> dict[str, Any]:
    """The advice for a target of the study in a folder.

    Raises:
        InputError: There is no such target, or a report is damaged.
    """
    command = [sys.executable, "-P", "-m", "pipeline.evidence.advice", target]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)
    if done.returncode == 2:
        raise InputError(done.stderr.strip().removeprefix("error: ") or "The advice could not be given.")
    done.check_returncode()
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _print(options: list[dict[str, Any]]) -> None:
    made = table("start", "model", "measured", "expected", "by", "minutes", "advice", right=("minutes",))
    for option in options:
        measured, expected, minutes = option["measured"], option["expected"], option["minutes"]["detour"]
        made.add_row(
            plain(option["start"]),
            plain(option["model"]),
            plain(_gain(measured)),
            plain(_gain(expected)),
            plain("" if expected is None else f"{expected['by']} of {expected['targets']} targets"),
            plain("?" if minutes is None else f"{minutes:.2g}"),
            plain(option["advice"], "green" if option["advice"] == "take" else "dim"),
        )
    console().print(made)
    for words in sorted({option["words"] for option in options}):
        say(visible(f"  {words}"))


def _gain(told: Mapping[str, Any] | None) -> str:
    if told is None:
        return "-"
    interval = "" if told["low"] is None else f" [{told['low']:+.3f}, {told['high']:+.3f}]"
    return f"{told['gain']:+.3f}{interval}"
