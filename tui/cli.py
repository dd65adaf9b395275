"""The command `detour`; without arguments, in a terminal, the app.

Exit status: 0 done, 1 failed, 2 usage or an invalid study, 130 interrupted. Every command has `--json`. A fault of input is
one sentence on standard error, never a traceback. Modules are imported where they are needed, so that `detour --help` is
quick; nothing here or below loads torch.
"""

import errno
import os
import signal
import sys
from typing import Annotated, Any

import typer

from pipeline.errors import InputError
from tui.checkout import GitFault
from tui.commands import (
    annotate,
    clean,
    compare,
    config,
    diff,
    doctor,
    exchange,
    experiments,
    export,
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
from tui.output import complain, say
from tui.remote import VARIABLE, asked, own_version, run_there

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)

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
app.command()(experiments.experiments)
app.command()(diff.diff)
app.command()(compare.compare)
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


def main() -> None:
    """Run `detour` with the arguments of the command line and exit."""
    sys.exit(_status())


def _status() -> Any:
    # A closed terminal and `kill` end a command as Ctrl-C does, which takes back what is half done.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        host, sys.argv[1:] = asked(sys.argv[1:])
        if host is not None:
            return run_there(host, sys.argv[1:])
        # What is begun from here stays here.
        os.environ.pop(VARIABLE, None)
        if len(sys.argv) == 1 and sys.stdin.isatty() and sys.stdout.isatty():
            from tui.app import open_app

            return open_app()
        return app(standalone_mode=False)
    except InputError as error:
        complain(str(error))
        return 2
    except GitFault as error:
        complain(str(error))
        return 1
    except BrokenPipeError:
        # Whoever read has heard enough (`detour experiments | head`); Python would complain once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except typer.Abort:
        return 130
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        complain(
            f"{error.filename or 'A file'} cannot be written ({error.strerror}); free some space and say it again."
        )
        return 1
    except Exception as error:
        return _usage(error)


def _interrupt(_number: int, _frame: Any) -> None:
    raise KeyboardInterrupt


def _usage(error: Exception) -> int:
    """Faults of the command line as click words them; anything else keeps its traceback."""
    show_error = getattr(error, "show", None)
    if show_error is None:
        raise error
    show_error()
    return int(getattr(error, "exit_code", 2))
