"""distances: how far each start's corpus is from each target of its task, in words, features and languages:
reports/evidence/distances.json.

A start or target whose rows are not in this tree is told as such; nothing else waits for it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.corpora.schema import Row
from pipeline.evidence.corpus_rows import examples_of, label_ids, one_text, original, sample, training_rows
from pipeline.evidence.distances.pairs import EMBEDDED, LEXICAL, Sizes, embedded_distances, lexical_distances
from pipeline.evidence.distances.subwords import Pieces, pieces_of, read_tokenizer, subword_overlap
from pipeline.evidence.distances.uriel import SOURCE, language_distances
from pipeline.evidence.features import features_of
from pipeline.evidence.statistics import Floats
from pipeline.files import write_json
from pipeline.stages.command import run
from pipeline.study import PRETRAINED, TASKS, Study

ENCODERS = Path("checkpoints/pretrained")


def main(study: Study) -> None:
    """Measure every pair of which both corpora are there."""
    sizes = Sizes(**study.evidence.distances.model_dump())
    rows = {f"starts/{key}": training_rows(Path("corpora/starts") / key) for key in study.starts}
    pairs = []
    for task in TASKS:
        for target in study.group(task).targets:
            rows[target] = training_rows(Path("corpora/ready") / target)
            pairs += [(task, target, start) for start in study.group(task).starts if start != PRETRAINED]
    there = {key: found for key, found in rows.items() if found}
    vectors = {model: _vectors(study, model, there, sizes) for model in study.models if (ENCODERS / model).is_dir()}
    told = [_pair(study, *pair, there, vectors, sizes) for pair in pairs]
    languages, tokens = _languages(study, there, sizes)
    write_json(
        Path("reports/evidence/distances.json"),
        {
            # Lists, which DVC's tables of metrics leave out.
            "about": [
                {"measures": LEXICAL | EMBEDDED, "languages": SOURCE, "sizes": study.evidence.distances.model_dump()}
            ],
            "pairs": told,
            "languages": languages,
            "tokenizers": tokens,
        },
    )
    print(f"{sum(pair['reason'] is None for pair in told)} of {len(told)} pairs of a start and a target were measured")


def _vectors(study: Study, model: str, there: Mapping[str, Sequence[Row]], sizes: Sizes) -> dict[str, Floats]:
    """Features of a sample of each corpus under a pretrained encoder."""
    settings = study.training.target
    return {
        key: features_of(
            ENCODERS / model,
            examples_of(chosen, _labels(study, key)),
            None,
            settings.max_tokens,
            settings.truncation,
        ).vectors
        for key, rows in there.items()
        for chosen in [sample(rows, 2 * sizes.embedded, sizes.seed)]
    }


def _labels(study: Study, key: str) -> tuple[str, ...]:
    return study.corpus(study.start(key.removeprefix("starts/")).corpus if key.startswith("starts/") else key).labels


def _pair(
    study: Study,
    task: str,
    target: str,
    start: str,
    there: Mapping[str, Sequence[Row]],
    vectors: Mapping[str, Mapping[str, Floats]],
    sizes: Sizes,
) -> dict[str, Any]:
    names = (f"starts/{start}", target)
    told: dict[str, Any] = {"task": task, "target": target, "start": start, "reason": None, "words": None, "models": []}
    missing = [name.removeprefix("starts/") for name in names if name not in there]
    if missing:
        return told | {"reason": f"The training rows of {' and '.join(missing)} are not in this tree."}
    ours, theirs = (there[name] for name in names)
    told["rows"] = {"start": len(ours), "target": len(theirs)}
    told["words"] = lexical_distances([one_text(row) for row in ours], [one_text(row) for row in theirs], sizes)
    kinds = [label_ids(sample(there[name], 2 * sizes.embedded, sizes.seed), _labels(study, name)) for name in names]
    for model, of_corpus in vectors.items():
        found = embedded_distances(of_corpus[names[0]], kinds[0], of_corpus[names[1]], kinds[1], sizes)
        told["models"].append({"model": model, "distances": found})
    return told


def _languages(
    study: Study, there: Mapping[str, Sequence[Row]], sizes: Sizes
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Distances of the languages of starts and targets, and what each model's tokenizer makes of them."""
    texts: dict[str, list[str]] = defaultdict(list)
    of_starts: set[str] = set()
    for key, rows in there.items():
        for row in sample(rows, sizes.texts, sizes.seed):
            texts[row.language].append(original(row))
        if key.startswith("starts/"):
            of_starts.update(row.language for row in rows)
    between = []
    for one in sorted(of_starts):
        for other in sorted(texts):
            found = language_distances(one, other)
            known = (
                {"distances": None, "reason": found} if isinstance(found, str) else {"distances": found, "reason": None}
            )
            between.append({"start": one, "target": other, **known})
    tokens = [_tokenizer(model, texts, sorted(of_starts)) for model in study.models if (ENCODERS / model).is_dir()]
    return between, tokens


def _tokenizer(model: str, texts: Mapping[str, Sequence[str]], of_starts: Sequence[str]) -> dict[str, Any]:
    tokenizer = read_tokenizer(ENCODERS / model)
    pieces: dict[str, Pieces] = {language: pieces_of(tokenizer, found) for language, found in sorted(texts.items())}
    return {
        "model": model,
        "languages": {language: found.as_json for language, found in pieces.items()},
        "overlap": {
            f"{one}-{other}": subword_overlap(pieces[one], pieces[other]) for one in of_starts for other in pieces
        },
    }


if __name__ == "__main__":
    run(main)
