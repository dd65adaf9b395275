"""What git calls an experiment: local branches, tags, remote branches and DVC's experiment refs.

A DVC experiment is `refs/exps/<first two digits>/<the other digits>/<name>`, where the digits are the commit
that it is based on; what else stands under refs/exps (stash, celery, exec and other states of DVC's own) is
no experiment. Names that are not UTF-8 are read with their bytes as escapes. `resolve` also takes whatever
git itself resolves.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pygit2

from pipeline.errors import InputError

Kind = Literal["workspace", "run", "branch", "experiment", "tag", "remote", "commit", "queued", "failed"]
WORKSPACE = "workspace"
MAIN = "main"
_EXPERIMENT = re.compile(r"refs/exps/([0-9a-f]{2})/([0-9a-f]{38}|[0-9a-f]{62})/(.+)", re.DOTALL)
_PREFIXES: dict[str, Kind] = {"refs/heads/": "branch", "refs/tags/": "tag", "refs/remotes/": "remote"}
_NOUNS: dict[Kind, str] = {
    "branch": "a branch",
    "tag": "a tag",
    "remote": "a remote branch",
    "experiment": "an experiment",
}


@dataclass(frozen=True)
class Ref:
    """A name for a commit."""

    name: str
    """As a person writes it: main, origin/main, the name of an experiment."""
    kind: Kind
    full: str
    """The whole name in git; empty for the working folder and for a commit given by its id."""
    commit: str
    """The id of the commit; empty where the repository has none."""
    base: str | None
    """The id of the commit that values are inherited from: an experiment's base, else the first parent."""


def open_repository(start: Path | str) -> pygit2.Repository:
    """The repository around the folder `start`.

    Raises:
        InputError: There is none, or git refuses it because it belongs to somebody else.
    """
    try:
        found = pygit2.discover_repository(str(start))
        if found is None:
            raise InputError(f"{Path(start).absolute()} is in no git repository; go to the folder of a Detour study.")
        # Git itself takes objects as they are; hashing each again would be a tenth of reading a history.
        pygit2.settings.enable_strict_hash_verification(False)
        return pygit2.Repository(found)
    except pygit2.GitError as error:
        if "refstorage" in str(error).lower():
            raise InputError(
                f"The repository around {start} keeps its names in a reftable, which is not read here; "
                "git refs migrate --ref-format=files changes that."
            ) from None
        raise InputError(f"git cannot open the repository around {start} ({error}).") from None


Known = dict[str, tuple[str, str | None] | None]
"""By the id that a name points to: the commit and its first parent; None where it is no commit."""


def list_refs(repository: pygit2.Repository, known: Known | None = None) -> list[Ref]:
    """Every branch, tag, remote branch and experiment that names a commit, in git's order.

    Args:
        repository: The repository.
        known: What names point to, as far as it was read before; what is read is added.
    """
    known = {} if known is None else known
    listed = repository.references.iterator()
    return [ref for found in listed if (ref := _ref(repository, found, known)) is not None]


def _ref(repository: pygit2.Repository, found: pygit2.Reference, known: Known) -> Ref | None:
    target = found.target
    # origin/HEAD and the like point to another name in this list.
    if isinstance(target, str):
        return None
    full = found.raw_name.decode("utf-8", "backslashreplace")
    match = _EXPERIMENT.fullmatch(full) if full.startswith("refs/exps/") else None
    prefix = None if match else next((prefix for prefix in _PREFIXES if full.startswith(prefix)), None)
    at = _target(repository, target, known) if match or prefix else None
    if at is None:
        return None
    if match:
        return Ref(match[3], "experiment", full, at[0], match[1] + match[2])
    assert prefix is not None
    return Ref(full.removeprefix(prefix), _PREFIXES[prefix], full, *at)


def _target(repository: pygit2.Repository, target: pygit2.Oid, known: Known) -> tuple[str, str | None] | None:
    key = str(target)
    if key not in known:
        commit = _commit(repository, target)
        found = None if commit is None else (str(commit.id), first_parent(commit))
        if found is None:
            # An object that is missing may come.
            return None
        known[key] = found
    return known[key]


def _commit(repository: pygit2.Repository, target: pygit2.Oid) -> pygit2.Commit | None:
    """The commit that an id stands for, through annotated tags; None for a tag of a file or a missing
    object."""
    try:
        commit = repository[target].peel(pygit2.Commit)
    except (KeyError, ValueError, pygit2.GitError):
        return None
    return commit if isinstance(commit, pygit2.Commit) else None


def first_parent(commit: pygit2.Commit) -> str | None:
    """The id of the first parent, also where a shallow clone does not hold it; None for a root commit."""
    if commit.parent_ids:
        return str(commit.parent_ids[0])
    header = commit.read_raw().split(b"\n\n", 1)[0].split(b"\n")
    return next((line.split()[1].decode("ascii") for line in header if line.startswith(b"parent ")), None)


def head_of(repository: pygit2.Repository) -> pygit2.Commit | None:
    """The commit of HEAD; None where there is no commit yet."""
    try:
        return repository.head.peel(pygit2.Commit)
    except (KeyError, pygit2.GitError):
        return None


def resolve(repository: pygit2.Repository, text: str) -> Ref:
    """The revision that `text` names: the working folder, a branch, tag, experiment, or anything git resolves
    to a commit.

    Raises:
        InputError: Nothing has that name (near names are given), or several things have it.
    """
    head = head_of(repository)
    if text == WORKSPACE:
        commit = str(head.id) if head else ""
        return Ref(WORKSPACE, "workspace", "", commit, commit or None)
    refs = list_refs(repository)
    named = [ref for ref in refs if text in (ref.name, ref.full)]
    if len({(ref.commit, ref.base) for ref in named}) > 1:
        raise InputError(_ambiguous(text, named, refs))
    if named:
        return named[0]
    commit_found = _resolved_by_git(repository, text)
    if commit_found is None:
        raise InputError(_unknown(text, refs))
    identity = str(commit_found.id)
    experiment = next((ref for ref in refs if ref.kind == "experiment" and ref.commit == identity), None)
    return Ref(text, "commit", "", identity, experiment.base if experiment else first_parent(commit_found))


def _resolved_by_git(repository: pygit2.Repository, text: str) -> pygit2.Commit | None:
    try:
        commit = repository.revparse_single(text).peel(pygit2.Commit)
    except (KeyError, ValueError, pygit2.GitError):
        # ValueError covers short ids that fit several objects and texts that cannot be a revision.
        return None
    return commit if isinstance(commit, pygit2.Commit) else None


def _ambiguous(text: str, named: Sequence[Ref], refs: Sequence[Ref]) -> str:
    if all(ref.kind == "experiment" for ref in named):
        places = ", ".join(f"{ref.commit[:9]} (based on {name_of(ref.base, refs)})" for ref in named)
        return f"'{text}' names {len(named)} experiments; give the commit of one of them: {places}."
    kinds = " and ".join(_NOUNS[ref.kind] for ref in named)
    return f"'{text}' is {kinds}; write the whole name: {', '.join(ref.full for ref in named)}."


def _unknown(text: str, refs: Sequence[Ref]) -> str:
    names = list(dict.fromkeys([*(ref.name for ref in refs), "HEAD", WORKSPACE]))
    near = difflib.get_close_matches(text, names, n=3, cutoff=0.5)
    near += [name for name in names if text and text in name and name not in near][: 3 - len(near)]
    if near:
        return f"'{text}' names no branch, tag, experiment or commit; did you mean {_either(near)}?"
    return f"'{text}' names no branch, tag, experiment or commit; `detour experiments` lists them."


def _either(names: Sequence[str]) -> str:
    quoted = [f"'{name}'" for name in names]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " or " + quoted[-1]


_ORDER: Sequence[Kind] = ("branch", "tag", "experiment", "remote")


def names_of(refs: Sequence[Ref]) -> Mapping[str, str]:
    """The short name of each commit that has one: of the branch, tag or experiment that points to it."""
    best: dict[str, tuple[int, bool, str]] = {}
    for ref in refs:
        if ref.kind in _ORDER:
            rank = _ORDER.index(ref.kind), ref.name != MAIN, ref.name
            best[ref.commit] = min(best.get(ref.commit, rank), rank)
    return {commit: rank[2] for commit, rank in best.items()}


def name_of(commit: str | None, refs: Sequence[Ref]) -> str:
    """A short name of a commit: the branch, tag or experiment that points to it, else nine digits; empty for
    None."""
    return short_name(commit, names_of(refs))


def short_name(commit: str | None, names: Mapping[str, str]) -> str:
    """As `name_of`, with the names at hand."""
    return "" if commit is None else names.get(commit, commit[:9])
