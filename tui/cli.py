"""The command `detour`; without arguments, in a terminal, the app.

Exit status: 0 done, 1 failed, 2 usage or an invalid study, 130 interrupted. Every command has `--json`. A fault of input is
one sentence on standard error, never a traceback. Modules are imported where they are needed, so that `detour --help` is
quick; nothing here or below loads torch.
"""

import errno
import os
import signal
import sys
from typing import Any

from pipeline.errors import InputError
from tui.checkout import GitFault
from tui.commands.listing import COMMAND, print_all
from tui.output import complain
from tui.remote import VARIABLE, asked, run_there

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


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
            from tui.opening import open_at_once

            return open_at_once()
        if sys.argv[1:] == COMMAND:
            return print_all()
        from tui.command_line import app

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
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        complain(
            f"{error.filename or 'A file'} cannot be written ({error.strerror}); free some space and say it again."
        )
        return 1
    except Exception as error:
        return 130 if type(error).__name__ == "Abort" else _usage(error)


def _interrupt(_number: int, _frame: Any) -> None:
    raise KeyboardInterrupt


def _usage(error: Exception) -> int:
    """Faults of the command line as click words them; anything else keeps its traceback."""
    show_error = getattr(error, "show", None)
    if show_error is None:
        raise error
    show_error()
    return int(getattr(error, "exit_code", 2))
