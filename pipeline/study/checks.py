"""What types cannot say: references between blocks, lists without duplicates, sources that make sense as a whole."""

from collections.abc import Iterable
from typing import Any

from pipeline.study.base import KEY, TASKS
from pipeline.study.blocks import PRETRAINED, RESERVED, Start, Study
from pipeline.study.corpora import Corpus, Fields, SourceFile
from pipeline.study.site_checks import faults_of_sites
from pipeline.study.words import choose, short


def faults(study: Study) -> Iterable[str]:
    """Every fault in the references between blocks, in the order of the file."""
    yield from _faults_of_keys(study)
    yield from _faults_of_lists(study)
    yield from _faults_of_references(study)
    yield from _faults_of_corpora(study)
    yield from faults_of_sites(study)
    yield from _faults_of_settings(study)


def _faults_of_keys(study: Study) -> Iterable[str]:
    for block in ("starts", "sites", "corpora", "encoders"):
        for key in getattr(study, block):
            if not KEY.fullmatch(key):
                yield (
                    f"{block}.{key} is not a usable key; use lower-case letters, digits and underscores, "
                    f"beginning with a letter (a hyphen would make two cells share a name)."
                )
            if key in RESERVED:
                yield f"{block}.{key} is a reserved word; choose another key."


def _faults_of_lists(study: Study) -> Iterable[str]:
    lists: dict[str, tuple[Any, ...]] = {
        "models": study.models,
        "seeds": study.seeds,
        "training.intermediate.seeds": study.training.intermediate.seeds,
    }
    for task in TASKS:
        lists[f"{task}.starts"] = study.group(task).starts
        lists[f"{task}.targets"] = study.group(task).targets
    for key, corpus in study.corpora.items():
        lists[f"corpora.{key}.labels"] = corpus.labels
    for name, values in lists.items():
        for value in values:
            if values.count(value) > 1:
                yield f"{name} lists {short(value)} twice; remove one of them."
    if not study.training.intermediate.seeds:
        yield "training.intermediate.seeds is empty; give at least one seed, such as [1]."
    for name in ("seeds", "training.intermediate.seeds"):
        for seed in lists[name]:
            if not 0 <= seed < 2**32:
                yield f"{name} holds {seed}; a seed is a whole number from 0 to 4294967295."


def _faults_of_references(study: Study) -> Iterable[str]:
    for model in study.models:
        if model not in study.encoders:
            yield f"models lists '{model}', which has no block under encoders; {choose(model, study.encoders)}"
    for key, start in study.starts.items():
        if start.corpus not in study.corpora:
            yield f"starts.{key}.corpus is '{start.corpus}', not a key of corpora; " + (
                f"{choose(start.corpus, study.corpora)}"
            )
        elif study.corpora[start.corpus].kind != "intermediate":
            yield f"starts.{key}.corpus is '{start.corpus}', whose kind is '{study.corpora[start.corpus].kind}'; " + (
                "a start needs a corpus of kind intermediate."
            )
        elif study.corpora[start.corpus].task != start.task:
            yield f"starts.{key}.task is '{start.task}', but its corpus '{start.corpus}' belongs to the task " + (
                f"{study.corpora[start.corpus].task}; make them agree."
            )
        yield from _faults_of_objective(key, start)
    for task in TASKS:
        yield from _faults_of_group(study, task)


def _faults_of_objective(key: str, start: Start) -> Iterable[str]:
    if start.objective != "masked_language":
        return
    if start.labels == "shuffled":
        yield (
            f"starts.{key}.labels is 'shuffled', but its objective is 'masked_language', which reads no labels; remove labels, or "
            "make the objective labels."
        )
    if start.head == "keep":
        yield (
            f"starts.{key}.head is 'keep', but its objective is 'masked_language', which leaves no head of labels to keep; use "
            "reinit."
        )


def _faults_of_group(study: Study, task: str) -> Iterable[str]:
    for start in study.group(task).starts:
        if start == PRETRAINED:
            continue
        if start not in study.starts:
            yield f"{task}.starts lists '{start}'; {choose(start, [PRETRAINED, *study.starts])}"
        elif study.corpora[study.starts[start].corpus].task != task:
            other = study.corpora[study.starts[start].corpus].task
            yield f"{task}.starts lists '{start}', whose corpus belongs to the task {other}; move it there."
    for target in study.group(task).targets:
        if target not in study.corpora:
            yield f"{task}.targets lists '{target}', not a key of corpora; {choose(target, study.corpora)}"
        elif study.corpora[target].task != task or study.corpora[target].kind == "intermediate":
            yield (
                f"{task}.targets lists '{target}', whose block says task {study.corpora[target].task} and "
                f"kind {study.corpora[target].kind}; a target of {task} needs that task and kind domain or crosslingual."
            )
        else:
            yield from _faults_of_heads(study, task, target)


def _faults_of_heads(study: Study, task: str, target: str) -> Iterable[str]:
    for key in study.group(task).starts:
        if key == PRETRAINED or study.starts[key].head != "keep":
            continue
        ours, theirs = len(study.corpora[study.starts[key].corpus].labels), len(study.corpora[target].labels)
        if ours != theirs:
            yield (
                f"starts.{key}.head is 'keep', but its corpus has {ours} labels and the target '{target}' has "
                f"{theirs}; use reinit."
            )


def _faults_of_corpora(study: Study) -> Iterable[str]:
    used = {start.corpus for start in study.starts.values()}
    used.update(target for task in TASKS for target in study.group(task).targets)
    for key, corpus in study.corpora.items():
        if key not in used:
            yield f"corpora.{key} is used by no start and no target; remove the block or list it as a target."
        yield from _faults_of_translation(key, corpus)
        if corpus.split.folds is not None and corpus.kind == "intermediate":
            yield f"corpora.{key}.split.folds is for targets: intermediate training has one train set; remove it."
        if corpus.split.folds is None and corpus.split.repeats != 1:
            yield f"corpora.{key}.split.repeats repeats a cross-validation; add folds, such as 5, or remove it."
        if corpus.split.folds is not None and (corpus.split.train_in or corpus.split.test_in):
            yield (
                f"corpora.{key}.split has folds, in which every row is trained on and tested, and train_in or test_in, which keep rows "
                "from one of the two; remove one."
            )
        for index, file in enumerate(corpus.source):
            yield from _faults_of_file(f"corpora.{key}.source.{index}", corpus, file)


def _faults_of_translation(key: str, corpus: Corpus) -> Iterable[str]:
    if corpus.into and corpus.translation != "from_english":
        yield f"corpora.{key}.into lists languages, but its translation is {corpus.translation}; make it from_english or remove into."
    if corpus.translation == "from_english" and not corpus.into and corpus.language in (None, "en"):
        yield f"corpora.{key} is translated from_english and does not say into what; add into: [fr] (ISO 639-1)."
    for language in corpus.into:
        if language == "en" or corpus.into.count(language) > 1:
            yield f"corpora.{key}.into lists '{language}', which is English or listed twice; remove it."
    fields = [file.columns or corpus.fields for file in corpus.source]
    own = any(known is not None and known.translation for known in fields) or any(
        file.translations for file in corpus.source
    )
    if len(corpus.into) > 1 and own:
        yield f"corpora.{key}.into lists several languages, and its column of translations has one; keep one of the two."


def _faults_of_path(place: str, path: str, sha256: str | None) -> Iterable[str]:
    outside = path.startswith(("/", "../", "~"))
    if "\0" in path or (not outside and ".." in path.split("/")):
        yield f"{place}.path is {short(path)}; give it without '..' inside, as data/FILE or ../FOLDER/FILE."
    if outside and sha256 is None:
        yield f"{place}.path is '{path}', outside the tree; add its sha256 (sha256sum prints it)."
    if not outside and not path.startswith("data/"):
        yield f"{place}.path is '{path}'; put the file under data/, which DVC versions, or give a path outside the tree."


def _faults_of_companions(place: str, file: SourceFile, fields: Fields) -> Iterable[str]:
    for name, companion in (("translations", file.translations), ("listing", file.listing)):
        if companion is None:
            continue
        yield from _faults_of_path(f"{place}.{name}", companion.path, companion.sha256)
        if fields.id is None:
            yield f"{place}.{name} joins rows by id; add fields.id, the columns that {name}.id holds in the other file."
    if file.translations is not None and fields.translation is not None:
        yield f"{place} has both translations and fields.translation; keep one of them."
    if file.translations is not None and (file.translations.pair is None) != (fields.pair is None):
        yield f"{place}.translations and its fields have to agree on whether texts are pairs; give both or neither a pair column."
    if file.listing is not None and (fields.pair, fields.label, file.translations) != (None, None, None):
        yield f"{place}.listing makes the pairs and their labels; remove fields.pair, fields.label and translations."
    if file.name_pairs is not None:
        if (fields.pair, fields.label, fields.translation, file.translations, file.listing) != (None,) * 5:
            yield (
                f"{place}.name_pairs makes the pairs and their labels; remove fields.pair, fields.label, fields.translation, "
                "translations and listing."
            )
        if file.sample is not None:
            yield f"{place}.sample cannot cut a listing from which pairs are made; put sample under the corpus."
    elif file.listing is None and file.annotations is None and fields.label is None:
        yield f"{place} has no labels; add fields.label, the column of the label."


def _faults_of_annotations(place: str, file: SourceFile, fields: Fields) -> Iterable[str]:
    if file.annotations is None:
        return
    if file.listing is not None:
        yield f"{place} has both listing and annotations, and both make labels; keep one of them."
    if file.annotations.rest == "keep" and fields.label is None:
        yield f"{place}.annotations.rest is 'keep', but no fields.label says which label a row keeps; add it, or say rest: drop."
    if file.annotations.rest == "drop" and fields.label is not None:
        yield f"{place} has both annotations and fields.label; remove fields.label, or say annotations.rest: keep."


def _faults_of_file(place: str, corpus: Corpus, file: SourceFile) -> Iterable[str]:
    fields = file.columns or corpus.fields
    if fields is None:
        yield f"{place} declares no fields and neither does its corpus; say which columns hold text and label."
        return
    if file.path is not None:
        yield from _faults_of_path(place, file.path, file.sha256)
    if fields.language is None and file.language is None and corpus.language is None:
        yield f"{place} says no language; add language: en (ISO 639-1), or a language column under fields."
    if corpus.task == "similarity" and fields.pair is None and file.listing is None and file.name_pairs is None:
        yield f"{place} has no second sentence; add fields.pair, the column of the pair's other text."
    yield from _faults_of_companions(place, file, fields)
    yield from _faults_of_annotations(place, file, fields)
    results = [*file.map.values()] + ([file.binarise.below, file.binarise.from_] if file.binarise else [])
    results += [file.listing.same, file.listing.different] if file.listing else []
    results += [file.name_pairs.same, file.name_pairs.different] if file.name_pairs else []
    for label in results:
        if label not in corpus.labels:
            yield f"{place} makes the label '{label}', which labels does not declare; {choose(label, corpus.labels)}"


def _faults_of_settings(study: Study) -> Iterable[str]:
    longest = max(study.training.intermediate.max_tokens, study.training.target.max_tokens)
    for model in study.models:
        build = study.encoders[model].build
        if build is not None and build.positions < longest:
            yield f"encoders.{model}.build.positions is {build.positions}; training reads up to {longest} tokens, give that many."
        if build is not None and build.hidden % build.heads:
            yield f"encoders.{model}.build.hidden is {build.hidden}; it should be a multiple of heads ({build.heads})."
    if study.statistics.primary not in study.metrics:
        yield f"metrics lacks '{study.statistics.primary}', the primary metric; add it with higher_is_better: true."
