"""studies: an answer to each of the four questions and to the controls, from what was measured: reports/studies.json and figures."""

from pathlib import Path
from typing import Any

from pipeline.evidence.studies import ENGLISH, Cell, Corpus, Evidence, Intermediate, Start, Timing, studies
from pipeline.files import digest, read_json, replaced_folder, write_json, write_text
from pipeline.reporting.studies import study_figure
from pipeline.stages.command import run
from pipeline.study import Corpus as Declared
from pipeline.study import Study

REPORTS = Path("reports")
DISTANCES = Path(__file__).parents[1] / "evidence" / "studies" / "distances.json"


def main(study: Study) -> None:
    """Answer whatever can be answered with what has been measured."""
    answers = studies(_evidence(study), *_distances())
    found: dict[str, Any] = {}
    with replaced_folder(REPORTS / "studies") as folder:
        for answer in answers:
            drawn = study_figure(study.note, answer)
            found[answer.id] = {**answer.as_mapping(), "figure": None}
            if drawn is not None:
                write_text(folder / f"{answer.id}.svg", drawn.svg)
                found[answer.id] |= {"figure": f"studies/{answer.id}.svg", "figure_text": drawn.text}
            print(f"{answer.id}: {answer.sentence}")
    write_json(REPORTS / "studies.json", {"note": study.note, "studies": found})


def _distances() -> tuple[dict[str, float], str]:
    """Distances of syntax from English by language: a few that are known for good, and those that this study measured."""
    known = read_json(DISTANCES)
    measured = {
        found["target"]: found["distances"]["syntax"]
        for found in _read(REPORTS / "evidence" / "distances.json").get("languages", ())
        if found["start"] == ENGLISH and found["distances"]
    }
    return {**known["distances"], **measured}, f"{known['about']} ({known['source']})"


def _evidence(study: Study) -> Evidence:
    settings, rule = study.training.intermediate, study.statistics
    return Evidence(
        cells=_cells(study),
        starts={
            key: Start(
                start.corpus, start.epochs or settings.epochs, start.labels, start.examples, start.head, start.objective
            )
            for key, start in study.starts.items()
        },
        corpora={key: _corpus(key, corpus) for key, corpus in study.corpora.items()},
        intermediates={
            (start, model): training
            for start in study.starts
            for model in study.models
            if (training := _intermediate(f"{start}-{model}")) is not None
        },
        architectures={model: study.encoder(model).architecture for model in study.models},
        alpha=rule.alpha,
        margin=rule.margin,
    )


def _corpus(key: str, declared: Declared) -> Corpus:
    counts = (_read(REPORTS / "corpora" / f"{key}.json").get("about") or [{}])[0].get("languages", {})
    return Corpus(
        frozenset(counts),
        declared.translation,
        # In folds every row is trained on, and none stands in a part of that name.
        frozenset(language for language, parts in counts.items() if declared.split.folds or parts["train"]),
        digest([file.model_dump(mode="json") for file in declared.source]),
    )


def _cells(study: Study) -> list[Cell]:
    found = []
    for cell in study.cells():
        predicted = _read(REPORTS / "predicted" / cell.task / f"{cell.stem}.json")
        if predicted and _is_current(study, predicted):
            timing = _timing(_read(REPORTS / "timings" / cell.task / f"{cell.stem}.json"))
            found.append(Cell(cell.task, cell.target, cell.start, cell.model, predicted, timing))
    return found


def _is_current(study: Study, predicted: Any) -> bool:
    """Whether a cell has the seeds and the settings that the study declares now; others belong to an earlier study."""
    declared = {
        **{f"training.target.{key}": value for key, value in study.training.target.model_dump().items()},
        **{f"split.{key}": value for key, value in study.split.model_dump().items()},
    }
    then = predicted["about"][0]["settings"]
    same = all(then[key] == value for key, value in declared.items() if key in then)
    return same and sorted(map(int, predicted["predicted"])) == sorted(study.seeds)


def _intermediate(stem: str) -> Intermediate | None:
    told, timings = (
        _read(REPORTS / "intermediate" / f"{stem}.json"),
        _read(REPORTS / "timings" / "intermediate" / f"{stem}.json"),
    )
    if not told.get("seeds"):
        return None
    steps = next(iter(told["seeds"].values()))["steps"]
    seeds = timings.get("seeds", [])
    seconds = _mean([seed["seconds"] for seed in seeds])
    tokens = _mean([_trained(seed) * _each(seed, "tokens_per_second") for seed in seeds])
    return Intermediate(steps, told["train_rows"], seconds, tokens)


def _timing(timings: Any) -> Timing | None:
    seeds = timings.get("seeds", [])
    if not seeds:
        return None
    serving = (timings.get("serving") or [{}])[0]
    milliseconds, process = serving.get("milliseconds", {}), (timings.get("process") or [{}])[0]
    reserved = [seed["training"]["reserved_bytes"] for seed in seeds]
    joules = [seed["training"]["joules"] for seed in seeds]
    return Timing(
        seconds=sum(seed["seconds"] for seed in seeds) / len(seeds),
        examples=sum(map(_trained, seeds)) / len(seeds),
        flops=_mean([_each(seed, "mfu") * seed["training"]["peak_flops"] for seed in seeds]),
        p50=milliseconds.get("p50"),
        p95=milliseconds.get("p95"),
        p99=milliseconds.get("p99"),
        throughput=serving.get("throughput", {}).get("examples_per_second"),
        memory=process.get("peak_memory_mib") if None in reserved else max(reserved) / 2**20,
        joules=None if None in joules else _mean(joules),
        device=str(seeds[0]["device"]),
    )


def _trained(seed: Any) -> float:
    """Examples that one seed trained on, once for each epoch."""
    return float(seed["seconds"] * seed["examples_per_second"])


def _each(seed: Any, rate: str) -> float:
    """A rate of the training steps for each example."""
    return float(seed["training"][rate] / seed["training"]["examples_per_second"])


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _read(path: Path) -> Any:
    return read_json(path) if path.is_file() else {}


if __name__ == "__main__":
    run(main)
