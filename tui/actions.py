"""Every action of the app, once: keys, footer, help and command palette are made from `ACTIONS`.

An action belongs to an owner: `app`, a screen by its name in `tui.screens.SCREENS`, or a family of widgets (`move`). Its method
is `action_<method>` of the owner. Whether it can be done now is the owner's to say: a screen's `is_enabled`.

Never ctrl+a, ctrl+b or ctrl+space, which screen, tmux and terminals keep for themselves.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding, BindingType

from tui.screens import SCREENS


@dataclass(frozen=True)
class Action:
    """Something a key does."""

    id: str
    """`owner.method`, unique."""
    keys: str
    """Textual's names of the keys, separated by commas; empty for what only the palette offers."""
    shown: str
    """The keys as a person reads them."""
    label: str
    """One or two words for the footer."""
    help: str
    """What it does, for help and palette; no full stop."""
    footer: int = 0
    """Rank in the footer, 1 being kept longest as the terminal narrows; 0 leaves it out."""
    argument: str = ""
    """What the method is called with; empty for nothing."""
    first: bool = False
    """Whether the key is taken before the focused widget sees it, so that what is typed behind it finds the next field."""

    @property
    def owner(self) -> str:
        """What the action belongs to."""
        return self.id.split(".")[0]

    @property
    def method(self) -> str:
        """The method's name without `action_`."""
        return self.id.split(".")[1]

    @property
    def call(self) -> str:
        """The action as Textual writes it."""
        return f"{self.method}({self.argument!r})" if self.argument else self.method


_SCREENS = tuple(
    Action(f"app.go.{name}", place.key, place.key, name, f"{name}: {place.purpose}", argument=name)
    for name, place in SCREENS.items()
)

APP = (
    *_SCREENS,
    Action("app.help", "question_mark", "?", "keys", "the keys of this screen", footer=4),
    Action("app.palette", "colon,ctrl+p", ":", "commands", "find any action by its words", footer=11),
    Action("app.tour", "", "", "tour", "the tour: what is where, and the keys to begin with"),
    Action("app.journal", "at", "@", "command log", "every git, dvc and detour command that the app gave"),
    Action("app.back", "escape", "Esc", "back", "leave what is open, or clear what is half done", footer=12),
    Action("app.quit", "q", "q", "quit", "leave the app; runs go on", footer=5),
)

MOVE = (
    Action("move.down", "j,down", "j/↓", "down", "one row down"),
    Action("move.up", "k,up", "k/↑", "up", "one row up"),
    Action("move.page_down", "pagedown,ctrl+d", "PgDn", "page down", "one page down"),
    Action("move.page_up", "pageup,ctrl+u", "PgUp", "page up", "one page up"),
    Action("move.first", "g,home", "g", "first", "to the first row"),
    Action("move.last", "G,end", "G", "last", "to the last row"),
)

TABLE = (
    Action("table.left", "h,left", "h/←", "column left", "choose the column to the left"),
    Action("table.right", "l,right", "l/→", "column right", "choose the column to the right"),
    Action(
        "table.sort", "s", "s", "sort", "sort by the chosen column, too; again: the other way, then not by it", footer=8
    ),
    Action("table.reverse", "S", "S", "reverse", "turn the last column's order around"),
    Action("table.narrower", "left_square_bracket", "[", "narrower", "make the chosen column narrower"),
    Action("table.wider", "right_square_bracket", "]", "wider", "make the chosen column wider"),
    Action("table.move_left", "less_than_sign", "<", "move left", "move the chosen column to the left"),
    Action("table.move_right", "greater_than_sign", ">", "move right", "move the chosen column to the right"),
    Action("table.pin", "p", "p", "pin", "keep the chosen column in sight beside the first, or let it go"),
    Action("table.mark", "space", "Space", "mark", "mark the row, or take its mark away", footer=9),
    Action("table.choose", "enter", "Enter", "open", "open the row"),
)

FILTER = (
    Action("filter.find", "slash", "/", "filter", "show only the rows that hold these words", footer=7),
    Action("filter.clear", "escape", "Esc", "all rows", "take the filter away"),
)

QUERY = (
    Action("query.complete", "tab", "Tab", "complete", "in the filter: complete the word; again: the next that fits"),
    Action("query.manual", "", "?", "language", "in the filter: what can be asked"),
)

EXPERIMENTS = (
    Action(
        "experiments.compare",
        "c",
        "c",
        "compare",
        "compare the row, or all that are marked, with the baseline",
        footer=1,
    ),
    Action("experiments.baseline", "b", "b", "baseline", "pin as the baseline of comparisons, or unpin", footer=3),
    Action("experiments.columns", "v", "v", "columns", "choose columns and their order, add expressions", footer=5),
    Action("experiments.new", "N", "N", "new", "only what is new since the last visit, or everything", footer=6),
    Action("experiments.star", "asterisk", "*", "star", "star the experiment, or take its star away"),
    Action(
        "experiments.note", "n", "n", "note", "write a note on the experiment, kept beside the repository", footer=7
    ),
    Action("experiments.tree", "t", "t", "tree", "experiments under what they are based on, or a plain list", footer=8),
    Action("experiments.differing", "x", "x", "what differs", "leave out parameters that are the same in all rows"),
    Action("experiments.metric", "m", "m", "metric", "show the cells' next metric", footer=8),
    Action("experiments.share", "y", "y", "share", "copy the name or the table, or write it into a file", footer=10),
    Action("experiments.commits", "A", "A", "commits", "commits that no name points to as well, or names alone"),
    Action("experiments.reload", "r", "r", "refresh", "read git again", footer=9),
)

COLUMNS = (
    Action("columns.apply", "enter", "Enter", "show these", "show the marked columns"),
    Action("columns.all", "a", "a", "all", "mark all that the filter shows, or none"),
    Action("columns.earlier", "less_than_sign", "<", "earlier", "move the column before the one above", first=True),
    Action("columns.later", "greater_than_sign", ">", "later", "move the column behind the one below", first=True),
    Action("columns.add", "plus", "+", "add", "add a column of an expression: max dev_macro_f1", first=True),
    Action("columns.close", "escape", "Esc", "as before", "change nothing"),
)

COMPARE = (
    Action("compare.leave", "escape", "Esc", "experiments", "back to the list of experiments", footer=1),
    Action("compare.changed", "x", "x", "changed/all", "show only what differs, or everything", footer=2),
    Action("compare.copy", "y", "y", "share", "copy or write the comparison, a picture, the row", footer=3),
    Action("compare.baseline", "b", "b", "baseline", "make the experiment of the chosen column the baseline", footer=4),
    Action("compare.metric", "m", "m", "metric", "show one metric after the other, or all", footer=6),
    Action(
        "compare.flips", "f", "f", "flips", "the test rows that baseline and experiment predict differently", footer=4
    ),
    Action("compare.curves", "o", "o", "curves", "learning curves of the row's cell, or of the marked ones", footer=5),
    Action("compare.values", "v", "v", "values", "show what experiments measured, or differences", footer=7),
    Action(
        "compare.average", "e", "e", "each/mean", "show each experiment, or average those that differ only in seeds"
    ),
    Action("compare.reload", "r", "r", "refresh", "read git again", footer=10),
)

CURVES = (
    Action("curves.metric", "m", "m", "metric", "show the next column: accuracy, loss", footer=1),
    Action("curves.smoother", "plus,equals_sign", "+", "smoother", "smooth more", footer=3),
    Action("curves.rougher", "minus", "-", "rougher", "smooth less", footer=4),
    Action("curves.band", "a", "a", "seeds", "show seeds as a band, as a deviation, or each", footer=2),
    Action("curves.zoom", "z", "z", "zoom", "show half of the steps", footer=5),
    Action("curves.out", "Z", "Z", "out", "show twice as many steps", footer=6),
    Action("curves.left", "left,h", "←", "earlier", "show earlier steps", footer=10),
    Action("curves.right", "right,l", "→", "later", "show later steps", footer=11),
    Action("curves.log", "L", "L", "log", "a logarithmic scale, or a linear one", footer=7),
    Action("curves.copy", "y", "y", "share", "copy or write the numbers, or a picture", footer=8),
    Action("curves.reload", "r", "r", "refresh", "read git again"),
)

SHARE = (
    Action("share.copy", "enter", "Enter", "copy", "copy what is under the cursor", footer=1),
    Action("share.write", "w", "w", "write", "write it into a new file of the study's folder", footer=2),
    Action("share.close", "escape", "Esc", "close", "leave it"),
    *(
        Action(f"share.pick.{name}", key, key, name, f"copy {words}", argument=name)
        for name, key, words in (
            ("name", "n", "the name"),
            ("line", "r", "the row under the cursor"),
            ("link", "b", "the command that leads back to it"),
            ("markdown", "m", "a Markdown table"),
            ("csv", "c", "CSV"),
            ("json", "o", "JSON"),
            ("latex", "l", "a LaTeX table"),
        )
    ),
    Action("share.pick.picture", "p", "p", "picture", "write an SVG picture of the screen", argument="picture"),
)

GAINS = (
    Action("gains.flips", "f", "f", "flips", "the test rows that F and IF predict differently", footer=2),
    Action("gains.choose", "e", "e", "experiment", "show the gains of another experiment", footer=3),
    Action("gains.notes", "i", "i", "notes", "what must be read beside the table, and what its signs mean", footer=6),
    Action("gains.share", "y", "y", "share", "copy the table, or write it into a file", footer=7),
    Action("gains.open", "", "", "open", "the cell under the cursor, or the flips behind its gain"),
    Action("gains.reload", "r", "r", "refresh", "read git again", footer=9),
)

MATRIX = (
    Action("matrix.left", "h,left", "h/←", "column left", "one column to the left"),
    Action("matrix.right", "l,right", "l/→", "column right", "one column to the right"),
    Action("matrix.choose", "enter", "Enter", "open", "open the cell, or on a gain what it changes", footer=1),
)

GAINS_CHOICE = (Action("gains_choice.close", "escape", "Esc", "as before", "change nothing", footer=1),)

CELL = (
    Action("cell.next", "tab", "Tab", "section", "to the next section", footer=1),
    Action("cell.flips", "f", "f", "flips", "the test rows that it predicts otherwise than its F cell", footer=2),
    Action("cell.matrix", "m", "m", "matrix", "the whole confusion matrix", footer=3),
    Action("cell.curve", "d", "d", "dev/test", "the curve on dev, or on test as in the paper's Figure 1", footer=6),
    Action("cell.share", "y", "y", "share", "copy the section's table, or write it into a file", footer=5),
    Action("cell.down", "j,down", "j/↓", "down", "scroll down", footer=7),
    Action("cell.up", "k,up", "k/↑", "up", "scroll up", footer=8),
    Action("cell.page_down", "pagedown,ctrl+d", "PgDn", "page down", "a page down"),
    Action("cell.page_up", "pageup,ctrl+u", "PgUp", "page up", "a page up"),
    Action("cell.first", "g,home", "g", "top", "to the top"),
    Action("cell.last", "G,end", "G", "end", "to the end"),
    Action("cell.reload", "r", "r", "refresh", "read git again", footer=9),
)

CELL_MATRIX = (
    Action("cell_matrix.seed", "m", "m", "seed", "of the next seed, then the mean over seeds", footer=1),
    Action("cell_matrix.share", "y", "y", "share", "copy the matrix, or write it into a file", footer=2),
)

FLIPS = (
    Action("flips.kind", "f", "f", "kind", "only fixed, broken, changed or split rows, then all", footer=1),
    Action("flips.gold", "c", "c", "gold", "only rows with the next gold label, then all", footer=2),
    Action("flips.predicted", "p", "p", "predicted", "only rows that a side gives the next label, then all", footer=3),
    Action("flips.language", "n", "n", "language", "only rows of the next language, then all", footer=5),
    Action("flips.seed", "m", "m", "seed/majority", "by the next seed, then by majority", footer=6),
    Action("flips.clear", "u", "u", "all", "take the choice back", footer=6),
    Action("flips.swap", "b", "b", "swap", "make the other one A", footer=10),
    Action("flips.open", "", "", "read", "the row under the cursor in full"),
    Action("flips.share", "y", "y", "share", "copy the rows, or write them into a file", footer=7),
    Action("flips.reload", "r", "r", "refresh", "read git and look for the texts again", footer=10),
)

GRID = (
    Action("grid.left", "h,left", "h/←", "left", "one model to the left"),
    Action("grid.right", "l,right", "l/→", "right", "one model to the right"),
    Action("grid.mark", "space", "Space", "mark", "mark the cell, or take the mark away", footer=1),
    Action("grid.mark_row", "R", "R", "row", "mark this target and start with every model", footer=8),
    Action("grid.mark_column", "C", "C", "column", "mark every row of this model", footer=9),
    Action("grid.mark_task", "T", "T", "task", "mark every cell of this task", footer=10),
    Action("grid.mark_all", "a", "a", "all", "mark every cell of the study, or none"),
)

LAUNCH = (
    Action("launch.launch", "enter,L", "Enter", "launch", "look at the run once more and launch it", footer=2),
    Action("launch.parameters", "p", "p", "parameters", "change parameters of the run", footer=3),
    Action("launch.mark_wanting", "m", "m", "mark stale", "mark every cell that is stale or missing", footer=7),
    Action(
        "launch.advice",
        "w",
        "w",
        "worth it?",
        "say of the cell under the cursor whether the detour is worth it",
        footer=8,
    ),
    Action("launch.copy", "y", "y", "copy", "copy the command of the run", footer=6),
    Action("launch.clear", "u", "u", "clear", "take all marks and changes back"),
    Action("launch.reload", "r", "r", "read again", "read the study and its history again"),
)

RUNS = (
    Action("runs.stop", "s", "s", "stop", "stop the run, or take it out of the queue", footer=1),
    Action("runs.compare", "c", "c", "diff to main", "compare with main what the run recorded", footer=1),
    Action("runs.go_on", "R", "R", "go on", "go on with a run that stopped or died; run again what failed", footer=1),
    Action("runs.branch", "B", "B", "branch", "make a branch of the experiment that the run recorded", footer=2),
    Action("runs.record", "w", "w", "record", "record what is finished of a run that stopped or died", footer=2),
    Action("runs.sooner", "plus", "+", "sooner", "raise the priority of a run that waits", footer=2),
    Action("runs.later", "minus", "-", "later", "lower the priority of a run that waits", footer=3),
    Action("runs.log", "o", "o", "log", "open the whole log of the chosen stage", footer=3),
    Action("runs.copy", "y", "y", "copy", "copy the run's command", footer=8),
    Action("runs.forget", "D", "D", "remove", "remove events and logs of a run that is over", footer=9),
    Action("runs.reload", "r", "r", "look now", "look now; a live run is looked at every second"),
)

ANNOTATE = (
    Action("annotate.label", "enter,L", "Enter", "label", "label the corpus, or begin to", footer=1),
    Action("annotate.agreement", "a", "a", "agreement", "kappa and confusion matrix of two annotators", footer=2),
    Action("annotate.adjudicate", "d", "d", "adjudicate", "decide the texts on which two annotators differ", footer=3),
    Action("annotate.export", "e", "e", "export", "write what was agreed or adjudicated for the corpus", footer=6),
    Action("annotate.guidelines", "equals_sign", "=", "meanings", "what the labels of the scheme mean", footer=9),
    Action("annotate.name", "w", "w", "name", "label under another name", footer=7),
    Action("annotate.copy", "y", "y", "copy", "copy the command that labels the corpus"),
    Action("annotate.reload", "r", "r", "refresh", "read the labels again"),
)

SETTINGS = (
    Action("settings.change", "space", "Enter", "change", "the next value, or a dialog for another", footer=1),
    Action("settings.default", "u", "u", "default", "take the value back to its default", footer=2),
    Action("settings.copy", "y", "y", "copy", "copy the command that sets the value", footer=3),
    Action("settings.reload", "r", "r", "read again", "read the file again", footer=7),
)

LABELLING = (
    # The letters are the scheme's, which the screen reads itself.
    Action("labelling.give", "", "letter", "label", "give the label beside the letter and go on"),
    Action(
        "labelling.skip",
        "space",
        "Space",
        "skip",
        "go on without a label, or leave the text out when adjudicating; a label stays",
        footer=1,
    ),
    Action("labelling.undo", "backspace", "Bksp", "undo", "take the last key back", footer=2),
    Action("labelling.note", "enter", "Enter", "note", "write a note beside the label", footer=3),
    Action("labelling.open", "tab", "Tab", "next open", "to the next text without a label", footer=6),
    Action("labelling.open_before", "shift+tab", "S-Tab", "open before", "to the text without a label before this one"),
    Action("labelling.previous", "left", "←", "before", "to the text before", footer=8),
    Action("labelling.next", "right", "→", "next", "to the next text", footer=9),
    Action("labelling.first", "home", "Home", "first", "to the first text"),
    Action("labelling.last", "end", "End", "last", "to the last text"),
    Action("labelling.clear", "delete", "Del", "clear", "take label and note of this text away", footer=13),
    Action("labelling.guidelines", "equals_sign", "=", "meanings", "what each label means", footer=7),
    Action("labelling.down", "down,pagedown", "↓", "more", "scroll a long text down", footer=1),
    Action("labelling.up", "up,pageup", "↑", "up", "scroll a long text up"),
    Action("labelling.copy", "", "", "copy", "copy the text"),
    Action("labelling.reload", "", "", "read again", "read files and texts again"),
)

AGREEMENT = (
    Action("agreement.adjudicate", "enter,d", "Enter", "adjudicate", "decide the text under the cursor", footer=1),
    Action("agreement.export", "e", "e", "export", "write what was agreed or adjudicated for the corpus", footer=2),
    Action("agreement.copy", "y", "y", "copy", "copy kappa with its interval", footer=3),
    Action("agreement.reload", "r", "r", "refresh", "compare again", footer=7),
)

READING = (
    Action("reading.down", "j,down", "j/↓", "down", "scroll down", footer=1),
    Action("reading.up", "k,up", "k/↑", "up", "scroll up", footer=2),
    Action("reading.copy", "y", "y", "copy", "copy the lines for params.yaml", footer=3),
)

LOG = (Action("log.reload", "r", "r", "read again", "read the log again", footer=1),)

FORM = (
    Action("form.next", "enter,down,tab", "Enter/↓", "next", "the next field", footer=2, first=True),
    Action("form.previous", "up,shift+tab", "↑", "previous", "the field before", footer=3, first=True),
    Action("form.done", "escape", "Esc", "back to the cells", "leave the fields; what was typed stays", footer=1),
)

LINES = (Action("lines.choose", "enter", "Enter", "choose", "choose the line"),)

DIALOG = (
    Action("dialog.cancel", "escape", "Esc", "cancel", "leave it"),
    Action("dialog.next", "down,tab", "↓", "next", "the next field or button", first=True),
    Action("dialog.previous", "up,shift+tab", "↑", "previous", "the field or button before", first=True),
    Action("dialog.right", "right", "→", "right", "the next button"),
    Action("dialog.left", "left", "←", "left", "the button before"),
    Action("confirm.launch", "enter", "Enter", "launch", "launch it"),
    Action("stopping.stop", "s", "s", "stop", "its trainings save their state"),
    Action("stopping.record", "r", "r", "stop and record", "record what is finished"),
    Action("stopping.kill", "k", "k", "kill", "at once"),
    Action("stopping.cancel", "n", "n", "no", "leave it"),
    Action("question.yes", "y", "y", "yes", "do it"),
    Action("question.cancel", "n", "n", "no", "leave it"),
)

FAULT = (Action("fault.again", "r", "r", "try again", "try again after the mend", footer=1),)

HELP = (
    Action("help.down", "j", "j", "down", "scroll down", footer=1),
    Action("help.up", "k", "k", "up", "scroll up", footer=2),
)

JOURNAL = (
    Action("journal.copy", "y", "y", "copy", "copy the command", footer=1),
    Action("journal.reload", "r", "r", "refresh", "show what came meanwhile", footer=7),
)

ACTIONS: tuple[Action, ...] = (
    *APP, *MOVE, *LINES, *GRID, *FORM, *LAUNCH, *RUNS, *LOG, *ANNOTATE, *LABELLING, *AGREEMENT, *READING, *SETTINGS,
    *DIALOG, *FAULT, *HELP, *JOURNAL,
    *EXPERIMENTS, *COMPARE, *CURVES, *GAINS, *MATRIX, *GAINS_CHOICE, *CELL, *CELL_MATRIX, *FLIPS,
    *SHARE, *COLUMNS, *TABLE, *FILTER, *QUERY,
)  # fmt: skip


def of(*owners: str) -> tuple[Action, ...]:
    """The actions of some owners, in the order of the registry."""
    return tuple(action for action in ACTIONS if action.owner in owners)


def bindings(*owners: str) -> list[BindingType]:
    """What a class of that owner binds: `BINDINGS = bindings("launch")`."""
    return [
        Binding(
            action.keys,
            action.call,
            action.label,
            show=False,
            key_display=action.shown,
            id=action.id,
            priority=action.first,
        )
        for action in of(*owners)
        if action.keys
    ]


def for_footer(actions: Iterable[Action], width: int) -> list[Action]:
    """The actions that fit one line of `width`, the most useful kept, in the order of their ranks."""
    ranked = sorted((action for action in actions if action.footer), key=lambda action: action.footer)
    kept: list[Action] = []
    for action in ranked:
        taken = sum(footer_width(other) for other in [*kept, action])
        if taken <= width:
            kept.append(action)
    return kept


def footer_width(action: Action) -> int:
    """Columns that the action takes in the footer."""
    return len(action.shown) + 1 + len(action.label) + 2
