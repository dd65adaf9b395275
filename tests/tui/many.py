"""A study of many experiments, made by plumbing: what `detour run` records, without the training."""

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.tui.comparing.experiments import trained
from tests.tui.history.repository import Repository

_WHO = "Ada <ada@example.org> 1772362800 +0100"


def make_many(folder: Path, count: int) -> Repository:
    """main, `count` experiments of rising learning rate (`rate-0000` ...) of which some guess better than others, and three that the
    test looks for: `wide-good` is surely better than main, `wide-bad` surely worse, `wide-same` guesses as main does."""
    made = Repository(folder)
    base = made.commit({**trained(12), ".dvc/config": ""})
    stream = "".join(_experiments(base, count))
    subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, input=stream.encode(), check=True)
    return made


def _experiments(base: str, count: int) -> Iterator[str]:
    """What git's fast-import reads."""
    for name, wrong, rate in (("wide-same", 12, 0.7), ("wide-bad", 22, 0.8), ("wide-good", 1, 0.9)):
        yield from _experiment(base, name, trained(wrong, rate=rate))
    for number in range(count):
        files = trained(6 + number % 12, rate=round(0.001 + number / 1e5, 5))
        yield from _experiment(base, f"rate-{number:04d}", files)


def _experiment(base: str, name: str, files: Mapping[str, str | None]) -> Iterator[str]:
    yield f"commit refs/exps/{base[:2]}/{base[2:]}/{name}\ncommitter {_WHO}\n{_data('run')}from {base}\n"
    for path, text in files.items():
        yield f"M 100644 inline {path}\n{_data(text or '')}"
    yield "\n"


def _data(text: str) -> str:
    return f"data {len(text.encode())}\n{text}\n"
