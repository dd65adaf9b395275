r"""A sheet as a LaTeX table with booktabs: ASCII whatever comes from outside, so that it compiles with any engine.

The best values are bold, deviations stand behind `$\pm$`, marks are arrows. Comments before it name the command, the commits,
the hash of dvc.lock and the way back.
"""

import re
import textwrap

from pipeline.letters import escape as latex_of
from pipeline.letters import one_line
from tui.sharing.sheet import Column, Provenance, Sheet, Value, marks_of, number_text, plain_text, told

NOTHING = "--"
MARKS = {
    "^": r"$\uparrow$",
    "v": r"$\downarrow$",
    "~": r"$\sim$",
    "=": "$=$",
    "^?": r"$\uparrow$?",
    "v?": r"$\downarrow$?",
}


def as_latex(sheet: Sheet) -> str:
    """A floating table; needs `\\usepackage{booktabs}`."""
    shape = "".join("r" if column.number else "l" for column in sheet.columns)
    lines = [
        *_comments(sheet.provenance),
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{escape(sheet.title)}}}",
        r"\label{tab:detour}",
        rf"\begin{{tabular}}{{{shape or 'l'}}}",
        r"\toprule",
        _row([_head(column) for column in sheet.columns]),
        r"\midrule",
        *(_row([_cell(value) for value in row]) for row in sheet.rows),
        r"\bottomrule",
        r"\end{tabular}",
        *_notes(sheet),
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """Text from outside in a table: beside LaTeX's letters, a bracket would be taken for an argument of the line break before it, and
    hyphens in a row for a dash."""
    parts = re.split("(?<=-)(?=-)", one_line(text))
    return "{}".join(map(latex_of, parts)).replace("[", "{[}")


def _comments(provenance: Provenance | None) -> list[str]:
    remarks = ["Needs booktabs.", *(told(provenance) if provenance else ())]
    return [
        line
        for remark in remarks
        for line in textwrap.wrap(
            one_line(remark).encode("ascii", "backslashreplace").decode("ascii"),
            110,
            initial_indent="% ",
            subsequent_indent="%   ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    ]


def _notes(sheet: Sheet) -> list[str]:
    marks = ", ".join(f"{MARKS[mark]} {meaning}" for mark, meaning in marks_of(sheet).items())
    notes = [*([f"{marks}."] if marks else []), *map(escape, sheet.notes)]
    return [r"\par\smallskip", rf"{{\footnotesize {' '.join(notes)}\par}}"] if notes else []


def _head(column: Column) -> str:
    head = escape(column.head)
    return rf"\multicolumn{{1}}{{c}}{{{head}}}" if column.number and head else head


def _row(cells: list[str]) -> str:
    return " & ".join(cells).strip() + r" \\"


def _cell(value: Value) -> str:
    if value.value is None:
        return _marked(NOTHING, value.mark)
    number = isinstance(value.value, int | float) and not isinstance(value.value, bool)
    text = _signed(plain_text(value)) if number else escape(plain_text(value))
    if value.best:
        text = rf"\textbf{{{text}}}"
    if value.sd is not None:
        text += rf" {{\footnotesize $\pm$ {number_text(value.sd, value.decimals)}}}"
    if value.low is not None and value.high is not None:
        low, high = (_signed(number_text(end, value.decimals, value.sign)) for end in (value.low, value.high))
        text += rf" {{\footnotesize {{[}}{low}, {high}]}}"
    return _marked(text, value.mark)


def _signed(number: str) -> str:
    """A hyphen is no minus."""
    return number.replace("-", "$-$").replace("+", "$+$")


def _marked(text: str, mark: str) -> str:
    return f"{text} {MARKS.get(mark, escape(mark))}" if mark else text
