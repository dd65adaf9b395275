"""Makes the pictures of the README: `make screenshots`.

Nothing in them is made up: in a clone of this checkout three runs of the bundled sample are recorded with other settings, then
docs/pictures.jsonl, a recording of keys (`detour app --record`) with the places of pictures written in, is played over it.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SESSION = Path(__file__).with_suffix(".jsonl")
PICTURES = Path(__file__).with_suffix("")
CELLS = "classification@sms_spam-*-bert"
RUNS = {
    "short": ("training.target.epochs=3", "Are three epochs enough?"),
    "long": ("training.target.epochs=9", "Do more epochs help?"),
    "gentle": ("training.target.learning_rate=0.0002", "Is the learning rate too high?"),
}
"""Setting and question by name."""


def main() -> None:
    """Record the runs, play the session."""
    with tempfile.TemporaryDirectory() as home:
        study = Path(home) / "study"
        _say(ROOT, "git", "clone", "--quiet", str(ROOT), str(study))
        cache = (ROOT / ".dvc" / "cache").as_posix()
        _say(study, sys.executable, "-m", "dvc", "cache", "dir", "--local", cache)
        _say(study, sys.executable, "-m", "dvc", "checkout", "--quiet", "data.dvc")
        for name, (setting, question) in RUNS.items():
            _detour(
                study, home, "run", CELLS, "--set", setting, "--name", name, "--note", question, "--wait", "--jobs", "2"
            )
        for picture in PICTURES.glob("*.svg"):
            picture.unlink()
        _detour(study, home, "replay", str(SESSION), "--pictures", str(PICTURES))


def _detour(study: Path, home: str, *words: str) -> None:
    _say(study, sys.executable, "-m", "tui", *words, home=home)


def _say(folder: Path, *words: str, home: str = "") -> None:
    # Nothing of whoever makes the pictures is in them.
    homes = {f"XDG_{kind}_HOME": home for kind in ("CONFIG", "STATE", "CACHE")} if home else {}
    who = {
        "GIT_AUTHOR_NAME": "Detour",
        "GIT_COMMITTER_NAME": "Detour",
        "GIT_AUTHOR_EMAIL": "",
        "GIT_COMMITTER_EMAIL": "",
    }
    subprocess.run(words, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT), **homes, **who}, check=True)


if __name__ == "__main__":
    main()
