"""`detour push` and `detour pull`: experiments to and from a git remote, their files to and from a DVC remote.

They wrap `dvc exp push` and `dvc exp pull`, with the run cache: on the other side, a stage that ran here is taken from the cache.
Names, remotes and what would be replaced are looked up first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.errors import InputError
from tui.checkout import Checkout, find_checkout, git
from tui.commands.confirming import confirm
from tui.output import emit_json, say

if TYPE_CHECKING:
    from tui.history.refs import Ref

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[EXPERIMENT]...", help="By name or commit; those based on HEAD without any."),
]
All = Annotated[bool, typer.Option("--all", "-A", help="Those of every commit.")]
GitRemote = Annotated[
    str | None, typer.Option("--git-remote", metavar="NAME", help="origin, or the only one, without.")
]
Remote = Annotated[
    str | None,
    typer.Option("--remote", "-r", metavar="NAME", help="The DVC remote of the files; DVC's default without."),
]
Jobs = Annotated[int | None, typer.Option("--jobs", "-j", min=1, help="Files on the way at the same time.")]
NoCache = Annotated[bool, typer.Option("--no-cache", help="The commits alone, without files and run cache.")]
Force = Annotated[bool, typer.Option("--force", "-f", help="Replace an experiment that is another commit there.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Json = Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")]


def push(
    experiments: Names = None,
    every: All = False,
    git_remote: GitRemote = None,
    remote: Remote = None,
    jobs: Jobs = None,
    no_cache: NoCache = False,
    force: Force = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Push experiments with their files and the run cache, by `dvc exp push`."""
    from tui.runs.dvc_exp import experiments_of, find_experiments, remote_experiments
    from tui.runs.dvc_exp import git_remote as choose_remote

    checkout = find_checkout()
    to = choose_remote(checkout, git_remote)
    known = experiments_of(checkout)
    chosen = find_experiments(known, experiments) if experiments else _based(checkout, known, every, "here")
    there = remote_experiments(checkout, to)
    _send(_Order("push", checkout, to, remote, jobs, no_cache, force, yes, as_json), chosen, known, there)


def pull(
    experiments: Names = None,
    every: All = False,
    git_remote: GitRemote = None,
    remote: Remote = None,
    jobs: Jobs = None,
    no_cache: NoCache = False,
    force: Force = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Pull experiments with their files and the run cache, by `dvc exp pull`."""
    from tui.runs.dvc_exp import experiments_of, find_experiments, ref_of, remote_experiments
    from tui.runs.dvc_exp import git_remote as choose_remote

    checkout = find_checkout()
    source = choose_remote(checkout, git_remote)
    known = [ref_of(full, commit) for full, commit in remote_experiments(checkout, source).items()]
    place = f"on {source}"
    chosen = find_experiments(known, experiments, place) if experiments else _based(checkout, known, every, place)
    here = {ref.full: ref.commit for ref in experiments_of(checkout)}
    _send(_Order("pull", checkout, source, remote, jobs, no_cache, force, yes, as_json), chosen, known, here)


@dataclass(frozen=True)
class _Order:
    """What was asked for, in either direction."""

    verb: str
    """`push` or `pull`."""
    checkout: Checkout
    git_remote: str
    remote: str | None
    jobs: int | None
    no_cache: bool
    force: bool
    yes: bool
    as_json: bool

    def words(self, names: Sequence[str]) -> list[str]:
        """DVC's arguments."""
        options = ["--no-cache"] if self.no_cache else ["--run-cache"]
        options += ["--force"] if self.force else []
        options += ["--remote", self.remote] if self.remote and not self.no_cache else []
        options += ["--jobs", str(self.jobs)] if self.jobs else []
        return ["exp", self.verb, *options, "--", self.git_remote, *names]


def _based(checkout: Checkout, known: "Sequence[Ref]", every: bool, place: str) -> "list[Ref]":
    """All experiments, or those that are based on HEAD."""
    head = git(checkout.here, "rev-parse", "HEAD")
    found = [ref for ref in known if every or ref.base == head]
    if not found:
        raise InputError(
            f"No experiment {place} {'is to be found' if every else 'is based on HEAD'}; name some"
            f"{'' if every else ', or take --all'}."
        )
    return found


def _send(order: _Order, chosen: "Sequence[Ref]", known: "Sequence[Ref]", other: Mapping[str, str]) -> None:
    """Give DVC the command, and tell what became of each experiment.

    Args:
        order: What was asked for.
        chosen: The experiments to send.
        known: All on their side.
        other: Commits by whole ref on the side that they go to.
    """
    from tui.runs.dvc_exp import end_well, require_dvc_remote, run_dvc, word_for
    from tui.runs.git_outs import cache_git_outs

    aim = order.git_remote if order.verb == "push" else "here"
    if differing := [ref.name for ref in chosen if other.get(ref.full, ref.commit) != ref.commit]:
        names = ", ".join(differing)
        if not order.force:
            raise InputError(f"{names}: another commit has that name {_place(aim)}; --force replaces it.")
        confirm(f"Replace {names} {_place(aim)}?", order.yes)
    if not order.no_cache:
        require_dvc_remote(order.checkout, order.remote)
    said = run_dvc(order.checkout, *order.words([word_for(ref, known) for ref in chosen]))
    moved = "cache" in said.fault or "fetch" in said.fault
    before = f"The commits are {_place(aim)}, not all of their files: " if said.status and moved else ""
    end_well(said, before)
    if order.verb == "pull" and not order.no_cache:
        for ref in chosen:
            cache_git_outs(order.checkout.here, ref.commit)
    states = [(ref, "up to date" if other.get(ref.full) == ref.commit else f"{order.verb}ed") for ref in chosen]
    if order.as_json:
        told = [{"name": ref.name, "ref": ref.full, "commit": ref.commit, "state": state} for ref, state in states]
        emit_json({"git_remote": order.git_remote, "experiments": told})
        return
    for ref, state in states:
        say(f"{state:10}  {ref.name}  {ref.commit[:9]}")


def _place(aim: str) -> str:
    return "here" if aim == "here" else f"on {aim}"
