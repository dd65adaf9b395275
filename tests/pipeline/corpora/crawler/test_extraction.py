"""Records from pages: what is kept, letter for letter, and what is dropped and why."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.corpora.crawler.bundled import content, serving
from pipeline.corpora.crawler.extraction import Extraction
from pipeline.corpora.crawler.pages import Page
from pipeline.corpora.sample.planted import (
    REVIEWS_BY_LANGUAGE,
    SITE_MIDDLING,
    SITE_OF_ANOTHER_LANGUAGE,
    SITE_UNRATED,
)
from pipeline.corpora.sample.reviews import foreign_reviews
from pipeline.corpora.sample.site import site_files
from pipeline.corpora.schema import Record
from pipeline.errors import InputError
from pipeline.files import write_bytes
from pipeline.study import Extract, load_study

ROOT = Path(__file__).resolve().parents[4]
FRENCH = "Un film magnifique, je le recommande à tous ceux qui aiment le cinéma."
SPANISH = "Una película preciosa que recomiendo a todos los que aman el cine."
RULES: dict[str, Any] = {
    "item": "article", "text": ".body", "rating": ".rating", "title": "h1", "language": "html::attr(lang)",
    "author": ".author", "languages": ["fr", "es"], "ratings": {"negative": [1, 2], "positive": [4, 5]}, "licence": "free",
}  # fmt: skip


def block(**changed: Any) -> Extract:
    values = {key: value for key, value in {**RULES, **changed}.items() if value is not None}
    return Extract.model_validate_json(json.dumps(values))


def article(text: str, rating: str = "5", author: str = "Inès Roux") -> str:
    return (
        f'<article><b class="author">{author}</b><i class="rating">{rating}</i><div class="body">{text}</div></article>'
    )


def page(*articles: str, url: str = "http://films.example/1", language: str = "fr", **given: Any) -> Page:
    text = f'<html lang="{language}"><head><style>.x {{}}</style></head><body><h1>Le film</h1>{"".join(articles)}</body></html>'
    values = {"status": 200, "headers": (("Content-Type", "text/html; charset=utf-8"),), "body": text.encode(), **given}
    return Page(url, "2026-01-31T12:00:00Z", **values)


def extract(*pages: Page, **changed: Any) -> tuple[list[Record], dict[str, Any]]:
    extraction = Extraction("films", block(**changed))
    records = extraction.records(pages)
    return records, extraction.told(records)


def only(*pages: Page, **changed: Any) -> Record:
    (record,) = extract(*pages, **changed)[0]
    return record


def fault(*pages: Page, **changed: Any) -> str:
    with pytest.raises(InputError) as caught:
        extract(*pages, **changed)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture(scope="module")
def bundled() -> list[Page]:
    """The pages of the sample's site, as its folder holds them."""
    files = site_files(foreign_reviews(0.2))
    headers = (("Content-Type", "text/html; charset=utf-8"),)
    return [
        Page(f"http://cinephile.example/{name.removesuffix('index.html')}", "2022-10-03T00:00:00Z", 200, headers, body)
        for name, body in files.items()
        if name.endswith("/index.html") and "/compte/" not in name
    ]


class TestTheSamplesSite:
    def test_its_records_are_exactly_the_reviews_that_were_planted(self, bundled: list[Page]) -> None:
        extraction = Extraction("cinephile", load_study(ROOT / "params.yaml").site("cinephile").extract)
        records = extraction.records(bundled)
        reviews = foreign_reviews(0.2)
        planted = {("fr", review.fr, review.label) for review in reviews[:REVIEWS_BY_LANGUAGE]}
        planted |= {("es", review.es, review.label) for review in reviews[REVIEWS_BY_LANGUAGE:]}
        assert {(record.language, record.text, record.label) for record in records} == planted
        assert len(records) == len(planted)

    def test_what_no_corpus_should_have_is_dropped_and_counted(self, bundled: list[Page]) -> None:
        extraction = Extraction("cinephile", load_study(ROOT / "params.yaml").site("cinephile").extract)
        told = extraction.told(extraction.records(bundled))
        assert told["dropped"]["rating between the labels"] == 2 * SITE_MIDDLING
        assert told["dropped"]["another language"] == 2 * SITE_OF_ANOTHER_LANGUAGE
        assert told["dropped"]["no rating"] == 2 * SITE_UNRATED
        assert told["names_removed"] > 10

    def test_another_text_in_its_folder_is_another_site(self, tmp_path: Path) -> None:
        write_bytes(tmp_path / "a" / "index.html", b"one")
        before = content(tmp_path)
        write_bytes(tmp_path / "a" / "index.html", b"two")
        assert content(tmp_path) != before

    def test_a_folder_that_holds_no_site_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"holds no site\.json, so it is no bundled site"), serving(tmp_path):
            pass
        (tmp_path / "site.json").write_text("[]")
        with pytest.raises(InputError, match="cannot be read"), serving(tmp_path):
            pass


class TestRecords:
    def test_a_record_says_where_and_when_it_was_found_and_not_who_wrote_it(self) -> None:
        found = page(article(FRENCH, "★★★★☆"))
        record = only(found)
        assert (record.text, record.label, record.language, record.rating, record.title) == (
            FRENCH,
            "positive",
            "fr",
            "4",
            "Le film",
        )
        assert (record.url, record.fetched, record.licence) == (found.url, found.fetched, "free")
        assert len(record.page_sha256) == 64
        assert "Roux" not in " ".join(str(value) for value in record)

    def test_the_middle_is_dropped_with_both_ends_of_each_range_kept(self) -> None:
        ratings = ["1", "2", "2,5", "3", "4/5", "note : 5"]
        records, told = extract(page(*(article(f"{FRENCH} Numéro {n}.", rating) for n, rating in enumerate(ratings))))
        assert [record.label for record in records] == ["negative", "negative", "positive", "positive"]
        assert told["dropped"]["rating between the labels"] == 2

    def test_a_text_that_stands_twice_is_one_record(self) -> None:
        records, told = extract(page(article(FRENCH)), page(article(FRENCH), url="http://films.example/2"))
        assert len(records) == 1 and told["dropped"]["repeated"] == 1

    def test_so_many_of_each_label_in_each_language_are_chosen_whatever_else_there_is(self) -> None:
        french = page(*(article(f"{FRENCH} Numéro {n}.", str(1 + 3 * (n % 2))) for n in range(20)))
        spanish = page(
            *(article(f"{SPANISH} Número {n}.") for n in range(9)), url="http://films.example/es", language="es-MX"
        )
        records, told = extract(french, spanish, examples=6)
        assert told["labels"] == {"es": {"negative": 0, "positive": 6}, "fr": {"negative": 6, "positive": 6}}
        alone, _ = extract(french, examples=6)
        assert alone == [record for record in records if record.language == "fr"]
        assert [record.id for record in alone] == sorted(
            (record.id for record in alone), key=lambda name: int(name.split("-")[1])
        )

    def test_pages_that_are_no_html_or_did_not_work_are_not_read(self) -> None:
        broken = page(article(SPANISH), status=404)
        image = page(article(SPANISH), headers=(("Content-Type", "image/png"),))
        robots = page(article(SPANISH), url="http://films.example/robots.txt")
        assert extract(page(article(FRENCH)), broken, image, robots)[1]["pages"] == 1

    def test_xpath_may_look_outside_of_its_item(self) -> None:
        record = only(page(article(FRENCH)), title="./ancestor::body/h1", text="./div[@class='body']//text()")
        assert record.title == "Le film"


class TestLanguages:
    @pytest.mark.parametrize(
        ("declared", "text"),
        [("fr", SPANISH), ("de", FRENCH), ("fr", "This film is a wonderful story about friends who travel.")],
    )
    def test_a_text_of_another_language_than_it_says_is_dropped(self, declared: str, text: str) -> None:
        records, told = extract(
            page(article(FRENCH)), page(article(text), language=declared, url="http://films.example/2")
        )
        assert [record.text for record in records] == [FRENCH]
        assert told["dropped"]["another language"] == 1

    def test_a_text_too_short_to_tell_is_believed(self) -> None:
        assert only(page(article("Navet : +1", "1"))).language == "fr"

    def test_without_a_selector_the_language_is_recognised(self) -> None:
        records, _ = extract(page(article(FRENCH), article(SPANISH)), language=None)
        assert [record.language for record in records] == ["fr", "es"]

    def test_a_code_that_is_no_language_is_refused(self) -> None:
        assert "sites.films.extract.languages lists 'xx'" in fault(page(article(FRENCH)), languages=["xx"])


class TestBadPages:
    @pytest.mark.parametrize(
        ("declared", "encoding"),
        [("iso-8859-1", "utf-8"), ("utf-8", "cp1252"), (None, "utf-8"), (None, "cp1252"), ("cp1252", "cp1252"),
         ("utf-16", "utf-16"), ("nonsense", "utf-8")],
    )  # fmt: skip
    def test_a_wrong_or_missing_charset_costs_no_letter(self, declared: str | None, encoding: str) -> None:
        text = page(article(FRENCH)).body.decode()
        kind = "text/html" + (f"; charset={declared}" if declared else "")
        record = only(page(headers=(("Content-Type", kind),), body=text.encode(encoding)))
        assert record.text == FRENCH

    def test_a_wrong_charset_is_told(self) -> None:
        wrong = page(headers=(("Content-Type", "text/html; charset=iso-8859-1"),), body=page(article(FRENCH)).body)
        assert extract(wrong)[1]["wrong_charset"] == [wrong.url]

    def test_no_control_character_of_a_page_goes_further(self) -> None:
        evil = f"\x1b]0;title\x07\x1b[31m{FRENCH}\x1b[0m\x08\x00‮"
        assert only(page(article(evil))).text == FRENCH

    def test_scripts_styles_and_comments_are_no_text_and_blocks_separate_words(self) -> None:
        markup = f"<p>{FRENCH}</p><script>alert(1)</script><style>p {{}}</style><!-- no -->"
        markup += "<ul><li>Un</li><li>Deux</li></ul>Ci<em>né</em>ma<br>fini"
        assert only(page(article(markup))).text == f"{FRENCH} Un Deux Cinéma fini"

    def test_deep_and_unclosed_markup_is_read(self) -> None:
        assert only(page(article("<div>" * 300 + FRENCH))).text == FRENCH

    def test_markup_without_a_bottom_costs_its_own_page_alone(self) -> None:
        bottomless = page(article("<div>" * 100_000 + SPANISH), url="http://films.example/2")
        assert only(page(article(FRENCH)), bottomless).text == FRENCH

    def test_rubbish_is_read_without_harm(self) -> None:
        rubbish = page(body=bytes(range(256)) * 200, url="http://films.example/rubbish")
        assert only(page(article(FRENCH)), rubbish).text == FRENCH


class TestRefusals:
    @pytest.mark.parametrize("name", ["item", "text", "rating", "title", "language", "author"])
    def test_a_selector_that_finds_nothing_is_named_with_its_mend(self, name: str) -> None:
        said = fault(page(article(FRENCH)), **{name: "nothing.here"})
        assert f"sites.films.extract.{name} is 'nothing.here', which finds nothing in" in said
        assert "the pages are kept, so that a mended selector needs no network" in said

    def test_no_record_at_all_is_told_with_the_reasons(self) -> None:
        said = fault(page(article(FRENCH, "3"), article("", "5")))
        assert "of 2 items none is left (1 no text, 1 rating between the labels)" in said

    def test_no_page_at_all_is_told(self) -> None:
        assert "the crawl kept no page with status 200 that is HTML" in fault(page(status=404))

    def test_a_selector_that_is_neither_is_named(self) -> None:
        assert "sites.films.extract.text is 'p[', neither CSS nor XPath" in fault(page(), text="p[")


def test_the_bundled_server_gives_no_file_outside_its_folder(tmp_path: Path) -> None:
    write_bytes(tmp_path / "site" / "site.json", b"{}")
    write_bytes(tmp_path / "secret", b"secret")
    opener: Callable[..., Any] = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
    with serving(tmp_path / "site") as address:
        for path in ("/../secret", "/%2e%2e/secret", "//secret", "/site.json", "/\x00"):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                opener(address + urllib.request.quote(path, safe="/%."))
