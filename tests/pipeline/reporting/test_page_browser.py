"""The report's page in a real headless Chromium, whole and with texts that try to be markup."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from pipeline.reporting.page.html import html
from pipeline.reporting.page.inputs import Inputs, read_inputs
from pipeline.reporting.page.report import TITLE, report
from pipeline.study import load_study
from tests.pipeline.reporting.page import made

ROOT = Path(__file__).resolve().parents[3]
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
WIDTHS = (320, 768, 1600)
HOSTILE = "</script><script>window.broken=1</script><img src=x onerror=window.broken=1> & \"'"

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="Debian's chromium and chromium-driver are not installed (make system, as root)"
)
webdriver = pytest.importorskip("selenium.webdriver")


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    switches = ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
    # Chromium refuses its sandbox to root, as whom CI runs.
    for switch in [*switches, *(["--no-sandbox"] if os.geteuid() == 0 else [])]:
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def sample() -> Inputs:
    return read_inputs(load_study(ROOT / "params.yaml"), ROOT / "reports")


@pytest.fixture(scope="module")
def whole(sample: Inputs) -> Inputs:
    """The sample with what the other stages of evidence may find."""
    gains = sample.gains
    found = {
        **sample.found,
        "distances": made.distances(gains),
        "predictors": made.predictors(),
        "second_opinions": made.second_opinions(gains),
        "studies": made.studies(),
    }
    drawn = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 300"><script>window.broken = 1</script></svg>'
    return replace(sample, found=found, drawings={"size": drawn})


@pytest.fixture
def opened(browser, tmp_path: Path) -> Callable[..., object]:
    """Opens the page of some inputs at a width, in light or dark."""

    def open_page(inputs: Inputs, width: int = 768, scheme: str = "light"):
        path = tmp_path / "index.html"
        path.write_text(html(TITLE, report(inputs, ())), encoding="utf-8")
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": [feature]})
        browser.get_log("browser")
        browser.get_log("performance")
        browser.get(path.as_uri())
        browser.execute_script("try { localStorage.clear() } catch {}")
        return browser

    return open_page


def requested(browser) -> list[str]:
    """The addresses that were asked for, the page's own and data in it excepted."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    sent = [each["params"]["request"]["url"] for each in messages if each["method"] == "Network.requestWillBeSent"]
    return [url for url in sent if not url.startswith(("file:", "data:"))]


def press(browser, *keys: str) -> None:
    from selenium.webdriver import ActionChains

    ActionChains(browser).send_keys(*keys).perform()


def focused(browser, what: str) -> str:
    return browser.execute_script(f"return document.activeElement.{what}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_is_no_wider_than_the_window_says_nothing_and_fetches_nothing(
    opened, whole: Inputs, width: int, scheme: str
) -> None:
    browser = opened(whole, width, scheme)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert browser.get_log("browser") == []
    assert requested(browser) == []
    paper = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") == (scheme == "light")


def test_by_keyboard_alone_one_skips_to_the_report(opened, sample: Inputs) -> None:
    from selenium.webdriver.common.keys import Keys

    browser = opened(sample)
    press(browser, Keys.TAB)
    assert focused(browser, "textContent") == "Skip to the report"
    left = browser.execute_script("return document.activeElement.getBoundingClientRect().left")
    assert left >= 0, "a link in focus is seen"
    press(browser, Keys.ENTER)
    assert focused(browser, "id") == "main"


def test_by_keyboard_alone_one_sorts_a_table_and_back(opened, sample: Inputs) -> None:
    from selenium.webdriver.common.keys import Keys

    browser = opened(sample)
    script = "return [...document.querySelectorAll('#table-1 tbody tr')].map(row => Number(row.cells[2].dataset.v))"
    before = browser.execute_script(script)
    browser.execute_script("document.querySelector('#table-1 .box').focus()")
    press(browser, *[Keys.TAB] * 3, Keys.ENTER)
    head = "return document.querySelectorAll('#table-1 thead th')[2].getAttribute('aria-sort')"
    assert browser.execute_script(head) == "ascending"
    assert browser.execute_script(script) == sorted(before) != before
    press(browser, Keys.ENTER)
    assert browser.execute_script(head) == "descending"
    assert browser.execute_script(script) == sorted(before, reverse=True)
    assert focused(browser, "tagName") == "BUTTON"


def test_what_is_missing_is_sorted_last_in_both_directions(opened, sample: Inputs) -> None:
    name = next(iter(sample.cells))
    browser = opened(replace(sample, cells={**sample.cells, name: None}))
    column = "return [...document.querySelectorAll('#table-1 tbody tr')].map(row => row.cells[3].textContent.trim()[0])"
    for _ in range(2):
        browser.execute_script("document.querySelectorAll('#table-1 thead button')[3].click()")
        assert browser.execute_script(column)[-1] == "\N{EN DASH}"


def test_the_switch_overrules_the_system(opened, sample: Inputs) -> None:
    browser = opened(sample, 768, "light")
    browser.execute_script("document.querySelector('.theme input[value=dark]').click()")
    assert browser.execute_script("return getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    browser.execute_script("document.querySelector('.theme input[value=system]').click()")
    assert browser.execute_script("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_text_that_would_be_markup_is_text(opened, sample: Inputs) -> None:
    cards = {key: {**(card or {}), "licence": HOSTILE, "citation": HOSTILE} for key, card in sample.cards.items()}
    claims = {"claims": [{"says": HOSTILE, "paper": {"word": HOSTILE, "numbers": HOSTILE}, "study": {}}]}
    found = {**sample.found, "claims": claims}
    browser = opened(replace(sample, note=HOSTILE, cards=cards, found=found), 320)
    assert browser.execute_script("return window.broken") is None
    assert browser.get_log("browser") == []
    assert "</script><script>" in browser.execute_script("return document.querySelector('.note').textContent")
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 320


def test_headings_are_in_order_and_every_picture_has_words(opened, whole: Inputs) -> None:
    browser = opened(whole)
    levels = browser.execute_script("return [...document.querySelectorAll('h1,h2,h3')].map(h => Number(h.tagName[1]))")
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    pictures = browser.execute_script(
        "return [...document.querySelectorAll('svg[role=img]')].map(svg => [svg.getAttribute('aria-labelledby'),"
        " svg.getAttribute('aria-describedby')].map(id => document.getElementById(id).textContent.length))"
    )
    assert len(pictures) >= 8 and all(title and told for title, told in pictures)
    identities = browser.execute_script("return [...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(identities) == len({*identities})
    silent = "return document.querySelectorAll('svg:not([role=img]):not([aria-hidden=true]), img:not([alt])').length"
    assert browser.execute_script(silent) == 0


def test_a_picture_of_a_study_runs_nothing(opened, whole: Inputs) -> None:
    browser = opened(whole)
    assert browser.execute_script("return document.querySelector('#studies img').naturalWidth") > 0
    assert browser.execute_script("return window.broken") is None


def test_on_paper_the_page_is_light_and_nothing_is_cut_off(opened, whole: Inputs) -> None:
    browser = opened(whole, 1000, "dark")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": []})
    style = "return getComputedStyle(document.querySelector('{}')).{}"
    assert browser.execute_script(style.format(":root", "colorScheme")) == "light"
    assert browser.execute_script(style.format(".box", "overflowX")) == "visible"
    assert browser.execute_script(style.format("nav", "display")) == "none"
    assert browser.execute_cdp_cmd("Page.printToPDF", {})["data"]
