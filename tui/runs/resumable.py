"""Which kept states of training the stages of a plan would go on from.

Part of `tui.runs.graph`. A state says in about.json what it was made from (`pipeline.origins`); it counts where that is what the
stage would begin from now, on this machine, and where pruning will leave it. What cannot be known for certain is left out.
"""

import json
import os
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tui.runs.holdings import Holdings


class States:
    """The kept states of a main checkout, by stage."""

    def __init__(self, root: Path):
        """`root` is the folder of the states of all fits."""
        self._by_stage: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for about in _read(root):
            self._by_stage[str(about.get("stage"))].append(about)
        self._study: Any = None

    def of(self, stage: str, holdings: Holdings) -> dict[str, Any] | None:
        """What `tui.runs.kept.kept_from` reads, of a stage whose inputs are known; None where nothing is kept."""
        if stage not in self._by_stage:
            return None
        seeds = self._seeds(stage)
        fits = [
            {
                "seed": about["seed"],
                "fold": about["fold"][0],
                "folds": about["fold"][1],
                "epoch": about["epoch"],
                "epochs": about["epochs"],
            }
            for about in self._by_stage[stage]
            if self._will_be_taken(stage, about, seeds, holdings)
        ]
        fits.sort(key=lambda fit: (seeds.index(fit["seed"]), fit["fold"]))
        return {"seeds": list(seeds), "fits": fits} if fits else None

    def _will_be_taken(self, stage: str, about: dict[str, Any], seeds: tuple[int, ...], holdings: Holdings) -> bool:
        if about["seed"] not in seeds:
            return False
        number, count = about["division"]
        if seeds.index(about["seed"]) % count != number or about["device"] != device_here():
            return False
        origin = self._origin(stage, about["seed"])
        files = {path: md5 for start in origin.paths for path, md5 in holdings.files(start).items()}
        now = origin.described({path: md5 for path, md5 in files.items() if "__pycache__" not in path.split("/")})
        return bool(json.loads(json.dumps(now)) == {key: about.get(key) for key in now})

    def _origin(self, stage: str, seed: int) -> Any:
        from pipeline.origins import origin_of_cell, origin_of_intermediate

        cell = next((cell for cell in self._read_study().cells() if cell.name == stage), None)
        if cell is not None:
            return origin_of_cell(self._read_study(), cell, seed)
        start, _, model = stage.removeprefix("intermediate@").partition("-")
        return origin_of_intermediate(self._read_study(), start, model, seed)

    def _seeds(self, stage: str) -> tuple[int, ...]:
        study = self._read_study()
        return tuple(study.training.intermediate.seeds if stage.startswith("intermediate@") else study.seeds)

    def _read_study(self) -> Any:
        if self._study is None:
            from pipeline.study import load_study

            self._study = load_study()
        return self._study


def _read(root: Path) -> Iterator[dict[str, Any]]:
    """What states say of themselves, where they are whole and pruning will leave them: the newest, as far as the room goes."""
    room = 0
    for changed, size, folder in sorted(map(_age_and_size, root.glob("*/")), reverse=True):
        room += size
        try:
            about = json.loads((folder / "about.json").read_bytes())
            is_kept = changed and time.time() < about["until"] and room <= about["gibibytes"] * 2**30
            if is_kept and (folder / "state").stat().st_size == about["bytes"]:
                yield about
        except (OSError, ValueError, KeyError, TypeError):
            # A state that says nothing of itself, or is being written or pruned: nobody can tell what it is good for.
            continue


def _age_and_size(folder: Path) -> tuple[float, int, Path]:
    try:
        found = [path.stat() for path in folder.iterdir()]
    except OSError:
        # Pruned a moment ago.
        found = []
    return max((one.st_mtime for one in found), default=0.0), sum(one.st_size for one in found), folder


def device_here() -> str:
    """What torch would train on, told without it: `cpu`, or the name of the GPU that is seen first."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None and not visible.strip(" -1"):
        return "cpu"
    try:
        import pynvml
    except ImportError:
        return "cpu"
    try:
        pynvml.nvmlInit()
        names = {_name(pynvml, number) for number in range(pynvml.nvmlDeviceGetCount())}
    except pynvml.NVMLError:
        return "cpu"
    # Of several kinds it is CUDA's own business which comes first.
    return names.pop() if len(names) == 1 else f"one of {sorted(names)}" if names else "cpu"


def _name(nvml: Any, number: int) -> str:
    name = nvml.nvmlDeviceGetName(nvml.nvmlDeviceGetHandleByIndex(number))
    return name.decode() if isinstance(name, bytes) else str(name)
