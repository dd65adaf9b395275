"""params.yaml as a typed study: the sample is valid, and every fault is one sentence with key, value and mend."""

from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.study import Cell, load_study

PARAMS = Path(__file__).resolve().parents[2] / "params.yaml"


def changed(tmp_path: Path, before: str, after: str) -> Path:
    text = PARAMS.read_text(encoding="utf-8")
    assert before in text
    path = tmp_path / "params.yaml"
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    return path


def test_the_sample_study_has_the_papers_36_cells() -> None:
    study = load_study(PARAMS)
    cells = study.cells()
    assert len(cells) == len(set(cells)) == 36
    assert cells[0] == Cell("classification", "sms_spam", "pretrained", "bert")
    assert cells[0].name == "classification@sms_spam-pretrained-bert"
    assert {study.corpus(cell.target).kind for cell in cells} == {"domain", "crosslingual"}


def test_numbers_are_read_as_dvc_reads_them(tmp_path: Path) -> None:
    # YAML 1.1 would take 1e-3 for text and the language no for false.
    path = changed(tmp_path, "learning_rate: 0.001", "learning_rate: 1e-3")
    assert load_study(path).training.intermediate.learning_rate == 0.001
    path = changed(tmp_path, "path: data/emotions_fr.csv, language: fr}", "path: data/emotions_fr.csv, language: no}")
    assert load_study(path).corpora["emotions"].source[0].language == "no"


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("\nseeds: [1, 2]", "\nsedes: [1, 2]", "sedes is not a key that Detour knows; did you mean 'seeds'"),
        ("layers: 2,", "layer: 2,", "encoders.bert.build.layer is not a key that Detour knows; did you mean 'layers'"),
        ("  target:\n", "  targt:\n", "training.targt is not a key that Detour knows; did you mean 'target'"),
        ("learning_rate: 0.001", "learning_rate: fast", 'learning_rate is "fast"; it should be a number x with 0 < x < 1.'),
        ("batch_size: 16", "batch_size: 0", "batch_size is 0; it should be a whole number x with 0 < x."),
        ("epochs: 3", "epochs: 3.5", "epochs is 3.5; it should be a whole number x with 0 < x."),
        ("\nseeds: [1, 2]", "\nseeds: 2", "seeds is 2; it should be a list of whole numbers, at least 1."),
        ("\nseeds: [1, 2]", "\nseeds: [1, 1]", "seeds lists 1 twice"),
        ("\nseeds: [1, 2]", "\nseeds: [-1]", "a seed is a whole number from 0"),
        ("    seeds: [1]", "    seeds: []", "training.intermediate.seeds is empty"),
        ("  imdb:\n    task", "  im-db:\n    task", "starts.im-db is not a usable key"),
        ("  imdb:\n    task", "  pretrained:\n    task", "starts.pretrained is a reserved word"),
        ("targets: [sms_spam,", "targets: [sms_spam, sms_spam,", 'classification.targets lists "sms_spam" twice'),
        ("targets: [sms_spam,", "targets: [sms_spma,", "did you mean 'sms_spam'"),
        ("targets: [sms_spam,", "targets: [goemotions,", "a target of classification needs that task"),
        ("starts: [pretrained, imdb]", "starts: [pretrained, imbd]", "did you mean 'imdb'"),
        ("starts: [pretrained, imdb]", "starts: [pretrained, paws]", "belongs to the task similarity"),
        ("paws: {task: similarity,", "paws: {task: sentiment,", "starts.paws.task is 'sentiment', but its corpus 'paws'"),
        ("task: similarity, corpus: paws}", "task: similarity, corpus: pawsx}", "a start needs a corpus of kind intermediate"),
        ("task: similarity, corpus: paws}", "task: similarity, corpus: pwas}", "did you mean 'paws'"),
        ("models: [bert,", "models: [brt,", "models lists 'brt', which has no block under encoders; did you mean 'bert'"),
        ("labels: [ham, spam]", "labels: [ham, spam, ham]", 'labels lists "ham" twice'),
        ("labels: [ham, spam]", "labels: [0, 1]", "labels.0 is 0; it should be text: put it in quotes."),
        ("language: fr}", "language: French}", "it should be a language's code of ISO 639-1, such as en, fr or zh-CN."),
        ("labels: [ham, spam]", "labels: [ham, spam, eggs]", "starts.imdb.head is 'keep', but its corpus has 2 labels"),
        ("head: keep", "head: kept", "it should be 'reinit' or 'keep'"),
        ("head: keep", "objective: masked", "starts.imdb.objective is \"masked\"; it should be 'labels' or 'masked_language'"),
        ("head: keep", "head: keep\n    objective: masked_language", "starts.imdb.head is 'keep', but its objective is "
         "'masked_language', which leaves no head of labels to keep; use reinit."),
        ("head: keep", "labels: shuffled\n    objective: masked_language", "starts.imdb.labels is 'shuffled', but its objective is "
         "'masked_language', which reads no labels; remove labels"),
        ("path: data/imdb.csv", "path: ../imdb.csv", "outside the tree; add its sha256"),
        ("path: data/imdb.csv", "path: corpora/imdb.csv", "put the file under data/"),
        ("path: data/imdb.csv", "path: data/../../imdb.csv", "give it without '..' inside"),
        ("memory: data/memory.jsonl", "memory: ../memory.jsonl", "translation.memory"),
        ("engine: memory", "engine: gogle", "translation.engine is \"gogle\"; it should be 'memory', 'google', 'libre' or 'marian'"),
        ("engine: memory", "engine: libre\n  address: https://me:secret@host/", "without a name, password"),
        ("engine: memory", "engine: libre\n  address: host:5000", "it should be http(s)://HOST/PATH"),
        ("engine: memory", "engine: google\n  thread: 4", "translation.thread is not a key that Detour knows; did you mean 'threads'"),
        ("characters: 4999", "characters: 5000", "it should be a whole number x with 20 <= x <= 4999."),
        ("models: {}", "models: {fr-en: {}}", "translation.models.fr-en is {}; it needs exactly one of hub and local"),
        ("translation: to_english", "translation: to_english\n    into: [fr]", "but its translation is to_english"),
        ("translation: to_english", "translation: from_english", "does not say into what; add into: [fr]"),
        ("translation: to_english", "translation: from_english\n    into: [fr, en]", "into lists 'en', which is English"),
        ("translation: to_english", "translation: from_english\n    into: [French]", "corpora.movie_reviews.into"),
        ("label: label, language: language}\n    labels: [different, paraphrase]\n    translation: to_english",
         "label: label, translation: own}\n    labels: [different, paraphrase]\n    language: en\n    translation: from_english\n"
         "    into: [fr, de]", "into lists several languages, and its column of translations has one"),
        ("weight_decay: 0.01", "weight_decay: .inf", "it should be a finite number"),
        ("\nseeds: [1, 2]", "\nseeds: &a [*a]", "contains itself"),
        ("{path: data/emotions_fr.csv, language: fr}", "{path: data/emotions_fr.csv}", "says no language"),
        ("pair: sentence2, label: label}", "label: label}", "has no second sentence; add fields.pair"),
        ("    fields: {text: text, label: label, group: film}\n", "", "declares no fields"),
        ("[{path: data/imdb.csv}]", "[{path: data/imdb.csv, map: {'1': good}}]", "makes the label 'good'"),
        ("text: text, label: label, group: film}", "text: text, group: film}", "has no labels; add fields.label"),
        ("path: data/imdb.csv", "path: data/imdb.csv, annotations: {path: annotations/imdb/labels.csv, sha256: unpinned}",
         "has both annotations and fields.label; remove fields.label, or say annotations.rest: keep"),
        ("path: data/imdb.csv", "path: data/imdb.csv, fields: {text: text}, annotations: {path: annotations/imdb/labels.csv, "
         "sha256: unpinned, rest: keep}", "no fields.label says which label a row keeps"),
        ("path: data/imdb.csv", "path: data/imdb.csv, annotations: {path: data/labels.csv, sha256: unpinned}",
         "annotations.path is"),
        ("path: data/imdb.csv", "path: data/imdb.csv, annotations: {path: annotations/imdb/labels.csv, sha256: '1'}",
         "annotations.sha256 is"),
        ("path: data/stock_names.csv", "path: data/x.csv, listing: {path: ../x.csv, id: a, text: b, same: same, "
         "different: different}", "listing.path is '../x.csv', outside the tree"),
        ("path: data/stock_names.csv", "path: data/x.csv, listing: {path: data/x.csv, id: a, text: b, same: same, "
         "different: different}", "listing makes the pairs and their labels; remove fields.pair"),
        ("path: data/stock_names.csv", "path: data/x.csv, fields: {id: a, text: b}, listing: {path: data/x.csv, id: a, "
         "text: b, same: one, different: different}", "makes the label 'one'"),
        ("path: data/sms_spam.csv", "path: data/sms_spam.csv, translations: {path: data/x.csv, id: a, text: b}",
         "translations joins rows by id; add fields.id"),
        ("path: data/pawsx.csv", "path: data/pawsx.csv, translations: {path: data/x.csv, id: a, text: b}",
         "have to agree on whether texts are pairs"),
        ("group: film}\n", "group: film}\n    split: {folds: 5}\n", "corpora.imdb.split.folds is for targets"),
        ("split: {pairs: apart}", "split: {repeats: 2}", "corpora.stock_names.split.repeats repeats a cross-validation; add folds"),
        ("split: {pairs: apart}", "split: {folds: 5, train_in: [en]}", "corpora.stock_names.split has folds, in which every row"),
        ("split: {pairs: apart}", "split: {train_in: [english]}", "corpora.stock_names.split.train_in"),
        ("split: {pairs: apart}", "split: {folds: 1}", "it should be a whole number x with 2 <= x <= 100."),
        ("path: data/stock_names.csv", "path: data/x.csv, name_pairs: {ticker: a, same: same, different: different}",
         "name_pairs makes the pairs and their labels; remove fields.pair"),
        ("path: data/stock_names.csv", "path: data/x.csv, sample: 5, fields: {text: a}, name_pairs: {ticker: a, same: same, "
         "different: different}", "sample cannot cut a listing"),
        ("path: data/stock_names.csv", "path: data/x.csv, fields: {text: a}, name_pairs: {ticker: a, same: one, "
         "different: different}", "makes the label 'one'"),
        ("positions: 64", "positions: 32", "training reads up to 64 tokens"),
        ("heads: 2", "heads: 3", "it should be a multiple of heads"),
        ("    build: {layers", "    local: {folder: x}\n    build: {layers", "needs exactly one of build, hub and local"),
        ("  accuracy: {higher", "  macro: {higher", "metrics lacks 'accuracy'"),
        ("models: [bert,", "models: [bert,,", "line"),
        ("\nseeds: [1, 2]", "\nmodels: [bert]\nseeds: [1, 2]", "line"),
    ],
)  # fmt: skip
def test_a_fault_is_one_sentence_with_key_value_and_mend(
    tmp_path: Path, before: str, after: str, sentence: str
) -> None:
    path = changed(tmp_path, before, after)
    with pytest.raises(InputError) as caught:
        load_study(path)
    said = str(caught.value)
    assert sentence in said
    assert said.startswith(str(path))
    assert "\n" not in said


def test_a_corpus_that_nothing_uses_is_refused(tmp_path: Path) -> None:
    path = changed(tmp_path, "targets: [stock_names, pawsx]", "targets: [pawsx]")
    with pytest.raises(InputError, match=r"corpora\.stock_names is used by no start and no target"):
        load_study(path)


def test_a_missing_block_is_named(tmp_path: Path) -> None:
    text = PARAMS.read_text(encoding="utf-8")
    path = tmp_path / "params.yaml"
    path.write_text(text.replace("\nsplit: {test: 0.3, dev: 0.1, seed: 13}", ""), encoding="utf-8")
    with pytest.raises(InputError, match="split is missing; add it"):
        load_study(path)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "does not exist"),
        (b"", "holds no keys"),
        (b"- 1\n", "holds no keys"),
        (b"a: 1\nnote: \xff", "line 2: the file is not UTF-8"),
    ],
)
def test_a_file_that_is_no_study_is_one_sentence(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    path = tmp_path / "params.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=sentence):
        load_study(path)
