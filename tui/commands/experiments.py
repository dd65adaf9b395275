"""`detour experiments`: every experiment that git holds, the newest first."""

from typing import TYPE_CHECKING, Annotated

import typer

from tui.sharing.forms import AsCsv, AsJson, AsLatex, AsMarkdown, Form, write
from tui.sharing.forms import chosen as chosen_form

if TYPE_CHECKING:
    from tui.commands.experiment_table import ExperimentTable
    from tui.filtering.choosing import Filter
    from tui.filtering.index import Index
    from tui.filtering.row_tests import Asides
    from tui.history.rows import History, Row
    from tui.history.runrecord import RunRecord
    from tui.notebook import Kept

    Found = list[tuple[Row, RunRecord | None]]

LEGEND = (
    "m/i/s/-  cells measured here, inherited from the base, stale, missing",
    "gain     mean over the comparable pairs, and their number",
)


def experiments(
    grep: Annotated[
        str | None, typer.Option("--grep", metavar="TEXT", help="Only those whose name, note or settings hold TEXT.")
    ] = None,
    wanted: Annotated[
        str | None,
        typer.Option("--filter", metavar="FILTER", help="Only those that the filter chooses; --filter help explains."),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--columns",
            metavar="NAMES",
            help="Columns, parted by commas: name, gain, date, params.KEY, a cell, an expression (max dev_macro_f1).",
        ),
    ] = None,
    sort: Annotated[
        list[str] | None,
        typer.Option("--sort", metavar="NAMES", help="Sort by columns, the first counting most; -NAME: largest first."),
    ] = None,
    all_commits: Annotated[
        bool, typer.Option("--all-commits", help="Commits that no name points to as well, behind the others.")
    ] = False,
    as_json: AsJson = False,
    md: AsMarkdown = False,
    csv: AsCsv = False,
    latex: AsLatex = False,
) -> None:
    """List branches, tags and experiments with what each has measured."""
    from tui.history.rows import History
    from tui.output import complain, say

    form = chosen_form(as_json, md, csv, latex)
    if wanted == "help":
        _explain()
        return
    chosen = _understood(wanted) if wanted is not None else None
    history = History()
    found = [(row, history.run_record(row)) for row in history.each()]
    if all_commits:
        found += [(row, history.run_record(row)) for row in map(history.row, history.commits())]
    if history.note:
        complain(history.note)
    kept = _kept(history)
    if grep is not None:
        found = [(row, run) for row, run in found if _holds(row, run, grep)]
    if chosen is not None:
        found = _chosen(chosen, found, kept)
    table = (
        _table(history, found, columns, sort) if found and (columns or sort or form in ("md", "csv", "latex")) else None
    )
    if table is not None:
        runs = {row.ref: run for row, run in found}
        found = [(row, runs[row.ref]) for row in table.rows]
    if table is not None and (columns or form not in ("text", "json")):
        _write_table(table, form, wanted or "")
    elif form == "json":
        from tui.commands.listing import print_rows

        print_rows(found)
    elif chosen is not None and not found:
        say(f"No experiment passes the filter {chosen.text}; `detour experiments` lists all.")
    elif grep is not None and not found:
        say(f"No experiment holds '{grep}' in its name, note or settings; `detour experiments` lists all.")
    else:
        _print(found)


def _table(history: "History", found: "Found", columns: list[str] | None, sort: list[str] | None) -> "ExperimentTable":
    from tui.commands.experiment_table import ExperimentTable

    made = ExperimentTable(history, [row for row, _ in found], _index(found), columns or ())
    if sort:
        made.sort(sort)
    return made


def _write_table(table: "ExperimentTable", form: Form, filter: str) -> None:
    from tui.commands.experiment_table import print_table

    if form == "text":
        print_table(table)
    else:
        write(table.sheet(filter), form)


def _index(found: "Found") -> "Index":
    from tui.filtering.index import Index

    index = Index()
    for row, run in found:
        index.add(row, run)
    index.learn()
    return index


def _understood(text: str) -> "Filter":
    from tui.commands.filtering import understood

    return understood(text)


def _chosen(chosen: "Filter", found: "Found", kept: "Kept") -> "Found":
    from tui.commands.filtering import checked

    index = _index(found)
    checked(chosen, index)
    keys = set(chosen.choose(index, _asides(kept, found)))
    return [(row, run) for row, run in found if row.ref in keys]


def _kept(history: "History") -> "Kept":
    """What is kept beside the repository; of a file that cannot be understood one line tells, and nothing is taken from it."""
    from pipeline.errors import InputError
    from tui.notebook import Kept, notebook_of
    from tui.output import complain

    try:
        return notebook_of(history.repository).read()
    except InputError as error:
        complain(f"Notes, stars and what is new are not known. {error}")
        return Kept()


def _asides(kept: "Kept", found: "Found") -> "Asides":
    """Notes, stars and what is new since the app was last left."""
    from tui.filtering.row_tests import Asides
    from tui.notebook import sight

    new = frozenset(row.ref for row, _ in found if kept.visited and sight(row.ref, row.commit) not in kept.seen)
    return Asides(kept.notes, kept.stars, frozenset(), new)


def _explain() -> None:
    from tui.filtering.manual import manual
    from tui.output import say

    for line in manual():
        say(line)


def _holds(row: "Row", run: "RunRecord | None", text: str) -> bool:
    return text.casefold() in row.name.casefold() or (run is not None and run.holds(text))


def _print(found: "Found") -> None:
    from tui.history.words import cells_in_short, gain_in_short
    from tui.output import console, plain, say, table

    if not found:
        say("There is no commit yet: `git commit` the study, then `detour run` records experiments.")
        return
    width = min(24, max(len(row.name) for row, _ in found))
    heads = ("name", "kind", "date", "base", "m/i/s/-", "gain", "note or message")
    numbers = ("m/i/s/-", "gain")
    shown = table(*heads, right=numbers, whole=("kind", "date", *numbers), least={"name": width})
    for row, run in found:
        date = row.date.date().isoformat() if row.date else ""
        cells, gain = cells_in_short(row.counts()), gain_in_short(row.gains)
        if row.gains.origin.kind == "stale" and row.gains.mean is not None:
            gain += " stale"
        message = run.note if run and run.note else row.message
        message += " (!)" if row.problems else ""
        texts = (row.name, row.kind, date, row.base_name, cells, gain, message)
        shown.add_row(*(plain(text) for text in texts))
    console().print(shown)
    for line in LEGEND:
        say(line)
    for row, _ in found:
        for problem in row.problems:
            say(f"(!) {row.name}: {problem}")
