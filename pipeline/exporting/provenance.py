"""Where a model comes from, as far as the tree and this process can tell."""

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pipeline.files import digest
from pipeline.study import Cell, Study, read_yaml

PACKAGES = ("torch", "transformers", "tokenizers", "numpy", "detour")


def commit() -> str:
    """The commit of the tree; empty where it has none."""
    command = ["git", "rev-parse", "--verify", "--quiet", "HEAD^{commit}"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except FileNotFoundError:
        return ""


def lock_digest(cell: Cell) -> str:
    """SHA-256 over the cell's entry in dvc.lock (its command, dependencies, parameters and outputs) as canonical JSON; empty without."""
    path = Path("dvc.lock")
    entry = (read_yaml(path).get("stages") or {}).get(cell.name) if path.is_file() else None
    return digest(entry) if entry else ""


def versions() -> dict[str, str]:
    """Of Python and of what decides the bytes of a training."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            # A tree that was never installed has no version.
            continue
    return found


def origin(study: Study, model: str) -> str:
    """Where the model's pretrained encoder comes from."""
    encoder = study.encoder(model)
    if encoder.hub is not None:
        return f"{encoder.hub.id} of the Hugging Face hub at commit {encoder.hub.revision}"
    if encoder.local is not None:
        package = f" of the Python package {encoder.local.package}" if encoder.local.package else ""
        return f"the folder {encoder.local.folder}{package}"
    build = encoder.build
    assert build is not None
    return f"built with random weights and never pretrained: {build.layers} layers x {build.hidden}, seed {build.seed}"
