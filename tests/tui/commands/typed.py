"""One command of `detour` in this process: quicker than a process of its own, with the same output and exit status."""

from collections.abc import Callable
from typing import Any

import typer
from typer.testing import CliRunner, Result


def typed(command: Callable[..., Any]) -> Callable[..., Result]:
    """A function that gives the command with arguments as they are typed; a fault of input is raised as it is."""
    app = typer.Typer(rich_markup_mode=None)
    app.command()(command)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments), catch_exceptions=False)

    return run
