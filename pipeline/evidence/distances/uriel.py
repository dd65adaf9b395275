"""Distances between languages from URIEL (Littell et al. 2017, EACL): syntax, phonology, inventory, family and geography.

The vectors are files of the package lang2vec (CC BY-SA 4.0), read in place and never copied: its module is not imported, since it needs a
setuptools older than 81. Syntax, phonology and inventory are those completed by nearest neighbours. A distance is 1 - cosine, as URIEL's
own. A language that URIEL does not have is told in a sentence, never guessed.
"""

import functools
import json
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np

from pipeline.evidence.distances.embedded import cosine
from pipeline.evidence.statistics import Floats

SETS = {
    "syntax": ("feature_predictions.npz", "S_"),
    "phonology": ("feature_predictions.npz", "P_"),
    "inventory": ("feature_predictions.npz", "INV_"),
    "family": ("family_features.npz", ""),
    "geography": ("geocoord_features.npz", ""),
}
"""By kind: the file of lang2vec and how its features' names begin."""
SPOKEN = {
    "zho": "cmn",
    "ara": "arb",
    "fas": "pes",
    "msa": "zsm",
    "est": "ekk",
    "lav": "lvs",
    "sqi": "als",
    "swa": "swh",
    "nor": "nob",
}
"""URIEL knows languages and not macrolanguages: the one that its code of ISO 639-1 usually means."""
SOURCE = "URIEL by lang2vec 1.1.2 (Littell et al. 2017), 1 - cosine"


def language_distances(one: str, other: str) -> dict[str, float] | str:
    """The distances of two languages by kind, or the sentence that says why there are none.

    Args:
        one: A code of ISO 639-1 or 639-3; a region or script behind a hyphen is left out.
        other: Another, or the same.
    """
    if _folder() is None:
        return "URIEL is not installed here (pip install lang2vec), so languages have no distance."
    for language in (one, other):
        if _code(language) not in _languages("feature_predictions.npz"):
            return f"URIEL has no data of the language '{language}', so it has no distance."
    return {kind: 1 - cosine(_vector(kind, _code(one)), _vector(kind, _code(other))) for kind in SETS}


def _code(language: str) -> str:
    bare = language.split("-")[0].lower()
    long = _letter_codes().get(bare, bare)
    known = _languages("feature_predictions.npz")
    return SPOKEN.get(long, long) if long not in known or long in SPOKEN else long


def _vector(kind: str, code: str) -> Floats:
    file, prefix = SETS[kind]
    vector: Floats = _matrix(file, prefix)[_languages(file)[code]]
    return vector


@functools.cache
def _folder() -> Path | None:
    # Not by name of module: the package also puts a script lang2vec.py beside the interpreter, which programs there find first.
    try:
        return Path(str(distribution("lang2vec").locate_file("lang2vec/data")))
    except PackageNotFoundError:
        return None


@functools.cache
def _letter_codes() -> dict[str, str]:
    folder = _folder()
    return dict(json.loads((folder / "letter_codes.json").read_text(encoding="utf-8"))) if folder else {}


@functools.cache
def _languages(file: str) -> dict[str, int]:
    folder = _folder()
    if folder is None:
        return {}
    with np.load(folder / file, allow_pickle=False) as data:
        return {str(code): place for place, code in enumerate(data["langs"])}


@functools.cache
def _matrix(file: str, prefix: str) -> Floats:
    """Languages x features whose name begins with `prefix`, of the file's one source."""
    folder = _folder()
    assert folder is not None, "whoever asks has looked"
    with np.load(folder / file, allow_pickle=False) as data:
        chosen = np.array([str(name).startswith(prefix) for name in data["feats"]])
        return np.asarray(data["data"][:, chosen, 0], dtype=np.float64)
