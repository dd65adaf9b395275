"""The gains: every one on an axis, the matrix of verdicts, and each in full."""

from collections.abc import Sequence

from pipeline.reporting.lines import Json, Line, lines_of, rows_of
from pipeline.reporting.page.answer import alpha_of
from pipeline.reporting.page.blocks import Block, Datum, Figure, Items, Paragraph, Section, Tone, grid, missing
from pipeline.reporting.page.gain_drawing import gain_drawing
from pipeline.reporting.page.inputs import Inputs
from pipeline.reporting.page.keys import model_key
from pipeline.reporting.text import DASH, interval, look_up, score

LEAST_P = 0.0005
"""Below it a p-value prints as smaller than .001."""
SIGNS: dict[str, tuple[str, Tone]] = {
    "positive": ("\N{BLACK UP-POINTING TRIANGLE}", "up"),
    "negative": ("\N{BLACK DOWN-POINTING TRIANGLE}", "down"),
    "equivalent": ("=", "same"),
    "inconclusive": ("~", ""),
}


def gains(inputs: Inputs) -> Section:
    """The section."""
    lines = [line for line in lines_of(inputs.gains, inputs.cells) if line.gain]
    if not lines:
        return Section("gains", "Gains", (missing("No gain is there: reports/gains.json is missing.", "gains"),))
    family = inputs.gains.get("family", {})
    alpha, margin = alpha_of(inputs.gains), look_up(family, "margin")
    told = (
        f"Gain: accuracy of IF minus F. Intervals hold {100 * (1 - alpha):g} % over new seeds and new test rows and are unadjusted; "
        f"verdicts are adjusted by Holm over the {look_up(family, 'size') or len(lines)} gains of the study at {score(alpha, 2)}, "
        f"and equivalent means demonstrably within {score(margin, 2)} (shaded)."
    )
    blocks: list[Block] = [Paragraph(told)]
    if drawn := gain_drawing(lines, inputs.models, margin):
        key = model_key([line.model for line in lines], inputs.models, tick="the paper's gain")
        blocks.append(
            Figure("Gains with intervals; arrows where an interval goes beyond the axis", (drawn,), key, True)
        )
    blocks += [_matrix(lines), _full(lines, alpha)]
    refused = [f"{line.name}: {look_up(line.gain, 'reason')}" for line in lines if line.refused]
    notes = [*refused, *_notes(lines)]
    if notes:
        blocks.append(Items(tuple(notes)))
    return Section("gains", "Gains and verdicts", tuple(blocks), "Gains")


def verdict(entry: Json | None) -> Datum:
    """The verdict's word with its sign and, where it rests on few seeds, their number."""
    name = look_up(entry, "verdict") or DASH
    sign, tone = SIGNS.get(name, ("", "quiet"))
    told = f"{sign}\N{NO-BREAK SPACE}{name}" if sign else name
    if look_up(entry, "negligible"):
        told += ", negligible"
    seeds = look_up(entry, "seeds")
    beside = f"provisional, {seeds} seed{'' if seeds == 1 else 's'}" if look_up(entry, "provisional") else ""
    return Datum(told, None, beside, tone)


def _matrix(lines: Sequence[Line]) -> Block:
    models = list(dict.fromkeys(line.model for line in lines))
    rows = []
    for row in rows_of(lines):
        data = [Datum(row.title)]
        for model in models:
            line = row.lines.get(model)
            if line is None:
                data.append(Datum(DASH))
                continue
            gain, said = look_up(line.gain, "gain"), verdict(line.gain)
            paper = f"; paper {score(line.paper_gain, 2, sign=True)}" if line.paper_gain is not None else ""
            data.append(Datum(score(gain, sign=True), gain, f"{said.text}{paper}", said.tone))
        rows.append(data)
    return grid("Gain matrix: gain and verdict, with the paper's gain", ["target", *models], rows)


def _full(lines: Sequence[Line], alpha: float) -> Block:
    rows = []
    for row in rows_of(lines):
        for line in row.lines.values():
            gain, low, high = (look_up(line.gain, name) for name in ("gain", "low", "high"))
            f1 = [look_up(line.gain, "macro_f1", name) for name in ("gain", "low", "high")]
            p = look_up(line.gain, "p_holm")
            rows.append(
                [
                    Datum(row.title),
                    Datum(line.model),
                    verdict(line.gain),
                    Datum(interval(gain, low, high), gain),
                    _share(line, "relative"),
                    _share(line, "errors"),
                    Datum(_p_value(p), p),
                    Datum(interval(*f1), f1[0]),
                    _chosen_on_test(line),
                    Datum(score(line.paper_gain, 2, sign=True), line.paper_gain),
                ]
            )
    heads = ["target", "model", "verdict", f"gain [{100 * (1 - alpha):g} %]", "relative", "error reduction", "p (Holm)"]
    return grid("Every gain in full", [*heads, "macro-F1 gain", "epochs chosen on test", "paper"], rows, words=3)


def _chosen_on_test(line: Line) -> Datum:
    """The gain by the paper's protocol, which selects each cell's epoch on the test set."""
    gain = look_up(line.gain, "paper", "gain")
    return Datum(score(gain, sign=True), gain)


def _p_value(p: float | None) -> str:
    return "<.001" if p is not None and p < LEAST_P else score(p)


def _share(line: Line, of: str) -> Datum:
    """The gain as a share of F's accuracy, or of the errors that F leaves."""
    f, gain = look_up(line.gain, "f"), look_up(line.gain, "gain")
    whole = None if f is None else f if of == "relative" else 1 - f
    if gain is None or not whole:
        return Datum(DASH)
    return Datum(f"{round(100 * gain / whole) + 0:+d} %", gain / whole)


def _notes(lines: Sequence[Line]) -> list[str]:
    """The notes of the gains, each once, with the gains that it holds for."""
    holders: dict[str, list[str]] = {}
    compared = [line for line in lines if not line.refused]
    for line in compared:
        for note in filter(None, (look_up(line.gain, "note") or "").split("; ")):
            holders.setdefault(note, []).append(line.name)
    return [
        f"{note[0].upper()}{note[1:]}: {'every gain' if len(names) == len(compared) else ', '.join(names)}."
        for note, names in holders.items()
    ]
