"""Pinning refuses a file that has no blocks; the hub is asked in tests/study/test_paper.py."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from pipeline.errors import InputError
from pipeline.study import study_from
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
