"""`detour curves`: the learning curves of a cell in several experiments, as numbers."""

from typing import Annotated

import typer

from pipeline.errors import InputError
from tui.sharing.forms import AsCsv, AsJson, AsLatex, AsMarkdown


def curves(
    cell: Annotated[str, typer.Argument(help="A cell, a pattern of cells (*spam*), or the path of a CSV in git.")],
    revisions: Annotated[list[str], typer.Argument(help="Experiments, branches, tags, commits or `workspace`.")],
    column: Annotated[
        str | None, typer.Option("--column", metavar="NAME", help="A column of the file; dev_accuracy without it.")
    ] = None,
    smooth: Annotated[
        float, typer.Option("--smooth", metavar="W", help="Keep this much of the past, from 0 to below 1.")
    ] = 0.0,
    no_group: Annotated[
        bool, typer.Option("--no-group", help="Leave experiments that differ only in seeds apart.")
    ] = False,
    as_json: AsJson = False,
    md: AsMarkdown = False,
    csv: AsCsv = False,
    latex: AsLatex = False,
) -> None:
    """Print learning curves beside each other: the mean over seeds by step; with --csv and --json every seed."""
    from tui.comparing.curves import columns_of, default_column, read_curves
    from tui.comparing.curves_sheet import curves_sheet, points_sheet, words_of
    from tui.comparing.groups import Grouping, sides_of
    from tui.history.rows import History
    from tui.sharing.forms import chosen, write
    from tui.sharing.provenance import provenance_of

    form = chosen(as_json, md, csv, latex)
    if not 0 <= smooth < 1:
        raise InputError(f"--smooth {smooth:g} is not from 0 to below 1; 0.6 smooths a little, 0.9 much.")
    history = History()
    rows = [history.row(history.resolve(name)) for name in revisions]
    found = read_curves(history, sides_of(history, rows, Grouping(off=no_group)), cell)
    column = column or default_column(found)
    known = columns_of(found)
    if column not in known:
        raise InputError(f"The curves of '{cell}' have no column '{column}'; there are {', '.join(known)}.")
    shown = [one for one in found if column in one.columns]
    words = words_of([cell], revisions, column, smooth, no_group)[0]
    provenance = provenance_of(history, words, rows)
    if form in ("csv", "json"):
        write(points_sheet(shown, column, smooth, provenance), form)
    else:
        write(curves_sheet(shown, column, smooth, provenance), "md" if form == "text" else form)
