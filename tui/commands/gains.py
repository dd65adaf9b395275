"""`detour gains`: the paper's Table 1 as a revision has it, gains with verdicts, the paper's numbers and the floors beside.

Read at 80 columns and without colour: the sign before a verdict says the same as its word.
"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tui.sharing.forms import AsCsv, AsJson, AsLatex, AsMarkdown

if TYPE_CHECKING:
    from tui.evidence.gains import GainLine, GainsTable
    from tui.history.rows import Row

_STYLES = {"^": "green", "v": "red", "~": "", "=": ""}
HEADS = ("model", "F", "IF", "gain", "interval", "verdict", "paper F", "IF", "gain")


def gains(
    revision: Annotated[
        str, typer.Argument(help="A branch, tag, experiment, commit or `workspace`; HEAD where it holds gains.")
    ] = "",
    as_json: AsJson = False,
    md: AsMarkdown = False,
    csv: AsCsv = False,
    latex: AsLatex = False,
) -> None:
    """Show the gains of an experiment: F, IF, what the detour is worth, beside the paper's numbers."""
    from tui.evidence.gains import read_gains
    from tui.history.rows import History
    from tui.output import emit_json
    from tui.sharing.forms import chosen, write

    form = chosen(as_json, md, csv, latex)
    history = History()
    table = read_gains(history, revision)
    if form == "text":
        _print(table)
    elif form == "json":
        emit_json(as_mapping(table))
    else:
        from tui.evidence.sheets import gains_sheet

        write(gains_sheet(table, history), form)


def as_mapping(table: "GainsTable") -> dict[str, Any]:
    """A table of gains as `--json` prints it."""
    return {
        "revision": side(table.row),
        "note": table.note,
        "family": vars(table.family),
        "stale": table.stale or None,
        "gains": [_line(line) for line in table.lines],
        "problems": table.problems,
    }


def side(row: "Row") -> dict[str, Any]:
    """A revision as `--json` prints it."""
    return {"name": row.name, "kind": row.kind, "ref": row.ref, "commit": row.commit, "date": row.date}


def _line(line: "GainLine") -> dict[str, Any]:
    from tui.evidence.cells import PRETRAINED
    from tui.evidence.gains import score_of

    numbers = ("gain", "low", "high", "p", "p_holm", "equivalence_p", "equivalence_p_holm", "df")
    return {
        "cell": line.parts.name,
        **vars(line.parts),
        "f": {**vars(score_of(line.f)), "origin": line.f.origin.kind if line.f else "missing"},
        "if": {**vars(score_of(line.if_)), "origin": line.if_.origin.kind if line.if_ else "missing"},
        "comparable": line.comparable,
        "reason": line.reason or None,
        **{key: line.of(key) for key in numbers},
        "verdict": line.verdict or None,
        "mark": line.mark,
        **{key: line.says(key) for key in ("provisional", "negligible", "conditional")},
        "seeds": line.seeds,
        "notes": line.notes,
        "repeated_cv": line.repeated,
        "paper": {
            "f": line.paper_score(PRETRAINED),
            "if": line.paper_score(line.parts.start),
            "gain": line.paper_gain,
        },
        "floors": {name: line.floor(name) for name in ("majority", "tfidf")},
    }


def _print(table: "GainsTable") -> None:
    from tui.evidence.words import notes, summary
    from tui.history.words import side as told
    from tui.output import console, plain, say

    say(told(table.row))
    for problem in table.problems:
        say(f"(!) {problem}")
    say(summary(table))
    paper = console()
    if table.note:
        paper.print(plain(table.note))
    groups: dict[tuple[str, str, str], list[GainLine]] = {}
    for line in table.lines:
        groups.setdefault((line.parts.task, line.parts.target, line.parts.start), []).append(line)
    for (task, target, start), lines in groups.items():
        say("")
        paper.print(plain(f"{task}: {target} after {start}", "bold"), plain(_floors(lines)), soft_wrap=True)
        _print_group(lines)
    say("")
    for note in notes(table)[1 if table.note else 0 :]:
        paper.print(plain(note))


def _floors(lines: "list[GainLine]") -> str:
    from tui.evidence.words import points

    floors = {
        name: next((line.floor(name) for line in lines if line.floor(name) is not None), None)
        for name in ("majority", "tfidf")
    }
    return f"  majority {points(floors['majority'])}, TF-IDF {points(floors['tfidf'])}"


def _print_group(lines: "list[GainLine]") -> None:
    """The models of one target and start."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from tui.evidence.words import MISSING, brief, ends, points
    from tui.output import console, plain

    shown = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False, header_style="bold")
    for head in HEADS:
        number = head not in ("model", "verdict")
        shown.add_column(plain(head), justify="right" if number else "left", no_wrap=number, overflow="fold")
    for line in lines:
        f, if_ = _score(line, "f"), _score(line, "if")
        gain = points(line.of("gain"), sign=True)
        verdict = plain(brief(line), _STYLES.get(line.mark, ""))
        paper = [line.paper_score("pretrained"), line.paper_score(line.parts.start)]
        shown.add_row(
            plain(line.parts.model), f, if_, gain, ends(line.of("low"), line.of("high")) or MISSING, verdict,
            *(points(value, 2) for value in paper), points(line.paper_gain, 2, sign=True),
        )  # fmt: skip
    console().print(shown)


def _score(line: "GainLine", side: str) -> str:
    """A cell's accuracy; a sign before it where it is stale."""
    from tui.evidence.gains import score_of
    from tui.evidence.words import points

    cell = line.f if side == "f" else line.if_
    stale = cell is not None and cell.blob is not None and cell.origin.kind == "stale"
    return ("!" if stale else "") + points(score_of(cell).mean)
