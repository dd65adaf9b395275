"""`detour study use`, `pin` and `list`: the overlays of studies/."""

import json
from typing import Annotated

import typer

from tui.checkout import find_checkout
from tui.output import visible

commands = typer.Typer(help="The named overlays of studies/.", no_args_is_help=True)


@commands.command()
def use(
    name: Annotated[str, typer.Argument(help="An overlay: a name in studies/ or a file.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Write an overlay into the working tree's params.yaml: its top-level blocks replace the present ones."""
    from tui.runs.overrides import change_params, find_overlay

    checkout = find_checkout()
    overlay = find_overlay(checkout.here, name)
    study = change_params(checkout.here / "params.yaml", overlay, [])
    if as_json:
        print(json.dumps({"study": str(overlay), "cells": [cell.name for cell in study.cells()]}, indent=1))
    else:
        print(
            f"params.yaml now holds {visible(overlay.name)}: {len(study.cells())} cells. `git diff params.yaml` shows the change."
        )


@commands.command()
def pin(
    name: Annotated[
        str | None, typer.Argument(help="An overlay: a name in studies/ or a file; params.yaml without.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the commits as JSON.")] = False,
) -> None:
    """Ask the hub for the current commit of everything that is `unpinned` in a study, and write it there."""
    from tui.runs.overrides import find_overlay
    from tui.runs.pins import pin_file

    checkout = find_checkout()
    path = find_overlay(checkout.here, name) if name else checkout.here / "params.yaml"
    pinned = pin_file(path)
    if as_json:
        print(json.dumps({"file": str(path), "pinned": pinned}, indent=1))
        return
    for place, commit in pinned.items():
        print(visible(f"{place}: {commit}"))
    print(visible(f"{len(pinned)} commits written into {path.name}; look them over and commit the file."))


@commands.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print the names as JSON.")] = False) -> None:
    """List the overlays and the cells of the current study."""
    from pipeline.study import load_study
    from tui.commands.plan import overlay_names

    checkout = find_checkout()
    names = overlay_names(checkout.here)
    cells = [cell.name for cell in load_study(checkout.here / "params.yaml").cells()]
    if as_json:
        print(json.dumps({"overlays": names, "cells": cells}, indent=1))
        return
    print(visible(f"overlays: {', '.join(names) or 'none'}"))
    print(f"current study: {len(cells)} cells")
    for cell in cells:
        print(f"  {cell}")
