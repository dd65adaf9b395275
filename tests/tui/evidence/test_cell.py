"""The page of a cell."""

import json
from pathlib import Path

import pytest
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from pipeline.errors import InputError
from tests.tui.evidence.studies import F_IDS, GOLD, IF, F, commit_study, f_and_if, results, write_page
from tests.tui.history.repository import Repository, cell_path
from tui.evidence.cell import CellStory, read_cell
from tui.evidence.cell_text import aligned, sections
from tui.evidence.confusion import class_scores, confusion, mean_confusion, most_confused
from tui.evidence.curves import read_curves
from tui.evidence.gains import read_gains
from tui.evidence.predicted import Predicted
from tui.evidence.sheets import cell_sheet
from tui.evidence.words import in_full, notes
from tui.history.rows import History


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "study")


def read(repository: Repository, name: str = IF, revision: str = "") -> CellStory:
    return read_cell(History(repository.root), name, revision)


def page(story: CellStory, key: str) -> list[str]:
    return next(list(section.lines) for section in sections(story) if section.key == key)


def write_over_folds(repository: Repository, gain: float) -> None:
    """Second opinions that hold the gain over folds of the IF cell."""
    entry = {"task": "classification", "target": "sms_spam", "start": "imdb", "model": "bert"}
    said = {
        "label": "corrected t-test",
        "folds": 5,
        "repeats": 2,
        "gain": 0.031,
        "low": -0.01,
        "high": 0.072,
        "p": 0.125,
    }
    told = {**entry, "bootstrap": {"accuracy": {"gain": gain}}, "repeated_cv": {**said, "reason": None}}
    repository.commit({"reports/evidence/second_opinions.json": json.dumps({"gains": [told]})})


class TestOverFolds:
    said = "over 2 x 5 folds the gain is +.031 [-.010, +.072], p 0.12 (corrected t-test)"

    def test_a_cell_and_its_gain_say_what_repeated_cross_validation_says(self, repository: Repository) -> None:
        commit_study(repository)
        table = read_gains(History(repository.root))
        write_over_folds(repository, table.lines[0].of("gain") or 0.0)
        assert f"O{self.said[1:]}." in page(read(repository), "scores")
        table = read_gains(History(repository.root))
        assert f"O{self.said[1:]}: every gain." in notes(table)
        assert self.said in " ".join(in_full(table.lines[0]))
        assert read(repository, F).repeated is None

    def test_what_was_asked_of_other_predictions_is_not_shown(self, repository: Repository) -> None:
        commit_study(repository)
        write_over_folds(repository, 0.5)
        assert read(repository).repeated is None
        assert read_gains(History(repository.root)).lines[0].repeated is None

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            ('{"gains": [{"repeated_cv": ', "reports/evidence/second_opinions.json is not JSON (line 1, column 28: "),
            (
                '{"gains": [{"repeated_cv": {}}]}',
                "reports/evidence/second_opinions.json has another form than this version",
            ),
        ],
    )
    def test_a_file_that_cannot_be_read_is_told_beside_both(
        self, repository: Repository, content: str, sentence: str
    ) -> None:
        commit_study(repository)
        repository.commit({"reports/evidence/second_opinions.json": content})
        for problems in (read(repository).problems, read_gains(History(repository.root)).problems):
            assert any(problem.startswith(sentence) for problem in problems), problems


class TestPage:
    def test_scores_are_shown_by_seed_and_language(self, repository: Repository) -> None:
        languages = ["fr", "de"] * 6
        commit_study(repository, f_and_if(languages=languages))
        lines = page(read(repository), "scores")
        assert lines[0].split() == ["mean", "sd", "interval", "seed", "1", "seed", "2"]
        assert lines[1].split()[:2] == ["accuracy", ".875"]
        assert lines[1].split()[-2:] == [".917", ".833"]
        assert [line.split("  ")[0] for line in lines[3:7]] == [
            "accuracy, de", "macro-F1, de", "accuracy, fr", "macro-F1, fr",
        ]  # fmt: skip
        assert any("The paper has .62 for this cell." in line for line in lines)

    def test_the_epochs_that_dev_and_the_paper_choose_are_marked(self, repository: Repository) -> None:
        commit_study(repository)
        lines = page(read(repository), "epochs")
        assert lines[1].split() == ["1", "1", "0.9000", "0.8000", ".600", ".500", "1.000", "<test"]
        assert lines[2].split()[-1] == "<dev"

    def test_digests_settings_and_the_page_of_the_corpus_are_told(self, repository: Repository) -> None:
        write_page(repository.root)
        commit_study(repository)
        story = read(repository)
        told = " ".join(page(story, "comparable"))
        assert story.digests["test"] in told
        assert "training.target.epochs: 6" in told
        assert page(story, "corpus")[0] == "# sms_spam"

    def test_a_cell_is_found_without_its_task_and_near_names_are_offered(self, repository: Repository) -> None:
        commit_study(repository)
        assert read(repository, "sms_spam-imdb-bert").cell.name == IF
        assert read(repository, "classification/sms_spam-imdb-bert").cell.name == IF
        with pytest.raises(InputError, match=f"main has no cell 'sms_spam-imdb-bart'; did you mean {IF}"):
            read(repository, "sms_spam-imdb-bart")

    def test_a_class_that_no_test_row_has_and_one_never_predicted_are_said(self, repository: Repository) -> None:
        cells = [results(name, {1: [0] * 4, 2: [0] * 4}, gold=[0, 0, 1, 1], labels=("a", "b", "c")) for name in (F, IF)]
        commit_study(repository, cells)
        told = "\n".join(page(read(repository), "classes"))
        assert "No seed ever predicts (· precision): b, c" in told
        assert "No test row has (· recall; macro-F1 counts 0 for each): c" in told
        assert "Seed 1 predicts one class only: always a." in page(read(repository), "scores")

    def test_one_seed_says_that_it_has_no_interval(self, repository: Repository) -> None:
        commit_study(repository, f_and_if({1: GOLD}, {1: GOLD}))
        lines = page(read(repository), "scores")
        assert lines[1].split() == ["accuracy", "1.000", "·", "·", "1.000"]
        assert "One seed: there is no deviation and no interval." in lines

    def test_labels_that_would_steer_a_terminal_are_shown_as_escapes(self, repository: Repository) -> None:
        cells = [
            results(name, {1: [0, 1], 2: [1, 0]}, gold=[0, 1], labels=("\x1b[2Jred", "\u202eright")) for name in (F, IF)
        ]
        commit_study(repository, cells)
        told = "\n".join(line for section in sections(read(repository)) for line in section.lines)
        assert "\x1b" not in told
        assert "\u202e" not in told
        assert r"\x1b[2Jred" in told


class TestMissing:
    def test_a_cell_that_has_not_run_says_how_it_would(self, repository: Repository) -> None:
        commit_study(repository, [results(F, F_IDS)])
        story = read(repository)
        assert story.problems[0] == f"main declares {IF} and holds no result of it; `detour run {IF}` trains it."
        assert page(story, "scores") == ["The paper has .62 for this cell."]
        assert [section.key for section in sections(story)] == ["scores", "comparable", "corpus"]
        with pytest.raises(InputError, match="has no classes to write"):
            cell_sheet(story, History(repository.root), "classes")

    def test_broken_predictions_leave_the_scores(self, repository: Repository) -> None:
        commit_study(repository)
        repository.commit({cell_path(IF, "predicted"): "{"})
        story = read(repository)
        assert "is not JSON" in story.problems[0]
        assert page(story, "scores")

    def test_a_broken_record_leaves_the_predictions(self, repository: Repository) -> None:
        commit_study(repository)
        repository.commit({cell_path(IF): json.dumps({"accuracy": 3, "languages": [1], "epochs": None})})
        story = read(repository)
        assert story.scores == ()
        assert page(story, "classes")

    @pytest.mark.parametrize(
        "text", ["", "seed,epoch\n1,x\n", "a\n\x00", "seed,epoch,dev_loss\n1,1,nan\n,1,2\n1,inf,3\n"]
    )
    def test_curves_that_cannot_be_read_are_none(self, text: str) -> None:
        assert read_curves(text) == {}


THREE = (0, 0, 1, 2, 2, 2, 0)
SEEDS = {"1": (0, 1, 1, 2, 0, 2, 0), "2": (0, 0, 0, 2, 2, 1, 0)}
PREDICTED = Predicted(("a", "b", "c"), ("",) * 7, THREE, SEEDS, "t")


class TestConfusion:
    def test_the_matrix_is_that_of_scikit_learn(self) -> None:
        for seed, ids in SEEDS.items():
            assert [list(line) for line in confusion(PREDICTED, seed)] == confusion_matrix(THREE, ids).tolist()
        assert mean_confusion(PREDICTED)[0] == (2.5, 0.5, 0)

    def test_class_scores_are_means_of_those_of_scikit_learn(self) -> None:
        by_seed = [precision_recall_fscore_support(THREE, ids, zero_division=0) for ids in SEEDS.values()]
        for id, found in enumerate(class_scores(PREDICTED)):
            means = [sum(scores[kind][id] for scores in by_seed) / 2 for kind in range(3)]
            assert [found.precision.mean, found.recall.mean, found.f1.mean] == pytest.approx(means)
            assert found.support == by_seed[0][3][id]

    def test_the_most_frequent_confusions_come_first(self) -> None:
        found = most_confused(PREDICTED)
        assert [(one.gold, one.predicted, one.rows) for one in found][:2] == [("a", "b", 0.5), ("b", "a", 0.5)]
        assert found[1].share == 0.5


class TestSheets:
    def test_every_part_is_a_table_with_the_way_back(self, repository: Repository) -> None:
        commit_study(repository)
        history = History(repository.root)
        for part, rows in (("scores", 4), ("epochs", 4), ("confusion", 2), ("classes", 2)):
            sheet = cell_sheet(read(repository), history, part)
            assert len(sheet.rows) == rows
            assert sheet.provenance is not None
            assert sheet.provenance.command == f"detour cell {IF} main --part {part}"

    def test_an_unknown_part_is_named(self, repository: Repository) -> None:
        commit_study(repository)
        with pytest.raises(InputError, match="A cell has no part 'rocs'; choose one of scores"):
            cell_sheet(read(repository), History(repository.root), "rocs")


def test_columns_stand_below_each_other_also_with_wide_characters() -> None:
    assert aligned([["a", "1"], ["日本", "10"]], right=(1,)) == ["a      1", "日本  10"]


def test_seeds_beyond_six_are_told_in_lines(repository: Repository) -> None:
    seeds = dict.fromkeys(range(1, 9), GOLD)
    commit_study(repository, f_and_if(seeds, seeds))
    lines = page(read(repository, revision="main"), "scores")
    assert lines[0].split() == ["mean", "sd", "interval"]
    assert any(line.startswith("accuracy by seed: 1 1.000, 2 1.000") for line in lines)
