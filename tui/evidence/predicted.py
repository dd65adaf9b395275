"""Predicted label ids of one cell as reports/predicted holds them: every scored test row, for every seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.errors import InputError

Ids = tuple[int, ...]


@dataclass(frozen=True)
class Predicted:
    """n scored test rows in the order of the test file."""

    labels: tuple[str, ...]
    """Names by label id."""
    languages: tuple[str, ...]
    """n languages."""
    gold: Ids
    """n label ids."""
    by_seed: Mapping[str, Ids]
    """n label ids by seed, the seeds in rising order."""
    test: str = ""
    """The hash of ids and labels of the scored rows."""
    checkpoint: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """All that has to agree between F and IF, by leaf key."""
    intermediate_seeds: Ids = ()
    tfidf: Ids = ()
    """n label ids that TF-IDF predicts; empty where the record has none."""

    @property
    def seeds(self) -> tuple[str, ...]:
        """Seeds in rising order."""
        return tuple(self.by_seed)

    def label(self, id: int | None) -> str:
        """The name of a label id; a dash where the seeds have no majority."""
        return "-" if id is None else self.labels[id]


def read_predicted(value: Any, path: str) -> Predicted:
    """The record of predicted ids.

    Args:
        value: The parsed JSON.
        path: Where it stands, for sentences.

    Raises:
        InputError: A part is missing or does not fit the others.
    """
    try:
        return _read(value)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        why = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
        raise InputError(
            f"{path} cannot be read ({why}); run its cell again, `dvc repro --force --single-item` and its name."
        ) from None


def _read(value: Mapping[str, Any]) -> Predicted:
    labels = tuple(str(label) for label in value["labels"])
    gold = _ids(value["gold"], len(labels), "gold")
    seeds = sorted(value["predicted"], key=int)
    by_seed = {str(seed): _ids(value["predicted"][seed], len(labels), f"predicted.{seed}") for seed in seeds}
    if not (labels and gold and by_seed):
        raise ValueError("nothing was predicted")
    for name, ids in by_seed.items():
        if len(ids) != len(gold):
            raise ValueError(f"seed {name} has {len(ids)} rows where gold has {len(gold)}")
    about = value["about"][0]
    return Predicted(
        labels,
        _languages(value.get("languages"), len(gold)),
        gold,
        by_seed,
        str(about["test"]),
        str(about.get("checkpoint", "")),
        dict(about.get("settings") or {}),
        tuple(int(seed) for seed in value.get("intermediate_seeds") or ()),
        _ids(value.get("tfidf") or (), len(labels), "tfidf"),
    )


def _ids(values: Sequence[Any], labels: int, name: str) -> Ids:
    ids = tuple(values)
    if not all(type(id) is int and 0 <= id < labels for id in ids):
        raise ValueError(f"{name} holds what is no id of the {labels} labels")
    return ids


def _languages(values: Any, rows: int) -> tuple[str, ...]:
    languages = tuple(str(one) for one in values or ())
    if languages and len(languages) != rows:
        raise ValueError(f"languages has {len(languages)} rows where gold has {rows}")
    return languages or ("",) * rows
