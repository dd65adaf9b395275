"""What is kept of a revision: small enough for ten thousand of them in memory, and what `tui.history.rowcache` stores.

Experiments have most of their cells' names in common (`Layout`); of each cell the origin, the git ids of its files and the values
of the declared metrics stand side by side as bytes. A `CellRecord` is a view of one place in them, made when it is asked for; what
else a record says is read from git.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tui.history.origin import Origin, OriginKind
from tui.history.values import value_of

CELLS = "reports/cells"
TASKS = ("classification", "sentiment", "similarity")
LETTERS: Mapping[OriginKind, str] = {"measured": "m", "inherited": "i", "stale": "s", "missing": "-"}
"""How an origin is kept; a capital where the record cannot be read."""
KINDS: Mapping[int, OriginKind] = {
    ord(letter): kind for kind, small in LETTERS.items() for letter in (small, small.upper())
}
_PLAIN = {kind: Origin(kind) for kind in LETTERS}


@dataclass(frozen=True)
class Layout:
    """The cells of a revision, in order, and the metrics that are kept of each."""

    paths: tuple[str, ...]
    """Records below reports/cells: classification/sms_spam-imdb-bert.json."""
    declared: tuple[bool, ...]
    """Whether params.yaml asks for the cell."""
    metrics: tuple[str, ...]

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The place of each cell by its name."""
        return {name_of_cell(path): place for place, path in enumerate(self.paths)}

    @cached_property
    def full(self) -> tuple[str, ...]:
        """The records from the root of the repository."""
        return tuple([f"{CELLS}/{path}" for path in self.paths])

    @cached_property
    def columns(self) -> Mapping[str, int]:
        """The place of each metric."""
        return {metric: place for place, metric in enumerate(self.metrics)}

    @cached_property
    def is_ascii(self) -> bool:
        """Whether no name holds anything else, such as half a character."""
        return all(name.isascii() for name in (*self.paths, *self.metrics))

    @cached_property
    def is_even(self) -> bool:
        """Whether all cells are declared, or none."""
        return len(set(self.declared)) <= 1


def name_of_cell(path: str) -> str:
    """The stage that writes a record: classification@sms_spam-imdb-bert."""
    task, _, stem = path.removesuffix(".json").partition("/")
    return f"{task}@{stem}"


@dataclass(frozen=True)
class Gains:
    """What reports/gains.json says, in short."""

    origin: Origin
    comparable: int = 0
    mean: float | None = None
    """Mean gain over the comparable pairs; None where there is none."""
    verdicts: Mapping[str, int] = field(default_factory=dict)
    """Number of comparable pairs by verdict."""


@dataclass(frozen=True)
class MetricFile:
    """A file of metrics that dvc.yaml declares."""

    path: str
    origin: Origin
    blob: str | None
    """The git id of the content; None where the file is missing."""
    values: Mapping[str, Any]
    """Numbers, texts and truth values by dotted key."""


@dataclass(frozen=True)
class Compact:
    """One revision."""

    layout: Layout
    kinds: bytes
    """A letter of LETTERS for each cell."""
    blobs: bytes
    """The git ids of the records, one behind the other; zeros where there is none."""
    predicted: bytes
    """As `blobs`, of the predicted ids."""
    numbers: "array[float]"
    """The metrics of each cell."""
    gone: bytes
    """1 where a number is missing, which 0 and NaN are not."""
    whys: Mapping[int, str]
    """Why a cell is stale, by its place."""
    gains: Gains
    problems: tuple[str, ...]
    params: Mapping[str, Any] | None
    files: tuple[MetricFile, ...] | None
    """Files of metrics of a repository that is no study of Detour's; None for a study, whose other files are read when asked for."""
    run: str | None = None
    """The git id of the record of the run that made it; None where it has none of its own."""
    absent: tuple[str, ...] = ()
    """Objects of the DVC cache that were wanted and not there: with them the origins may be others."""
    is_final: bool = True
    """Whether it follows from the commit, its base and the DVC cache alone, so that it may be kept: not where git lacked something."""

    def counts(self) -> Mapping[OriginKind, int]:
        """Number of cells by origin: of the declared ones, or of all where nothing is declared."""
        if self.files is not None:
            found = Counter(file.origin.kind for file in self.files)
            return {kind: found[kind] for kind in LETTERS}
        letters = self.kinds.lower()
        if not self.layout.is_even:
            letters = bytes(
                kind for kind, is_declared in zip(letters, self.layout.declared, strict=True) if is_declared
            )
        return {kind: letters.count(letter.encode()) for kind, letter in LETTERS.items()}


class CellRecord:
    """One cell of an experiment."""

    __slots__ = ("_compact", "_load", "_place")

    def __init__(self, compact: Compact, place: int, load: Callable[[str, str], Mapping[str, Any] | None]) -> None:
        self._compact = compact
        self._place = place
        self._load = load

    @property
    def name(self) -> str:
        """The cell's stage: classification@sms_spam-imdb-bert."""
        return name_of_cell(self._compact.layout.paths[self._place])

    @property
    def task(self) -> str:
        """The task."""
        return self.name.partition("@")[0]

    @property
    def stem(self) -> str:
        """Target, start and model, joined by hyphens."""
        return self.name.partition("@")[2]

    @property
    def path(self) -> str:
        """The record's file."""
        return f"{CELLS}/{self._compact.layout.paths[self._place]}"

    @property
    def declared(self) -> bool:
        """Whether the experiment's params.yaml asks for this cell."""
        return self._compact.layout.declared[self._place]

    @property
    def origin(self) -> Origin:
        """Where the cell's value comes from."""
        kind = KINDS[self._compact.kinds[self._place]]
        why = self._compact.whys.get(self._place)
        return Origin(kind, why) if why else _PLAIN[kind]

    @property
    def blob(self) -> str | None:
        """The git id of the record; None where it is missing."""
        return self._id(self._compact.blobs)

    @property
    def predicted(self) -> str | None:
        """The git id of the file with the predicted ids; None where there is none."""
        return self._id(self._compact.predicted)

    @property
    def value(self) -> Mapping[str, Any] | None:
        """The record; None where it is missing or cannot be read."""
        # A capital where it cannot be read, a dash where it is missing.
        if self._compact.kinds[self._place] in b"-MIS":
            return None
        return Record(self)

    def number(self, metric: str) -> float | None:
        """The value of a metric, as `tui.history.values.value_of` has it."""
        layout = self._compact.layout
        column = layout.columns.get(metric)
        if column is None:
            return value_of(self.whole(), metric)
        at = self._place * len(layout.metrics) + column
        return None if self._compact.gone[at] else self._compact.numbers[at]

    def whole(self) -> Mapping[str, Any] | None:
        """The record as git has it."""
        blob = self.blob
        return self._load(blob, self.path) if blob is not None else None

    def _id(self, ids: bytes) -> str | None:
        size = len(ids) // len(self._compact.layout.paths)
        found = ids[self._place * size : (self._place + 1) * size]
        return found.hex() if any(found) else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CellRecord) and self._said() == other._said()

    def __hash__(self) -> int:
        return hash((self.name, self.blob))

    def __repr__(self) -> str:
        return f"CellRecord({self.name!r}, {self.origin.kind!r}, {self.blob!r})"

    def _said(self) -> tuple[object, ...]:
        return self.name, self.declared, self.origin, self.blob, self.predicted


class Record(Mapping[str, Any]):
    """A cell's record: declared metrics at hand, the rest read from git when it is asked for."""

    __slots__ = ("_cell",)

    def __init__(self, cell: CellRecord) -> None:
        self._cell = cell

    def number(self, metric: str) -> float | None:
        """The value of a metric."""
        return self._cell.number(metric)

    def _whole(self) -> Mapping[str, Any]:
        return self._cell.whole() or {}

    def __getitem__(self, key: str) -> Any:
        return self._whole()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole())

    def __len__(self) -> int:
        return len(self._whole())

    def __eq__(self, other: object) -> bool:
        return self._whole() == (other._whole() if isinstance(other, Record) else other)

    __hash__ = None  # type: ignore[assignment]


class Cells(Mapping[str, CellRecord]):
    """The cells of a revision by name."""

    __slots__ = ("_compact", "_load")

    def __init__(self, compact: Compact, load: Callable[[str, str], Mapping[str, Any] | None]) -> None:
        self._compact = compact
        self._load = load

    def __getitem__(self, name: str) -> CellRecord:
        return CellRecord(self._compact, self._compact.layout.places[name], self._load)

    def __iter__(self) -> Iterator[str]:
        return iter(self._compact.layout.places)

    def __len__(self) -> int:
        return len(self._compact.layout.paths)

    def __contains__(self, name: object) -> bool:
        return name in self._compact.layout.places
