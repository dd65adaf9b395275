"""Words of sentences about faults: values cut short, and near words offered."""

import difflib
import json
from collections.abc import Iterable
from typing import Any


def short(value: Any) -> str:
    """A value as JSON, at most 60 characters of it."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def choose(word: str, options: Iterable[str]) -> str:
    """The end of a sentence: `did you mean 'x'?` where one is near, else the list of what exists."""
    options = list(options)
    near = difflib.get_close_matches(word, options, n=1)
    if near:
        return f"did you mean '{near[0]}'?"
    return f"choose one of {', '.join(options)}." if options else "remove it."
