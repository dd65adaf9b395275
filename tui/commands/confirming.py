"""Asking before something is overwritten or removed."""

import sys

import typer

from pipeline.errors import InputError
from tui.output import complain, visible


def confirm(question: str, yes: bool) -> None:
    """Go on only where the user says yes: by `--yes`, or at the terminal.

    Args:
        question: What is about to happen, in words that end with a question mark.
        yes: Whether `--yes` was given.

    Raises:
        InputError: There is no terminal to ask.
        typer.Exit: The answer was no; the exit status is 1.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise InputError(f"{question} There is no terminal to ask; say --yes where that is meant.")
    if not typer.confirm(visible(question), err=True):
        complain("Nothing was changed.")
        raise typer.Exit(1)
