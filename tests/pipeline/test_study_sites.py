"""The blocks of sites: every fault is one sentence with key, value and mend."""

from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.study import load_study
from tests.pipeline.test_study import PARAMS, changed

START = "- http://cinephile.example/fr/"


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("    corpus: movie_reviews\n", "    corpus: movie_review\n", "corpus is 'movie_review', not a key of corpora; did you mean"),
        ("    corpus: movie_reviews\n", "    corpus: imdb\n", "is named by no source of corpora.imdb; add {site: cinephile} there"),
        ("[{site: cinephile}]", "[{site: cinefile}]", "sites.cinephile is named by no source of corpora.movie_reviews"),
        ("[{site: cinephile}]", "[{site: cinephile}, {site: cinefile}]", "is 'cinefile', not a key of sites; did you mean 'cinephile'"),
        ("[{site: cinephile}]", "[{site: cinephile}, {site: cinephile}]", "'cinephile' is named by two sources"),
        ("[{path: data/imdb.csv}]", "[{path: data/imdb.csv}, {site: cinephile}]", "is 'cinephile', which feeds movie_reviews"),
        ("[{site: cinephile}]", "[{site: cinephile, path: data/x.csv}]", "it needs exactly one of path, hub and site"),
        ("[{site: cinephile}]", f"[{{site: cinephile, sha256: {'a' * 64}}}]", "sha256 belongs to a path; a site has an edition"),
        ("  cinephile:\n", "  ciné-phile:\n", "sites.ciné-phile is not a usable key"),
        (START, "- cinephile.example/fr/", "start holds \"cinephile.example/fr/\"; give a whole address"),
        (START, "- http://www.films.org/", "a bundled site is served under a name that can be no real host"),
        (START, "- http://cinephile.example/es/", 'start lists "http://cinephile.example/es/" twice'),
        ("data/sites/cinephile", "../sites/cinephile", "sites.cinephile.crawl.bundled is \"../sites/cinephile\""),
        ("contact: http://cinephile.example/", 'contact: "me"', "contact is \"me\"; it should be an address at which a site's owner"),
        ("contact: http://cinephile.example/", 'contact: "a@b.c\\r\\nX: y"', "sites.cinephile.crawl.contact is"),
        ("paging: a.next", "pagng: a.next", "sites.cinephile.crawl.pagng is not a key that Detour knows; did you mean 'paging'"),
        ("paging: a.next", "paging: a.next\n      deny: ['(']", "crawl.deny holds \"(\", which is no regular expression"),
        ("delay: 0", "delay: -1", "sites.cinephile.crawl.delay is -1; it should be a number x with 0 <= x <= 3600."),
        ("pages: 200", "pages: 0", "sites.cinephile.crawl.pages is 0"),
        ("negative: [1, 2]", "negativ: [1, 2]", "makes the label 'negativ', which its corpus does not declare"),
        ("negative: [1, 2]", "negative: [2, 1]", "extract.ratings.negative is [2, 1]; give the lowest rating first"),
        ("negative: [1, 2]", "negative: [1, 4]", "extract.ratings.negative and .positive share ratings"),
        ("languages: [fr, es]", "languages: [French]", "sites.cinephile.extract.languages.0 is \"French\""),
        ("languages: [fr, es]", "languages: [fr, fr]", "extract.languages lists 'fr' twice"),
        ("rating: .rating", "rating: 4", "sites.cinephile.extract.rating is 4; it should be text: put it in quotes"),
    ],
)  # fmt: skip
def test_a_fault_is_one_sentence_with_key_value_and_mend(
    tmp_path: Path, before: str, after: str, sentence: str
) -> None:
    path = changed(tmp_path, before, after)
    with pytest.raises(InputError) as caught:
        load_study(path)
    assert sentence in str(caught.value)
    assert str(caught.value).startswith(str(path)) and "\n" not in str(caught.value)


def test_a_site_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"no site 'cinefile' under sites in params\.yaml; did you mean 'cinephile'"):
        load_study(PARAMS).site("cinefile")
