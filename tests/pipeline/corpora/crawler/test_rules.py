"""The parts of the crawler that need no server: ratings, names, robots, the frontier, WARC."""

import io
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import Response
from warcio.archiveiterator import ArchiveIterator

from pipeline.corpora.crawler.addresses import absolute, host, same
from pipeline.corpora.crawler.frontier import Frontier
from pipeline.corpora.crawler.kept import kept_answers
from pipeline.corpora.crawler.names import without_name
from pipeline.corpora.crawler.pages import Answer, LeftOut, Page
from pipeline.corpora.crawler.patience import retry_after
from pipeline.corpora.crawler.ratings import label_of, rating_of
from pipeline.corpora.crawler.robots import Rules, rules_of
from pipeline.corpora.crawler.warc import answer_of, info_member, member, members, read_pages
from pipeline.errors import InputError

ROBOTS = "http://a.example/robots.txt"


def page(url: str = ROBOTS, status: int = 200, body: bytes = b"", **headers: str) -> Page:
    return Page(url, "2026-01-31T12:00:00Z", status, tuple(headers.items()), body)


@pytest.mark.parametrize(
    ("text", "rating"),
    [("4/5", 4), ("8,5 / 10", 8.5), ("Note : 2.5", 2.5), ("★★★☆☆", 3), ("★★½", 2.5), ("☆☆☆☆☆", None), ("bien", None), ("", None)],
)  # fmt: skip
def test_a_rating_is_the_first_number_or_the_count_of_full_stars(text: str, rating: float | None) -> None:
    assert rating_of(text) == rating


def test_a_rating_between_the_ranges_has_no_label() -> None:
    ratings = {"negative": (1.0, 2.0), "positive": (4.0, 5.0)}
    labels = [label_of(rating, ratings) for rating in (0.5, 1, 2, 2.5, 3, 4, 5, 6)]
    assert labels == [None, "negative", "negative", None, None, "positive", "positive", None]


@pytest.mark.parametrize(
    ("text", "name", "left"),
    [
        ("Très bien. — Inès Roux", "Inès Roux", "Très bien."),
        ("Très bien, dit Inès Roux à tous.", "Inès Roux", "Très bien, dit à tous."),
        ("Inès Roux : très bien.", "Inès Roux", "très bien."),
        ("Très bien. -- INÈS  ROUX.", "Inès Roux", "Très bien."),
        ("Un film. — film", "film", "Un film."),
        ("Un film sur un film", "film", "Un film sur un film"),
        ("Rouxelle est bien.", "Inès Roux", "Rouxelle est bien."),
        ("Un film, un vrai film.", "Un vrai", "Un film, un vrai film."),
        ("Très bien.", "", "Très bien."),
        ("Bien (a+b)*", "(a+b)*", "Bien (a+b)*"),
    ],
)
def test_an_authors_name_goes_and_the_words_of_the_language_stay(text: str, name: str, left: str) -> None:
    assert without_name(text, name) == left


class TestRobots:
    def rules(self, *answers: Answer) -> Rules | str:
        return rules_of(ROBOTS, {answer.url: answer for answer in answers})

    def test_what_is_not_known_is_asked_first(self) -> None:
        assert self.rules() == ROBOTS
        moved = page(status=301, Location="https://www.a.example/robots.txt")
        assert self.rules(moved) == "https://www.a.example/robots.txt"

    @pytest.mark.parametrize("answer", [page(status=404), page(status=302, Location="/"), page(status=403)])
    def test_a_missing_file_allows_everything(self, answer: Answer) -> None:
        assert self.rules(answer).allow("http://a.example/x")  # type: ignore[union-attr]

    def test_a_file_too_large_to_be_kept_forbids_everything(self) -> None:
        assert not self.rules(LeftOut(ROBOTS, "", "", 5)).allow("http://a.example/x")  # type: ignore[union-attr]

    def test_the_rules_for_this_crawler_count_before_those_for_all(self) -> None:
        rules = self.rules(
            page(body=b"User-agent: *\nDisallow: /\n\nUser-agent: Detour\nDisallow: /no\nCrawl-delay: 2")
        )
        assert isinstance(rules, Rules) and rules.delay == 2
        assert rules.allow("http://a.example/yes") and not rules.allow("http://a.example/no/1")


class TestFrontier:
    def walk(self, leads: Mapping[str, list[str]], budget: int) -> list[str]:
        frontier = Frontier(["http://a.example/0"], budget)
        while frontier.next:
            frontier.admit(lambda address: True)
            frontier.advance(leads, set())
        return frontier.asked

    @given(st.dictionaries(st.integers(0, 12), st.lists(st.integers(0, 12), max_size=5)), st.integers(1, 13))
    def test_a_smaller_budget_is_the_beginning_of_a_larger_one(self, graph: dict[int, list[int]], budget: int) -> None:
        leads = {
            f"http://a.example/{node}": [f"http://a.example/{other}" for other in others]
            for node, others in graph.items()
        }
        whole, part = self.walk(leads, 100), self.walk(leads, budget)
        assert part == whole[:budget]
        assert len(set(whole)) == len(whole)


class TestAddresses:
    @pytest.mark.parametrize(
        ("target", "address"),
        [("b?x=1#y", "http://a.example/b?x=1"), ("//c.example", "http://c.example/"), (" /é ", "http://a.example/%C3%A9"),
         ("javascript:x", None), ("http://[", None), ("http://u:p@a.example/", None), ("", "http://a.example/")],
    )  # fmt: skip
    def test_a_target_becomes_an_address_that_can_be_asked(self, target: str, address: str | None) -> None:
        assert absolute(target, "http://a.example/") == address

    def test_what_is_the_same_page_is_known_as_one(self) -> None:
        assert same("http://a.example/x?b=1&a=2") == same("http://A.example/x?a=2&b=1")
        assert host("http://A.example:80/x") == host("http://a.example/") != host("http://a.example:8080/")


class TestWarc:
    @given(st.binary(max_size=300), st.integers(200, 599))
    def test_an_answer_comes_back_and_its_bytes_are_the_same_each_time(self, body: bytes, status: int) -> None:
        answer = page("http://a.example/x", status, body, Location="/x")
        (found,) = members(io.BytesIO(member(answer)))
        assert answer_of(found[2]) == answer
        assert member(answer) == member(answer)

    def test_other_readers_of_warc_accept_the_file(self) -> None:
        left = LeftOut("http://a.example/y", "2026-01-31T12:00:00Z", "it is more than 5 bytes", 5)
        file = info_member({"software": "x", "date": left.fetched}) + member(page(body=b"text")) + member(left)
        records = [
            (record.rec_type, record.content_stream().read())
            for record in ArchiveIterator(io.BytesIO(file), check_digests="raise")
        ]
        assert [kind for kind, _ in records] == ["warcinfo", "response", "metadata"]
        assert records[1][1] == b"text" and b"software: x" in records[0][1]

    def test_what_keeping_returns_is_what_is_read_again(self, tmp_path: Path) -> None:
        found: list[Answer] = []
        with kept_answers(tmp_path) as kept:
            first = kept.keep(page(status=302, Location="/é", Other="  ü\x01  "))
        with kept_answers(tmp_path) as kept:
            kept.load(found.append)
        assert found == [first] and found[0].redirect == "/%C3%A9"  # type: ignore[union-attr]

    @pytest.mark.parametrize("cut", [1, 10, 200])
    def test_a_cut_or_changed_file_is_refused(self, tmp_path: Path, cut: int) -> None:
        file = member(page()) + member(page("http://a.example/x", body=b"text"))
        path = tmp_path / "pages.warc.gz"
        path.write_bytes(file[:-cut])
        with pytest.raises(InputError, match="is cut or damaged at byte"):
            list(read_pages(path))
        with pytest.raises(InputError, match="does not exist"):
            list(read_pages(tmp_path / "none"))

    @given(cut=st.integers(0, 400))
    def test_whatever_the_last_bytes_were_what_was_whole_before_is_kept(
        self, tmp_path_factory: pytest.TempPathFactory, cut: int
    ) -> None:
        folder = tmp_path_factory.mktemp("kept")
        pages = [page(f"http://a.example/{number}", body=b"text" * number) for number in range(3)]
        whole = [member(one) for one in pages]
        (folder / "pages.warc.gz").write_bytes(b"".join(whole)[: len(b"".join(whole)) - cut])
        found: list[Answer] = []
        with kept_answers(folder) as kept:
            kept.load(found.append)
            assert found == pages[: len(found)]
            for one in pages[len(found) :]:
                assert kept.keep(one) == one
            assert [kept.member(one.url) for one in pages] == whole
        assert (folder / "pages.warc.gz").read_bytes() == b"".join(whole)


@pytest.mark.parametrize(
    ("said", "seconds"), [("7", 7), ("", None), ("soon", None), ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("-3", None)]
)
def test_retry_after_is_seconds_or_a_date(said: str, seconds: float | None) -> None:
    assert retry_after(Response("http://a.example/", headers={"Retry-After": said})) == seconds
