"""Agreement in words and as a matrix, for the screen and for `detour annotate CORPUS agreement`."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

from tui.output import plain
from tui.widgets.cells import fitted, width_of

NAME = 18
"""Columns of a label's name beside the matrix, at most."""


def kappa_sentence(answer: Mapping[str, Any]) -> str:
    """`kappa 0.712 [0.52, 0.90]; ann and bo gave 24 of 30 texts one label (80 %, by chance 31 %)`."""
    first, second = answer["annotators"]
    if not answer["texts"]:
        return f"no kappa: {answer['why']}"
    shares = f"{answer['observed']:.0%}, by chance {answer['expected']:.0%}"
    equal = f"{first} and {second} gave {answer['agreed']} of {answer['texts']} texts one label ({shares})"
    if answer["kappa"] is None:
        return f"no kappa: {answer['why']}; {equal}"
    interval = f"[{answer['low']:.2f}, {answer['high']:.2f}]" if answer["low"] is not None else "without an interval"
    return f"kappa {answer['kappa']:.3f} {interval}; {equal}"


def rest_sentence(answer: Mapping[str, Any], adjudicated: int) -> str:
    """What is left to do, what was skipped, and why there is no interval."""
    first, second = answer["annotators"]
    told = [f"{answer['differ']} differ, of which {adjudicated} adjudicated"]
    told += [f"{name} skipped {count}" for name, count in zip((first, second), answer["skipped"], strict=True) if count]
    if answer["waiting"]:
        told.append(f"{answer['waiting']} not looked at by both")
    if answer["kappa"] is not None and answer["low"] is None:
        told.append("an interval takes five texts with equal and five with different labels")
    return "; ".join(told) + "."


def often_sentence(answer: Mapping[str, Any], most: int = 3) -> str:
    """The pairs of labels that are given to the same text most often; empty where none is."""
    labels, matrix = answer["labels"], answer["matrix"]
    pairs = {
        (labels[one], labels[other]): matrix[one][other] + matrix[other][one]
        for one in range(len(labels))
        for other in range(one + 1, len(labels))
    }
    found = sorted((pair for pair in pairs if pairs[pair]), key=lambda pair: -pairs[pair])[:most]
    told = ", ".join(f"{one} / {other} {pairs[one, other]}" for one, other in found)
    return f"Taken for each other most often: {told}." if told else ""


def matrix_lines(answer: Mapping[str, Any], keys: Mapping[str, str]) -> list[Text]:
    """The confusion matrix: rows are the first annotator's labels, columns the second's by key; labels nobody gave are left out.

    Args:
        answer: What `python -m pipeline.corpora.annotation agreement` told.
        keys: The key of each label.
    """
    labels, matrix = answer["labels"], answer["matrix"]
    used = [index for index in range(len(labels)) if any(matrix[index]) or any(row[index] for row in matrix)]
    if not used:
        return []
    first, second = answer["annotators"]
    width = max(3, 1 + max(len(str(matrix[one][other])) for one in used for other in used))
    room = min(NAME, max(width_of(labels[index]) for index in used))
    heads = "".join(f"{keys.get(labels[index], '?'):>{width}}" for index in used)
    lines = [plain(f"rows {first}, columns {second}", "dim"), plain(" " * (room + 2) + heads, "bold")]
    return lines + [_row(labels, matrix, keys, used, index, room, width) for index in used]


def _row(
    labels: Sequence[str],
    matrix: Sequence[Sequence[int]],
    keys: Mapping[str, str],
    used: Sequence[int],
    index: int,
    room: int,
    width: int,
) -> Text:
    line = plain(f"{fitted(labels[index], room)} ").append_text(plain(keys.get(labels[index], "?"), "bold"))
    for other in used:
        count = matrix[index][other]
        line.append_text(plain(f"{count or '·':>{width}}", "bold" if other == index else "" if count else "dim"))
    return line
