"""Overrides of params.yaml: what is wrong with one, and what may stand there instead, in one sentence."""

from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.study import parse_yaml, study_from
from tests.tui.toy import ROOT
from tui.runs.overrides import changed_params
from tui.runs.plan import choose_cells

TEXT = (ROOT / "params.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("training.target.epoch=1", "training.target.epoch is not a key that Detour knows; did you mean 'epochs'?"),
        ("training.target.zzz=1", "choose one of epochs, learning_rate, warmup, weight_decay, batch_size, max_tokens"),
        ("training.taget.epochs=1", "'taget' is not a key of params.yaml; did you mean 'target'?"),
        ("trainin.target.epochs=1", "'trainin' is not a key of params.yaml; did you mean 'training'?"),
        ("sedes=[1]", "sedes is not a key that Detour knows; did you mean 'seeds'?"),
        ("training.target.epochs=many", 'training.target.epochs is "many"; it should be a whole number x with 0 < x.'),
        ("training.target.epochs=2.5", "training.target.epochs is 2.5; it should be a whole number x with 0 < x."),
        (
            "training.target.epochs=[1, 2]",
            "training.target.epochs is [1, 2]; it should be a whole number x with 0 < x.",
        ),
        ("training.target.epochs=", "training.target.epochs is null; it should be a whole number x with 0 < x."),
        ("training.target.warmup=1.5", "training.target.warmup is 1.5; it should be a number x with 0 <= x <= 1."),
        ("split.test=0", "split.test is 0; it should be a number x with 0 < x < 1."),
        ("training.target.protocol=papr", "training.target.protocol is \"papr\"; it should be 'paper' or 'credible'."),
        ("training.target.precision=fp8", "it should be 'auto', 'fp32' or 'bf16'."),
        ("statistics.primary=loss", "statistics.primary is \"loss\"; it should be 'accuracy'."),
        ("metrics.accuracy.higher_is_better=yes", 'is "yes"; it should be true or false.'),
        ("seeds=3", "seeds is 3; it should be a list of whole numbers, at least 1."),
        ("seeds=[a]", 'seeds.0 is "a"; it should be a whole number.'),
        ("models=[]", "models is []; it should be a list of texts, at least 1."),
        ("models=bert", 'models is "bert"; it should be a list of texts, at least 1.'),
        ("corpora.sms_spam.source.0.sample=0", "source.0.sample is 0; it should be a whole number x with 0 < x."),
        ("corpora.sms_spam.source.7.sample=5", "'7' is not a place in a list of 1; count from 0"),
        ("corpora.sms_spam.citation=''", 'citation is ""; it should be text that is not empty.'),
        ("corpora.sms_spam.citation=2020", "citation is 2020; it should be text: put it in quotes."),
        (
            "starts.imdb=bert",
            'starts.imdb is "bert"; it should be a mapping with keys of task, corpus, objective, labels,',
        ),
        ("encoders=bert", 'encoders is "bert"; it should be a mapping of keys.'),
        ("seeds.first=1", "seeds is a list, whose places are numbers from 0"),
        ("note.first=1", "note is a single value; there is nothing under it to set"),
        ("training.target.epochs", "give key=value"),
    ],
)
def test_an_invalid_value_is_refused_with_what_may_stand_there(setting: str, sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        changed_params(TEXT, None, [setting])
    said = str(caught.value)
    assert sentence in said
    assert "\n" not in said
    assert said.endswith((".", "?")) and not said.endswith("?.")


def test_an_entry_of_a_list_can_be_set(tmp_path: Path) -> None:
    text, study = changed_params(TEXT, None, ["corpora.sms_spam.source.0.sample=50", "seeds.1=7"])
    assert study.corpora["sms_spam"].source[0].sample == 50
    assert study.seeds == (1, 7)
    assert "# Keys of `encoders`" in text


@pytest.mark.parametrize(
    ("pattern", "mend"),
    [
        ("classification@sms_spam-pretrained-brt", "did you mean 'classification@sms_spam-pretrained-bert'?"),
        ("clasification", "did you mean 'classification'?"),
        ("*-gpt", "the study's cells are named like classification@sms_spam-pretrained-bert"),
        ("[!a-z]*", "the study's cells are named like classification@sms_spam-pretrained-bert"),
        ("classification@[!sm]*", "No cell of the study matches 'classification@[!sm]*'"),
    ],
)
def test_a_pattern_that_matches_no_cell_is_refused(pattern: str, mend: str) -> None:
    study = study_from(parse_yaml(TEXT, "params.yaml"))
    with pytest.raises(InputError, match="No cell of the study matches") as caught:
        choose_cells(study, ["sentiment", pattern])
    assert mend in str(caught.value)


def test_a_negated_glob_chooses_the_others() -> None:
    study = study_from(parse_yaml(TEXT, "params.yaml"))
    assert {name.split("-")[-1] for name in choose_cells(study, ["*-[!b]*"])} >= {"roberta", "xlnet"}
    assert choose_cells(study, ["classification@[!s]*-pretrained-bert"]) == (
        "classification@movie_reviews-pretrained-bert",
    )
