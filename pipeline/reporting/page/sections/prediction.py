"""Could one have known? How well what was known before fine-tuning tells the gains."""

from collections.abc import Iterator, Mapping

from pipeline.reporting.lines import Json
from pipeline.reporting.page.blocks import Block, Command, Datum, Heading, Items, Paragraph, Section, grid, missing
from pipeline.reporting.page.inputs import Inputs
from pipeline.reporting.text import DASH, look_up, score

BASELINES = {"never": "never the detour", "always": "always the detour", "mean_gain": "mean gain of other targets"}
SHORT = "Prediction"


def prediction(inputs: Inputs) -> Section:
    """The section."""
    title, found = "Could one have known?", inputs.found.get("predictors", {})
    judged = next((one for one in found.get("judged") or () if isinstance(one, Mapping)), None)
    if not judged:
        said = missing("No predictor has been judged: reports/evidence/predictors.json is missing.", "predictors")
        return Section("prediction", title, (said, *_advice(inputs)), SHORT)
    told = (
        f"Each predictor was computed before any fine-tuning and judged on {judged.get('observations')} gains of "
        f"{judged.get('targets')} targets. Regret: what choosing by it, with the target left out, gains less than the best choice "
        "would have; error: root mean square of its expected gains. Rank correlations have no p-values here, since models share a "
        "target's rows."
    )
    blocks: list[Block] = [Paragraph(_best(judged), "finding"), Paragraph(told), _table(judged)]
    sources = look_up(next(iter(found.get("about") or ()), None), "predictors") or {}
    if sources:
        blocks.append(Items(tuple(f"{_name(name)}: {said}." for name, said in sources.items())))
    return Section("prediction", title, (*blocks, *_advice(inputs)), SHORT)


def _advice(inputs: Inputs) -> Iterator[Block]:
    if inputs.advice:
        yield Heading("What the advisor says")
        yield Items(tuple(inputs.advice.values()))
        yield Paragraph("For one target, with interval and cost:")
        yield Command("detour advise TARGET")


def _name(key: str) -> str:
    return key.replace("_", " ")


def _best(judged: Json) -> str:
    """The sentence: whether anything tells a gain better than the mean of the other targets does."""
    to_beat = look_up(judged, "baselines", "mean_gain", "error")
    errors = {
        name: told["error"]
        for name, told in (judged.get("predictors") or {}).items()
        if look_up(told, "error") is not None
    }
    if to_beat is None or not errors:
        return "It cannot be said yet: too few targets are measured to leave one out."
    best = min(errors, key=lambda name: (errors[name], name))
    better = sum(error < to_beat for error in errors.values())
    if better:
        return (
            f"Of {len(errors)} predictors {better} tell the gain of a target that was left out better than the mean of the others does, "
            f"best {_name(best)} (error {score(errors[best])} against {score(to_beat)}); with {judged.get('targets')} targets and "
            f"{len(errors)} predictors the best may be so by luck."
        )
    return (
        f"No: none of {len(errors)} predictors tells the gain of a target that was left out better than the mean of the others does "
        f"(error {score(to_beat)}; best {_name(best)}, {score(errors[best])})."
    )


def _table(judged: Json) -> Block:
    rows = [
        [
            Datum(_name(name), None, str(look_up(told, "note") or "")),
            *(_datum(look_up(told, key), sign) for key, sign in _COLUMNS),
        ]
        for name, told in (judged.get("predictors") or {}).items()
    ]
    for name, words in BASELINES.items():
        told = look_up(judged, "baselines", name)
        if told:
            rows.append([Datum(words, tone="quiet"), *(_datum(look_up(told, key), sign) for key, sign in _COLUMNS)])
    return grid(
        "Predictors and choices that know nothing", ["predictor", "Spearman", "Kendall", "Regret@1", "error"], rows
    )


_COLUMNS = (("spearman", True), ("kendall", True), ("regret", False), ("error", False))


def _datum(value: float | None, sign: bool) -> Datum:
    return Datum(DASH if value is None else score(value, sign=sign), value)
