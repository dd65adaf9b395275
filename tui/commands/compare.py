"""`detour compare`: any number of experiments against one baseline.

The text is read at 80 columns and without colour: experiments that do not fit beside each other follow below, and the mark behind
each difference says better, worse, equal or unclear.
"""

from typing import Annotated

import typer

from pipeline.errors import InputError
from tui.sharing.forms import AsCsv, AsJson, AsLatex, AsMarkdown


def compare(
    baseline: Annotated[str, typer.Argument(help="The baseline: branch, tag, experiment, commit or `workspace`.")],
    experiments: Annotated[list[str], typer.Argument(help="What is compared with it.")],
    cells: Annotated[
        list[str] | None, typer.Option("--cells", metavar="GLOB", help="Only the cells whose name fits, as *spam*.")
    ] = None,
    metric: Annotated[list[str] | None, typer.Option("--metric", metavar="NAME", help="Only this metric.")] = None,
    group: Annotated[
        str | None,
        typer.Option(
            "--group",
            metavar="KEY",
            help="Average the experiments that have the same value of this parameter and differ only in seeds; of a parameter that "
            "holds the seed: those that differ only in it. Without it, experiments that differ only in seeds are averaged.",
        ),
    ] = None,
    seed: Annotated[
        str | None, typer.Option("--seed", metavar="KEY", help="The parameter that holds the seed, if not named so.")
    ] = None,
    no_group: Annotated[bool, typer.Option("--no-group", help="Leave every experiment on its own.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Show what is the same, too.")] = False,
    as_json: AsJson = False,
    md: AsMarkdown = False,
    csv: AsCsv = False,
    latex: AsLatex = False,
) -> None:
    """Compare experiments with a baseline: what differs, by how much, and what it is worth."""
    from tui.comparing.choice import chosen_cells, chosen_metrics, only_changed
    from tui.comparing.command import words_of
    from tui.comparing.comparison import compare as compared
    from tui.comparing.groups import Grouping
    from tui.comparing.mapping import as_mapping
    from tui.comparing.sheets import sheet_of
    from tui.comparing.text import print_comparison
    from tui.history.rows import History
    from tui.output import emit_json
    from tui.sharing.forms import chosen, write
    from tui.sharing.provenance import provenance_of

    form = chosen(as_json, md, csv, latex)
    if no_group and group is not None:
        raise InputError("--group and --no-group exclude each other; give one of them.")
    grouping = Grouping(group, seed, no_group)
    history = History()
    rows = [history.row(history.resolve(name)) for name in (baseline, *experiments)]
    whole = chosen_metrics(history, chosen_cells(compared(history, rows, grouping), cells or ()), metric or ())
    found = whole if everything else only_changed(whole)
    if form == "text":
        print_comparison(whole, found)
        return
    words = words_of([baseline, *experiments], grouping, cells or (), metric or (), everything)
    provenance = provenance_of(history, words, found.rows)
    if form == "json":
        emit_json(as_mapping(found, provenance))
    else:
        write(sheet_of(found, provenance), form)
