"""From the text of params.yaml to a study, or one sentence."""

import json
import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pipeline.errors import InputError
from pipeline.study.allowed import allowed, known_keys
from pipeline.study.blocks import Study
from pipeline.study.checks import faults
from pipeline.study.words import choose, short


def load_study(path: Path | str = "params.yaml") -> Study:
    """Read and check a study.

    Args:
        path: The file, `params.yaml` of the current folder where absent.

    Returns:
        The study, frozen.

    Raises:
        InputError: The file is missing, is not YAML, or holds something that the study cannot use.
    """
    return study_from(read_yaml(path), str(path))


def read_yaml(path: Path | str) -> Any:
    """Read a YAML file with the parser and the rules that DVC uses (YAML 1.2, duplicate keys refused).

    Raises:
        InputError: The file is missing, not UTF-8, or not YAML; the line is named.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; run this in the folder of a Detour study.") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError(f"{path}, line {line}: the file is not UTF-8; save it as UTF-8.") from None
    return parse_yaml(text, str(path))


def parse_yaml(text: str, name: str) -> Any:
    """Parse YAML text with DVC's rules; `name` is what an error calls the text."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return YAML(typ="safe").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        problem = " ".join(str(error.problem).split())
        raise InputError(f"{name}, line {line}: this is not valid YAML ({problem}); mend that line.") from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise InputError(f"{name} is not valid YAML ({' '.join(str(error).split())}); mend the file.") from None


def study_from(values: Any, name: str = "params.yaml") -> Study:
    """Check already parsed values; `name` is what errors call the file.

    Raises:
        InputError: As `load_study`.
    """
    if not isinstance(values, dict):
        raise InputError(f"{name} holds no keys; it should be a mapping with models, corpora, starts and so on.")
    try:
        # Through JSON, where strict types still let a list become a tuple.
        text = json.dumps(values, default=str)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name} holds a value that contains itself or is too long ({error}); write it out.") from None
    try:
        study = Study.model_validate_json(text)
    except ValidationError as error:
        raise InputError(_sentence(error, values, name)) from None
    for fault in faults(study):
        raise InputError(f"{name}: {fault}")
    return study


def _sentence(error: ValidationError, values: Any, name: str) -> str:
    """The first fault of a validation as a sentence with file, key, value and mend."""
    faults = error.errors(include_url=False)
    # A mistyped key is both unknown and missing: the unknown one is the word to mend.
    first = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
    location = [str(part) for part in first["loc"] if f"[{part}" not in str(part)]
    location = [part for part in location if part not in ("str", "tuple[str, ...]")]
    key = ".".join(location) or "the file"
    if first["type"] == "extra_forbidden":
        return f"{name}: {key} is not a key that Detour knows; {choose(location[-1], known_keys(location[:-1]))}"
    if first["type"] == "missing":
        return f"{name}: {key} is missing; add it (the sample study's params.yaml shows each key with a comment)."
    return f"{name}: {key} is {short(first['input'])}; {_mend(first, location)}."


def _mend(fault: ErrorDetails, location: list[str]) -> str:
    """What should stand in the place of a value."""
    options = allowed(location)
    if fault["type"] in ("value_error", "finite_number") or options is None:
        message = fault["msg"].removeprefix("Value error, ").replace("Input should be", "it should be")
        message = re.sub(r"^(List|Tuple|Dictionary|Input|String) should", "it should", message)
        return f"{message[0].lower()}{message[1:]}"
    if options.startswith("text") and isinstance(fault["input"], bool | int | float):
        # YAML reads 0, true and 2020 as what they look like.
        return "it should be text: put it in quotes"
    return f"it should be {options}"
