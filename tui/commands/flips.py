"""`detour flips`: the test rows on which two cells differ, what each seed predicts, and McNemar's exact test beneath.

detour flips sms_spam-imdb-bert                          an IF cell beside the F cell of its target and model
detour flips sms_spam-pretrained-bert sms_spam-imdb-bert --rev short
detour flips sms_spam-imdb-bert --between main short     one cell in two experiments
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tui.sharing.forms import AsCsv, AsJson, AsLatex, AsMarkdown

if TYPE_CHECKING:
    from tui.evidence.comparison import Comparison
    from tui.evidence.flips import Flip
    from tui.evidence.texts import Texts
    from tui.history.rows import History


def flips(
    cell_a: Annotated[str, typer.Argument(metavar="CELL", help="A; alone: this IF cell beside its F cell.")],
    cell_b: Annotated[str | None, typer.Argument(metavar="CELL", help="B.")] = None,
    rev: Annotated[str, typer.Option("--rev", help="The experiment that holds both; HEAD where it holds cells.")] = "",
    between: Annotated[
        tuple[str, str] | None, typer.Option("--between", metavar="REV REV", help="The cell in A and in B.")
    ] = None,
    kind: Annotated[str, typer.Option(help="Only these: fixed, broken, changed, split.")] = "",
    language: Annotated[str, typer.Option(help="Only rows of this language.")] = "",
    gold: Annotated[str, typer.Option(help="Only rows with this gold label.")] = "",
    predicted: Annotated[str, typer.Option(help="Only rows to which any seed of a side gives this label.")] = "",
    texts: Annotated[bool, typer.Option("--texts/--no-texts", help="Look for the texts of the rows.")] = True,
    as_json: AsJson = False,
    md: AsMarkdown = False,
    csv: AsCsv = False,
    latex: AsLatex = False,
) -> None:
    """Show the test rows that are fixed, broken or changed between two cells."""
    from tui.evidence.choice import Choice
    from tui.evidence.sheets import flips_sheet
    from tui.history.rows import History
    from tui.output import emit_json
    from tui.sharing.forms import chosen, write

    form = chosen(as_json, md, csv, latex)
    history = History()
    found = _compare(history, cell_a, cell_b, rev, between)
    choice = Choice(kind, language, gold, predicted)
    rows = choice.of(found.flips)
    told, why = _texts(history, found, rows) if texts else (None, "")
    if form == "text":
        _print(found, rows, choice, told, why)
        _print_gain(history, found)
    elif form == "json":
        emit_json(as_mapping(found, rows, told, why))
    else:
        write(flips_sheet(found, rows, told, history, choice), form)


def _compare(history: "History", a: str, b: str | None, rev: str, between: tuple[str, str] | None) -> "Comparison":
    from pipeline.errors import InputError
    from tui.evidence.cells import PRETRAINED, find_cell, parts_of
    from tui.evidence.comparison import compare_cells
    from tui.evidence.gains import default_row
    from tui.evidence.revisions import row_of

    if between is not None:
        if rev:
            raise InputError("--rev and --between exclude each other: --between names both experiments.")
        return compare_cells(history, *between, a, b)
    row = row_of(history, rev) if rev else default_row(history)
    name = row.ref or row.name
    if b is None:
        cell = find_cell(row.cells, a, row.name)
        parts = parts_of(cell.name)
        if parts is None or parts.start == PRETRAINED:
            raise InputError(
                f"{cell.name} starts from `pretrained` itself; name a second cell, or --between two experiments."
            )
        return compare_cells(history, name, name, parts.f.name, cell.name)
    return compare_cells(history, name, name, a, b)


def _texts(history: "History", found: "Comparison", rows: "list[Flip]") -> "tuple[Texts | None, str]":
    """The texts, or the sentence that says why there are none."""
    from pipeline.errors import InputError
    from tui.evidence.texts import ask, wish_of

    if not rows:
        return None, ""
    try:
        return ask(wish_of(history, found.b), [flip.row for flip in rows]), ""
    except InputError as error:
        return None, str(error)


def as_mapping(found: "Comparison", rows: "list[Flip]", texts: "Texts | None", why: str) -> dict[str, Any]:
    """Flips as `--json` prints them."""
    from tui.commands.gains import side
    from tui.evidence.flips import KINDS
    from tui.evidence.mcnemar import SCOPE

    flips, label = found.flips, found.a.predicted.label
    return {
        "a": {"revision": side(found.a.row), "cell": found.a.cell.name, "seeds": flips.a_seeds},
        "b": {"revision": side(found.b.row), "cell": found.b.cell.name, "seeds": flips.b_seeds},
        "test_rows": len(flips.rows),
        "labels": flips.labels,
        "counts": {"majority": flips.counts(), "seeds": {seed: flips.counts(seed) for seed in flips.seeds}},
        "mcnemar": {
            "scope": SCOPE,
            "seeds": {seed: vars(test) for seed, test in flips.by_seed.items()},
            "pooled": vars(flips.pooled) if flips.seeds else None,
        },
        "kinds": KINDS,
        "flips": [
            {
                "row": flip.row,
                "kind": flip.kind,
                "seeds": flip.by_seed,
                "language": flip.language,
                "gold": label(flip.gold),
                "a": {seed: label(id) for seed, id in zip(flips.a_seeds, flip.a, strict=True)},
                "b": {seed: label(id) for seed, id in zip(flips.b_seeds, flip.b, strict=True)},
                **_text(texts, flip.row),
            }
            for flip in rows
        ],
        "texts": {
            "found": texts is not None,
            "why_not": why or None,
            "warning": (texts.warning if texts else "") or None,
        },
        "warning": flips.warning or None,
    }


def _text(texts: "Texts | None", row: int) -> dict[str, Any]:
    example = texts.by_row.get(row) if texts else None
    return vars(example) if example else {"text": None}


def _print(found: "Comparison", rows: "list[Flip]", choice: Any, texts: "Texts | None", why: str) -> None:
    from tui.evidence.flip_text import head, mcnemar_lines
    from tui.output import console, plain, say

    paper = console()
    for line in head(found):
        say(line)
    say("")
    for line in _lines(found, rows, texts, paper.width):
        say(line)
    if len(rows) < len(found.flips.differing()):
        say(f"{len(rows)} of {len(found.flips.differing())} rows that differ{choice.told}.")
    for line in [*mcnemar_lines(found.flips), *filter(None, (why, texts.warning if texts else ""))]:
        paper.print(plain(line))


def _print_gain(history: "History", found: "Comparison") -> None:
    """What may be said of the recipe, beside what was seen of its checkpoints."""
    from tui.evidence.verdicts import verdict_of
    from tui.output import console, plain

    if told := verdict_of(history, found):
        console().print(plain(told))


def _lines(found: "Comparison", rows: "list[Flip]", texts: "Texts | None", width: int) -> "Iterator[str]":
    """A line for each row, its text below it."""
    import textwrap

    from tui.evidence.cell_text import aligned
    from tui.evidence.flip_text import kind_words, predictions
    from tui.output import visible

    several = len({flip.language for flip in found.flips.rows}) > 1
    table = [["flip", "row", *(["language"] if several else []), "gold", "A", "B"]]
    for flip in rows:
        gold = found.a.predicted.label(flip.gold)
        sides = [predictions(found, flip, side) for side in ("a", "b")]
        texts_of_row = [kind_words(flip), str(flip.row), *([flip.language] if several else []), gold, *sides]
        table.append([visible(text) for text in texts_of_row])
    head, *lines = aligned(table, right=(1,))
    if rows:
        yield head
    for flip, line in zip(rows, lines, strict=True):
        yield line
        example = texts.by_row.get(flip.row) if texts else None
        if example is not None:
            told = " ".join(visible(example.told.replace("\n", " ")).split())
            yield from textwrap.wrap(told, max(40, width - 4), initial_indent="    ", subsequent_indent="    ")
