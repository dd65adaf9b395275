"""Tables that leave the app: one value (`Sheet`) and its written forms, alike for every screen and command.

Missing, not-a-number and zero are three things in every form:

    form      missing        NaN      zero      text that could be taken for one of them
    Markdown  an en dash     NaN      0.0000
    CSV       nothing        nan      0.0       in quotation marks ("nan", "0", "")
    LaTeX     --             NaN      0.0000
    JSON      null           "nan"    0.0       in a column whose `number` is false

Text from outside is data in all of them: control characters are written as escapes (`tui.output.visible`), and no name is a
command of LaTeX, a mark of Markdown, or a formula of a spreadsheet.
"""

from tui.sharing.csv_form import as_csv
from tui.sharing.json_form import as_json
from tui.sharing.latex import as_latex
from tui.sharing.markdown import as_markdown
from tui.sharing.sheet import Column, Provenance, Sheet, Value

__all__ = ["Column", "Provenance", "Sheet", "Value", "as_csv", "as_json", "as_latex", "as_markdown"]
