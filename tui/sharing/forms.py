"""The options by which every command writes its table: `--json`, `--md`, `--csv`, `--latex`; without one, for a person.

def gains(as_json: AsJson = False, md: AsMarkdown = False, csv: AsCsv = False, latex: AsLatex = False) -> None:
    form = chosen(as_json, md, csv, latex)
"""

from typing import Annotated, Literal

import typer

from pipeline.errors import InputError
from tui.output import emit_json, say_lines
from tui.sharing import Sheet, as_csv, as_json, as_latex, as_markdown

Form = Literal["text", "json", "md", "csv", "latex"]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AsMarkdown = Annotated[bool, typer.Option("--md", help="Print a Markdown table.")]
AsCsv = Annotated[
    bool, typer.Option("--csv", help="Print CSV; names that a spreadsheet would run get an apostrophe before them.")
]
AsLatex = Annotated[bool, typer.Option("--latex", help="Print a LaTeX table (booktabs).")]


def chosen(as_json: bool = False, md: bool = False, csv: bool = False, latex: bool = False) -> Form:
    """The form that was asked for; `text` where none was.

    Raises:
        InputError: Two were asked for.
    """
    asked: dict[Form, bool] = {"json": as_json, "md": md, "csv": csv, "latex": latex}
    wanted = [form for form, given in asked.items() if given]
    if len(wanted) > 1:
        raise InputError(f"{' and '.join(f'--{form}' for form in wanted)} exclude each other; give one of them.")
    return wanted[0] if wanted else "text"


def write(sheet: Sheet, form: Form) -> None:
    """Print a sheet in a form other than `text`, which is the command's own."""
    if form == "json":
        emit_json(as_json(sheet))
    else:
        say_lines({"md": as_markdown, "csv": as_csv, "latex": as_latex}[form](sheet))
