"""`detour export`: the fine-tuned model of one seed of a cell as a Hugging Face folder, with a model card.

The work is that of `python -m pipeline.exporting`, a process of its own in a throw-away tree of the experiment: `detour` loads no torch.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.errors import InputError
from tui.checkout import Checkout, GitFault, find_checkout, git
from tui.output import complain, emit_json, say

if TYPE_CHECKING:
    from pipeline.study import Cell

STOPPED = (130, 143)
"""Statuses of a process that was interrupted."""


def export(
    cell: Annotated[str, typer.Argument(help="A cell by its exact name, such as sentiment@emotions-imdb_genres-bert.")],
    seed: Annotated[int, typer.Option("--seed", "-s", help="The seed of fine-tuning.")],
    to: Annotated[Path, typer.Option("--to", "-t", metavar="DIR", help="A folder that does not exist or is empty.")],
    experiment: Annotated[
        str, typer.Option("--experiment", "-e", metavar="NAME", help="An experiment, branch, tag or commit.")
    ] = "HEAD",
    fold: Annotated[int | None, typer.Option("--fold", min=1, help="Which model, of a target in folds.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Write the fine-tuned model of one seed to DIR, once its predictions are checked equal to the recorded ones.

    Weights that were not kept are trained again, by the experiment's own code.
    """
    from pipeline.exporting.places import check_free
    from tui.history.refs import open_repository, resolve
    from tui.runs.hosting import Host
    from tui.runs.inputs import tree_with

    checkout = find_checkout()
    folder = to.resolve()
    check_free(folder)
    ref = resolve(open_repository(checkout.here), experiment)
    if ref.kind == "workspace":
        raise InputError("What the working folder holds has no commit to be named by; commit it and export HEAD.")
    commit = ref.commit
    found = _find(checkout, experiment, commit, cell, seed)
    outputs = [
        f"corpora/ready/{found.target}",
        f"checkpoints/{found.start}/{found.model}",
        f"predictions/{found.task}/{found.stem}.parquet",
    ]
    more = [f"--experiment={experiment}", *([f"--fold={fold}"] if fold else [])]
    # Whoever reads JSON from a pipe is not told twice.
    tell = _silent if as_json and not sys.stderr.isatty() else complain
    try:
        with Host() as host, tree_with(checkout, commit, outputs, host) as tree:
            ended = _carry_out(tree, [cell, str(seed), str(folder), *more], tell)
    except GitFault as fault:
        complain(f"{experiment} cannot be checked out for the export ({fault}).")
        raise typer.Exit(1) from None
    answer = ended.answer()
    told = {"cell": cell, "seed": seed, "experiment": experiment, "commit": commit, "folder": folder, **answer}
    if as_json:
        emit_json(told)
        return
    how = "trained again" if answer["trained"] else "from the kept weights"
    say(
        f"{cell}, seed {seed}, is in {folder} ({how}); {answer['rows']} predicted labels equal those of {answer['source']}."
    )


def _silent(_line: str) -> None:
    """Tell nobody."""


def _find(checkout: Checkout, experiment: str, commit: str, name: str, seed: int) -> "Cell":
    """The cell, once it is clear that the experiment has trained it with the seed.

    Raises:
        InputError: The experiment has no such cell, never trained it, or not with the seed.
    """
    from pipeline.study import parse_yaml, study_from
    from pipeline.study.words import choose

    where = f"params.yaml of {experiment}"
    text = _blob(checkout, commit, "params.yaml")
    if text is None:
        raise InputError(f"{experiment} holds no params.yaml; give an experiment of this study.")
    cells = {cell.name: cell for cell in study_from(parse_yaml(text, where), where).cells()}
    if name not in cells:
        raise InputError(f"The study of {experiment} has no cell '{name}'; {choose(name, cells)}")
    cell = cells[name]
    path = f"reports/predicted/{cell.task}/{cell.stem}.json"
    record = _blob(checkout, commit, path)
    if record is None:
        raise InputError(
            f"{name} was never trained in {experiment}; `detour run {name}` trains it, and `detour experiments` lists others."
        )
    try:
        seeds = list(json.loads(record)["predicted"])
    except (ValueError, KeyError, TypeError):
        raise InputError(
            f"{path} of {experiment} is no whole record; run the cell again (`detour run {name}`)."
        ) from None
    if str(seed) not in seeds:
        raise InputError(
            f"{name} has no seed {seed} in {experiment}; it was trained with {', '.join(map(str, seeds))}."
        )
    return cell


def _blob(checkout: Checkout, commit: str, path: str) -> str | None:
    try:
        return git(checkout.root, "cat-file", "blob", f"{commit}:{path}")
    except GitFault:
        return None


@dataclass(frozen=True)
class _Ended:
    """How the process that exports ended."""

    status: int
    said: str
    fault: str
    """The sentence that it was refused with."""

    def answer(self) -> Any:
        """What it answered.

        Raises:
            InputError: It found a fault of input.
            KeyboardInterrupt: It was interrupted.
            typer.Exit: It failed, which is told.
        """
        if self.status == 0:
            return json.loads(self.said)
        if self.status in STOPPED:
            raise KeyboardInterrupt
        if self.status == 2:
            raise InputError(self.fault)
        complain(self.fault or f"The export's process ended with status {self.status}, and nothing was written.")
        raise typer.Exit(1)


def _carry_out(tree: Path, words: Sequence[str], tell: Callable[[str], None]) -> _Ended:
    """Run `pipeline.exporting` in `tree`, telling each line that it says on the way; an interruption lets it keep its state."""
    # The experiment's own code gives what the experiment recorded; an older one knows no exports and is exported by this program's.
    own = [] if (tree / "pipeline" / "exporting").is_dir() else ["-P"]
    process = subprocess.Popen(
        [sys.executable, *own, "-m", "pipeline.exporting", *words],
        cwd=tree,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        # Ctrl-C is this process's to hear, and to pass on as what lets a training keep its state.
        start_new_session=True,
    )
    try:
        fault = _follow(process, tell)
    except BaseException:
        process.terminate()
        _follow(process, tell)
        process.wait()
        raise
    assert process.stdout is not None
    said = process.stdout.read()
    return _Ended(process.wait(), said, fault)


def _follow(process: "subprocess.Popen[str]", tell: Callable[[str], None]) -> str:
    """Tell what it says until it says no more; the sentence of its fault, which is not told."""
    fault = ""
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("error: "):
            fault = line.removeprefix("error: ").strip()
        else:
            tell(line.rstrip("\n"))
    return fault
