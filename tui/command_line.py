"""Every command of `detour`, for its command line (`tui.cli`) to run: names, options, help."""

from typing import Annotated

import typer

from tui.commands import (
    advise,
    annotate,
    cell,
    clean,
    compare,
    config,
    curves,
    diff,
    doctor,
    exchange,
    experiments,
    export,
    flips,
    gains,
    keys,
    memory,
    plan,
    prioritise,
    promote,
    run,
    runs,
    show,
    study,
)
from tui.commands import app as app_commands
from tui.output import say
from tui.remote import own_version

app = typer.Typer(
    name="detour",
    help="Is the detour over an intermediate task worth it?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        say(f"detour {own_version()}")
        raise typer.Exit


@app.callback()
def everywhere(
    host: Annotated[
        str | None,
        typer.Option(
            "--host",
            metavar="USER@BOX:FOLDER",
            help="Before the command: run it, or without one the app, in a study of another machine, over ssh. "
            "DETOUR_HOST says the same for all commands.",
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_tell_version)
    ] = False,
) -> None:
    """Options of every command. `--host` is listed here and read before (`tui.remote.asked`): what follows it is another program's."""


app.command()(run.run)
for command in (runs.runs, runs.watch, runs.logs, runs.stop, runs.resume, runs.retry):
    app.command()(command)
app.command()(prioritise.prioritise)
app.command()(plan.plan)
app.command()(show.show)
app.command()(advise.advise)
app.command()(experiments.experiments)
app.command()(diff.diff)
app.command()(compare.compare)
app.command()(curves.curves)
app.command()(gains.gains)
app.command()(cell.cell)
app.command()(flips.flips)
app.command()(promote.branch)
app.command()(promote.apply)
app.command()(exchange.push)
app.command()(exchange.pull)
app.command()(promote.remove)
app.command()(export.export)
app.command()(annotate.annotate)
app.command()(clean.clean)
app.command()(doctor.doctor)
app.command()(config.config)
app.command()(keys.keys)
app.command()(app_commands.app)
app.command()(app_commands.replay)
app.add_typer(study.commands, name="study")
app.add_typer(memory.commands, name="memory")
