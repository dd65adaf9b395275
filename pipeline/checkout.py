"""Where the main checkout lies.

Files outside the tree (`../shared/data/...`) are declared relative to the main checkout, so that a linked
worktree, wherever it stands, finds the same ones.
"""

import subprocess
from pathlib import Path


def main_checkout(folder: Path | str = ".") -> Path:
    """The folder of the main checkout that `folder` belongs to; `folder` itself where it belongs to none."""
    command = ["git", "rev-parse", "--path-format=absolute", "--git-common-dir"]
    try:
        found = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return Path(folder).resolve()
    common = Path(found.stdout.removesuffix("\n"))
    return common.parent if found.returncode == 0 and common.name == ".git" else Path(folder).resolve()
