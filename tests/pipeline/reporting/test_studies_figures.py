"""Figures of the studies: what is drawn, that nothing is where nothing can be, and that the bytes are the same twice."""

from xml.etree import ElementTree

import pytest

from pipeline.evidence.studies import Answer, Evidence, Intermediate, Start
from pipeline.evidence.studies.answer import unsaid
from pipeline.evidence.studies.controls import controls
from pipeline.evidence.studies.efficiency import efficiency
from pipeline.evidence.studies.languages import languages
from pipeline.evidence.studies.multilingual import multilingual
from pipeline.evidence.studies.size import size
from pipeline.reporting.studies import StudyFigure, study_figure
from tests.pipeline.evidence.studies import test_controls, test_efficiency, test_languages, test_multilingual, test_size
from tests.pipeline.evidence.studies.made import cell, timing

NOTE = "Made up: $x_1$ <b>&</b>."
ANSWERS: dict[str, Answer] = {
    "efficiency": efficiency(test_efficiency.study(0.8, 0.9)),
    "languages": languages(test_languages.study(-0.5), test_languages.DISTANCES, "made up"),
    "size": size(test_size.study(0.05)),
    "multilingual": multilingual(test_multilingual.study(english=0.7, both_examples=0.8)),
    "controls": controls(test_controls.study(pretrained=0.6, paws=0.8, paws_shuffled=0.6)),
}
SHOWS = {
    "efficiency": ("pawsx paws xlnet", "accuracy a minute, IF over F"),
    "languages": ("own-language roberta", "ja", "gain in accuracy"),
    "size": ("reviews paws bert", "gain in macro-F1"),
    "multilingual": ("pawsx bert: both_examples (equal examples, steps)",),
    "controls": ("pawsx bert: paws - paws_shuffled (shuffled)",),
}


def drawn(answer: Answer) -> StudyFigure:
    found = study_figure(NOTE, answer)
    assert found is not None
    return found


@pytest.mark.parametrize("name", ANSWERS)
def test_a_study_is_drawn_with_its_names_its_note_and_its_answer_in_words(name: str) -> None:
    answer = ANSWERS[name]
    found = drawn(answer)
    texts = [
        "".join(each.itertext()).strip()
        for each in ElementTree.fromstring(found.svg).iter()
        if each.tag.endswith("text")
    ]
    assert all(shown in texts for shown in SHOWS[name])
    assert NOTE in texts
    assert found.text.endswith(answer.sentence)


@pytest.mark.parametrize("name", ANSWERS)
def test_the_same_answer_is_the_same_bytes(name: str) -> None:
    assert drawn(ANSWERS[name]) == drawn(ANSWERS[name])


def test_nothing_is_drawn_where_nothing_was_measured_or_no_slope_can_be_told() -> None:
    assert study_figure(NOTE, unsaid("size", "Why?", "nothing was measured")) is None
    one_size = size(test_size.study(0.05, ("tiny",)))
    assert one_size.rows and study_figure(NOTE, one_size) is None
    untimed = Evidence(
        [cell("pretrained", 0.5, timing=timing()), cell("paws", 0.6, timing=timing())],
        {"paws": Start("paws", 3)},
        intermediates={("paws", "bert"): Intermediate(10, 100)},
    )
    assert study_figure(NOTE, efficiency(untimed)) is None
