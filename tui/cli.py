"""The command `detour`; without arguments, in a terminal, the app.

Exit status: 0 done, 1 failed, 2 usage or an invalid study, 130 interrupted. Every command has `--json`. A fault of input is
one sentence on standard error, never a traceback. Modules are imported where they are needed, so that `detour --help` is
quick; nothing here or below loads torch.
"""

import os
import signal
import sys
from typing import Any

import typer

from pipeline.errors import InputError
from tui.commands import (
    annotate,
    clean,
    config,
    diff,
    doctor,
    exchange,
    experiments,
    memory,
    plan,
    promote,
    run,
    show,
    study,
)
from tui.output import complain

app = typer.Typer(
    name="detour",
    help="Is the detour over an intermediate task worth it?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(run.run)
app.command()(plan.plan)
app.command()(show.show)
app.command()(experiments.experiments)
app.command()(diff.diff)
app.command()(promote.branch)
app.command()(promote.apply)
app.command()(exchange.push)
app.command()(exchange.pull)
app.command()(promote.remove)
app.command()(annotate.annotate)
app.command()(clean.clean)
app.command()(doctor.doctor)
app.command()(config.config)
app.add_typer(study.commands, name="study")
app.add_typer(memory.commands, name="memory")


def main() -> None:
    """Run `detour` with the arguments of the command line and exit."""
    sys.exit(_status())


def _status() -> Any:
    # A closed terminal and `kill` end a run as Ctrl-C does: its processes first, then its tree.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        if len(sys.argv) == 1 and sys.stdin.isatty() and sys.stdout.isatty():
            from tui.app import open_app

            return open_app()
        return app(standalone_mode=False)
    except InputError as error:
        complain(str(error))
        return 2
    except BrokenPipeError:
        # Whoever read has heard enough (`detour experiments | head`); Python would complain once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except typer.Abort:
        return 130
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
