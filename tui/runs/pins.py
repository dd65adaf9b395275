"""Commits of the hub that a study has not pinned yet: finding them, asking for them, refusing to run without them.

The hub is asked by a process of its own (`pipeline.pins`). Only the word `unpinned` is replaced in the file; comments,
order and everything else stay as they are.
"""

import json
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from pipeline.files import write_text
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
    blocks = dict(_unpinned(YAML().load(text)))
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
    asked = [
        {"kind": "model" if place.startswith("encoders.") else "dataset", "id": str(block["id"]), "place": place}
        for place, block in blocks.items()
    ]
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


def unpinned_places(study: Study) -> list[str]:
    """The keys of a study that name something of the hub without a commit."""
    return [f"{place}.hub" for _, place, hub in _hub_places(study) if hub.revision == UNPINNED]


def refuse_unpinned(study: Study, stages: Collection[str], overlay: str | None) -> None:
    """Refuse stages that would ask the hub for something that has no commit yet.

    Args:
        study: The study as the run sees it.
        stages: Names of the stages that are to run.
        overlay: What `--study` was given, for the command that mends it.

    Raises:
        InputError: One of them would; the first in the order of the study is named.
    """
    for stage, place, hub in _hub_places(study):
        if stage in stages and hub.revision == UNPINNED:
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
