"""`detour cell`: all that a revision holds of one cell: scores, epochs, confusion, classes, digests, corpus."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tui.sharing.forms import AsCsv, AsJson, AsLatex, AsMarkdown

if TYPE_CHECKING:
    from tui.evidence.cell import CellStory


def cell(
    name: Annotated[
        str, typer.Argument(metavar="CELL", help="classification@sms_spam-imdb-bert, or without the task.")
    ],
    revision: Annotated[
        str, typer.Argument(help="A branch, tag, experiment, commit or `workspace`; HEAD where it holds cells.")
    ] = "",
    part: Annotated[
        str,
        typer.Option(help="Of a table in another form: scores, epochs, confusion or classes; of the text, that alone."),
    ] = "",
    as_json: AsJson = False,
    md: AsMarkdown = False,
    csv: AsCsv = False,
    latex: AsLatex = False,
) -> None:
    """Show one cell of an experiment in full."""
    from tui.evidence.cell import read_cell
    from tui.evidence.sheets import cell_sheet
    from tui.history.rows import History
    from tui.output import emit_json
    from tui.sharing.forms import chosen, write

    form = chosen(as_json, md, csv, latex)
    history = History()
    story = read_cell(history, name, revision)
    if form == "text":
        _print(story, part)
    elif form == "json":
        emit_json(as_mapping(story))
    else:
        write(cell_sheet(story, history, part or "scores"), form)


def as_mapping(story: "CellStory") -> dict[str, Any]:
    """A cell as `--json` prints it."""
    from tui.commands.gains import side
    from tui.evidence.confusion import class_scores, confusion

    predicted = story.predicted
    return {
        "revision": side(story.row),
        "cell": story.cell.name,
        **vars(story.parts),
        "origin": {"kind": story.cell.origin.kind, "why": story.cell.origin.why},
        "record": story.cell.value,
        "epochs": {
            "selected_on_dev": story.selected,
            "best_on_test": story.paper_selected,
            "curves": {
                seed: [{"epoch": epoch.number, **epoch.values} for epoch in epochs]
                for seed, epochs in story.curves.items()
            },
        },
        "confusion": None
        if predicted is None
        else {"labels": predicted.labels, "seeds": {seed: confusion(predicted, seed) for seed in predicted.seeds}},
        "classes": None
        if predicted is None
        else [
            {
                "label": one.label,
                "rows": one.support,
                "predicted": one.predicted,
                **{name: vars(getattr(one, name)) for name in ("precision", "recall", "f1")},
            }
            for one in class_scores(predicted)
        ],
        "repeated_cv": story.repeated,
        "settings": predicted.settings if predicted is not None else None,
        "digests": story.digests,
        "card": story.card or None,
        "problems": story.problems,
    }


def _print(story: "CellStory", part: str) -> None:
    from pipeline.errors import InputError
    from tui.evidence.cell_text import sections
    from tui.history.words import side as told
    from tui.output import console, plain, say

    paper = console()
    page = sections(story, paper.width)
    found = [section for section in page if part in ("", section.key)]
    if part and not found:
        known = ", ".join(section.key for section in page)
        raise InputError(f"{story.cell.name} has no part '{part}'; it has {known or 'none'}.")
    paper.print(plain(story.cell.name, "bold"), soft_wrap=True)
    say(f"of {told(story.row)}, {story.cell.origin.kind}")
    for problem in story.problems:
        say(f"(!) {problem}")
    for section in found:
        say("")
        paper.print(plain(section.title, "bold"), soft_wrap=True)
        for line in section.lines:
            say(line)
