"""Schemes: the labels that annotators choose from, the key that gives each, and what each means.

A scheme is `annotations/schemes/NAME.yaml`:

    title: Positive or negative
    guidelines: What is labelled, and what to do in doubt.
    labels:
      negative: {key: n, meaning: the writer advises against it}
      positive: {key: p}

Its order is the order on the screen and in tables. Every fault is an `InputError`.
"""

import json
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from pipeline.files import write_text
from pipeline.study import read_yaml
from pipeline.study.words import choose, short

FOLDER = Path("annotations/schemes")
LOWER = string.ascii_lowercase.replace("q", "")
KEYS = LOWER + string.ascii_uppercase
"""Letters that may give a label; `q` leaves the app, and digits open its screens."""


@dataclass(frozen=True)
class Label:
    """One label of a scheme."""

    name: str
    key: str
    """The letter that gives it."""
    meaning: str = ""


@dataclass(frozen=True)
class Scheme:
    """What annotators choose from."""

    name: str
    labels: tuple[Label, ...]
    title: str = ""
    guidelines: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The labels in order."""
        return tuple(label.name for label in self.labels)

    def by_key(self, key: str) -> str | None:
        """The label that a key gives."""
        return next((label.name for label in self.labels if label.key == key), None)

    def key_of(self, name: str) -> str:
        """The key that gives a label of the scheme."""
        return next(label.key for label in self.labels if label.name == name)

    def near(self, word: str) -> str:
        """The mend for a label that is not in the scheme."""
        return choose(word, self.names)


def scheme_path(root: Path, name: str) -> Path:
    """Where a scheme lies."""
    return root / FOLDER / f"{name}.yaml"


def scheme_names(root: Path) -> list[str]:
    """The schemes of a working tree, sorted."""
    return sorted(path.stem for path in (root / FOLDER).glob("*.yaml"))


def read_scheme(root: Path, name: str) -> Scheme:
    """Read a scheme by name.

    Raises:
        InputError: There is no such scheme, or it is not one.
    """
    if name not in scheme_names(root):
        raise InputError(f"There is no scheme '{name}' in {FOLDER}; {choose(name, scheme_names(root))}")
    place = f"{FOLDER}/{name}.yaml"
    try:
        values = read_yaml(scheme_path(root, name))
    except InputError as error:
        raise InputError(str(error).replace(str(scheme_path(root, name)), place)) from None
    return _scheme_from(name, place, values)


def _scheme_from(name: str, place: str, values: Any) -> Scheme:
    known = ("title", "guidelines", "labels")
    if not isinstance(values, dict) or not isinstance(values.get("labels"), dict):
        raise InputError(f"{place} holds no labels; give it `labels:` with one label a line, as `joy: {{key: j}}`.")
    for key in values:
        if key not in known:
            raise InputError(f"{place}: {key} is not a key of a scheme; {choose(str(key), known)}")
    for key in known[:2]:
        if not isinstance(values.get(key, ""), str):
            raise InputError(f"{place}: {key} is {short(values[key])}; it should be text.")
    labels = tuple(_label(place, label, value) for label, value in values["labels"].items())
    _refuse(place, labels)
    return Scheme(name, labels, values.get("title", ""), values.get("guidelines", ""))


def _label(place: str, name: Any, value: Any) -> Label:
    if not isinstance(name, str) or not name.strip() or name != name.strip():
        raise InputError(f"{place}: the label {short(name)} is no name; write it as text, in quotes if it is a number.")
    value = {} if value is None else value
    if not isinstance(value, dict) or not value.keys() <= {"key", "meaning"}:
        raise InputError(
            f"{place}: labels.{name} is {short(value)}; give it a key and a meaning, as {{key: j, meaning: ...}}."
        )
    key, meaning = value.get("key"), value.get("meaning", "")
    if not isinstance(key, str) or len(key) != 1 or key not in KEYS:
        raise InputError(
            f"{place}: labels.{name}.key is {short(key)}; it should be one letter, A to Z or a to z without q."
        )
    if not isinstance(meaning, str):
        raise InputError(f"{place}: labels.{name}.meaning is {short(meaning)}; it should be text.")
    return Label(name, key, meaning)


def _refuse(place: str, labels: Sequence[Label]) -> None:
    if len(labels) < 2:
        raise InputError(f"{place} has {len(labels)} label; annotators need two to choose from.")
    owner: dict[str, str] = {}
    for label in labels:
        if label.key in owner:
            raise InputError(
                f"{place}: labels.{owner[label.key]} and labels.{label.name} have the key {label.key}; change one of them."
            )
        owner[label.key] = label.name


def find_scheme(root: Path, labels: Iterable[str]) -> Scheme | None:
    """The first scheme whose labels are these, in whatever order; one that cannot be read is passed over."""
    wanted = set(labels)
    for name in scheme_names(root):
        try:
            found = read_scheme(root, name)
        except InputError:
            continue
        if set(found.names) == wanted:
            return found
    return None


def make_scheme(name: str, labels: Sequence[str]) -> Scheme:
    """A scheme of these labels, with keys that are easy to remember.

    Raises:
        InputError: There are more labels than keys.
    """
    if len(labels) > len(KEYS):
        raise InputError(
            f"{name} has {len(labels)} labels and the keyboard {len(KEYS)} letters; label it in two steps."
        )
    keys = give_keys(labels)
    return Scheme(name, tuple(Label(label, keys[label]) for label in labels), f"Labels of {name}")


def give_keys(labels: Iterable[str]) -> dict[str, str]:
    """A key for each label: its initial where that is free, another of its letters, its capital initial, any letter last."""
    labels = list(labels)
    given: dict[str, str] = {}
    for letters_of in (lambda label: label.lower()[:1], str.lower, lambda label: label.upper()[:1], lambda _: KEYS):
        for label in labels:
            free = [key for key in letters_of(label) if key in KEYS and key not in given.values()]
            if free and label not in given:
                given[label] = free[0]
    return {label: given[label] for label in labels}


def write_scheme(root: Path, scheme: Scheme) -> Path:
    """Write a scheme for people to complete."""
    path = scheme_path(root, scheme.name)
    lines = ["# One label a line: the letter that gives it, and what it means; = shows this while labelling."]
    lines += [f"title: {_quoted(scheme.title)}", f"guidelines: {_quoted(scheme.guidelines)}", "labels:"]
    lines += [_line(label) for label in scheme.labels]
    write_text(path, "\n".join(lines) + "\n")
    return path


def _line(label: Label) -> str:
    return f"  {_quoted(label.name)}: {{key: {label.key}, meaning: {_quoted(label.meaning)}}}"


def _quoted(text: str) -> str:
    # JSON is YAML.
    return json.dumps(text, ensure_ascii=False)


def scheme_as_mapping(scheme: Scheme) -> Mapping[str, Any]:
    """A scheme as JSON's types."""
    return {"name": scheme.name, "title": scheme.title, "guidelines": scheme.guidelines,
            "labels": [vars(label) for label in scheme.labels]}  # fmt: skip
