"""Where a sheet came from: commits, hashes of dvc.lock, and the way back."""

import hashlib
from pathlib import Path

from tests.tui.history.repository import F, Repository, record, study
from tui.history.rows import History
from tui.sharing.provenance import provenance_of


def test_one_lock_is_told_once_and_different_ones_by_name(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "study")
    repository.commit(study(cells={F: record(0.8)}))
    repository.git("branch", "same")
    repository.experiment("a;try", study(cells={F: record(0.9)}))
    history = History(repository.root)
    main, same, other = (history.row(history.resolve(name)) for name in ("main", "same", "a;try"))
    digits = hashlib.sha256((repository.root / "dvc.lock").read_bytes()).hexdigest()[:12]
    assert provenance_of(history, ["detour", "x"], [main, same]).lock == digits
    told = provenance_of(history, ["detour", "compare", "main", "a;try"], [main, other])
    assert told.lock.startswith(f"main {digits}, a;try ")
    assert told.command == "detour compare main 'a;try'"
    assert told.link == "detour show main; detour show 'a;try'"
    assert told.revisions == (("main", main.commit), ("a;try", other.commit))


def test_a_revision_without_a_lock_has_none(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "study")
    repository.commit({"params.yaml": "a: 1\n"})
    history = History(repository.root)
    assert provenance_of(history, ["detour"], [history.row(history.resolve("main"))]).lock == ""


def test_a_name_that_cannot_be_pasted_is_told_by_its_commit(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "study")
    repository.commit({"params.yaml": "a: 1\n"})
    repository.git("branch", "odd\u202eeman")
    repository.git("branch", "ניסוי")
    history = History(repository.root)
    odd, hebrew = (history.row(history.resolve(name)) for name in ("odd\u202eeman", "ניסוי"))
    told = provenance_of(history, ["detour", "compare", odd.name, hebrew.name], [odd, hebrew])
    assert told.command == f"detour compare {odd.commit} 'ניסוי'"
    assert told.link == f"detour show {odd.commit}; detour show 'ניסוי'"
    # Pasted, it names the same experiment.
    assert history.resolve(told.link.split(";")[0].split()[-1]).commit == odd.commit
