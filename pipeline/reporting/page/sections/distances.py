"""How far starts are from targets, each distance beside its noise, and against the gains."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any

from pipeline.reporting.lines import Json
from pipeline.reporting.page.answer import entries
from pipeline.reporting.page.blocks import Block, Datum, Figure, Items, Paragraph, Section, grid, missing
from pipeline.reporting.page.inputs import Inputs
from pipeline.reporting.page.keys import model_key
from pipeline.reporting.page.scatter_drawing import Point, scatter_drawing
from pipeline.reporting.text import DASH, look_up, score

TITLES = {
    "jensen_shannon": "Jensen-Shannon",
    "vocabulary": "vocabulary",
    "unknown_words": "unknown words",
    "proxy_a": "proxy A-distance",
    "centroid": "centroids",
    "spread": "spread (CKA)",
    "otdd": "transport (OTDD)",
}
SHORT = "Distances"


def distances(inputs: Inputs) -> Section:
    """The section."""
    title, found = "Distances, and gains against them", inputs.found.get("distances", {})
    pairs = [pair for pair in found.get("pairs") or () if isinstance(pair, Mapping)]
    if not pairs:
        said = missing("No distance is there: reports/evidence/distances.json is missing.", "distances")
        return Section("distances", title, (said,), SHORT)
    told = (
        "How far each start's corpus is from each target, every measure higher where they are farther apart, with its noise "
        "floor below it: what the same measure says of two halves of one corpus. Those that an encoder's features give are "
        "means over the study's models."
    )
    blocks: list[Block] = [Paragraph(told), _pairs(pairs)]
    if measures := look_up(_about(found), "measures"):
        blocks.append(Items(tuple(f"{TITLES.get(name, name)}: {said}." for name, said in measures.items())))
    blocks += _against_gains(inputs, pairs)
    reasons = tuple(str(pair["reason"]) for pair in pairs if pair.get("reason"))
    if reasons:
        blocks.append(Items(tuple(dict.fromkeys(reasons))))
    return Section("distances", title, (*blocks, *_languages(found), *_tokenizers(found)), SHORT)


def measured(pair: Json) -> dict[str, list[tuple[str, float, float]]]:
    """By measure: the model (empty for one of words), the value and its floor."""
    held: dict[str, list[tuple[str, float, float]]] = {}
    groups = [
        ("", pair.get("words")),
        *((told.get("model", ""), told.get("distances")) for told in pair.get("models") or ()),
    ]
    for model, group in groups:
        for name, told in (group or {}).items():
            if isinstance(told, Mapping):
                held.setdefault(name, []).append((model, told["value"], told["floor"]))
    return held


def _about(found: Json) -> Any:
    about = found.get("about")
    return about[0] if isinstance(about, list) and about else None


def _pairs(pairs: Sequence[Json]) -> Block:
    held = [measured(pair) for pair in pairs]
    names = [name for name in TITLES if any(name in of_pair for of_pair in held)]
    rows = []
    for pair, of_pair in zip(pairs, held, strict=True):
        row = [Datum(str(pair.get("target"))), Datum(str(pair.get("start")))]
        for name in names:
            if name not in of_pair:
                row.append(Datum(DASH))
                continue
            value, floor = fmean(told[1] for told in of_pair[name]), fmean(told[2] for told in of_pair[name])
            row.append(Datum(score(value), value, f"noise {score(floor)}"))
        rows.append(row)
    return grid(
        "Distances of starts from targets", ["target", "start", *(TITLES[name] for name in names)], rows, words=2
    )


def _against_gains(inputs: Inputs, pairs: Sequence[Json]) -> Iterator[Block]:
    points: dict[str, list[Point]] = {}
    gains = [entry for entry in entries(inputs.gains) if look_up(entry, "gain") is not None]
    for pair in pairs:
        of_pair = tuple(pair.get(name) for name in ("task", "target", "start"))
        for name, told in measured(pair).items():
            above = {model: value - floor for model, value, floor in told}
            for entry in gains:
                x = above.get(entry.get("model", ""), above.get(""))
                if tuple(entry.get(part) for part in ("task", "target", "start")) == of_pair and x is not None:
                    made = Point(x, entry["gain"], entry["model"], f"{pair['target']} from {pair['start']}")
                    points.setdefault(name, []).append(made)
    names = [name for name in TITLES if name in points]
    if not names:
        yield Paragraph("No gain can be held against a distance yet.", "missing")
        return
    drawings = tuple(
        scatter_drawing("distance above its noise", TITLES[name], points[name], inputs.models, place)
        for place, name in enumerate(names)
    )
    key = model_key([point.model for point in points[names[0]]], inputs.models)
    yield Figure("Gain against distance; how well any of them tells it is judged below", drawings, key)


def _languages(found: Json) -> Iterator[Block]:
    told = [pair for pair in found.get("languages") or () if pair.get("start") != pair.get("target")]
    kinds = list(dict.fromkeys(kind for pair in told for kind in pair.get("distances") or {}))
    if kinds:
        rows = [
            [
                Datum(str(pair["start"])),
                Datum(str(pair["target"])),
                *(_plain(look_up(pair, "distances", kind)) for kind in kinds),
            ]
            for pair in told
            if pair.get("distances")
        ]
        yield grid("Distances between languages (URIEL)", ["from", "to", *kinds], rows, words=2)
    if reasons := tuple(dict.fromkeys(str(pair["reason"]) for pair in told if pair.get("reason"))):
        yield Items(reasons)


def _tokenizers(found: Json) -> Iterator[Block]:
    rows = []
    for told in found.get("tokenizers") or ():
        for language, pieces in (told.get("languages") or {}).items():
            shares = [value for pair, value in (told.get("overlap") or {}).items() if pair.split("-", 1)[1] == language]
            overlap = fmean(shares) if shares else None
            row = [Datum(str(told.get("model"))), Datum(language), _plain(look_up(pieces, "fertility"), 2)]
            rows.append([*row, _plain(look_up(pieces, "unknown")), _plain(overlap)])
    if rows:
        heads = ["model", "language", "pieces a word", "unknown", "pieces shared with starts"]
        yield grid("What tokenizers make of each language", heads, rows, words=2)


def _plain(value: float | None, places: int = 3) -> Datum:
    return Datum(DASH if value is None else score(value, places), value)
