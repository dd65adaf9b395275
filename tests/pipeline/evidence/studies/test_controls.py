"""Controls with planted truths: what is found is what the cells were made with."""

from typing import Any

from pipeline.evidence.studies import Corpus, Evidence, Intermediate, Start
from pipeline.evidence.studies.controls import controls
from tests.pipeline.evidence.studies.made import cell

STARTS = {
    "paws": Start("paws", 3, head="keep"),
    "paws_reinit": Start("paws", 3),
    "paws_shuffled": Start("paws", 3, head="keep", labels="shuffled"),
    "paws_texts": Start("paws", 3, objective="masked_language"),
    "paws_1": Start("paws", 1, head="keep"),
    "paws_10": Start("paws", 10, head="keep"),
    "pawsx_again": Start("pawsx_again", 9, head="keep"),
}
STEPS = {
    "paws": 189,
    "paws_reinit": 189,
    "paws_shuffled": 189,
    "paws_texts": 189,
    "paws_1": 63,
    "paws_10": 630,
    "pawsx_again": 180,
}
CORPORA = {"paws": Corpus(source="a"), "pawsx": Corpus(source="b"), "pawsx_again": Corpus(source="b")}


def study(**right: float) -> Evidence:
    cells = [cell(start, share) for start, share in right.items()]
    trained = {(start, "bert"): Intermediate(steps, 100) for start, steps in STEPS.items()}
    return Evidence(cells, STARTS, CORPORA, trained)


def found(**right: float) -> dict[tuple[str, str, str], Any]:
    return {(row["kind"], row["of"], row["against"]): row for row in controls(study(**right)).rows}  # type: ignore[misc]


def test_each_control_is_compared_with_the_start_that_differs_in_one_thing() -> None:
    given = dict.fromkeys(("pretrained", *STARTS), 0.7)
    assert set(found(**given)) == {
        ("shuffled", "paws", "paws_shuffled"),
        ("negative control", "paws_shuffled", "pretrained"),
        ("head", "paws", "paws_reinit"),
        ("objective", "paws_reinit", "paws_texts"),
        ("texts alone", "paws_texts", "pretrained"),
        ("longer", "paws", "pawsx_again"),
        ("longer", "paws_reinit", "pawsx_again"),
        ("ladder", "paws", "pretrained"),
        ("ladder", "paws_1", "pretrained"),
        ("ladder", "paws_10", "pretrained"),
    }


def test_planted_differences_are_found_and_judged() -> None:
    rows = found(pretrained=0.6, paws=0.8, paws_shuffled=0.6, paws_reinit=0.8, pawsx_again=0.9)
    verdicts = {key: (round(row["difference"], 2), row["verdict"]) for key, row in rows.items()}
    assert verdicts["shuffled", "paws", "paws_shuffled"] == (0.2, "positive")
    assert verdicts["longer", "paws", "pawsx_again"] == (-0.1, "negative")
    assert verdicts["negative control", "paws_shuffled", "pretrained"][1] != "positive"


def test_what_the_labels_add_to_the_texts_is_told_apart_from_what_the_texts_give() -> None:
    answer = controls(study(pretrained=0.6, paws_reinit=0.8, paws_texts=0.7))
    assert "The labels against masked language on the same texts: +0.100" in answer.sentence
    assert "Masked language on the texts alone against no detour: +0.100" in answer.sentence
    assert not any("texts alone" in note for note in answer.notes)
    without = controls(study(pretrained=0.6, paws_reinit=0.8, paws_shuffled=0.6))
    assert "No start was trained on its corpus's texts alone (objective: masked_language)." in without.notes


def test_texts_of_the_target_itself_are_no_longer_training_on_its_labels() -> None:
    cells = [cell(start, 0.7) for start in ("pretrained", "paws", "again_texts")]
    starts = {"paws": STARTS["paws"], "again_texts": Start("pawsx_again", 9, objective="masked_language")}
    trained = {(start, "bert"): Intermediate(180, 100) for start in starts}
    assert [row for row in controls(Evidence(cells, starts, CORPORA, trained)).rows if row["kind"] == "longer"] == []


def test_the_ladder_names_its_steps_in_order() -> None:
    sentence = controls(study(pretrained=0.6, paws=0.8, paws_1=0.7, paws_10=0.75)).sentence
    assert "pawsx (bert): +0.100 after 1, +0.200 after 3, +0.150 after 10" in sentence


def test_a_shuffled_start_that_helps_is_called_what_it_is() -> None:
    assert "which it should not be" in controls(study(pretrained=0.6, paws_shuffled=0.8)).sentence
    assert "is by verdict never better than none" in controls(study(pretrained=0.6, paws_shuffled=0.6)).sentence


def test_a_longer_training_of_other_length_is_no_control() -> None:
    rows = found(pretrained=0.6, paws_10=0.8, pawsx_again=0.8)
    assert not [key for key in rows if key[0] == "longer"]


def test_a_study_without_controls_says_which_command_trains_them() -> None:
    answer = controls(Evidence([cell("pretrained", 0.6), cell("paws", 0.7)], {"paws": STARTS["paws"]}, CORPORA))
    assert not answer.said and "`detour run --study controls`" in answer.sentence
