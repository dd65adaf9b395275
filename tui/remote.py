"""`detour --host USER@BOX:FOLDER ...`: the same command, or the app, in a study of another machine, over the user's own ssh.

One connection carries one command for the other machine's `sh`. It goes to the folder, looks for `detour` there (.venv/bin first, then
the PATH), compares its release with ours and runs it with the same words, of which every one is quoted. ssh does the rest by itself:
its configuration, a connection that is shared already, keys and passwords, signals, the size of the window, the exit status.
In a terminal the other side has one too; else output can be piped.
"""

import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from pipeline.errors import InputError
from tui.output import complain, visible

VARIABLE = "DETOUR_HOST"
"""Says what `--host` would; an empty `--host ""` stays here all the same."""

HERE = ("--help", "--version")
"""What is asked of the program that was called, whatever the variable says."""

SSH_FAILED = 255

_TERMINAL = ("COLORTERM", "NO_COLOR")
"""Variables about our own terminal that ssh would leave behind."""


@dataclass(frozen=True)
class Place:
    """A folder of another machine."""

    destination: str
    """What ssh connects to: a host, or a name of its configuration, after `user@` where one is given."""
    port: int | None
    folder: str
    """Absolute, from the home folder on, or beginning with `~`."""
    name: str
    """As it was asked for, harmless to a terminal."""

    @property
    def port_option(self) -> list[str]:
        """ssh's option for the port."""
        return [] if self.port is None else ["-p", str(self.port)]


def asked(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """Where a command line is to be run, None for here, and its words without `--host`."""
    first, rest = (words[0], list(words[1:])) if words else ("", [])
    if first == "--host" and rest:
        return rest[0] or None, rest[1:]
    if first.startswith("--host="):
        return first.removeprefix("--host=") or None, rest
    return None if first in HERE else os.environ.get(VARIABLE) or None, list(words)


def own_version() -> str:
    """The version of this program.

    Raises:
        InputError: It is not installed as a package.
    """
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("detour")
    except PackageNotFoundError:
        raise InputError(
            "detour is not installed as a package and has no version; say `pip install -e .` in its folder."
        ) from None


def parse(host: str) -> Place:
    """A place as scp and git write them: `user@box:folder`, or `ssh://user@box:port/folder`.

    Raises:
        InputError: It is neither.
    """
    name = visible(host)
    destination, port, folder = _of_address(host, name) if host.startswith("ssh://") else _of_words(host)
    # A leading hyphen would be an option of ssh's.
    if not re.fullmatch(r"[^\s/-][^\s/]*", destination) or not destination.isprintable() or "@-" in destination:
        raise InputError(f"--host {name} names no machine; write user@box:folder or ssh://user@box:port/folder.")
    return Place(destination, port, folder, name)


def _of_words(host: str) -> tuple[str, int | None, str]:
    # The colons of a numeric address stand in brackets, which ssh itself does not want.
    match = re.fullmatch(r"((?:[^@/]*@)?)(?:\[([^\]/]*)\]|([^:\[\]]*)):(.*)", host, re.DOTALL)
    if match is None:
        return "", None, ""
    user, numeric, box, folder = match.groups(default="")
    return user + (numeric or box), None, folder


def _of_address(host: str, name: str) -> tuple[str, int | None, str]:
    try:
        parts = urlsplit(host)
        port = parts.port
    except ValueError as error:
        raise InputError(f"--host {name} is no address ({error}); write ssh://user@box:port/folder.") from None
    user = f"{unquote(parts.username)}@" if parts.username else ""
    # Names of ssh's configuration keep their capitals, which `hostname` would lose.
    box = re.sub(r":\d*$", "", parts.netloc.rpartition("@")[2]).strip("[]")
    # As git reads it: /~/study begins at the home folder.
    return user + box, port, re.sub(r"^/(?=~)", "", unquote(parts.path))


def run_there(host: str, words: Sequence[str]) -> int:
    """Run `detour WORDS` at a place and return its exit status; 2 where it cannot run there, 1 where the connection fails.

    Raises:
        InputError: The place is written wrongly, or there is no ssh here.
    """
    place = parse(host)
    command = ["ssh", *place.port_option, "--", place.destination]
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    with tempfile.NamedTemporaryFile(prefix="detour-ssh-") as log:
        # To a file goes what ssh itself has to say, and nothing of what runs there.
        options = ["-E", log.name, "-t" if terminal else "-T"]
        status = _ssh([command[0], *options, *command[1:], remote_command(place, words)], terminal)
        said = [line.strip() for line in log.read().decode("utf-8", "replace").split("\n") if line.strip()]
    if status == SSH_FAILED:
        status, said = 1, [*said[:-1], _fault(place, said)]
    for line in said:
        complain(line)
    return status


def _fault(place: Place, said: Sequence[str]) -> str:
    """The one sentence on why there is no connection, or no longer: that, ssh says to the terminal alone."""
    if not said:
        return f"The connection to {place.name} broke off; what ran there as a run of its own goes on, so look at it there again."
    ssh = shlex.join(["ssh", *place.port_option, place.destination])
    return f'No connection to {place.name}: ssh says "{said[-1]}"; mend what keeps `{ssh}` from working.'


def _ssh(command: Sequence[str], terminal: bool) -> int:
    # With one end at a terminal alone, ssh would take the keys of whoever types on.
    stdin = subprocess.DEVNULL if sys.stdin.isatty() and not terminal else None
    try:
        process = subprocess.Popen(command, stdin=stdin)
    except FileNotFoundError:
        raise InputError("--host needs ssh, which is not installed here; install the OpenSSH client.") from None
    try:
        status = _followed(process)
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        raise
    return status if status >= 0 else 128 - status


def _followed(process: "subprocess.Popen[bytes]") -> int:
    """ssh's exit status, negative for a signal. Its own `~^Z` stops it alone, while the shell waits for us: we stop too."""
    while True:
        status = os.waitpid(process.pid, os.WUNTRACED)[1]
        if not os.WIFSTOPPED(status):
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode
        os.kill(os.getpid(), signal.SIGSTOP)
        process.send_signal(signal.SIGCONT)


def remote_command(place: Place, words: Sequence[str]) -> str:
    """The one line that ssh hands to the other machine's shell."""
    return " ".join(["exec sh -c", shlex.quote(_script(place)), "detour", *map(shlex.quote, words)])


def _script(place: Place) -> str:
    """What `sh` does there with the words as its arguments; our sentences are quoted, and the version there is stripped of all else."""
    ours = own_version()
    release = ".".join(ours.split(".")[:2])
    no_folder = f"{place.name} cannot be entered: correct the folder after the machine's name, or its permissions."
    no_study = f"{place.name} holds no study (params.yaml and .dvc are wanted); name the folder of one."
    no_detour = (
        f"{place.name} has no .venv/bin/detour and there is none on the PATH; install Detour there (`make install`)."
    )
    mend = f'" to `detour --version`, which does not fit detour {ours} here; bring both to one release.'
    return "; ".join(
        [
            r"""die() { printf '%s\n' "$*" >&2; exit 2; }""",
            # The command is told of Ctrl-C by the terminal and says itself how it ends.
            "trap : INT",
            f"unset {VARIABLE}",
            *(f"export {name}={shlex.quote(os.environ[name])}" for name in _TERMINAL if name in os.environ),
            f"cd -- {_quoted(place.folder)} 2>/dev/null || die {shlex.quote(no_folder)}",
            f"[ -f params.yaml ] && [ -d .dvc ] || die {shlex.quote(no_study)}",
            f"d=.venv/bin/detour; [ -x $d ] || d=$(command -v detour) || die {shlex.quote(no_detour)}",
            """v=$("$d" --version 2>/dev/null </dev/null | tr -cd '[:alnum:] .+-' | cut -c 1-40)""",
            f"case $v in {shlex.quote(f'detour {release}')} | {shlex.quote(f'detour {release}.')}*) ;;"
            f""" *) die {shlex.quote(f'{place.name} answers "')}"$v"{shlex.quote(mend)};; esac""",
            '"$d" "$@"',
            "exit $?",
        ]
    )


def _quoted(folder: str) -> str:
    """A folder for `cd`: `~` and `~name` at its start are the shell's, everything else is as it stands."""
    match = re.fullmatch(r"(~(?:[A-Za-z_][\w.-]*)?)(?:/(.*))?", folder, re.DOTALL | re.ASCII)
    if match is not None:
        # The slash has to be bare as well.
        return f"{match[1]}/{shlex.quote(match[2]) if match[2] else ''}"
    # Neither the last folder (`-`) nor one of CDPATH.
    return shlex.quote(folder if folder.startswith("/") else f"./{folder}")
