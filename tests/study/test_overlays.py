"""The overlays of the controls and of the four studies: whole, over the sample's corpora, and planned cell by cell."""

import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from pipeline.study import PRETRAINED, TASKS, Study, study_from
from tests.study.mini import make_mini
from tests.tui.toy import ROOT, detour
from tui.runs.pins import unpinned_places

NAMES = ("controls", "efficiency", "languages", "multilingual", "size")
CELLS = {"controls": 29, "efficiency": 8, "languages": 24, "multilingual": 10, "size": 16}


def blocks(name: str) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load((ROOT / f"studies/{name}.yaml").read_text(encoding="utf-8"))
    return found


def overlaid(name: str) -> Study:
    values = YAML(typ="safe").load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    return study_from({**values, **blocks(name)}, name)


@pytest.mark.parametrize("name", NAMES)
class TestEach:
    def test_it_is_a_valid_study_of_the_samples_own_texts(self, name: str) -> None:
        study = overlaid(name)
        assert len(study.cells()) == CELLS[name]
        paths = [file.path for corpus in study.corpora.values() for file in corpus.source if file.path]
        assert all(path.startswith("data/") and path.count("/") == 1 for path in paths)
        assert all(corpus.citation.startswith("Synthetic") for corpus in study.corpora.values())
        assert all(study.encoder(model).build for model in study.models)

    def test_every_target_has_its_f_cells_and_seeds_enough_for_a_verdict(self, name: str) -> None:
        study = overlaid(name)
        assert len(study.seeds) >= 3
        assert all(PRETRAINED in study.group(task).starts for task in TASKS if study.group(task).targets)

    def test_every_start_is_met_by_a_target(self, name: str) -> None:
        study = overlaid(name)
        met = {cell.start for cell in study.cells()} - {PRETRAINED}
        assert met == set(study.starts)


@pytest.mark.parametrize(
    "path", [*sorted(ROOT.glob("studies/*.yaml")), *sorted(ROOT.glob("tests/real/*.yaml"))], ids=lambda path: path.stem
)
def test_every_parameter_that_a_stage_names_is_there(path: Path) -> None:
    yaml = YAML(typ="safe")
    graph, values = (yaml.load((ROOT / name).read_text(encoding="utf-8")) for name in ("dvc.yaml", "params.yaml"))
    values |= yaml.load(path.read_text(encoding="utf-8"))
    stages = [stage.get("do", stage) for stage in graph["stages"].values()]
    named = {key for stage in stages for key in stage.get("params", ()) if "$" not in key}
    assert "training.target.truncation" in named
    for key in named:
        found = values
        for part in key.split("."):
            assert part in found, f"{path.name} lacks {key}, without which DVC runs no stage that names it"
            found = found[part]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_mini(tmp_path_factory.mktemp("overlays") / "a study")


@pytest.mark.parametrize("name", NAMES)
def test_its_cells_and_intermediates_are_planned(clone: Path, name: str) -> None:
    told = json.loads(detour(clone, "plan", "--study", name, "--json").stdout)
    groups = [stage["name"].split("@")[0] for stage in told["stages"]]
    study = overlaid(name)
    assert len(told["cells"]) == CELLS[name]
    assert groups.count("intermediate") == len(study.starts) * len(study.models)


def test_one_control_is_planned_by_the_name_of_its_cell(clone: Path) -> None:
    cell = "classification@sms_spam-imdb_shuffled-bert"
    told = json.loads(detour(clone, "plan", "--study", "controls", cell, "--json").stdout)
    trained = [stage["name"] for stage in told["stages"] if stage["name"].startswith(("intermediate", *TASKS))]
    assert trained == ["intermediate@imdb_shuffled-bert", cell]


class TestControls:
    def test_a_target_again_has_its_targets_texts_and_division(self) -> None:
        study = overlaid("controls")
        again = {key: corpus for key, corpus in study.corpora.items() if key.endswith("_again")}
        assert len(again) == 3
        for key, corpus in again.items():
            # All that a division depends on; the kind is no part of it.
            target = study.corpora[key.removesuffix("_again")]
            assert corpus.model_dump(exclude={"kind"}) == target.model_dump(exclude={"kind"})

    def test_each_start_differs_from_a_plain_one_in_labels_head_epochs_or_corpus_alone(self) -> None:
        starts = {key: start for key, start in overlaid("controls").starts.items() if start.objective == "labels"}
        for key, start in starts.items():
            plain = starts[next(name for name in ("imdb_genres", "imdb", "paws") if starts[name].task == start.task)]
            changed = {name for name, value in start.model_dump().items() if value != plain.model_dump()[name]}
            assert changed <= ({"corpus", "head", "epochs"} if key.endswith("_again") else {"labels", "head", "epochs"})
            assert len(changed) <= (3 if key.endswith("_again") else 1), key

    def test_a_start_of_texts_alone_differs_from_one_of_labels_in_its_objective_alone(self) -> None:
        starts = overlaid("controls").starts
        texts = [start for start in starts.values() if start.objective == "masked_language"]
        assert {start.corpus for start in texts} == {"imdb", "imdb_genres", "paws"}
        assert all(start.model_copy(update={"objective": "labels"}) in starts.values() for start in texts)

    def test_the_ladder_has_the_lengths_that_are_asked_for(self) -> None:
        study = overlaid("controls")
        for corpus in ("imdb", "imdb_genres", "paws"):
            lengths = {
                start.epochs or study.training.intermediate.epochs
                for start in study.starts.values()
                if start.corpus == corpus
            }
            assert lengths == {1, 2, 3, 5, 10}


def test_sizes_are_those_of_the_published_small_berts() -> None:
    study = overlaid("size")
    sizes = {model: study.encoder(model).build for model in study.models}
    # Turc et al. 2019, table 1: layers, hidden, heads of hidden / 64, feed-forward of 4 x hidden.
    published = {"tiny": (2, 128), "mini": (4, 256), "small": (4, 512), "medium": (8, 512)}
    for model, (layers, hidden) in published.items():
        build = sizes[model]
        assert build is not None
        assert (build.layers, build.hidden, build.heads, build.feed_forward) == (
            layers,
            hidden,
            hidden // 64,
            4 * hidden,
        )


def test_arms_of_languages_have_the_same_texts_translated_and_as_they_are() -> None:
    corpora = overlaid("languages").corpora
    for own in ("emotions", "pawsx"):
        assert corpora[own].source == corpora[f"{own}_own"].source
        assert (corpora[own].translation, corpora[f"{own}_own"].translation) == ("to_english", "none")


class TestXtreme:
    """The tasks of XTREME that classify: nothing of it can be fetched here, so that what it declares is what can be seen."""

    def test_its_sources_are_of_the_hub_and_pin_finds_those_without_a_commit(self) -> None:
        study = overlaid("xtreme")
        assert len(study.cells()) == 10
        assert all(file.hub for corpus in study.corpora.values() for file in corpus.source)
        assert {place.split(".source")[0] for place in unpinned_places(study)} == {
            "corpora.xnli",
            "encoders.xlm_roberta.hub",
        }

    def test_equal_arms_are_equal_by_what_they_declare(self) -> None:
        starts = overlaid("xtreme").starts
        english, examples, steps = starts["english"], starts["several_examples"], starts["several_steps"]
        assert (examples.examples, examples.epochs) == (english.examples, english.epochs)
        assert steps.examples * steps.epochs == english.examples * english.epochs and steps.examples != english.examples

    def test_test_pairs_in_any_language_are_no_training_pairs_of_a_start(self) -> None:
        corpora = overlaid("xtreme").corpora
        assert {split for file in corpora["pawsx"].source for split in file.hub.split} == {"validation", "test"}
        for start in ("pawsx_train_en", "pawsx_train_several"):
            assert {split for file in corpora[start].source for split in file.hub.split} == {"train"}
