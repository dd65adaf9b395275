"""What the filter language can do, in the words of its help."""

from collections.abc import Sequence

from tui.filtering.keys import FLAGS, KEYS

_INTRODUCTION = (
    "metrics.macro_f1>=0.7 task:sentiment -stale    a sentiment cell of at least .7 that is not stale",
    "params.training.target.epochs<10 branch:main|size    few epochs, on or based on main or size",
    "(short or note~epochs) date<7d -kind:tag    words and notes, of the last week, no tags",
    "",
    "Terms side by side all count; | gives alternatives, `or` too, more loosely; - or `not` negates; (parentheses).",
    "A word alone is looked for in name, message and note; quotes hold a text together, and make a word of a key.",
    "key:value is, = is exactly, != is not, ~ holds a part, < <= > >= compare; * stands for any letters.",
    "Terms about cells choose them jointly: an experiment is shown when one of its cells satisfies them all.",
    "stale=0 counts: no stale cell. What is missing passes neither a comparison nor its negation; =missing and =nan",
    "ask for it. Numbers that are equal to nine digits are equal.",
)
_NAMES = (
    ("metrics.NAME", "a metric of the cell (its mean over seeds); metrics.languages.fr.accuracy goes inside"),
    ("params.NAME", "a parameter by its dotted key, or the end of it: params.epochs"),
)


def manual() -> Sequence[str]:
    """Lines of at most 120 columns."""
    lines = [*_INTRODUCTION, ""]
    lines += [_line(name, help) for name, help in _NAMES]
    lines += [_line(name, key.help) for name, key in KEYS.items() if name not in FLAGS]
    lines += ["", "Words that stand alone, or before = < > with a number of cells where they are about cells:"]
    lines += [_line(name, key.help) for name, key in FLAGS.items()]
    return lines


def _line(name: str, help: str) -> str:
    return f"{name:>13s}  {help}"
