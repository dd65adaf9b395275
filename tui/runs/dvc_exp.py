"""DVC's own commands over experiments, given as a person would and shown before they run.

Names are looked up first, so that a wrong one is told with near ones, and what DVC would do silently is known: `dvc exp push`
without a DVC remote pushes the commit and none of its files, and ends well.
"""

import difflib
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import typer

from pipeline.errors import InputError
from tui.checkout import Checkout, GitFault, git
from tui.history.refs import Ref, list_refs, open_repository
from tui.output import complain

_REF = re.compile(r"refs/exps/[0-9a-f]{2}/(?:[0-9a-f]{38}|[0-9a-f]{62})/[^/]+")
_MENDS = (
    (r"[Uu]nable to acquire lock|is busy", "another DVC process works in this tree; wait until it has ended"),
    (r"[Aa]uthentication|[Pp]ermission denied|Access ?Denied|Forbidden", "check the credentials of the remote"),
    (r"failed to (push|pull|fetch)|resolve host|timed out|[Cc]onnection", "check the remote and say the same again"),
)
"""What mends a fault that DVC words so."""


@dataclass(frozen=True)
class Said:
    """A DVC command that has ended."""

    words: tuple[str, ...]
    status: int
    out: str
    error: str

    @property
    def fault(self) -> str:
        """DVC's own sentence, on one line."""
        found = re.findall(r"^ERROR: (.*(?:\n(?!ERROR|WARNING|\n).+)*)", self.error, re.MULTILINE)
        told = found[-1] if found else next(iter(reversed(self.error.strip().splitlines())), "nothing was said why")
        return " ".join(told.removeprefix("unexpected error - ").split()).rstrip(".")


def run_dvc(checkout: Checkout, *words: str) -> Said:
    """Show a DVC command on standard error, run it in the present working tree, and return what it said."""
    complain(f"$ {shlex.join(('dvc', *words))}")
    return ask_dvc(checkout, *words)


def ask_dvc(checkout: Checkout, *words: str) -> Said:
    """Run a DVC command that changes nothing, without showing it."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "dvc", *words],
        cwd=checkout.here,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return Said(words, done.returncode, done.stdout, done.stderr)


def end_well(said: Said, before: str = "") -> None:
    """End with status 1 and one sentence where DVC failed.

    Args:
        said: What it said.
        before: What holds all the same, in words that precede the sentence.
    """
    if not said.status:
        return
    mend = next((mend for pattern, mend in _MENDS if re.search(pattern, said.error)), "")
    complain(f"{before}dvc {' '.join(said.words[:2])} failed: {said.fault}{f'; {mend}' if mend else ''}.")
    raise typer.Exit(1)


def experiments_of(checkout: Checkout) -> list[Ref]:
    """Every experiment of the repository."""
    return [ref for ref in list_refs(open_repository(checkout.here)) if ref.kind == "experiment"]


def ref_of(full: str, commit: str) -> Ref:
    """An experiment by its whole ref, `refs/exps/<aa>/<rest of its base>/<name>`, as a remote lists it."""
    _, _, begin, rest, name = full.split("/", 4)
    return Ref(name, "experiment", full, commit, begin + rest)


def find_experiments(known: Sequence[Ref], names: Sequence[str], place: str = "here") -> list[Ref]:
    """The experiments that names, whole refs or commits stand for, each once.

    Args:
        known: All there are.
        names: What was given.
        place: Where they are, in words.

    Raises:
        InputError: There is none of that name (near ones are given), or there are several.
    """
    return list({ref.full: ref for ref in (_find(name, known, place) for name in names)}.values())


def _find(name: str, known: Sequence[Ref], place: str) -> Ref:
    is_commit = re.fullmatch(r"[0-9a-f]{7,64}", name) is not None
    found = [ref for ref in known if name in (ref.name, ref.full) or (is_commit and ref.commit.startswith(name))]
    if len(found) == 1:
        return found[0]
    if not found:
        raise InputError(f"There is no experiment '{name}' {place}; {near(name, [ref.name for ref in known])}")
    places = ", ".join(ref.commit[:9] for ref in found)
    raise InputError(f"'{name}' names {len(found)} experiments; give the commit of one of them: {places}.")


def near(name: str, names: Sequence[str]) -> str:
    """The end of a sentence: `did you mean 'first'?` where a name is near, else where to look."""
    found = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    found += [other for other in names if name in other and other not in found][: 3 - len(found)]
    if found:
        return "did you mean " + " or ".join(f"'{other}'" for other in dict.fromkeys(found)) + "?"
    return f"there are {len(names)}, none with a name like that." if names else "there is none at all."


def word_for(ref: Ref, known: Iterable[Ref]) -> str:
    """What to call an experiment in a DVC command: its name, or its whole ref where another has the same name."""
    return ref.full if sum(other.name == ref.name for other in known) > 1 else ref.name


def git_remote(checkout: Checkout, given: str | None) -> str:
    """The git remote to talk to: the given one, `origin`, or the only one.

    Raises:
        InputError: There is none, or no one to choose.
    """
    if given is not None:
        return given
    remotes = git(checkout.here, "remote").split()
    if "origin" in remotes or len(remotes) == 1:
        return "origin" if "origin" in remotes else remotes[0]
    if remotes:
        raise InputError(f"There is no git remote 'origin'; say which with --git-remote: {', '.join(remotes)}.")
    raise InputError("There is no git remote; `git remote add origin URL` names one.")


def remote_experiments(checkout: Checkout, remote: str) -> Mapping[str, str]:
    """The commit of every experiment on a git remote, by its whole ref.

    Raises:
        typer.Exit: git cannot reach it; it is told why, and the status is 1.
    """
    try:
        listed = git(checkout.here, "ls-remote", "--refs", "--", remote, "refs/exps/*")
    except GitFault as fault:
        said = [line for line in str(fault).splitlines() if "fatal: " in line] or [str(fault)]
        why = said[0].rpartition("fatal: ")[2].rstrip(".")
        complain(f"git cannot read '{remote}': {why}; see `git remote -v` and the connection.")
        raise typer.Exit(1) from None
    lines = [line.split("\t") for line in listed.splitlines()]
    return {ref: commit for commit, ref in lines if _REF.fullmatch(ref)}


def require_dvc_remote(checkout: Checkout, given: str | None) -> None:
    """Refuse where DVC would move the commit and leave its files.

    Raises:
        InputError: There is no DVC remote, none of that name, or several and no default.
    """
    # `dvc remote list` breaks its lines at the width of a terminal.
    said = ask_dvc(checkout, "config", "--list")
    end_well(said)
    lines = said.out.splitlines()
    names = [found[1] for line in lines if (found := re.match(r"remote\.(.+?)\.url=", line))]
    if not names:
        raise InputError(
            "DVC has no remote for the files; `dvc remote add -d NAME URL`, or move the commit alone with --no-cache."
        )
    if given is not None and given not in names:
        raise InputError(f"DVC has no remote '{given}'; there are {', '.join(names)}.")
    if given is None and not any(line.startswith("core.remote=") for line in lines):
        raise InputError(f"DVC has no default remote; say which with --remote: {', '.join(names)}.")
