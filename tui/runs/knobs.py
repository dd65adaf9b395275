"""The knobs of a study that a run may turn, with their present values, and what is wrong with turned ones."""

import json
from collections.abc import Mapping
from typing import Any

from pipeline.errors import InputError
from pipeline.study import Study
from tui.runs.overrides import changed_params


def knob_values(study: Study) -> dict[str, str]:
    """Each knob by its dotted key, its value as YAML on one line: fine-tuning first, since that is changed most."""
    found: dict[str, str] = {}
    for block in ("target", "intermediate"):
        settings = getattr(study.training, block)
        for field in type(settings).model_fields:
            found[f"training.{block}.{field}"] = _written(getattr(settings, field))
    found["seeds"] = _written(study.seeds)
    for field in type(study.split).model_fields:
        found[f"split.{field}"] = _written(getattr(study.split, field))
    return found


def _written(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(list(value) if isinstance(value, tuple) else value)


def faults_of(params: str, settings: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with each changed value, by key; with the key of the last one what is wrong with all of them together.

    Args:
        params: The text of params.yaml.
        settings: Changed values as they are typed.
    """
    together = _fault(params, settings) if settings else ""
    if not together:
        return {}
    faults = {key: fault for key, value in settings.items() if (fault := _fault(params, {key: value}))}
    return faults or {list(settings)[-1]: together}


def _fault(params: str, settings: Mapping[str, str]) -> str:
    try:
        changed_params(params, None, [f"{key}={value}" for key, value in settings.items()])
    except InputError as error:
        return str(error).removeprefix("params.yaml: ")
    return ""
