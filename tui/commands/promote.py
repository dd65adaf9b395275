"""`detour branch`, `detour apply` and `detour remove`: what becomes of a recorded experiment, by `dvc exp`."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.errors import InputError
from tui.checkout import Checkout, GitFault, find_checkout, git, git_lines
from tui.commands.confirming import confirm
from tui.commands.exchange import Json, Yes
from tui.output import complain, emit_json, say

if TYPE_CHECKING:
    from tui.history.refs import Ref
    from tui.runs.dvc_exp import Said

Experiment = Annotated[str, typer.Argument(help="An experiment, by name or commit.")]
STASH = "refs/exps/apply/stash"
"""Where `dvc exp apply` keeps the uncommitted changes that it takes out of the tree, until the next one."""


def branch(
    experiment: Experiment,
    name: Annotated[str, typer.Argument(metavar="BRANCH", help="The new branch.")],
    as_json: Json = False,
) -> None:
    """Make a git branch of an experiment."""
    from tui.runs.dvc_exp import end_well, experiments_of, find_experiments, run_dvc, word_for

    checkout = find_checkout()
    known = experiments_of(checkout)
    ref = find_experiments(known, [experiment])[0]
    _check_branch(checkout, name)
    end_well(run_dvc(checkout, "exp", "branch", word_for(ref, known), name))
    if as_json:
        emit_json({"experiment": ref.name, "branch": name, "commit": ref.commit})
    else:
        say(f"Branch {name} is experiment {ref.name} ({ref.commit[:9]}); `git switch {name}` goes there.")


def apply(experiment: Experiment, yes: Yes = False, as_json: Json = False) -> None:
    """Bring an experiment's files into the working tree; HEAD stays where it is."""
    from tui.runs.dvc_exp import experiments_of, find_experiments, run_dvc, word_for

    checkout = find_checkout()
    known = experiments_of(checkout)
    ref = find_experiments(known, [experiment])[0]
    _keep_data(checkout)
    changed = list(git_lines(checkout.here, "diff", "--name-only", "-z", "HEAD"))
    kept = (
        f" Your changes to {_some(changed)} are taken out ({STASH} keeps them until the next apply)." if changed else ""
    )
    confirm(f"The working tree {checkout.here} gets the files of {ref.name}.{kept} Go on?", yes)
    never, absent = _left_out(checkout, ref, run_dvc(checkout, "exp", "apply", word_for(ref, known)))
    if as_json:
        emit_json(
            {"experiment": ref.name, "commit": ref.commit, "changed": changed, "never_made": never, "absent": absent}
        )
    else:
        say(f"The working tree holds {ref.name} ({ref.commit[:9]}); `git status` shows what changed.")
        if changed:
            say(f"What you had changed comes back with `git stash apply {STASH}`.")
        if never:
            say(f"{len(never)} outputs were never made in it, among them {never[0]}.")
    if absent:
        complain(
            f"{_some(absent)} of {ref.name} is not in this cache; `detour pull {ref.name}`, or `dvc repro` makes it again."
        )
        raise typer.Exit(1)


def remove(
    experiments: Annotated[list[str], typer.Argument(metavar="EXPERIMENT...", help="By name or commit.")],
    git_remote: Annotated[
        str | None, typer.Option("--git-remote", metavar="NAME", help="Remove them there, and keep them here.")
    ] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Remove experiments from git; their files stay in the DVC cache until `detour clean --cache`."""
    from tui.runs.dvc_exp import (
        end_well,
        experiments_of,
        find_experiments,
        ref_of,
        remote_experiments,
        run_dvc,
        word_for,
    )

    checkout = find_checkout()
    if git_remote is None:
        known, place, options = experiments_of(checkout), "here", []
    else:
        found = remote_experiments(checkout, git_remote)
        known = [ref_of(full, commit) for full, commit in found.items()]
        place, options = f"on {git_remote}", ["--git-remote", git_remote]
    chosen = find_experiments(known, experiments, place)
    told = ", ".join(f"{ref.name} ({ref.commit[:9]}{_also(checkout, ref)})" for ref in chosen)
    confirm(f"Remove {told} {place}?", yes)
    end_well(run_dvc(checkout, "exp", "remove", *options, "--", *(word_for(ref, known) for ref in chosen)))
    if as_json:
        emit_json({"removed": [{"name": ref.name, "ref": ref.full, "commit": ref.commit} for ref in chosen]})
        return
    for ref in chosen:
        say(f"removed  {ref.name}  `git branch NAME {ref.commit[:9]}` brings it back as a branch until git forgets it")


def _check_branch(checkout: Checkout, name: str) -> None:
    try:
        git(checkout.here, "check-ref-format", "--branch", name)
    except GitFault:
        raise InputError(f"'{name}' cannot name a branch; use letters, digits, '-', '_', '.' and '/'.") from None
    if git_lines(checkout.here, "for-each-ref", "--format=%(refname)%00", f"refs/heads/{name}"):
        raise InputError(f"A branch '{name}' is there already; choose another name, or `git branch -d {name}` first.")


def _keep_data(checkout: Checkout) -> None:
    """Refuse where DVC would overwrite files of data/ that are in no cache: nothing would bring them back."""
    from tui.runs.dvc_exp import ask_dvc

    there = (checkout.here / "data.dvc").exists() and (checkout.here / "data").exists()
    if there and ask_dvc(checkout, "status", "--quiet", "data.dvc").status == 1:
        raise InputError(
            "data/ is not as data.dvc says, and what differs would be lost; `dvc add data` keeps it, `dvc checkout data.dvc` drops it."
        )


def _left_out(checkout: Checkout, ref: "Ref", said: "Said") -> tuple[list[str], list[str]]:
    """Outputs that `dvc exp apply` could not restore: those that the experiment never made, and those that the cache lacks.

    DVC ends with a fault over the former too, as every run of a part of the study has them; the files of git are in place then.
    """
    from tui.history.lock import parse_lock
    from tui.runs.dvc_exp import end_well

    block = re.search(
        r"^ERROR: Checkout failed for following targets:\n((?:.+\n)*?)Is your cache", said.error, re.MULTILINE
    )
    if block is None:
        end_well(said)
        return [], []
    targets = block[1].splitlines()
    try:
        made = parse_lock(git(checkout.here, "cat-file", "blob", f"{ref.commit}:dvc.lock") + "\n", "dvc.lock").outs
    except GitFault:
        made = {}
    return [path for path in targets if path not in made], [path for path in targets if path in made]


def _also(checkout: Checkout, ref: "Ref") -> str:
    """Branches and tags that keep the commit."""
    form = ("--format=%(refname:short)", f"--points-at={ref.commit}", "refs/heads", "refs/tags")
    try:
        names = git(checkout.here, "for-each-ref", *form).split()
    except GitFault:
        # A commit of the remote that this clone does not hold.
        return ""
    return f", kept by {', '.join(names)}" if names else ""


def _some(paths: list[str]) -> str:
    more = f" and {len(paths) - 2} more" if paths[2:] else ""
    return ", ".join(paths[:2]) + more
