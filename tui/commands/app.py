"""`detour app` and `detour replay`: the app with a recording of what is pressed, and what was recorded played again."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import InputError


def app(
    record: Annotated[
        Path | None,
        typer.Option(
            "--record", metavar="FILE", help="Keep what is pressed, typed text included, as events in a new file."
        ),
    ] = None,
) -> None:
    """Open the app, as `detour` alone does."""
    from tui.app import open_app

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InputError("The app needs a terminal; every screen has a command as well (`detour --help`).")
    raise typer.Exit(open_app(record=record))


def replay(
    file: Annotated[Path, typer.Argument(help="What `detour app --record` wrote.")],
    pictures: Annotated[
        Path | None,
        typer.Option("--pictures", metavar="FOLDER", help="Play without a terminal, and draw its pictures as SVG."),
    ] = None,
    speed: Annotated[
        float, typer.Option("--speed", min=0.1, max=100, help="How many times faster than recorded.")
    ] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print what came of it as JSON.")] = False,
) -> None:
    """Play a recording of the app over the present study: for a report of a fault, a demonstration, pictures."""
    from tui.app import DetourApp
    from tui.appearance.choice import Choice, read_choice
    from tui.output import emit_json, say
    from tui.recording.events import read_recording
    from tui.recording.replay import Replay

    recording = read_recording(file)
    if pictures is None and not sys.stdout.isatty():
        raise InputError("A replay needs a terminal, or --pictures FOLDER.")
    # Pictures are the same whoever makes them.
    made = DetourApp(choice=read_choice() if pictures is None else Choice(theme="dark", letters="unicode"))
    found = Replay(made, recording, pictures, speed).run()
    if as_json:
        emit_json({"events": len(recording.events), "pictures": found.pictures, "left_at": found.left_at or None})
        return
    for picture in found.pictures:
        say(str(picture))
    if found.left_at:
        say(f"The replay left the recording: {found.left_at}.")
