"""Small git repositories with the files that a Detour study holds."""

import hashlib
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

STAMP = "2026-03-01T12:00:00+0100"


class Repository:
    """A git repository for tests; every commit has the same date unless one is given."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str, date: str = STAMP, text: str | None = None) -> str:
        names = {f"GIT_{who}_{what}": "Ada" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        hermetic = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            env={**os.environ, **names, **dates, **hermetic},
            input=text,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(self, files: Mapping[str, str | None]) -> None:
        """Write files; None removes one."""
        for path, content in files.items():
            file = self.root / path
            if content is None:
                file.unlink()
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")

    def commit(self, files: Mapping[str, str | None] | None = None, message: str = "Change", date: str = STAMP) -> str:
        """Commit files on the current branch and return the commit's id."""
        self.write(files or {})
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message, date=date)
        return self.git("rev-parse", "HEAD")

    def experiment(self, name: str, files: Mapping[str, str | None], message: str = "run") -> str:
        """Record a DVC experiment on HEAD as `detour run` does, leaving the working folder at HEAD."""
        base = self.git("rev-parse", "HEAD")
        self.write(files)
        self.git("add", "-A")
        tree = self.git("write-tree")
        commit = self.git("commit-tree", tree, "-p", base, "-m", message)
        self.git("update-ref", f"refs/exps/{base[:2]}/{base[2:]}/{name}", commit, "")
        self.git("reset", "-q", "--hard", base)
        return commit


def params(**changes: Any) -> dict[str, Any]:
    """A params.yaml of two cells: sms_spam from pretrained and from imdb, with BERT."""
    base: dict[str, Any] = {
        "models": ["bert"],
        "starts": {"imdb": {"task": "classification", "corpus": "imdb"}},
        "classification": {"starts": ["pretrained", "imdb"], "targets": ["sms_spam"]},
        "sentiment": {"starts": [], "targets": []},
        "similarity": {"starts": [], "targets": []},
        "seeds": [1, 2],
        "training": {"intermediate": {"epochs": 3}, "target": {"learning_rate": 0.001, "epochs": 6}},
        "metrics": {"accuracy": {"higher_is_better": True}, "macro_f1": {"higher_is_better": True}},
    }
    return {**base, **changes}


F = "classification@sms_spam-pretrained-bert"
IF = "classification@sms_spam-imdb-bert"


def cell_path(name: str, folder: str = "cells") -> str:
    return f"reports/{folder}/{name.replace('@', '/')}.json"


def record(accuracy: float | None, macro_f1: float | None = 0.5, **more: Any) -> str:
    return json.dumps({"accuracy": {"mean": accuracy}, "macro_f1": {"mean": macro_f1}, **more})


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def stage(
    params: Mapping[str, Any] | None = None,
    deps: Mapping[str, str] | None = None,
    outs: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """A stage of dvc.lock; deps and outs are hashes by path."""
    return {
        "cmd": "true",
        "deps": [{"path": path, "hash": "md5", "md5": value} for path, value in (deps or {}).items()],
        "params": {"params.yaml": dict(params or {})},
        "outs": [{"path": path, "hash": "md5", "md5": value} for path, value in (outs or {}).items()],
    }


def study(
    values: Mapping[str, Any] | None = None,
    cells: Mapping[str, str] | None = None,
    stages: Mapping[str, Any] | None = None,
    seen: Mapping[str, Any] | None = None,
) -> dict[str, str | None]:
    """The files of a commit whose dvc.lock vouches for every given cell.

    Args:
        values: The content of params.yaml.
        cells: Records by cell.
        stages: Stages of dvc.lock on top of, or in the place of, those of the cells.
        seen: The parameters that the cells' stages saw, where they are not those of `values`.
    """
    values = params() if values is None else values
    texts = cells or {}
    target = {"training.target": values["training"]["target"]} if seen is None else seen
    locked = {name: stage(target, outs={cell_path(name): md5(text)}) for name, text in texts.items()}
    lock = {"schema": "2.0", "stages": {**locked, **(stages or {})}}
    return {
        # JSON is YAML.
        "params.yaml": json.dumps(values, indent=1),
        "dvc.lock": json.dumps(lock, indent=1),
        **{cell_path(name): text for name, text in texts.items()},
    }


def predicted(gold: Sequence[int], by_seed: Mapping[str, Sequence[int]], test: str = "t1") -> str:
    """A record of predicted ids of two labels in one language."""
    return json.dumps(
        {
            "labels": ["ham", "spam"],
            "languages": ["en"] * len(gold),
            "gold": list(gold),
            "predicted": {seed: list(ids) for seed, ids in by_seed.items()},
            "about": [{"test": test}],
        }
    )
