"""How the cells of HEAD stand against the working tree's params.yaml: what the launch screen shows.

Records and dvc.lock are HEAD's, since a run begins there; a parameter edited in the working tree makes stale what it touches, so
that one sees the price of an edit before it is committed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import InputError
from pipeline.study import Study, parse_yaml, study_from
from tui.history.rows import History
from tui.history.snapshot import PARAMS, CellRecord, read_snapshot
from tui.history.store import Files, Folder


@dataclass(frozen=True)
class Standing:
    """HEAD against the working tree."""

    study: Study
    """The study that a run would take: HEAD's."""
    params: str
    """HEAD's params.yaml."""
    branch: str
    """HEAD's name."""
    commit: str
    cells: Mapping[str, CellRecord]
    """Every declared cell by name."""
    edited: bool
    """Whether the working tree's params.yaml differs from HEAD's, so that a run would not have what it says."""
    problems: tuple[str, ...]


class _HeadWithParams:
    """HEAD's files with the working tree's params.yaml."""

    def __init__(self, head: Files, folder: Files) -> None:
        self._head = head
        self._folder = folder

    def find(self, path: str) -> str | None:
        """The id of the file at `path`."""
        return (self._folder if path == PARAMS else self._head).find(path)

    def below(self, folder: str) -> Mapping[str, str]:
        """The ids of HEAD's files below `folder`."""
        return self._head.below(folder)

    def graphs(self) -> Sequence[str]:
        """Where HEAD holds a dvc.yaml."""
        return self._head.graphs()


def read_standing(history: History, root: Path) -> Standing:
    """How HEAD stands in the working tree at `root`.

    Raises:
        InputError: There is no commit, or params.yaml of HEAD or of the working tree is not a valid study.
    """
    ref = history.head()
    if ref is None:
        raise InputError(f"{root} has no commit yet; a run starts from one: git add --all, then git commit.")
    head = history.row(ref)
    files = history.files(head)
    text = _text(history, files)
    study = study_from(parse_yaml(text, f"params.yaml of {ref.name}"), f"params.yaml of {ref.name}")
    folder = Folder(history.store, root)
    here = folder.find(PARAMS)
    edited = here != files.find(PARAMS)
    if edited:
        _check(history, here, root / PARAMS)
    base = history.base_files(head)
    snapshot = read_snapshot(history.store, _HeadWithParams(files, folder), base, history.manifests)
    cells = {name: cell for name, cell in snapshot.cells.items() if cell.declared}
    return Standing(study, text, ref.name, ref.commit, cells, edited, snapshot.problems)


def _text(history: History, files: Files) -> str:
    blob = files.find(PARAMS)
    content = history.store.content(blob) if blob is not None else None
    if content is None:
        raise InputError("HEAD has no params.yaml; a run starts from HEAD: git add params.yaml, then git commit.")
    return content.decode("utf-8", "replace")


def _check(history: History, blob: str | None, path: Path) -> None:
    content = history.store.content(blob) if blob is not None else None
    if content is None:
        raise InputError(f"{path} cannot be read; git checkout params.yaml brings back what is committed.")
    study_from(parse_yaml(content.decode("utf-8", "replace"), str(path)), str(path))
