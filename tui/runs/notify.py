"""Telling that a run has ended: a command and a webhook by configuration; bell and OSC 9 in a terminal that watches.

`notify` is called once by whoever ends a run. It never raises and never takes long: what goes wrong is a returned sentence, and a
program or server that does not answer is given up. Bell and OSC 9 are different: they belong to the terminals that watch the run,
of which there may be none or several, so `detour watch` and the app call `announce` (or write an `announcement`) themselves.
"""

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import IO, TYPE_CHECKING, TextIO
from urllib.parse import urlsplit

from tui.output import visible

if TYPE_CHECKING:
    from urllib.request import OpenerDirector

    from tui.config import Notify

WEBHOOK_SECONDS = 10.0
"""In all: finding the address, connecting, sending and waiting for the answer."""

COMMAND_SECONDS = 30.0
"""After which a command and whatever it started is ended."""

MOST_LETTERS = 200
"""Of a notification; terminals cut or refuse long ones."""

NO_OSC = ("dumb", "linux", "screen", "vt100", "vt220", "unknown")
"""Values of TERM, and beginnings of them, whose terminals show or mistake an OSC that they do not know."""


@dataclass(frozen=True)
class Ended:
    """A run that has ended."""

    run: str
    """Its id."""
    name: str
    outcome: str
    """`done`, `failed`, ..."""
    experiment: str
    """The recorded experiment; empty where nothing was recorded."""
    done: int
    """Cells that are measured or out of the cache."""
    failed: int
    """Cells that are not."""
    seconds: float
    study: str
    """The folder of the main checkout."""

    @property
    def sentence(self) -> str:
        """What there is to say, in one line."""
        noun = "cell" if self.done == 1 else "cells"
        cells = f"{self.done} {noun} done" + (f", {self.failed} failed" if self.failed else "")
        minutes, seconds = divmod(round(self.seconds), 60)
        recorded = f", experiment {self.experiment}" if self.experiment not in ("", self.name) else ""
        return f"Run {self.name} {self.outcome}: {cells} in {minutes}:{seconds:02d}{recorded}"


def notify(
    config: "Notify",
    ended: Ended,
    webhook_seconds: float = WEBHOOK_SECONDS,
    command_seconds: float = COMMAND_SECONDS,
) -> list[str]:
    """Run the command and call the webhook of a configuration.

    Returns:
        A sentence for each of the two that went wrong.
    """
    told = []
    if config.command:
        told.append(_run(config.command, ended, command_seconds))
    if config.webhook:
        told.append(_post(config.webhook, ended, webhook_seconds))
    return [sentence for sentence in told if sentence]


def as_json(ended: Ended) -> str:
    """What a command reads on standard input and a webhook as its body."""
    return json.dumps({**asdict(ended), "sentence": ended.sentence})


def variables(ended: Ended) -> dict[str, str]:
    """What a command finds in its environment: DETOUR_RUN, DETOUR_NAME, DETOUR_OUTCOME, DETOUR_EXPERIMENT, DETOUR_DONE,
    DETOUR_FAILED, DETOUR_SECONDS, DETOUR_STUDY and DETOUR_SENTENCE."""
    values = {**asdict(ended), "seconds": round(ended.seconds), "sentence": ended.sentence}
    return {f"DETOUR_{key.upper()}": str(value) for key, value in values.items()}


def _run(command: tuple[str, ...], ended: Ended, seconds: float) -> str:
    """Run a command without a shell; the sentence that says what went wrong, or nothing."""
    # Files instead of pipes: a child that it leaves behind would keep a pipe open, and one that reads nothing would break it.
    with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as said:
        told.write(as_json(ended).encode())
        told.seek(0)
        try:
            process = subprocess.Popen(
                command,
                env={**os.environ, **variables(ended)},
                stdin=told,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        except OSError as error:
            return f"notify.command cannot be run ({command[0]}: {error.strerror}); mend it in the configuration."
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return f"notify.command ({command[0]}) did not end within {seconds:g} seconds and was ended."
        return f"notify.command ({command[0]}) ended with status {status}{_last_line(said)}." if status else ""


def _last_line(said: IO[bytes]) -> str:
    said.seek(0, os.SEEK_END)
    said.seek(max(0, said.tell() - 1000))
    lines = said.read().decode("utf-8", "replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return f" and said: {last[-MOST_LETTERS:].rstrip('.')}" if last else ""


def _post(address: str, ended: Ended, seconds: float) -> str:
    """Send JSON to a webhook; the sentence that says what went wrong, or nothing."""
    # Alone in a thread: looking up a name has no timeout, and a server may send its answer letter by letter.
    told: list[str] = []
    thread = threading.Thread(target=lambda: told.append(_answer(address, ended, seconds)), daemon=True)
    thread.start()
    thread.join(seconds)
    fault = told[0] if told else f"it did not answer within {seconds:g} seconds"
    # The rest of the address often holds a key.
    return f"The webhook of notify at {urlsplit(address).hostname} was not told: {fault}." if fault else ""


def _answer(address: str, ended: Ended, seconds: float) -> str:
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError
    from urllib.request import Request

    try:
        request = Request(
            address, as_json(ended).encode(), {"Content-Type": "application/json", "User-Agent": "detour"}
        )
        _opener().open(request, timeout=seconds).close()
    except HTTPError as error:
        error.close()
        return f"it answered {error.code}"
    except URLError as error:
        return f"it cannot be reached ({error.reason})"
    except TimeoutError:
        return f"it did not answer within {seconds:g} seconds"
    except (OSError, HTTPException, ValueError) as error:
        return f"it cannot be reached ({' '.join(str(error).split()) or type(error).__name__})"
    return ""


def _opener() -> "OpenerDirector":
    """Opens http and https and nothing else: urllib's own would follow a redirect, turn the POST into a GET and read files."""
    from urllib import request

    opener = request.OpenerDirector()
    for handler in (
        request.ProxyHandler,
        request.UnknownHandler,
        request.HTTPHandler,
        request.HTTPSHandler,
        request.HTTPDefaultErrorHandler,
        request.HTTPErrorProcessor,
    ):
        opener.add_handler(handler())
    return opener


def announce(stream: TextIO, sentence: str, bell: bool = True, osc9: bool = True) -> None:
    """Ring and ask for a notification on a terminal; nothing is written to what is none."""
    if stream.isatty():
        stream.write(announcement(sentence, bell, osc9))
        stream.flush()


def announcement(
    sentence: str, bell: bool = True, osc9: bool = True, environment: Mapping[str, str] = os.environ
) -> str:
    """What makes a terminal ring and notify.

    OSC 9 is only sent where an unknown OSC is harmless. tmux throws an OSC 9 away, so there it goes in tmux's envelope for the
    terminal outside, which tmux opens with `allow-passthrough on` and else drops unseen; the bell, which tmux passes on and marks
    the window with, is sent in any case.

    Args:
        sentence: Made visible and cut: nothing in it ends the sequence.
        bell: Whether to ring.
        osc9: Whether to notify.
        environment: Variables that tell of the terminal.
    """
    rung = "\a" if bell else ""
    in_tmux = bool(environment.get("TMUX"))
    if not osc9 or (not in_tmux and environment.get("TERM", "dumb").startswith(NO_OSC)):
        return rung
    # ConEmu and Windows Terminal read `9;4;...` as progress: the text never begins with a digit.
    sequence = f"\x1b]9;Detour: {visible(sentence)[:MOST_LETTERS]}\x1b\\"
    if in_tmux:
        sequence = "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    return sequence + rung
