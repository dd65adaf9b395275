"""Changing params.yaml for a run: an overlay of studies/, then single values.

The text is changed through ruamel.yaml's round trip, so comments and order stay. The result is checked as a study before
anything is written; a fault is one sentence and leaves the file as it was.
"""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from pipeline.files import write_text
from pipeline.study import Study, parse_yaml, read_yaml, study_from
from pipeline.study.words import choose


def find_overlay(root: Path, name: str) -> Path:
    """The file of an overlay given by name (`paper` is studies/paper.yaml) or by path.

    Raises:
        InputError: There is no such file; the overlays that exist are named.
    """
    for path in (root / "studies" / f"{name}.yaml", Path(name)):
        if path.is_file():
            return path.resolve()
    known = ", ".join(sorted(path.stem for path in (root / "studies").glob("*.yaml"))) or "none yet"
    raise InputError(f"There is no study '{name}': neither studies/{name}.yaml nor a file {name} (known: {known}).")


def change_params(path: Path, overlay: Path | None, settings: Sequence[str]) -> Study:
    """Write an overlay and single values into a params.yaml.

    Args:
        path: The params.yaml to change.
        overlay: A YAML file whose top-level blocks replace those of `path`.
        settings: `key=value` with dots in the key and YAML in the value, as `training.target.epochs=1`; a place in a
            list is a number from 0, as `corpora.sms_spam.source.0.sample=50`.

    Returns:
        The study as it now stands.

    Raises:
        InputError: A key does not exist, a value does not fit, or the resulting study is not valid; nothing is written.
    """
    text = path.read_text(encoding="utf-8")
    changed, study = changed_params(text, overlay, settings)
    if changed != text:
        write_text(path, changed)
    return study


def changed_params(text: str, overlay: Path | None, settings: Sequence[str]) -> tuple[str, Study]:
    """The text of a params.yaml with an overlay and single values, and the study that it is.

    Raises:
        InputError: As `change_params`.
    """
    changed = _changed_text(text, overlay, settings)
    source = "params.yaml" if overlay is None else f"params.yaml with {overlay.name}"
    return changed, study_from(parse_yaml(changed, source), source)


def _changed_text(text: str, overlay: Path | None, settings: Sequence[str]) -> str:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    if overlay is None and not settings:
        return text
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 120
    parse_yaml(text, "params.yaml")  # For its sentence on broken YAML.
    values = yaml.load(text)
    if overlay is not None:
        read_yaml(overlay)  # For its sentence on broken YAML.
        blocks = yaml.load(overlay.read_text(encoding="utf-8"))
        if not isinstance(blocks, dict):
            raise InputError(f"{overlay} holds no blocks; give it top-level keys of params.yaml.")
        for key, block in blocks.items():
            _require(key in values, str(overlay), str(key), values)
            values[key] = block
    for setting in settings:
        _set(values, setting)
    stream = io.StringIO()
    try:
        yaml.dump(values, stream)
    except (YAMLError, RecursionError) as error:
        raise InputError(
            f"The changed params.yaml cannot be written ({' '.join(str(error).split())}); edit it by hand."
        ) from None
    return stream.getvalue()


def _set(values: Any, setting: str) -> None:
    key, equals, written = setting.partition("=")
    if not equals or not key:
        raise InputError(f"--set {setting}: give key=value, such as --set training.target.epochs=1.")
    block = values
    *path, last = key.split(".")
    for number, part in enumerate(path, 1):
        block = block[_place(block, part, setting, path[: number - 1])]
        if not isinstance(block, dict | list):
            raise InputError(
                f"--set {setting}: {'.'.join(path[:number])} is a single value; there is nothing under it to set."
            )
    place: Any = last
    if isinstance(block, list):
        place = _place(block, last, setting, path)
    # Optional keys may be absent from the file; whether `last` may stand here is the study's to say.
    block[place] = parse_yaml(written, f"--set {setting}") if written else None


def _place(block: Any, part: str, setting: str, above: Sequence[str]) -> Any:
    """The key or the index of a part of a dotted key."""
    if isinstance(block, dict):
        _require(part in block, f"--set {setting}", part, block)
        return part
    if not (part.isascii() and part.isdecimal()):
        raise InputError(
            f"--set {setting}: {'.'.join(above)} is a list, whose places are numbers from 0; '{part}' is none."
        )
    if int(part) >= len(block):
        raise InputError(f"--set {setting}: '{part}' is not a place in a list of {len(block)}; count from 0.")
    return int(part)


def _require(known: bool, place: str, key: str, block: Any) -> None:
    if not known:
        raise InputError(f"{place}: '{key}' is not a key of params.yaml; {choose(key, map(str, block))}")
