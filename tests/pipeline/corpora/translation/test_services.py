"""deep-translator's real classes against services on loopback: every fault told apart, nothing asked twice, no text under another."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.corpora.schema import Collected, Row
from pipeline.corpora.translation.corpus import translate
from pipeline.corpora.translation.live import LiveMemory
from pipeline.errors import InputError
from pipeline.study import Corpus, Translation
from tests.pipeline.corpora.translation.translators import Services, translation_of

Settings = Callable[..., Translation]
Block = Callable[..., Corpus]
Rows = Callable[..., Collected]
BOTH = pytest.mark.parametrize("engine", ["google", "libre"])


@pytest.fixture
def run(corpus: Block, live: LiveMemory, said: list[str]) -> Callable[..., list[Row]]:
    """Translate texts from French into English."""

    def go(settings: Translation, texts: list[str], language: str = "fr", **block: Any) -> list[Row]:
        rows = [Collected(f"r{i}", text, None, "ham", language, None, None, None) for i, text in enumerate(texts)]
        return translate("x", corpus(translation="to_english", **block), rows, settings, live, said.append)[0]

    return go


def texts_of(count: int) -> list[str]:
    return [f"texte {number} & <b>" for number in range(count)]


@BOTH
def test_400_texts_over_8_threads_come_back_each_with_its_own_translation(
    services: Services, settings: Settings, run: Any, engine: str
) -> None:
    services.delay = 0.002
    rows = run(settings(engine, threads=8), texts_of(400))
    assert [row.text for row in rows] == [translation_of("fr", "en", text) for text in texts_of(400)]
    assert Counter(services.asked) == Counter(("fr", "en", text) for text in texts_of(400))
    assert {row.translated_by.split()[0] for row in rows} == {engine}
    run(settings(engine), texts_of(400))
    assert len(services.asked) == 400


@BOTH
@pytest.mark.parametrize(
    "fault", ["busy", "broken", "captcha", "sorry", "cut", "cut page", "slow", "drip", "huge", "empty"]
)
def test_a_passing_fault_is_waited_out(
    services: Services, settings: Settings, run: Any, engine: str, fault: str
) -> None:
    services.fault, services.times = fault, 2
    rows = run(settings(engine, timeout=0.4 if fault in ("slow", "drip") else 5, tries=4), texts_of(6))
    assert [row.text for row in rows] == [translation_of("fr", "en", text) for text in texts_of(6)]
    assert set(Counter(services.asked)) == {("fr", "en", text) for text in texts_of(6)}
    assert len([path for path in services.paths if "sorry" not in path]) == 6 + 2


@BOTH
@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("busy", "refuses for too many requests (429)"),
        ("busy for an hour", "(429) and asks to wait 3600 seconds"),
        ("captcha", "wants a captcha solved"),
        ("sorry", "wants a captcha solved"),
        ("broken", "has a fault of its own (500)"),
        ("cut", "or breaks off ("),
        ("slow", "did not answer within 0.3 seconds"),
        ("gone", "has nothing at this address (404); correct translation.address"),
    ],
)
def test_an_outage_saves_every_finished_row_and_says_how_many_are_left(
    services: Services, settings: Settings, run: Any, live: LiveMemory, engine: str, fault: str, sentence: str
) -> None:
    services.fault, services.after = fault, 20
    block = settings(engine, timeout=0.3 if fault == "slow" else 5, threads=4)
    with pytest.raises(InputError) as caught:
        run(block, texts_of(50))
    said = str(caught.value)
    saved = {entry.text for entry in live.entries("fr", "en")}
    assert sentence in said and f"; {50 - len(saved)} of 50 rows are left, the first of them 'r" in said
    assert said.startswith(f"corpora.x: {engine} ") and "`dvc repro translate@x` goes on from there" in said
    assert len(saved) == 20 and "texte" not in said
    services.fault = None
    done = len(services.asked)
    rows = run(block, texts_of(50))
    assert [row.text for row in rows] == [translation_of("fr", "en", text) for text in texts_of(50)]
    assert len(services.asked) == done + 30


def test_one_text_that_is_refused_is_named_and_the_others_are_kept(
    services: Services, settings: Settings, run: Any, live: LiveMemory
) -> None:
    services.fault, services.texts = "too long", frozenset({"texte 3 & <b>"})
    with pytest.raises(InputError) as caught:
        run(settings("libre", tries=2), texts_of(12))
    said = str(caught.value)
    assert (
        "row 'r3' is not translated into 'en', since libre answers without a translation (400: Invalid request" in said
    )
    assert "1 of 12 rows are left" in said and len(list(live.entries("fr", "en"))) == 11


def test_a_page_of_another_form_stops_soon(services: Services, settings: Settings, run: Any) -> None:
    services.fault = "other form"
    with pytest.raises(InputError, match="gives no translation for 10 texts in a row"):
        run(settings("google", tries=1, threads=1), texts_of(50))
    assert len(services.asked) == 10


@BOTH
def test_an_unchanged_text_is_a_translation_and_counted(
    services: Services, settings: Settings, corpus: Block, live: LiveMemory, engine: str
) -> None:
    services.unchanged = True
    rows = [Collected(str(i), f"Paris {i}", None, "ham", "fr", None, None, None) for i in range(3)]
    done, told = translate("x", corpus(translation="to_english"), rows, settings(engine), live)
    assert [row.text for row in done] == [row.text for row in rows]
    assert (told["quality"]["fr>en"]["unchanged"], told["quality"]["fr>en"]["unchanged_share"]) == (3, 1.0)


def test_text_without_letters_is_never_sent(services: Services, settings: Settings, run: Any) -> None:
    assert [row.text for row in run(settings(), ["!!! 10/10", "...", "bon"])] == ["!!! 10/10", "...", "fr~bon"]
    assert services.asked == [("fr", "en", "bon")]


@BOTH
def test_a_long_text_is_sent_in_pieces_and_goes_on_in_the_middle(
    services: Services, settings: Settings, run: Any, live: LiveMemory, engine: str
) -> None:
    text = "Une  phrase numéro un.\nUne phrase numéro deux! Une phrase numéro trois?"
    services.fault, services.after = "broken", 2
    block = settings(engine, characters=25, threads=1, tries=1)
    with pytest.raises(InputError, match="1 of 1 rows are left"):
        run(block, [text])
    services.fault = None
    (row,) = run(block, [text])
    sentences = ["Une phrase numéro un.", "Une phrase numéro deux!", "Une phrase numéro trois?"]
    assert row.text == " ".join(translation_of("fr", "en", sentence) for sentence in sentences)
    assert row.source_text == text
    assert [asked[2] for asked in services.asked] == [*sentences, sentences[2]]
    assert {entry.text for entry in live.entries("fr", "en")} == {text, *sentences}


def test_chinese_is_cut_sooner_than_french(services: Services, settings: Settings, run: Any) -> None:
    run(settings(threads=1), ["中" * 3000], language="zh")
    assert [(source, len(text)) for source, _, text in services.asked] == [("zh-CN", 1777), ("zh-CN", 1223)]


def test_a_language_that_google_does_not_know_is_refused_before_a_request(
    services: Services, settings: Settings, run: Any
) -> None:
    with pytest.raises(InputError, match="Google does not translate the language 'xx'"):
        run(settings(), ["bonjour"], language="xx")
    assert services.asked == []


def test_languages_are_the_servers_own_matter_with_libretranslate(
    services: Services, settings: Settings, run: Any
) -> None:
    # deep-translator's list of its languages has no Dutch.
    assert run(settings("libre"), ["hallo"], language="nl")[0].text == "nl~hallo"
    services.fault = "language"
    with pytest.raises(InputError, match=r"libre does not know the language \(400: xx is not supported\)"):
        run(settings("libre"), ["bonjour"], language="xx")


def test_the_key_comes_from_the_environment_and_goes_into_no_address_and_no_message(
    services: Services, settings: Settings, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(settings("libre"), ["bonjour"])
    monkeypatch.setenv("LIBRE_API_KEY", "s3cret")
    run(settings("libre"), ["adieu"])
    assert services.keys == [None, "s3cret"] and set(services.paths) == {"/translate"}
    services.fault = "key"
    with pytest.raises(InputError, match=r"refuses this account \(403\); set LIBRE_API_KEY") as caught:
        run(settings("libre"), ["salut"])
    assert "s3cret" not in str(caught.value)


def test_a_service_that_is_gone_is_one_sentence(services: Services, settings: Settings, run: Any) -> None:
    with pytest.raises(
        InputError, match=r"google cannot be reached at 127\.0\.0\.1:9 or breaks off \(ConnectionError\); 2 of 2 rows"
    ):
        run(settings("google", address="http://127.0.0.1:9/m"), ["bonjour", "adieu"])


def test_translations_go_back_where_it_is_asked_for(
    services: Services, settings: Settings, corpus: Block, live: LiveMemory
) -> None:
    rows = [Collected(str(i), f"bonjour {i}", None, "ham", "fr", None, None, None) for i in range(9)]
    _, told = translate("x", corpus(translation="to_english"), rows, settings(round_trip=4), live)
    assert told["quality"]["fr>en"]["round_trip"] == {"texts": 4, "chrf": 100.0}
    assert Counter((source, target) for source, target, _ in services.asked) == {("fr", "en"): 9, ("en", "fr"): 4}
    again = translate("x", corpus(translation="to_english"), rows, settings(round_trip=4), live)[1]
    assert again == told and len(services.asked) == 13


def test_an_entry_says_engine_and_date(services: Services, settings: Settings, run: Any, live: LiveMemory) -> None:
    (row,) = run(settings(), ["bonjour"])
    told = json.loads(Path(live.path("fr", "en")).read_text())
    assert told == {
        "source_language": "fr",
        "target_language": "en",
        "engine": "google",
        "text": "bonjour",
        "translation": "fr~bonjour",
        "date": told["date"],
    }
    assert row.translated_by == f"google {told['date']}"


def test_another_engines_translation_is_not_this_engines(services: Services, settings: Settings, run: Any) -> None:
    run(settings("libre"), ["bonjour"])
    run(settings("google"), ["bonjour"])
    assert len(services.asked) == 2
    run(settings("memory"), ["bonjour"])
    assert len(services.asked) == 2
