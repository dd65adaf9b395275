"""`detour clean`: what disk a study uses, and the removal of what nobody needs, after a preview.

Nothing goes that could still be wanted: a run that is queued, runs, may be resumed or was never recorded is kept unless it is named,
and the DVC cache is only touched by `dvc gc --all-branches --all-tags --all-experiments`, never while such a run is there.
"""

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.errors import InputError
from tui.checkout import Checkout, find_checkout
from tui.commands.confirming import confirm
from tui.output import complain, console, emit_json, plain, say, table

if TYPE_CHECKING:
    from tui.runs.disk import Usage
    from tui.runs.removal import Removal


def clean(
    remove: Annotated[
        bool, typer.Option("--remove", help="Remove runs that are over and recorded, and old states of fits.")
    ] = False,
    runs: Annotated[
        list[str] | None, typer.Option("--run", metavar="ID", help="With --remove: this run alone, recorded or not.")
    ] = None,
    days: Annotated[
        float | None, typer.Option("--days", min=0, help="With --remove: the age at which a state is old; 30 without.")
    ] = None,
    cache: Annotated[
        bool, typer.Option("--cache", help="Remove from the DVC cache what no branch, tag or experiment needs.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what is used, or what was removed, as JSON.")] = False,
) -> None:
    """Show what disk is used by which experiment and run; with --remove or --cache, remove what is not needed."""
    from tui.runs.disk import read_usage

    checkout = find_checkout()
    if (runs or days is not None) and not remove:
        raise InputError("--run and --days say what --remove removes; add --remove.")
    if not remove and not cache:
        usage = read_usage(checkout)
        if as_json:
            emit_json(_as_mapping(checkout, usage))
        else:
            _print(checkout, usage)
        return
    told: dict[str, Any] = {}
    if remove:
        told |= _remove(checkout, runs or [], days, yes)
    if cache:
        told |= _clean_cache(checkout, yes)
    if as_json:
        emit_json(told)


def _remove(checkout: Checkout, named: Sequence[str], days: float | None, yes: bool) -> dict[str, Any]:
    """Remove folders of runs and old states, after a preview; what was removed and what was kept."""
    from tui.runs.disk import in_words
    from tui.runs.removal import IN_USE, Removed, carry_out, plan_removal

    plan = plan_removal(checkout, named, days)
    for line in _preview(plan):
        complain(line)
    if not plan.runs and not plan.states:
        complain("There is nothing to remove.")
        return vars(Removed(kept={run.id: run.kept for run in plan.kept if run.kept}))
    confirm(f"Remove {len(plan.runs)} runs and {len(plan.states)} states, {in_words(plan.bytes)}?", yes)
    removed = carry_out(checkout, plan)
    for name, why in removed.kept.items():
        if why == IN_USE:
            complain(f"keep    {name}: {why}")
    complain(f"Removed {len(removed.runs)} runs and {len(removed.states)} states, {in_words(removed.bytes)}.")
    return vars(removed)


def _preview(plan: "Removal") -> Iterator[str]:
    from tui.runs.disk import in_words

    for run in plan.runs:
        recorded = f"recorded as {run.experiment}" if run.experiment else "not recorded: it cannot be resumed then"
        yield f"remove  run {run.id} {run.name}, {run.status}, {recorded}: {in_words(run.bytes)}"
    for state in plan.states:
        age = (time.time() - state.changed) / 86_400
        yield f"remove  state {state.folder.name}, last changed {age:.0f} days ago: {in_words(state.bytes)}"
    for run in plan.kept:
        if run.kept:
            yield f"keep    run {run.id} {run.name}: {run.kept}"


def _clean_cache(checkout: Checkout, yes: bool) -> dict[str, Any]:
    from tui.runs.cache_gc import collect, command, held, refuse_unsafe
    from tui.runs.cache_use import read_cache_use
    from tui.runs.disk import in_words

    with held(checkout):
        refuse_unsafe(checkout)
        use = read_cache_use(checkout.root)
        complain(f"The DVC cache {use.folder} holds {in_words(use.total)}.")
        complain(f"{in_words(use.unneeded)} of it no branch, tag, experiment or the working tree needs.")
        complain(f"To run: {command()}")
        if not use.unneeded:
            complain("There is nothing to remove.")
            return {"cache": {"before": use.total, "after": use.total}}
        confirm("Results of runs that were not recorded go with it. Remove it?", yes)
        collect(checkout, use)
        after = read_cache_use(checkout.root).total
    complain(f"Removed {in_words(use.total - after)} from the cache.")
    return {"cache": {"before": use.total, "after": after}}


def _as_mapping(checkout: Checkout, usage: "Usage") -> dict[str, Any]:
    use = usage.cache
    return {
        "experiments": [
            {
                "names": revision.names, "kinds": revision.kinds, "commit": revision.commit or None,
                "bytes": use.bytes_of(revision), "own_bytes": use.own_bytes(revision), "absent": revision.absent,
            }
            for revision in use.revisions
        ],
        "runs": [
            {
                "id": run.id, "name": run.name, "status": run.status, "experiment": run.experiment or None,
                "tree_bytes": run.tree, "bytes": run.bytes, "kept": run.kept or None,
            }
            for run in usage.runs
        ],
        "folders": usage.folders,
        "cache": {"folder": use.folder, "bytes": use.total, "unneeded_bytes": use.unneeded},
    }  # fmt: skip


def _print(checkout: Checkout, usage: "Usage") -> None:
    from tui.runs.disk import in_words

    use = usage.cache
    shown = table(
        "experiment", "files", "its own", "not here", right=("files", "its own", "not here"), whole=("files", "its own")
    )
    for revision in use.revisions:
        sizes = (in_words(use.bytes_of(revision)), in_words(use.own_bytes(revision)), str(revision.absent or ""))
        shown.add_row(plain(", ".join(revision.names)), *map(plain, sizes))
    console().print(shown)
    say(
        "files: what the DVC cache holds of it; its own: what nothing else needs; the rest is shared and counted once below."
    )
    if usage.runs:
        shown = table("run", "name", "status", "size", "", right=("size",), whole=("run", "status", "size"))
        for run in usage.runs:
            shown.add_row(
                *map(plain, (run.id, run.name, run.status, in_words(run.bytes), run.kept and f"kept: {run.kept}"))
            )
        console().print(shown)
    for name, size in usage.folders.items():
        say(f"{in_words(size):>10}  .detour/{name}")
    say(f"{in_words(use.total):>10}  DVC cache, {in_words(use.unneeded)} of it needed by nothing")
    free = sum(run.bytes for run in usage.runs if not run.kept)
    say(f"`detour clean --remove` frees {in_words(free)} of runs that are over and recorded, and old states of fits.")
    say(f"`detour clean --cache` frees {in_words(use.unneeded)} of the DVC cache.")
