"""Which training a kept state belongs to, in terms that a plan can check without torch: parameters and hashes of files.

The fingerprint of a fit covers tensors, so that it is known only where data and model are loaded. An origin covers what
these are made from. Where all of it is as it was, on the same machine, the fingerprint is too and the state is taken; where it is
not, the state may still be taken. So a plan may overlook a state, and never promises one that is not used.
"""

import functools
import hashlib
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.study import Cell, Study

CODE = ("pipeline/divisions.py", "pipeline/encoders.py", "pipeline/seeds.py", "pipeline/training")
"""Code between the files and the first step: modules, and a folder of them."""

LANGUAGE = "pipeline/language_models.py"
"""Code of starts that are trained on texts alone."""

PACKAGES = ("numpy", "tokenizers", "torch", "transformers")

PARTS = ("train", "dev", "test")


@dataclass(frozen=True)
class Origin:
    """What one fit of a stage begins from."""

    stage: str
    seed: int
    values: Mapping[str, Any]
    """Of params.yaml, plain."""
    paths: tuple[str, ...]
    """Files and folders of the tree that it reads, its checkpoint among them."""

    def described(self, files: Mapping[str, str]) -> dict[str, Any]:
        """As JSON.

        Args:
            files: The MD5 of every file at or below `paths`, by path.
        """
        return {
            "stage": self.stage,
            "seed": self.seed,
            "values": dict(self.values),
            "files": dict(sorted(files.items())),
            "packages": {name: version(name) for name in PACKAGES},
            "host": platform.node(),
        }


def origin_of_cell(study: "Study", cell: "Cell", seed: int) -> Origin:
    """What fine-tuning of a cell begins from, in any fold."""
    from pipeline.study import PRETRAINED

    corpus, folder = study.corpus(cell.target), f"checkpoints/{cell.start}/{cell.model}"
    values: dict[str, Any] = {
        "settings": study.training.target.model_dump(mode="json"),
        "labels": list(corpus.labels),
        "head": "reinit",
    }
    if cell.start != PRETRAINED:
        seeds = study.training.intermediate.seeds
        folder = f"{folder}/{seeds[study.seeds.index(seed) % len(seeds)]}"
        values["head"] = study.start(cell.start).head
    parts = (f"corpora/ready/{cell.target}/{part}.parquet" for part in PARTS)
    return Origin(cell.name, seed, values, (*parts, folder, *CODE))


def origin_of_intermediate(study: "Study", start: str, model: str, seed: int) -> Origin:
    """What intermediate training begins from."""
    values = {
        "settings": study.training.intermediate.model_dump(mode="json", exclude={"seeds"}),
        "epochs": study.start(start).epochs,
        "objective": study.start(start).objective,
    }
    more = (LANGUAGE,) if study.start(start).objective == "masked_language" else ()
    paths = (f"corpora/starts/{start}", f"checkpoints/pretrained/{model}", *CODE, *more)
    return Origin(f"intermediate@{start}-{model}", seed, values, paths)


def files_at(paths: tuple[str, ...]) -> dict[str, str]:
    """The MD5 of every file at or below paths of the current folder, as DVC hashes them; compiled modules are left out."""
    found = {}
    for path in map(Path, paths):
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                stat = file.stat()
                found[file.as_posix()] = _md5(str(file.resolve()), stat.st_mtime_ns, stat.st_size)
    return found


@functools.lru_cache(maxsize=256)
def _md5(path: str, _changed: int, _size: int) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()
