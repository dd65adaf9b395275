"""A fork of the parent becoming a stage: the process that `python -m MODULE ARGUMENTS` would have been.

`prepare` puts on everything that the request brings; what cannot be put on raises, and the stage starts cold. `run` then runs
the module as `python -m` does, in a fresh `__main__`, with the stage's own tree first on the path and none of the project's
modules loaded.
"""

import atexit
import importlib
import io
import locale
import os
import resource
import runpy
import signal
import sys
import tempfile
import threading
import time
import types
from collections.abc import Sequence
from typing import Any, NoReturn

from pipeline.warm.client import FORWARDED
from pipeline.warm.likeness import THREADS


def prepare(request: dict[str, Any], streams: Sequence[int], threads: str) -> None:
    """Put on what the stage's process was given.

    Args:
        request: What `pipeline.warm.client` sent.
        streams: The stage's standard input, output and error.
        threads: The number of threads that the parent was started with.

    Raises:
        OSError, ValueError, LookupError: Something cannot be put on.
    """
    # A stage that signals its group must not reach the parent and the other stages.
    os.setpgid(0, 0)
    _put_on_signals(request["ignored"])
    for number, soft, hard in request["limits"]:
        resource.setrlimit(number, (soft, hard))
    os.sched_setaffinity(0, request["cores"])
    os.setpriority(os.PRIO_PROCESS, 0, request["nice"])
    os.chdir(request["folder"])
    os.umask(request["umask"])
    _put_on_environment(request["environment"])
    _put_on_threads(request["environment"][THREADS], threads)
    _put_on_interpreter(request)
    # Last: what goes wrong before is no concern of whoever reads the stage's output.
    _put_on_streams(streams, request["streams"])


def _put_on_signals(ignored: Sequence[int]) -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number in FORWARDED:
        usual = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
        signal.signal(number, signal.SIG_IGN if number in ignored else usual)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _put_on_streams(received: Sequence[int], settings: Sequence[dict[str, Any]]) -> None:
    """The same stream objects, since libraries have kept them, made anew on other files as the interpreter makes them."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    for number, (stream, told) in enumerate(zip(streams, settings, strict=True)):
        os.dup2(received[number], number)
        raw = io.FileIO(number, "r" if number == 0 else "w", closefd=False)
        raw.name = stream.name
        file = raw if told["raw"] else io.BufferedReader(raw) if number == 0 else io.BufferedWriter(raw)
        chosen = {name: told[name] for name in ("encoding", "errors", "line_buffering", "write_through")}
        stream.__init__(file, newline=None if number == 0 else "\n", **chosen)  # type: ignore[misc]


def _put_on_environment(environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    locale.setlocale(locale.LC_CTYPE, "")
    tempfile.tempdir = None


def _put_on_threads(asked: str, loaded: str) -> None:
    """What OpenMP and BLAS read of the environment when they were loaded."""
    count = int(asked)
    if asked != loaded and "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(count)
    # The parent loads BLAS with one thread, since more would be started at once.
    if count != 1 and "numpy" in sys.modules:
        importlib.import_module("threadpoolctl").threadpool_limits(limits=count, user_api="blas")


def _put_on_interpreter(request: dict[str, Any]) -> None:
    """Command line, path, modules and random numbers of an interpreter that has just started."""
    # `python -m` puts the module's file in the place of the first word.
    sys.argv = ["", *request["arguments"]]
    sys.orig_argv = list(request["words"])
    sys.executable = request["executable"]
    sys.path[:] = request["path"]
    for name in [name for name in sys.modules if name.split(".")[0] in ("pipeline", "tui")]:
        del sys.modules[name]
    main = types.ModuleType("__main__")
    main.__dict__["__builtins__"] = __builtins__
    sys.modules["__main__"] = main
    # The parent may have listed a folder before this tree was there.
    importlib.invalidate_caches()
    # Python's own generator is seeded anew in every fork; numpy's is not.
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


def run(module: str) -> NoReturn:
    """Run the module as `python -m` does and end as the interpreter would.

    What the interpreter does last, taking every module apart, is left out: it would cost more than a short stage's own work, and
    copy most of the parent's memory for it.
    """
    status = 0
    try:
        runpy._run_module_as_main(module)  # type: ignore[attr-defined]
    except SystemExit as end:
        status = _status(end.code)
    except BaseException as error:
        _complain(error)
        status = -signal.SIGINT if isinstance(error, KeyboardInterrupt) else 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        print(f"Exception ignored in: {sys.stdout!r}\n{type(error).__name__}: {error}", file=sys.stderr)
        status = status or 120
    if status < 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os._exit(status)


def _status(code: Any) -> int:
    """The exit status that a SystemExit asks for."""
    if code is None or isinstance(code, int):
        return (code or 0) & 0xFF
    print(code, file=sys.stderr)
    return 1


def _complain(error: BaseException) -> None:
    """Python's own words, without this module's frame above the stage's."""
    error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
    sys.excepthook(type(error), error, error.__traceback__)
