"""The main checkout of a study and the git commands that Detour gives.

A study is a git repository with a params.yaml; runs live in worktrees of it. Everything that is shared by runs (their trees,
locks, the DVC cache) belongs to the *main checkout*, found through git wherever the command was given.
"""

import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import InputError

NO_STUDY = "This repository is no study of Detour: its params.yaml and dvc.yaml name no task with cells."
"""What holds where `Checkout.is_study` does not."""


@dataclass(frozen=True)
class Checkout:
    """A study's main checkout."""

    root: Path
    """Absolute path of the main working tree."""
    here: Path
    """The working tree that the command was given in: the main one, or one linked to it. Its HEAD and params.yaml count."""

    @property
    def is_study(self) -> bool:
        """Whether params.yaml asks for cells or dvc.yaml makes them: else this is any repository with DVC, whose experiments can be
        browsed. A params.yaml that is broken leaves a study one."""
        return any(_names_a_task(self.here / name, key) for name, key in _TASKS.items())

    @property
    def runs(self) -> Path:
        """The folder that holds one folder for each run."""
        return self.root / ".detour" / "runs"

    @property
    def locks(self) -> Path:
        """The folder of file locks that runs share."""
        return self.root / ".detour" / "locks"


# A key of a task, in YAML or in JSON, which is YAML.
_TASK = r"""["']?(?:classification|sentiment|similarity)["']?\s*:"""
_TASKS = {
    "params.yaml": re.compile(rf"^ ?{_TASK}", re.MULTILINE),
    # Among the stages.
    "dvc.yaml": re.compile(rf"^  {_TASK}", re.MULTILINE),
}
"""By file, a task among the keys that name one there."""


def _names_a_task(file: Path, key: re.Pattern[str]) -> bool:
    """Whether a task stands among the keys of a YAML file, which need not be valid."""
    try:
        return key.search(file.read_text(encoding="utf-8", errors="replace")) is not None
    except OSError:
        return False


def find_checkout(start: Path | None = None, browsing: bool = False) -> Checkout:
    """The main checkout of the folder `start` (the current one where absent).

    Args:
        start: The folder.
        browsing: Whether any repository with DVC will do, since nothing is run in it (`Checkout.is_study` tells).

    Raises:
        InputError: The folder is in no git repository, or the repository holds no study (nothing of DVC's, when browsing).
    """
    start = (start or Path.cwd()).resolve()
    try:
        common, here = git(
            start, "rev-parse", "--path-format=absolute", "--git-common-dir", "--show-toplevel"
        ).splitlines()
    except GitFault:
        raise InputError(f"{start} is in no git repository; go to the folder of a Detour study.") from None
    root = Path(common).parent
    if browsing and any((Path(here) / name).exists() for name in (".dvc", "dvc.yaml")):
        return Checkout(root, Path(here))
    if not (root / "params.yaml").is_file() or not (root / ".dvc").is_dir():
        raise InputError(f"{root} holds no study (params.yaml and .dvc are wanted); go to the folder of one.")
    return Checkout(root, Path(here))


heard: list[Callable[[Sequence[str], int], None]] = []
"""Called with every git command that was given and its exit status: the app's command log."""


class GitFault(RuntimeError):
    """A git command failed; the message is what git said."""


def git(tree: Path, *arguments: str, variables: Mapping[str, str] | None = None, text: str | None = None) -> str:
    """Run git in `tree` and return its output without surrounding white space.

    Args:
        tree: The working tree to run in.
        arguments: The command after `git`, never read by a shell.
        variables: Environment variables on top of the present ones.
        text: Standard input.

    Raises:
        GitFault: git ended with another status than 0.
    """
    done = subprocess.run(
        ["git", *arguments],
        cwd=tree,
        # What only looks takes no lock that a person's own git may want, and writes nothing.
        env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", **(variables or {})},
        input=text,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        check=False,
    )
    for listener in heard:
        listener(["git", *arguments], done.returncode)
    if done.returncode:
        raise GitFault(f"git {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout.strip()


def git_lines(tree: Path, *arguments: str) -> Sequence[str]:
    """The output of a git command that was given `-z`, as a list."""
    return [part for part in git(tree, *arguments).split("\0") if part]
