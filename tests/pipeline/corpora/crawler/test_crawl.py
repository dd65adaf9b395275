"""Crawls over real HTTP: what is asked for, what is kept, and what is said when a site does not behave."""

import gzip
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.corpora.crawler.warc import read_pages
from tests.pipeline.corpora.crawler.conftest import Study
from tests.pipeline.corpora.crawler.loopback import Answer, Loopback, endless, hang_up

Serve = Callable[[dict[str, Answer]], Loopback]


def links(*paths: str) -> Answer:
    return Answer("".join(f'<a href="{path}">x</a>' for path in paths))


def robots(text: str) -> Answer:
    return Answer(text, headers={"Content-Type": "text/plain"})


class TestWhatIsAsked:
    def test_robots_come_first_and_what_they_forbid_is_never_asked_for(self, study: Study, serve: Serve) -> None:
        site = serve(
            {
                "/": links("/a", "/secret/b", "/c"),
                "/a": links(),
                "/c": links(),
                "/robots.txt": robots("User-agent: detour\nDisallow: /secret"),
            }
        )
        study.crawls(site.address)
        said = study.run("crawl")
        assert site.paths()[0] == "/robots.txt"
        assert sorted(site.paths()) == ["/", "/a", "/c", "/robots.txt"]
        assert "1 forbidden by robots.txt" in said
        assert study.told["forbidden"] == [f"{site.address}/secret/b"]

    def test_every_request_says_who_asks_and_whom_to_write_to(self, study: Study, serve: Serve) -> None:
        site = serve({"/": links("/a"), "/a": links()})
        study.crawls(site.address)
        study.run("crawl")
        agents = {asked.agent for asked in site.asked}
        assert len(agents) == 1 and agents.pop().endswith(" (+mail@films.example)")

    def test_the_delay_that_robots_ask_for_is_kept(self, study: Study, serve: Serve) -> None:
        pages = {
            "/": links("/a", "/b"),
            "/a": links(),
            "/b": links(),
            "/robots.txt": robots("User-agent: *\nCrawl-delay: 0.3"),
        }
        site = serve(pages)
        study.crawls(site.address, throttle=True)
        study.run("crawl")
        moments = [asked.at for asked in site.asked if asked.path in ("/a", "/b")]
        # Scrapy varies a delay by half of it each way.
        assert moments[1] - moments[0] >= 0.14

    def test_a_budget_is_spent_on_the_pages_nearest_to_the_start(self, study: Study, serve: Serve) -> None:
        site = serve({"/": links("/a", "/b"), "/a": links("/a1"), "/b": links("/b1"), "/a1": links(), "/b1": links()})
        study.crawls(site.address, pages=4)
        assert "1 beyond the budget" in study.run("crawl")
        assert sorted(site.paths()) == ["/", "/a", "/a1", "/b", "/robots.txt"]

    def test_other_hosts_and_denied_addresses_are_left_alone(self, study: Study, serve: Serve) -> None:
        other = serve({"/": links()})
        site = serve(
            {"/": links("/a", "/print/a", f"{other.address}/", "mailto:x@y.z", "http://[", "/a#end"), "/a": links()}
        )
        study.crawls(site.address, deny=["/print/"])
        study.run("crawl")
        assert sorted(site.paths()) == ["/", "/a", "/robots.txt"]
        assert other.paths() == []

    def test_the_last_page_of_a_list_is_reached_and_a_redirect_is_followed_and_kept(
        self, study: Study, serve: Serve
    ) -> None:
        moved = Answer("", 301, {"Location": "/new"})
        site = serve(
            {
                "/": Answer('<a class="next" href="/2">2</a>'),
                "/2": Answer('<a class="next" href="/old">3</a>'),
                "/old": moved,
                "/new": links(),
            }
        )
        study.crawls(site.address, follow=[], paging="//a[@class='next']/@href")
        study.run("crawl")
        assert study.told["statuses"] == {"200": 3, "301": 1, "404": 1}

    def test_redirects_without_an_end_are_given_up(self, study: Study, serve: Serve) -> None:
        turns = {f"/turn/{n}": Answer("", 302, {"Location": f"/turn/{n + 1}"}) for n in range(40)}
        circle = {"/one": Answer("", 302, {"Location": "/two"}), "/two": Answer("", 302, {"Location": "/one"})}
        site = serve({"/": links("/turn/0", "/one"), **turns, **circle})
        study.crawls(site.address)
        assert "2 redirects without an end" in study.run("crawl")
        assert len(site.paths()) == 2 + 11 + 2


class TestGoingOn:
    def test_what_is_kept_is_not_asked_for_again(self, study: Study, serve: Serve) -> None:
        site = serve({"/": links("/a"), "/a": links("/b"), "/b": links()})
        study.crawls(site.address, pages=2)
        study.run("crawl")
        before = (study.crawled / "pages.warc.gz").read_bytes()
        site.forget()
        study.run("crawl")
        assert site.paths() == [] and (study.crawled / "pages.warc.gz").read_bytes() == before
        study.crawls(site.address, pages=3)
        study.run("crawl")
        assert site.paths() == ["/b"]

    def test_another_edition_fetches_everything_anew(self, study: Study, serve: Serve) -> None:
        site = serve({"/": links("/a"), "/a": links()})
        study.crawls(site.address)
        study.run("crawl")
        site.forget()
        study.crawls(site.address, edition="2026-11")
        study.run("crawl")
        assert sorted(site.paths()) == ["/", "/a", "/robots.txt"]

    def test_a_cut_end_of_what_is_kept_is_taken_off(self, study: Study, serve: Serve) -> None:
        site = serve({"/": links("/a"), "/a": links()})
        study.crawls(site.address)
        study.run("crawl")
        kept = study.kept() / "pages.warc.gz"
        kept.write_bytes(kept.read_bytes()[:-20])
        site.forget()
        study.run("crawl")
        assert len(site.paths()) == 1
        assert study.told["answers"] == 3

    def test_of_two_crawls_of_one_site_the_second_finds_all_pages(self, study: Study, serve: Serve) -> None:
        site = serve({"/": links("/a", "/b", "/c"), **{f"/{name}": links() for name in "abc"}})
        study.crawls(site.address)
        first, second = study.start("crawl"), study.start("crawl")
        assert (first.communicate()[1], second.communicate()[1]) == ("", "")
        assert sorted(site.paths()) == ["/", "/a", "/b", "/c", "/robots.txt"]


class TestTrouble:
    def test_a_page_that_works_the_second_time_is_had(self, study: Study, serve: Serve) -> None:
        site = serve({"/": links("/busy")})

        def busy_once(handler: object) -> None:
            site.pages["/busy"] = links()
            handler.send_response(503)  # type: ignore[attr-defined]
            handler.send_header("Content-Length", "0")  # type: ignore[attr-defined]
            handler.end_headers()  # type: ignore[attr-defined]

        site.pages["/busy"] = Answer(write=busy_once)
        study.crawls(site.address)
        study.run("crawl")
        assert site.paths().count("/busy") == 2
        assert study.told["failed"] == {} and study.told["statuses"]["200"] == 2

    def test_a_page_that_always_fails_is_told_and_the_others_are_had(self, study: Study, serve: Serve) -> None:
        site = serve({"/": links("/sick", "/a"), "/sick": Answer("", 500), "/a": links()})
        study.crawls(site.address, retries=2)
        assert "1 failed; run crawl@cinephile again" in study.run("crawl")
        assert site.paths().count("/sick") == 3
        assert study.told["failed"] == {f"{site.address}/sick": "status 500, asked 3 times"}

    def test_a_site_that_asks_for_an_hour_is_not_asked_again(self, study: Study, serve: Serve) -> None:
        site = serve({"/": links("/limit"), "/limit": Answer("", 429, {"Retry-After": "3600"})})
        study.crawls(site.address, retries=5)
        study.run("crawl")
        assert site.paths().count("/limit") == 1

    def test_a_site_that_is_gone_from_the_start_is_one_sentence(self, study: Study) -> None:
        study.crawls("http://127.0.0.1:9")
        said = study.run("crawl", status=2)
        assert "error: http://127.0.0.1:9/robots.txt cannot be had (connection refused)" in said
        assert said.count("\n") == 1 and not study.crawled.exists()

    def test_a_site_that_goes_away_leaves_its_pages_and_the_next_run_goes_on(self, study: Study, serve: Serve) -> None:
        names = [f"/{number}" for number in range(12)]
        site = serve({"/": links(*names), **dict.fromkeys(names, Answer(write=hang_up)), "/0": links()})
        study.crawls(site.address, at_once=1, retries=0)
        said = study.run("crawl", status=2)
        assert "the site answers no more (" in said and " addresses in a row failed, the last one" in said
        assert "3 answers are kept" in said and "`dvc repro crawl@cinephile` goes on from there" in said
        assert not study.crawled.exists()
        site.pages.update(dict.fromkeys(names, links()))
        site.forget()
        study.run("crawl")
        assert sorted(site.paths()) == sorted(names[1:])
        assert study.told["statuses"]["200"] == 13

    def test_robots_that_forbid_everything_are_one_sentence(self, study: Study, serve: Serve) -> None:
        site = serve({"/": links(), "/robots.txt": robots("User-agent: *\nDisallow: /")})
        study.crawls(site.address)
        said = study.run("crawl", status=2)
        assert "robots.txt forbids every start address to Detour; ask the site's owner" in said
        assert site.paths() == ["/robots.txt"]

    def test_robots_that_cannot_be_had_forbid_everything(self, study: Study, serve: Serve) -> None:
        site = serve({"/": links(), "/robots.txt": Answer("", 503)})
        study.crawls(site.address)
        assert "cannot be had (status 503, asked 2 times)" in study.run("crawl", status=2)
        assert set(site.paths()) == {"/robots.txt"}

    def test_a_start_that_does_not_exist_is_one_sentence(self, study: Study, serve: Serve) -> None:
        site = serve({})
        study.crawls(site.address)
        said = study.run("crawl", status=2)
        assert f"no page could be had ({site.address}/: status 404); correct sites.cinephile.crawl.start" in said

    def test_a_start_that_leads_to_another_host_says_where(self, study: Study, serve: Serve) -> None:
        site = serve({"/": Answer("", 301, {"Location": "https://www.films.example/"})})
        study.crawls(site.address)
        said = study.run("crawl", status=2)
        assert f"({site.address}/: status 301, which leads to https://www.films.example/); correct" in said

    def test_a_connection_that_is_closed_without_an_answer_is_told_in_words(self, study: Study, serve: Serve) -> None:
        site = serve({"/": Answer(write=lambda handler: setattr(handler, "close_connection", True))})
        study.crawls(site.address, retries=0)
        said = study.run("crawl", status=2)
        assert "/: the connection failed: Connection was closed cleanly); correct" in said

    def test_a_selector_that_finds_no_link_is_named_and_the_pages_are_kept(self, study: Study, serve: Serve) -> None:
        site = serve({"/": links("/a"), "/a": links(), "/robots.txt": robots("User-agent: *\nAllow: /")})
        study.crawls(site.address, paging="a.nxet")
        said = study.run("crawl", status=2)
        assert (
            "sites.cinephile.crawl.paging ('a.nxet') finds nothing on 2 pages; mend it or remove it: 3 answers are kept"
            in said
        )
        site.forget()
        study.crawls(site.address)
        study.run("crawl")
        assert site.paths() == []

    @pytest.mark.parametrize(
        ("text", "problem"),
        [("a[", "neither CSS nor XPath"), ("//a[", "neither CSS nor XPath"), ("//a[nope()]", "cannot be evaluated")],
    )
    def test_a_selector_that_is_none_is_named(self, study: Study, serve: Serve, text: str, problem: str) -> None:
        site = serve({"/": links("/a")})
        study.crawls(site.address, follow=[text])
        said = study.run("crawl", status=2)
        assert f"sites.cinephile.crawl.follow.0 is '{text}'" in said and problem in said


class TestSizes:
    @pytest.fixture
    def large(self, study: Study, serve: Serve) -> Loopback:
        bomb = gzip.compress(bytes(200 * 2**20))
        site = serve({
            "/": links("/long", "/bomb", "/announced", "/a"), "/a": links(),
            "/long": Answer(write=endless(50)), "/announced": Answer(b"x" * (2 * 2**20)),
            "/bomb": Answer(bomb, headers={"Content-Type": "text/html", "Content-Encoding": "gzip"}),
        })  # fmt: skip
        study.crawls(site.address, largest_mib=1)
        return site

    def test_pages_too_large_are_left_out_once_and_for_all(self, study: Study, large: Loopback) -> None:
        assert "3 left out" in study.run("crawl")
        assert study.told["left_out"] == {
            f"{large.address}/announced": "it is more than 1048576 bytes",
            f"{large.address}/bomb": "it unpacks to more than 1048576 bytes",
            f"{large.address}/long": "it is more than 1048576 bytes",
        }
        assert large.sent < 30 * 2**20
        assert all(len(page.body) < 2**20 for page in read_pages(study.crawled / "pages.warc.gz"))
        large.forget()
        study.run("crawl")
        assert large.paths() == []

    def test_a_higher_limit_asks_for_them_again(self, study: Study, large: Loopback) -> None:
        study.run("crawl")
        large.forget()
        study.crawls(large.address, largest_mib=3)
        study.run("crawl")
        assert sorted(large.paths()) == ["/announced", "/bomb", "/long"]
        assert study.told["left_out"].keys() == {f"{large.address}/bomb", f"{large.address}/long"}


def test_a_packed_page_is_kept_unpacked_and_its_links_are_followed(study: Study, serve: Serve) -> None:
    packed = Answer(
        gzip.compress(b'<a href="/a">x</a>'), headers={"Content-Type": "text/html", "Content-Encoding": "gzip"}
    )
    site = serve({"/": packed, "/a": links()})
    study.crawls(site.address)
    study.run("crawl")
    first = next(page for page in read_pages(Path(study.crawled) / "pages.warc.gz") if page.url == f"{site.address}/")
    assert first.body == b'<a href="/a">x</a>'
    assert first.header("Content-Encoding") is None and first.header("X-Crawler-Content-Length")
    assert "/a" in site.paths()


class TestTheNextStages:
    def test_each_stage_names_what_it_lacks(self, study: Study) -> None:
        assert "corpora/crawled/cinephile/pages.warc.gz does not exist; run the crawl" in study.run("extract", status=2)
        study.crawls("http://films.example", bundled="data/sites/cinephile")
        assert "data/sites/cinephile holds no site.json, so it is no bundled site" in study.run("crawl", status=2)

    def test_what_killed_writers_left_goes_with_the_next(self, study: Study, serve: Serve) -> None:
        review = '<article class="review"><p class="rating">5</p><p class="body">Un film magnifique, bravo à tous.</p></article>'
        site = serve({"/": Answer(f'<html lang="fr"><a href="/">x</a><h1>t</h1>{review}</html>')})
        study.crawls(site.address)
        for name in ("date", "author"):
            del study.site["extract"][name]
        study.write()
        left = [
            study.crawled.parent / ".cinephile.x1",
            study.folder / "corpora/extracted/movie_reviews/.cinephile.parquet.x2",
        ]
        for path in left:
            path.mkdir(parents=True)
        study.run("crawl")
        assert "1 records of 1 items" in study.run("extract")
        assert not any(path.exists() for path in left)

    def test_an_interrupted_crawl_ends_with_130_and_keeps_what_it_has(self, study: Study, serve: Serve) -> None:
        slow = Answer(write=lambda handler: time.sleep(0.3))
        site = serve({"/": links("/a", "/b", "/c"), **{f"/{name}": slow for name in "abc"}})
        study.crawls(site.address, at_once=1, retries=0)
        process = study.start("crawl")
        while len(site.asked) < 3:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        said, complained = process.communicate(timeout=30)
        assert process.returncode == 130, said + complained
        assert "stopped; 2 answers are kept" in said and complained == ""
