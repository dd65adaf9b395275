"""`detour show`: the table that an experiment recorded."""

import json
from typing import Annotated

import typer

from pipeline.errors import InputError
from tui.checkout import GitFault, find_checkout, git
from tui.output import emit_json, say_lines


def show(
    revision: Annotated[str, typer.Argument(help="An experiment, branch, tag or commit.")] = "HEAD",
    as_json: Annotated[bool, typer.Option("--json", help="Print the gains as JSON.")] = False,
) -> None:
    """Print Table 1 as an experiment recorded it."""
    from tui.history.refs import open_repository, resolve

    checkout = find_checkout()
    commit = resolve(open_repository(checkout.here), revision).commit
    path = "reports/gains.json" if as_json else "reports/table1.md"
    try:
        text = git(checkout.root, "cat-file", "blob", f"{commit}:{path}")
    except GitFault:
        raise InputError(f"{revision} holds no {path}; a run that ends with gains and report writes it.") from None
    if not as_json:
        say_lines(text)
        return
    try:
        emit_json(json.loads(text))
    except ValueError as error:
        raise InputError(f"{path} of {revision} is not whole JSON ({error}); run the cells again.") from None
