"""Pinning refuses a file that has no blocks; the hub is asked in tests/study/test_paper.py."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from pipeline.errors import InputError
from pipeline.files import sha256_of_file
from pipeline.study import load_study, study_from
from tests.tui.toy import ROOT
from tui.runs.pins import pin_file, refuse_missing, unpinned_places


@pytest.mark.parametrize("text", ["", "- a\n"])
def test_a_file_without_blocks_is_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "nothing.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=r"nothing\.yaml holds no blocks"):
        pin_file(path)
    assert path.read_text() == text


def test_a_marian_model_is_pinned_like_any_model_and_fetched_by_translate(tmp_path: Path) -> None:
    values = YAML(typ="safe").load(ROOT / "params.yaml")
    hub = {"id": "Helsinki-NLP/opus-mt-fr-en", "revision": "unpinned"}
    values["translation"] |= {"engine": "marian", "models": {"fr-en": {"hub": hub}}}
    study = study_from(values)
    assert set(unpinned_places(study)) == {"translation.models.fr-en.hub"}
    with pytest.raises(
        InputError, match=r"translation\.models\.fr-en\.hub\.revision is unpinned, so translate@movie_reviews"
    ):
        refuse_missing(study, ["translate@movie_reviews", "translate@imdb"], None, tmp_path)
    refuse_missing(study, ["translate@imdb"], None, tmp_path)


def test_labels_by_hand_that_git_has_otherwise_are_refused_before_a_run(tmp_path: Path) -> None:
    labels = tmp_path / "annotations" / "mail" / "labels.csv"
    labels.parent.mkdir(parents=True)
    labels.write_text("id,label,origin,text\n")
    params, text = tmp_path / "params.yaml", (ROOT / "params.yaml").read_text()
    for sha256, stages in (("unpinned", ()), (sha256_of_file(labels), ("collect@sms_spam",))):
        named = f"{{path: data/sms_spam.csv, annotations: {{path: annotations/mail/labels.csv, sha256: {sha256}, rest: keep}}}}"
        params.write_text(text.replace("{path: data/sms_spam.csv}", named))
        refuse_missing(load_study(params), stages, None, tmp_path)
    labels.write_text("id,label,origin,text\n1,ham,agreed,0\n")
    with pytest.raises(InputError, match=r"source\.0\.annotations does not name .* `detour annotate mail export`"):
        refuse_missing(load_study(params), ["collect@sms_spam"], None, tmp_path)
