"""What other tests say of each gain, labelled for what they are: beside the verdicts, never in their place."""

from collections.abc import Iterator, Mapping, Sequence

from pipeline.reporting.lines import Json
from pipeline.reporting.page.blocks import Block, Datum, Items, Paragraph, Section, grid, missing
from pipeline.reporting.page.inputs import Inputs
from pipeline.reporting.text import DASH, interval, look_up, score

SHORT = "Other tests"
SHOWN = ("mcc", "bootstrap", "randomisation", "mcnemar", "detectable", "ranking")
LEAST_P = 0.0005


def opinions(inputs: Inputs) -> Section:
    """The section."""
    title, found = "What other tests say", inputs.found.get("second_opinions", {})
    asked = [entry for entry in found.get("gains") or () if isinstance(entry, Mapping)]
    if not asked:
        said = missing(
            "Other tests have not been asked: reports/evidence/second_opinions.json is missing.", "second_opinions"
        )
        return Section("other-tests", title, (said,), SHORT)
    told = (
        "The verdicts above are about the recipe: new seeds and new test rows. Resampling and McNemar's test are about these very "
        "checkpoints, so that they find more than another run would. The last column is the smallest true gain that this study would "
        "find with power .8."
    )
    heads = [
        "target",
        "model",
        "verdict",
        "MCC gain",
        "bootstrap",
        "randomisation p",
        "McNemar p by seed",
        "detectable gain",
    ]
    blocks: list[Block] = [
        Paragraph(told),
        grid("Other tests of each gain", heads, [_row(entry) for entry in asked], words=3),
    ]
    blocks += _over_folds(asked)
    labels = look_up(next(iter(found.get("about") or ()), None), "tests") or {}
    if shown := tuple(f"{name.replace('_', ' ')}: {labels[name]}." for name in SHOWN if name in labels):
        blocks.append(Items(shown))
    return Section("other-tests", title, (*blocks, *_ranking(found)), SHORT)


def _row(entry: Json) -> list[Datum]:
    mcc, bootstrap = (
        [look_up(entry, *path, part) for part in ("gain", "low", "high")]
        for path in (("mcc",), ("bootstrap", "accuracy"))
    )
    p_values = [test["p"] for test in entry.get("mcnemar") or () if look_up(test, "p") is not None]
    randomisation, detectable = look_up(entry, "randomisation", "accuracy", "p"), look_up(entry, "detectable", "gain")
    return [
        Datum(str(entry.get("target"))),
        Datum(str(entry.get("model"))),
        Datum(str(entry.get("verdict"))),
        Datum(interval(*mcc), mcc[0]),
        Datum(interval(*bootstrap), bootstrap[0]),
        Datum(_p(randomisation), randomisation),
        Datum(", ".join(map(_p, p_values)) or DASH, max(p_values, default=None)),
        Datum(DASH if detectable is None else score(detectable), detectable),
    ]


def _over_folds(asked: Sequence[Json]) -> Iterator[Block]:
    """Targets in folds, where there are any."""
    found = [(entry, told) for entry in asked if isinstance(told := entry.get("repeated_cv"), Mapping)]
    if not found:
        return
    heads = ["target", "model", "gain over folds", "p", "repeats x folds"]
    rows = []
    for entry, told in found:
        gain, low, high, p = (told.get(key) for key in ("gain", "low", "high", "p"))
        divided = str(told.get("reason") or f"{told.get('repeats')} x {told.get('folds')}")
        names = [Datum(str(entry.get(key))) for key in ("target", "model")]
        rows.append([*names, Datum(interval(gain, low, high), gain), Datum(_p(p), p), Datum(divided)])
    yield grid("Targets divided into folds", heads, rows, words=2)
    yield Paragraph(f"Gain over folds: {found[0][1].get('label')}.")


def _ranking(found: Json) -> Iterator[Block]:
    told = look_up(next(iter(found.get("study") or ()), None), "ranking")
    systems = look_up(told, "systems")
    if systems:
        rows = [[Datum(system["system"]), Datum(f"{system['rank']:.2f}", system["rank"])] for system in systems]
        yield grid(
            "Mean rank over targets, 1 is best", ["model", "rank"], sorted(rows, key=lambda row: row[1].value or 0)
        )
        yield Paragraph(
            f"Friedman's test: p {_p(look_up(told, 'p'))}; by Nemenyi's, ranks that differ by less than "
            f"{look_up(told, 'critical_difference'):.2f} cannot be told apart."
        )
    elif reason := look_up(told, "reason"):
        yield Paragraph(f"Models are not ranked: {reason}.", "missing")


def _p(value: float | None) -> str:
    return "<.001" if value is not None and value < LEAST_P else score(value)
