"""Recording a run as a DVC experiment, by git plumbing.

The commit is made from what stands in the run's tree, on the run's base, under `refs/exps/<aa>/<rest>/<name>`, where
`dvc exp list, show, diff, apply, branch, push, pull` and `remove` find it. `dvc exp save` is never used: it commits every stage
by force as if it had run, which falsifies dvc.lock and poisons the run cache.
"""

import re

from pipeline.errors import InputError
from tui.checkout import Checkout, GitFault, git, git_lines
from tui.history.runrecord import PATH, read_run_record
from tui.runs.outcome import Outcome
from tui.runs.plan import RunPlan
from tui.runs.tree import RunTree

RESERVED = frozenset({"HEAD", "FETCH_HEAD", "ORIG_HEAD", "workspace"})
"""Names that git or DVC read as something else."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


def check_name(checkout: Checkout, name: str) -> None:
    """Refuse a name that git or DVC could not hold, or that the present HEAD's experiments use already.

    Raises:
        InputError: With the mend.
    """
    if name in RESERVED or not NAME.fullmatch(name) or name.endswith((".lock", ".")) or ".." in name:
        raise InputError(
            f"'{name}' cannot name an experiment; use letters, digits, '-', '_' and '.', beginning with a letter or digit."
        )
    taken = git_lines(checkout.root, "for-each-ref", "--format=%(refname)%00", "refs/exps", "refs/heads", "refs/tags")
    for ref in taken:
        kind, _, rest = ref.strip().removeprefix("refs/").partition("/")
        if (rest.rsplit("/", 1)[-1] if kind == "exps" else rest) == name:
            noun = {"exps": "An experiment", "heads": "A branch", "tags": "A tag"}[kind]
            raise InputError(f"{noun} is named '{name}' already; choose another --name.")


def record(
    tree: RunTree, plan: RunPlan, outcome: Outcome, name: str, note: str = "", former: str | None = None
) -> tuple[str, str]:
    """Commit the tree's reports, params.yaml and dvc.lock as an experiment.

    Reports that DVC deleted for stages which this run did not finish are restored to those that the tree began with, so that they
    are *inherited*; those of a failed stage are missing, whether its command was reached or not.

    Args:
        tree: The run's.
        plan: What was to be done.
        outcome: What became of it.
        name: The experiment's.
        note: What its owner wrote, for the commit's message.
        former: The commit of an earlier attempt of this run, which this one takes the place of. One that was killed before it could
            tell of its commit is known by the run's record in it.

    Returns:
        The experiment's name, with the run's id where another run took the name meanwhile, and the commit's id.
    """
    _restore_unreached(tree, plan, outcome)
    git(tree.path, "add", "--update")
    # A first run makes files that git does not know yet.
    made = [path for path in ("reports", "dvc.lock") if (tree.path / path).exists()]
    git(tree.path, "add", "--", *made)
    written = git(tree.path, "write-tree")
    author = identity(tree.checkout)
    message = _message(plan, outcome, name, note)
    commit = git(tree.path, "commit-tree", written, "-p", tree.base, text=message, variables=author)
    # From what is known: a ref of this name that appeared meanwhile is not overwritten.
    try:
        git(tree.path, "update-ref", _ref(tree.base, name), commit, former or _own(tree, name) or "")
    except GitFault:
        name = f"{name}-{tree.id}"
        git(tree.path, "update-ref", _ref(tree.base, name), commit)
    return name, commit


def _ref(base: str, name: str) -> str:
    return f"refs/exps/{base[:2]}/{base[2:]}/{name}"


def _own(tree: RunTree, name: str) -> str | None:
    """The commit that stands under the name, where this run has put it there."""
    ref = _ref(tree.base, name)
    try:
        recorded = read_run_record(git(tree.path, "show", f"{ref}:{PATH}"))
        return git(tree.path, "rev-parse", ref) if recorded is not None and recorded.id == tree.id else None
    except GitFault:
        return None


def _restore_unreached(tree: RunTree, plan: RunPlan, outcome: Outcome) -> None:
    by_name = {stage.name: stage for stage in plan.stages}
    lost = {out for name in outcome.failed for out in by_name[name].outs}
    for out in lost:
        # Left by the base where the process ended before it came to the stage.
        if out.startswith("reports/"):
            (tree.path / out).unlink(missing_ok=True)
    deleted = git_lines(tree.path, "ls-files", "--deleted", "-z")
    restored = [path for path in deleted if not any(path == out or path.startswith(f"{out}/") for out in lost)]
    if restored:
        git(tree.path, "checkout", tree.began_with, "--", *restored)


def _message(plan: RunPlan, outcome: Outcome, name: str, note: str) -> str:
    ran = [cell for cell in plan.cells if cell in outcome.ran]
    lines = [f"detour: {name}", "", *([note, ""] if note else [])]
    lines.append(f"{len(plan.cells)} cells chosen, {len(ran)} trained in this run.")
    lines += [f"failed: {stage}" for stage in outcome.failed]
    return "\n".join(lines) + "\n"


def identity(checkout: Checkout) -> dict[str, str]:
    """Variables that name the committer where git does not know one, as on a fresh machine; else none."""
    try:
        git(checkout.root, "var", "GIT_COMMITTER_IDENT")
        git(checkout.root, "var", "GIT_AUTHOR_IDENT")
    except GitFault:
        names = {f"GIT_{role}_NAME": "detour" for role in ("AUTHOR", "COMMITTER")}
        return {**names, **{f"GIT_{role}_EMAIL": "detour@localhost" for role in ("AUTHOR", "COMMITTER")}}
    return {}
