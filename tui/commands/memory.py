"""`detour memory` and `detour memory snapshot`: what the translation memory holds, and putting it under version.

The memory is read and written by a process of its own (`pipeline.corpora.translation`), so that `detour` loads nothing of that room.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.errors import InputError
from tui.checkout import Checkout, find_checkout, git
from tui.output import complain, console, emit_json, plain, say, table

commands = typer.Typer(help="The translation memory: what it holds, and its snapshot.", invoke_without_command=True)

Json = Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")]


@commands.callback()
def show(context: typer.Context, as_json: Json = False) -> None:
    """Count the translations by language pair and engine: in the snapshot of data/, in the live memory, and new there."""
    if context.invoked_subcommand is not None:
        return
    checkout = find_checkout()
    told = _ask("counts", checkout)
    if as_json:
        emit_json({**told, "path": str(_snapshot(checkout)), "folder": str(_live(checkout))})
        return
    if told["pairs"]:
        found = table(
            "from",
            "into",
            "engine",
            "snapshot",
            "live",
            "new",
            right=("snapshot", "live", "new"),
            whole=("from", "into"),
        )
        for pair in told["pairs"]:
            names = [pair["source_language"], pair["target_language"], pair["maker"]]
            found.add_row(*map(plain, names), *(f"{pair[name]:,}" for name in ("snapshot", "live", "new")))
        console().print(found)
    say(
        f"{told['snapshot']:,} translations in the snapshot, {told['live']:,} in the live memory, {told['new']:,} of them new"
        + ("; `detour memory snapshot` puts them under version." if told["new"] else ".")
    )


@commands.command()
def snapshot(as_json: Json = False) -> None:
    """Write what the live memory has translated into the snapshot of data/, and add data to DVC."""
    checkout = find_checkout()
    path = _snapshot(checkout)
    data = checkout.here / "data"
    if not data.is_dir():
        raise InputError(
            f"{data} does not exist; `dvc checkout` restores it (`dvc pull` first where this machine never had it)."
        )
    memory = str(path.relative_to(checkout.here))
    changed = _changed(checkout, memory)
    if not path.exists() and memory in changed.get("deleted", ()):
        raise InputError(
            f"{path} is under version and not there; `dvc checkout data.dvc` restores it, so that nothing of it is lost."
        )
    told = _ask("snapshot", checkout)
    added = _dvc(checkout, "--wait-for-lock", "add", "--quiet", "data")
    if added.returncode:
        reason = (added.stderr.strip().splitlines() or ["nothing was said why"])[-1]
        raise InputError(
            f"{path} holds {told['added']} new translations, but `dvc add data` failed ({reason}); mend that and run it again."
        )
    if as_json:
        emit_json({**told, "path": str(path)})
        return
    say(f"{told['added']:,} translations added to {memory}, which now holds {told['entries']:,}.")
    if others := _others(changed, memory):
        say(f"Of data/ there went with it: {others}.")
    waiting = git(checkout.here, "status", "--porcelain", "--", "data.dvc")
    say("data is in DVC; commit it with `git add data.dvc && git commit`." if waiting else "data is in DVC.")


def _snapshot(checkout: Checkout) -> Path:
    from pipeline.study import load_study

    return checkout.here / load_study(checkout.here / "params.yaml").translation.memory


def _live(checkout: Checkout) -> Path:
    return checkout.root / ".detour" / "memory"


def _ask(what: str, checkout: Checkout) -> dict[str, Any]:
    arguments = [what, str(_snapshot(checkout)), str(_live(checkout))]
    command = [sys.executable, "-P", "-m", "pipeline.corpora.translation", *arguments]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    lines = done.stderr.strip().splitlines()
    if done.returncode:
        raise InputError((lines or ["The memory could not be read, and nothing was said why."])[-1])
    for line in lines:
        complain(line)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _dvc(checkout: Checkout, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-P", "-m", "dvc", *arguments]
    return subprocess.run(command, cwd=checkout.here, capture_output=True, encoding="utf-8", check=False)


def _changed(checkout: Checkout, memory: str) -> dict[str, list[str]]:
    """Files of data/ that are `added`, `modified` or `deleted` since it was last in DVC."""
    done = _dvc(checkout, "data", "status", "--granular", "--json", "data")
    try:
        found: dict[str, list[str]] = json.loads(done.stdout).get("uncommitted", {})
    except ValueError:
        # Where DVC cannot say, a memory that is not there may be under version: it is not written over.
        return {"deleted": [memory]} if (checkout.here / "data.dvc").exists() else {}
    return found


def _others(changed: dict[str, list[str]], memory: str) -> str:
    """What a person changed beside the memory, which DVC adds as well; a folder is told by its files."""
    told = []
    for what in ("added", "modified", "deleted"):
        names = [name for name in changed.get(what, ()) if name != memory and not name.endswith("/")]
        if names:
            more = f" and {len(names) - 3} more" if names[3:] else ""
            told.append(f"{', '.join(names[:3])}{more} ({what})")
    return "; ".join(told)
