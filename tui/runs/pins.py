"""What a study takes from elsewhere: pinning the hub's commits, and refusing a run that could not get what it needs.

The hub is asked by a process of its own (`pipeline.pins`). Only the word `unpinned` is replaced in the file; comments,
order and everything else stay as they are.
"""

import json
import subprocess
import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from pipeline.files import sha256_of_file, write_text
from pipeline.study import UNPINNED, Hub, HubData, Study, read_yaml


def pin_file(path: Path) -> dict[str, str]:
    """Write the current commit in the place of every `unpinned` of an overlay or a params.yaml.

    Returns:
        The keys that were pinned, with their commits.

    Raises:
        InputError: Nothing is unpinned, or the hub cannot be asked; the file is as it was.
    """
    from ruamel.yaml import YAML

    read_yaml(path)  # For its sentence on broken YAML.
    text = path.read_text(encoding="utf-8")
    values = YAML().load(text)
    if not isinstance(values, dict):
        raise InputError(f"{path.name} holds no blocks; give it top-level keys of params.yaml.")
    blocks = dict(_unpinned(values))
    if not blocks:
        raise InputError(f"{path.name} has no revision that is unpinned; there is nothing to ask the hub for.")
    commits = _ask(blocks)
    lines = text.splitlines(keepends=True)
    # From the end, so that positions before stay what they are.
    for place, block in sorted(blocks.items(), key=lambda item: item[1].lc.value("revision"), reverse=True):
        row, column = block.lc.value("revision")
        before, after = lines[row][:column], lines[row][column:]
        lines[row] = before + after.replace(UNPINNED, commits[place], 1)
    write_text(path, "".join(lines))
    return commits


def _ask(blocks: dict[str, Any]) -> dict[str, str]:
    return _answers([_question(place, str(block["id"]), UNPINNED) for place, block in blocks.items()])


def _question(place: str, name: str, revision: str) -> dict[str, str]:
    kind = "dataset" if place.startswith("corpora.") else "model"
    return {"kind": kind, "id": name, "place": place, "revision": revision}


def _answers(asked: list[dict[str, str]]) -> dict[str, str]:
    command = [sys.executable, "-P", "-m", "pipeline.pins"]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise InputError(
            (done.stderr.strip().splitlines() or ["The hub could not be asked, and nothing was said why."])[-1]
        )
    commits: dict[str, str] = json.loads(done.stdout)
    return commits


def _unpinned(values: Any) -> Iterator[tuple[str, Any]]:
    """Every block `hub` without a commit, with its key, in the order of the file."""
    for model, encoder in (values.get("encoders") or {}).items():
        if (encoder.get("hub") or {}).get("revision") == UNPINNED:
            yield f"encoders.{model}.hub", encoder["hub"]
    for key, corpus in (values.get("corpora") or {}).items():
        for index, file in enumerate(corpus.get("source") or []):
            if (file.get("hub") or {}).get("revision") == UNPINNED:
                yield f"corpora.{key}.source.{index}.hub", file["hub"]
    for pair, model in ((values.get("translation") or {}).get("models") or {}).items():
        if (model.get("hub") or {}).get("revision") == UNPINNED:
            yield f"translation.models.{pair}.hub", model["hub"]


def unpinned_places(study: Study) -> list[str]:
    """The keys of a study that name something of the hub without a commit."""
    return [f"{place}.hub" for _, place, hub in _hub_places(study) if hub.revision == UNPINNED]


def refuse_missing(study: Study, stages: Collection[str], overlay: str | None, tree: Path) -> None:
    """Refuse stages that could not get what they fetch, before hours of training fail one after another.

    Args:
        study: The study as the run sees it.
        stages: Names of the stages that are to run.
        overlay: What `--study` was given, for the command that mends it.
        tree: The run's tree.

    Raises:
        InputError: A file is not there, something of the hub has no commit yet or cannot be reached; the first in the
            order of the study is named.
    """
    _refuse_missing_files(study, stages, tree)
    _refuse_other_labels(study, stages, tree)
    found = [(stage, place, hub) for stage, place, hub in _hub_places(study) if stage in stages]
    _refuse_unpinned(found, overlay)
    if found:
        _answers([_question(f"{place}.hub", hub.id, hub.revision) for _, place, hub in found])


def _refuse_missing_files(study: Study, stages: Collection[str], tree: Path) -> None:
    missing = [
        (file.path, f"corpora.{key}.source.{index}", file.by_hand)
        for key, corpus in study.corpora.items()
        for index, file in enumerate(corpus.source)
        if f"collect@{key}" in stages
        and file.path
        and file.path.startswith("data/")
        and not (tree / file.path).exists()
    ]
    if missing and (tree / "data").is_dir():
        path, place, by_hand = missing[0]
        others = ", ".join(other for other, _, _ in missing[1:])
        mend = by_hand.mend(path) if by_hand else "put what is missing there"
        raise InputError(
            f"{path} ({place}) is not in the data that git knows{f', nor are {others}' if others else ''}; {mend}, "
            "`dvc add data` and commit data.dvc, or correct the path."
        )


def _refuse_other_labels(study: Study, stages: Collection[str], tree: Path) -> None:
    """Labels by hand have to be in git as params.yaml names them."""
    for key, corpus in study.corpora.items():
        for index, file in enumerate(corpus.source):
            named = file.annotations
            if named is None or f"collect@{key}" not in stages:
                continue
            path = tree / named.path
            if not path.is_file() or sha256_of_file(path) != named.sha256:
                raise InputError(
                    f"corpora.{key}.source.{index}.annotations does not name {named.path} as git has it; `detour annotate "
                    f"{named.path.split('/')[1]} export` brings them in agreement, then commit both."
                )


def _refuse_unpinned(found: Sequence[tuple[str, str, Hub | HubData]], overlay: str | None) -> None:
    for stage, place, hub in found:
        if hub.revision == UNPINNED:
            command = f"detour study pin {overlay}" if overlay else "detour study pin"
            raise InputError(
                f"{place}.hub.revision is unpinned, so {stage} cannot fetch {hub.id}; `{command}` asks the hub for its current "
                "commit and writes it there."
            )


def _hub_places(study: Study) -> Iterator[tuple[str, str, Hub | HubData]]:
    """Everything of the hub that a study names: the stage that fetches it, its key, and what it is."""
    for model in study.models:
        if (model_hub := study.encoders[model].hub) is not None:
            yield f"encoder@{model}", f"encoders.{model}", model_hub
    for key, corpus in study.corpora.items():
        for index, file in enumerate(corpus.source):
            if file.hub is not None:
                yield f"collect@{key}", f"corpora.{key}.source.{index}", file.hub
    translated = [key for key, corpus in study.corpora.items() if corpus.translation != "none"]
    for pair, marian in study.translation.models.items() if study.translation.engine == "marian" else ():
        if marian.hub is not None:
            yield from ((f"translate@{key}", f"translation.models.{pair}", marian.hub) for key in translated)
