"""YAML that repeats itself, parsed block by block.

A history holds hundreds of versions of params.yaml that differ in one block, and the parser takes
milliseconds for each. The text is therefore cut at its top-level keys, and the text of a block is parsed once
in the life of the process. Where a file cannot be cut (anchors used across blocks, flow style, several
documents, duplicate keys) it is parsed whole, so the values are always those of the whole file under the
rules of `pipeline.study.parse_yaml`, which are DVC's: YAML 1.2, in which 1e-05 is a number. Results are
shared between callers and must not be changed.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pipeline.errors import InputError
from tui.history.yaml_plain import parse_plain

_KEY = re.compile(r"^(?=[^\s#-])", re.MULTILINE)


def parse_params(text: str, name: str) -> Any:
    """The value of a params.yaml; `name` is what an error calls the file.

    Raises:
        InputError: The text is not YAML; the line is named.
    """
    merged = _merged(text)
    return parse_whole(text, name) if merged is None else merged


def parse_whole(text: str, name: str) -> Any:
    """The value of any YAML text; InputError as `parse_params`."""
    # pydantic comes with this import, and files that can be cut do not need it.
    from pipeline.study import parse_yaml

    if _may_be_too_deep(text):
        raise InputError(f"{name} opens more than {_MOST_OPENINGS} brackets; write blocks on lines of their own.")
    try:
        return parse_yaml(text, name)
    except (ValueError, TypeError, RecursionError) as error:
        raise InputError(f"{name} cannot be read ({' '.join(str(error).split())}).") from None


# libyaml's composer recurses without a limit: some ten thousand levels end the process.
_MOST_OPENINGS = 5000


def _may_be_too_deep(text: str) -> bool:
    return text.count("[") + text.count("{") + text.count("- - ") + text.count("? ? ") > _MOST_OPENINGS


def _merged(text: str) -> dict[Any, Any] | None:
    """The mapping made of its top-level blocks; None where the text cannot be cut."""
    starts = [match.start() for match in _KEY.finditer(text)]
    if not starts or not _is_blank(text[: starts[0]]):
        return None
    merged: dict[Any, Any] = {}
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        try:
            block = parse_block(text[start:end])
        except InputError:
            return None
        if not isinstance(block, Mapping) or len(block) != 1 or not merged.keys().isdisjoint(block):
            return None
        merged.update(block)
    return merged


def _is_blank(text: str) -> bool:
    return all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines())


@lru_cache(maxsize=4096)
def parse_block(text: str) -> Any:
    """The value of a block of YAML, remembered by its text.

    Raises:
        InputError: The block alone is not YAML; the sentence does not say where.
    """
    value = parse_plain(text)
    if value is not None:
        return value
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    if _may_be_too_deep(text):
        raise InputError("This opens too many brackets.")
    try:
        return YAML(typ="safe").load(text)
    except (YAMLError, ValueError, TypeError, RecursionError) as error:
        raise InputError(f"This is not valid YAML ({error}).") from None
