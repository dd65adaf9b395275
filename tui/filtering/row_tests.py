"""Terms about experiments: what each looks at in a row and in what is known beside it."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime

from tui.filtering.index import Entry, Index
from tui.filtering.keys import PARAMS, key_of
from tui.filtering.tree import Term
from tui.filtering.truths import Truth, any_text, date_test, number_test, param_test, some, text_test

RowTest = Callable[[Entry], Truth]


@dataclass(frozen=True)
class Asides:
    """What is known of experiments beside git; everything by their keys."""

    notes: Mapping[str, str] = field(default_factory=dict)
    starred: Set[str] = frozenset()
    marked: Set[str] = frozenset()
    new: Set[str] = frozenset()


def row_test(term: Term, index: Index, asides: Asides, now: datetime) -> RowTest:
    """Whether an experiment satisfies a term about experiments."""
    return _Tests(index, asides, now).of(term)


def matching(name: str, known: Iterable[str]) -> list[str]:
    """The dotted keys that a name stands for: itself, or else those that end in it."""
    keys = list(known)
    if name in keys:
        return [name]
    return [key for key in keys if key.endswith("." + name)]


class _Tests:
    def __init__(self, index: Index, asides: Asides, now: datetime) -> None:
        self._index = index
        self._asides = asides
        self._now = now

    def of(self, term: Term) -> RowTest:
        if not term.op:
            keys = {"starred": self._asides.starred, "marked": self._asides.marked, "new": self._asides.new}[term.key]
            return lambda entry: entry.key in keys
        return self._BY_SORT[key_of(term).sort](self, term)

    def _words_test(self, term: Term) -> RowTest:
        test, read = text_test(term, contains=True), self._texts_of(term.key)
        return lambda entry: any_text(test, read(entry))

    def _texts_of(self, key: str) -> Callable[[Entry], Sequence[str]]:
        notes = self._asides.notes

        def own(entry: Entry) -> tuple[str, str]:
            return notes.get(entry.key, ""), entry.run.note if entry.run else ""

        texts: Mapping[str, Callable[[Entry], Sequence[str]]] = {
            "name": lambda entry: (entry.row.name,),
            "message": lambda entry: (entry.row.message,),
            "author": lambda entry: (entry.row.author,),
            "note": lambda entry: [text for text in own(entry) if text],
            "": lambda entry: (entry.row.name, entry.row.message, *own(entry)),
        }
        return texts[key]

    def _name_test(self, term: Term) -> RowTest:
        test, tags = text_test(term, contains=False), self._index.tags
        read: Mapping[str, Callable[[Entry], Sequence[str]]] = {
            "kind": lambda entry: (entry.row.kind,),
            "branch": lambda entry: (_branch(entry), entry.row.base_name),
            "base": lambda entry: (entry.row.base_name,),
            "tag": lambda entry: tags.get(entry.row.commit, ()),
            "commit": lambda entry: (entry.row.commit,),
            "verdict": lambda entry: list(entry.row.gains.verdicts),
            "study": lambda entry: (entry.run.study if entry.run else "",),
            "host": lambda entry: (entry.run.host if entry.run else "",),
            "outcome": lambda entry: (entry.run.outcome if entry.run else "",),
        }
        chosen, known = read[term.key], _Remembered(test)
        return lambda entry: any_text(known.__getitem__, chosen(entry))

    def _number_test(self, term: Term) -> RowTest:
        test = number_test(term)
        return lambda entry: test(entry.row.gains.mean)

    def _count_test(self, term: Term) -> RowTest:
        test, kind = number_test(term), term.key
        return lambda entry: test(float(entry.row.counts()[kind]))  # type: ignore[index]

    def _date_test(self, term: Term) -> RowTest:
        test = date_test(term, self._now)
        return lambda entry: test(entry.row.date)

    def _param_test(self, term: Term) -> RowTest:
        test, keys = param_test(term), matching(term.key.removeprefix(PARAMS), self._index.params())
        wants_missing = any(value.text.lower() == "missing" and not value.quoted for value in term.values)

        def holds(entry: Entry) -> Truth:
            if len(keys) == 1 and keys[0] in entry.leaves:
                return test(entry.leaves[keys[0]])
            found = [entry.leaves[key] for key in keys if key in entry.leaves]
            if found:
                return some(map(test, found))
            return True if wants_missing else None

        return holds

    _BY_SORT: Mapping[str, Callable[["_Tests", Term], RowTest]] = {
        "words": _words_test,
        "name": _name_test,
        "number": _number_test,
        "count": _count_test,
        "date": _date_test,
        "param": _param_test,
    }


class _Remembered(dict[str, bool]):
    """Answers to a test: experiments have few branches, kinds and hosts."""

    def __init__(self, test: Callable[[str], bool]) -> None:
        super().__init__()
        self._test = test

    def __missing__(self, text: str) -> bool:
        found = self[text] = self._test(text)
        return found


def _branch(entry: Entry) -> str:
    return entry.row.name if entry.row.kind in ("branch", "remote") else ""
